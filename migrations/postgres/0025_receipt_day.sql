-- What a gift was for, as it was called on its receipt's day; absent on receipts from before.
alter table receipt add column fund_zh text;
alter table receipt add column fund_en text;
alter table receipt add column programme_zh text;
alter table receipt add column programme_en text;

-- A recipient's own seal, as it uploaded it (PNG or JPEG): the newest row counts, one without a picture means none.
create table seal (
    id uuid primary key,
    organisation_id uuid not null references organisation (id),
    picture bytea check (length(picture) between 1 and 524288),
    set_by text not null,
    set_at bigint not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index seal_organisation on seal (organisation_id, event_seq);
create index seal_event on seal (event_chain, event_seq);
create trigger seal_stays before update or delete on seal for each row execute function append_only();
create trigger seal_whole before truncate on seal for each statement execute function append_only();

-- The seal that stood when a receipt was issued: its paper bears it for good.
alter table receipt add column seal_id uuid references seal (id);
