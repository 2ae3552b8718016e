-- What staff and the laboratory said of a unit stands against the bank's files: a load asks for it, batch by batch.
create index unit_version_own on unit_version (unit_id) where source in ('lab', 'staff');

-- Whom a family names is written somewhere, can be taken back, and named again: the rows stay, an end stands beside.
alter table unit_family add column evidence text not null default '';
alter table unit_family alter column evidence drop default;
alter table unit_family drop constraint unit_family_pkey, add primary key (unit_id, patient_id, event_seq);
create table unit_family_end (
    unit_id uuid not null references unit (id),
    patient_id uuid not null references patient (id),
    named_seq bigint not null,
    reason text not null,
    event_chain bigint not null,
    event_seq bigint not null,
    primary key (unit_id, patient_id, named_seq)
);
create index unit_family_end_event on unit_family_end (event_chain, event_seq);
create trigger unit_family_end_stays before update or delete on unit_family_end for each row execute function append_only();
create trigger unit_family_end_whole before truncate on unit_family_end for each statement execute function append_only();

-- How often other banks named units that an open load may have staged: it looks for them before it is published.
alter table unit_load add column contested bigint not null default 0;
