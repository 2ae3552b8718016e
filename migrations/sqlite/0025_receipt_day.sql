-- What a gift was for, as it was called on its receipt's day; absent on receipts from before.
alter table receipt add column fund_zh text;
alter table receipt add column fund_en text;
alter table receipt add column programme_zh text;
alter table receipt add column programme_en text;

-- A recipient's own seal, as it uploaded it (PNG or JPEG): the newest row counts, one without a picture means none.
create table seal (
    id blob primary key,
    organisation_id blob not null references organisation (id),
    picture blob check (length(picture) between 1 and 524288),
    set_by text not null,
    set_at integer not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index seal_organisation on seal (organisation_id, event_seq);
create index seal_event on seal (event_chain, event_seq);
create trigger seal_stays before update on seal begin select raise(abort, 'append only'); end;
create trigger seal_kept before delete on seal begin select raise(abort, 'append only'); end;
create trigger seal_once before insert on seal
    when exists (select 1 from seal where id = new.id)
    begin select raise(abort, 'append only'); end;

-- The seal that stood when a receipt was issued: its paper bears it for good.
alter table receipt add column seal_id blob references seal (id);
