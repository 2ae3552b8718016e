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

-- The digest of all that names the unit, covered by the version's own: rows from before prove their content alone.
alter table unit_version add column identity blob;

-- What was recorded stays recorded, and is not replaced either. A number, once published, is not taken back, and a unit
-- of which something was published is who it is.
create trigger nomenclature_stays before update on nomenclature begin select raise(abort, 'append only'); end;
create trigger nomenclature_kept before delete on nomenclature begin select raise(abort, 'append only'); end;
create trigger nomenclature_once before insert on nomenclature
    when exists (select 1 from nomenclature where version = new.version)
    begin select raise(abort, 'append only'); end;
create trigger nomenclature_file_once before insert on nomenclature_file
    when exists (select 1 from nomenclature_file where version = new.version and name = new.name)
    begin select raise(abort, 'append only'); end;
create trigger dose_policy_once before insert on dose_policy
    when exists (select 1 from dose_policy where id = new.id)
    or exists (select 1 from dose_policy where code = new.code and version = new.version)
    begin select raise(abort, 'append only'); end;
create trigger registry_disclosure_once before insert on registry_disclosure
    when exists (select 1 from registry_disclosure where id = new.id)
    begin select raise(abort, 'append only'); end;
create trigger match_search_stays before update on match_search begin select raise(abort, 'append only'); end;
create trigger match_search_kept before delete on match_search begin select raise(abort, 'append only'); end;
create trigger match_search_once before insert on match_search
    when exists (select 1 from match_search where id = new.id)
    begin select raise(abort, 'append only'); end;
create trigger registry_change_stays before update on registry_change
    when old.number is not null begin select raise(abort, 'append only'); end;
create trigger registry_change_kept before delete on registry_change
    when old.number is not null begin select raise(abort, 'append only'); end;
create trigger unit_stays before update on unit
    when exists (select 1 from unit_version v join registry_change c on c.id = v.change_id
        where v.unit_id = old.id and c.number is not null)
    begin select raise(abort, 'append only'); end;

-- A patient's code is the hospital's own: two hospitals may use the same. SQLite takes a constraint off a table by making
-- it anew; what refers to its rows finds them again before the commit.
pragma defer_foreign_keys = on;
create table patient_kept as select * from patient;
drop table patient;
create table patient (
    id blob primary key,
    code text not null,
    person_id blob references person (id),
    hospital_id blob,
    hla text not null,
    abo text not null check (abo in ('', 'O', 'A', 'B', 'AB')),
    weight_g integer check (weight_g > 0),
    antibodies text not null,
    diagnosis_sealed blob,
    created_at integer not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
insert into patient select * from patient_kept;
drop table patient_kept;
create index patient_event on patient (event_chain, event_seq);
create index patient_hospital on patient (hospital_id, id);
create unique index patient_code on patient (hospital_id, code) where hospital_id is not null;
create unique index patient_code_free on patient (code) where hospital_id is null;
create index patient_by_code on patient (code, id);

-- A warm tank asks for what ever lay in it.
create index storage_move_tank on storage_move (tank, unit_id);
