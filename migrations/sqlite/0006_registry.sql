-- The unit registry: units in versions, published by numbered changes; compartments, storage, process; consents, holds,
-- releases; patients, searches and match reports.
-- Volumes are µL; nucleated cells count in 10⁵, CD34-positive cells in 10³, as frozen; per mille are whole numbers.

-- A bank that stores units; `number` is how the search index knows it.
create table bank (
    id blob primary key,
    number integer not null unique check (number between 0 and 65535),
    code text not null unique,
    name_zh text not null,
    name_en text not null,
    abroad integer not null,
    filing_number text not null
) strict;

-- Which unit: its identity never changes and tells nothing else.
create table unit (
    id blob primary key,
    registry_id text not null unique,
    bank_id blob not null references bank (id),
    din text unique,
    grid text unique,
    local_id text not null
) strict;
create index unit_local on unit (bank_id, local_id);

-- A load of a file: staged in short batches, published by one change, or swept when it was given up.
create table unit_load (
    id blob primary key,
    bank_id blob not null references bank (id),
    kind text not null check (kind in ('full', 'differential')),
    format text not null check (format in ('wmda', 'csv', 'xlsx')),
    file_name text not null,
    file_digest blob not null,
    state text not null check (state in ('staging', 'published', 'abandoned')),
    started_at integer not null,
    touched_at integer not null,
    closed_at integer,
    read integer not null check (read >= 0),
    added integer not null check (added >= 0),
    changed integer not null check (changed >= 0),
    unchanged integer not null check (unchanged >= 0),
    withdrawn integer not null check (withdrawn >= 0),
    refused integer not null check (refused >= 0),
    release text,
    content_digest blob not null,
    event_chain integer,
    event_seq integer,
    check ((state = 'published') = (event_seq is not null))
) strict;
create unique index unit_load_open on unit_load (bank_id) where state = 'staging';
create index unit_load_event on unit_load (event_chain, event_seq);

-- A unit that a load refused, with its place in the file and the reason as a code with arguments.
create table unit_load_refusal (
    load_id blob not null references unit_load (id),
    line integer not null,
    registry_id text not null,
    reason text not null,
    primary key (load_id, line)
) strict, without rowid;

-- What others must see soon. `number` is taken when it is published, under the lock of the audit chain, so that numbers
-- commit in order; every node asks for those above the last that it knows. A change without a number is not visible.
create table registry_change (
    id blob primary key,
    number integer unique check (number >= 1),
    kind text not null check (kind in ('load', 'unit', 'release_of_nomenclature')),
    load_id blob unique references unit_load (id),
    unit_id blob references unit (id),
    at integer not null
) strict;

-- What is known of a unit from a change on: never updated. The one that counts has the highest published number.
create table unit_version (
    unit_id blob not null references unit (id),
    change_id blob not null references registry_change (id),
    line integer not null,
    source text not null check (source in ('load', 'lab', 'staff', 'consent', 'system')),
    withdrawn integer not null,
    ownership text not null check (ownership in ('donated', 'family')),
    status text not null check (status in ('available', 'unavailable', 'reserved', 'gone')),
    status_reason text not null,
    hla text not null,
    hla_method text not null,
    hla_typed_on text,
    abo text not null check (abo in ('', 'O', 'A', 'B', 'AB')),
    rhesus text not null check (rhesus in ('', '+', '-')),
    sex text not null check (sex in ('', 'F', 'M')),
    ethnicity text not null,
    collected_on text,
    processed_on text,
    frozen_on text,
    volume_ul integer not null check (volume_ul >= 0),
    tnc_e5 integer not null check (tnc_e5 >= 0),
    cd34_e3 integer not null check (cd34_e3 >= 0),
    mnc_e5 integer not null check (mnc_e5 >= 0),
    viability_permille integer check (viability_permille between 0 and 1000),
    segments integer not null check (segments >= 0),
    bacterial text not null check (bacterial in ('', 'negative', 'positive')),
    fungal text not null check (fungal in ('', 'negative', 'positive')),
    haemoglobin text not null check (haemoglobin in ('', 'normal', 'trait', 'disease')),
    markers text not null,
    compartments text not null,
    details text not null,
    content blob not null,
    event_chain integer,
    event_seq integer,
    primary key (unit_id, change_id)
) strict, without rowid;
create index unit_version_change on unit_version (change_id, line, unit_id);

-- The families whose stored unit it is: it is found for these patients, whatever its consent says.
create table patient (
    id blob primary key,
    code text not null unique,
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
create index patient_event on patient (event_chain, event_seq);
create index patient_hospital on patient (hospital_id, id);

create table unit_family (
    unit_id blob not null references unit (id),
    patient_id blob not null references patient (id),
    event_chain integer not null,
    event_seq integer not null,
    primary key (unit_id, patient_id)
) strict, without rowid;
create index unit_family_patient on unit_family (patient_id);

-- A family's signed consent to share its stored unit: revocable at any time.
create table sharing_consent (
    id blob primary key,
    unit_id blob not null references unit (id),
    signed_on text not null,
    evidence text not null,
    revoked_at integer,
    event_chain integer not null,
    event_seq integer not null
) strict;
create unique index sharing_consent_standing on sharing_consent (unit_id) where revoked_at is null;
create index sharing_consent_event on sharing_consent (event_chain, event_seq);

-- The state of a compartment that is not simply stored. A compartment without a row is stored.
create table compartment_state (
    unit_id blob not null references unit (id),
    compartment integer not null check (compartment between 1 and 5),
    state text not null check (state in ('stored', 'held', 'released', 'shipped', 'infused', 'returned', 'discarded')),
    event_chain integer not null,
    event_seq integer not null,
    primary key (unit_id, compartment)
) strict, without rowid;

-- Where a compartment lies; the newest move counts, and one place holds one bag.
create table storage_move (
    id blob primary key,
    unit_id blob not null references unit (id),
    compartment integer not null check (compartment between 1 and 5),
    tank text not null,
    rack text not null,
    box text not null,
    slot text not null,
    moved_at integer not null,
    moved_by text not null,
    current integer not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create unique index storage_move_place on storage_move (tank, rack, box, slot) where current;
create unique index storage_move_current on storage_move (unit_id, compartment) where current;

-- A tank that was warmer than it may be, from when to when, and how warm (in tenths of a degree Celsius).
create table temperature_excursion (
    id blob primary key,
    tank text not null,
    began_at integer not null,
    ended_at integer,
    warmest_dc integer not null,
    note text not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index temperature_excursion_tank on temperature_excursion (tank, began_at);

-- Collection, transport, preparation, testing: each step of a unit as it was done. Corrections are later rows.
create table process_step (
    id blob primary key,
    unit_id blob not null references unit (id),
    position integer not null,
    code text not null,
    operator text not null,
    instrument text not null,
    started_at integer not null,
    ended_at integer not null check (ended_at >= started_at),
    result text not null,
    verdict text not null check (verdict in ('passed', 'failed', 'noted')),
    event_chain integer not null,
    event_seq integer not null
) strict;
create index process_step_unit on process_step (unit_id, position, id);

-- What was recorded stays recorded. A version may go while its change has no number: that is a load given up.
create trigger process_step_stays before update on process_step begin select raise(abort, 'append only'); end;
create trigger process_step_kept before delete on process_step begin select raise(abort, 'append only'); end;
create trigger unit_version_stays before update on unit_version begin select raise(abort, 'append only'); end;
create trigger unit_version_kept before delete on unit_version
    when exists (select 1 from registry_change c where c.id = old.change_id and c.number is not null)
    begin select raise(abort, 'append only'); end;
