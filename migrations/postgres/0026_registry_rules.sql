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

-- The digest of all that names the unit, covered by the version's own: rows from before prove their content alone.
alter table unit_version add column identity bytea;

-- What was recorded stays recorded, all of it. A number, once published, is not taken back, and a unit of which something
-- was published is who it is.
create trigger nomenclature_stays before update or delete on nomenclature for each row execute function append_only();
create trigger nomenclature_whole before truncate on nomenclature for each statement execute function append_only();
create trigger nomenclature_file_whole before truncate on nomenclature_file for each statement execute function append_only();
create trigger nomenclature_use_whole before truncate on nomenclature_use for each statement execute function append_only();
create trigger dose_policy_whole before truncate on dose_policy for each statement execute function append_only();
create trigger registry_disclosure_whole before truncate on registry_disclosure for each statement execute function append_only();
create trigger match_search_stays before update or delete on match_search for each row execute function append_only();
create trigger match_search_whole before truncate on match_search for each statement execute function append_only();
create trigger registry_change_stays before update or delete on registry_change
    for each row when (old.number is not null) execute function append_only();
create function unit_stays() returns trigger language plpgsql as $$ begin
    if exists (select 1 from unit_version v join registry_change c on c.id = v.change_id
        where v.unit_id = old.id and c.number is not null) then
        raise exception 'append only';
    end if;
    return new;
end $$;
create trigger unit_stays before update on unit for each row execute function unit_stays();

-- A patient's code is the hospital's own: two hospitals may use the same.
alter table patient drop constraint patient_code_key;
create unique index patient_code on patient (hospital_id, code) where hospital_id is not null;
create unique index patient_code_free on patient (code) where hospital_id is null;
create index patient_by_code on patient (code, id);

-- A warm tank asks for what ever lay in it.
create index storage_move_tank on storage_move (tank, unit_id);
