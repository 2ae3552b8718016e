-- What staff and the laboratory said of a unit stands against the bank's files: a load asks for it, batch by batch.
create index unit_version_own on unit_version (unit_id) where source in ('lab', 'staff');

-- Whom a family names is written somewhere, can be taken back, and named again: the rows stay, an end stands beside.
create table unit_family_anew (
    unit_id blob not null references unit (id),
    patient_id blob not null references patient (id),
    evidence text not null,
    event_chain integer not null,
    event_seq integer not null,
    primary key (unit_id, patient_id, event_seq)
) strict, without rowid;
insert into unit_family_anew select unit_id, patient_id, '', event_chain, event_seq from unit_family;
drop table unit_family;
alter table unit_family_anew rename to unit_family;
create index unit_family_patient on unit_family (patient_id);
create index unit_family_event on unit_family (event_chain, event_seq);
create table unit_family_end (
    unit_id blob not null references unit (id),
    patient_id blob not null references patient (id),
    named_seq integer not null,
    reason text not null,
    event_chain integer not null,
    event_seq integer not null,
    primary key (unit_id, patient_id, named_seq)
) strict, without rowid;
create index unit_family_end_event on unit_family_end (event_chain, event_seq);
create trigger unit_family_stays before update on unit_family begin select raise(abort, 'append only'); end;
create trigger unit_family_kept before delete on unit_family begin select raise(abort, 'append only'); end;
create trigger unit_family_once before insert on unit_family
    when exists (select 1 from unit_family where unit_id = new.unit_id and patient_id = new.patient_id
        and event_seq = new.event_seq)
    begin select raise(abort, 'append only'); end;
create trigger unit_family_end_stays before update on unit_family_end begin select raise(abort, 'append only'); end;
create trigger unit_family_end_kept before delete on unit_family_end begin select raise(abort, 'append only'); end;
create trigger unit_family_end_once before insert on unit_family_end
    when exists (select 1 from unit_family_end where unit_id = new.unit_id and patient_id = new.patient_id
        and named_seq = new.named_seq)
    begin select raise(abort, 'append only'); end;

-- How often other banks named units that an open load may have staged: it looks for them before it is published.
alter table unit_load add column contested integer not null default 0;
