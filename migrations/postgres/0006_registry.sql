-- The unit registry: units in versions, published by numbered changes; compartments, storage, process; consents, holds,
-- releases; patients, searches and match reports.
-- Volumes are µL; nucleated cells count in 10⁵, CD34-positive cells in 10³, as frozen; per mille are whole numbers.

-- A bank that stores units; `number` is how the search index knows it.
create table bank (
    id uuid primary key,
    number bigint not null unique check (number between 0 and 65535),
    code text not null unique,
    name_zh text not null,
    name_en text not null,
    abroad boolean not null,
    filing_number text not null
);

-- Which unit: its identity never changes and tells nothing else.
create table unit (
    id uuid primary key,
    registry_id text not null unique,
    bank_id uuid not null references bank (id),
    din text unique,
    grid text unique,
    local_id text not null
);
create index unit_local on unit (bank_id, local_id);

-- A load of a file: staged in short batches, published by one change, or swept when it was given up.
create table unit_load (
    id uuid primary key,
    bank_id uuid not null references bank (id),
    kind text not null check (kind in ('full', 'differential')),
    format text not null check (format in ('wmda', 'csv', 'xlsx')),
    file_name text not null,
    file_digest bytea not null,
    state text not null check (state in ('staging', 'published', 'abandoned')),
    started_at bigint not null,
    touched_at bigint not null,
    closed_at bigint,
    read bigint not null check (read >= 0),
    added bigint not null check (added >= 0),
    changed bigint not null check (changed >= 0),
    unchanged bigint not null check (unchanged >= 0),
    withdrawn bigint not null check (withdrawn >= 0),
    refused bigint not null check (refused >= 0),
    release text,
    content_digest bytea not null,
    event_chain bigint,
    event_seq bigint,
    check ((state = 'published') = (event_seq is not null))
);
create unique index unit_load_open on unit_load (bank_id) where state = 'staging';
create index unit_load_event on unit_load (event_chain, event_seq);

-- A unit that a load refused, with its place in the file and the reason as a code with arguments.
create table unit_load_refusal (
    load_id uuid not null references unit_load (id),
    line bigint not null,
    registry_id text not null,
    reason text not null,
    primary key (load_id, line)
);

-- What others must see soon. `number` is taken when it is published, under the lock of the audit chain, so that numbers
-- commit in order; every node asks for those above the last that it knows. A change without a number is not visible.
create table registry_change (
    id uuid primary key,
    number bigint unique check (number >= 1),
    kind text not null check (kind in ('load', 'unit', 'release_of_nomenclature')),
    load_id uuid unique references unit_load (id),
    unit_id uuid references unit (id),
    at bigint not null
);

-- What is known of a unit from a change on: never updated. The one that counts has the highest published number.
create table unit_version (
    unit_id uuid not null references unit (id),
    change_id uuid not null references registry_change (id),
    line bigint not null,
    source text not null check (source in ('load', 'lab', 'staff', 'consent', 'system')),
    withdrawn boolean not null,
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
    volume_ul bigint not null check (volume_ul >= 0),
    tnc_e5 bigint not null check (tnc_e5 >= 0),
    cd34_e3 bigint not null check (cd34_e3 >= 0),
    mnc_e5 bigint not null check (mnc_e5 >= 0),
    viability_permille bigint check (viability_permille between 0 and 1000),
    segments bigint not null check (segments >= 0),
    bacterial text not null check (bacterial in ('', 'negative', 'positive')),
    fungal text not null check (fungal in ('', 'negative', 'positive')),
    haemoglobin text not null check (haemoglobin in ('', 'normal', 'trait', 'disease')),
    markers text not null,
    compartments text not null,
    details text not null,
    content bytea not null,
    event_chain bigint,
    event_seq bigint,
    primary key (unit_id, change_id)
);
create index unit_version_change on unit_version (change_id, line, unit_id);

-- The families whose stored unit it is: it is found for these patients, whatever its consent says.
create table patient (
    id uuid primary key,
    code text not null unique,
    person_id uuid references person (id),
    hospital_id uuid,
    hla text not null,
    abo text not null check (abo in ('', 'O', 'A', 'B', 'AB')),
    weight_g bigint check (weight_g > 0),
    antibodies text not null,
    diagnosis_sealed bytea,
    created_at bigint not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index patient_event on patient (event_chain, event_seq);
create index patient_hospital on patient (hospital_id, id);

create table unit_family (
    unit_id uuid not null references unit (id),
    patient_id uuid not null references patient (id),
    event_chain bigint not null,
    event_seq bigint not null,
    primary key (unit_id, patient_id)
);
create index unit_family_patient on unit_family (patient_id);

-- A family's signed consent to share its stored unit: revocable at any time.
create table sharing_consent (
    id uuid primary key,
    unit_id uuid not null references unit (id),
    signed_on text not null,
    evidence text not null,
    revoked_at bigint,
    event_chain bigint not null,
    event_seq bigint not null
);
create unique index sharing_consent_standing on sharing_consent (unit_id) where revoked_at is null;
create index sharing_consent_event on sharing_consent (event_chain, event_seq);

-- The state of a compartment that is not simply stored. A compartment without a row is stored.
create table compartment_state (
    unit_id uuid not null references unit (id),
    compartment bigint not null check (compartment between 1 and 5),
    state text not null check (state in ('stored', 'held', 'released', 'shipped', 'infused', 'returned', 'discarded')),
    event_chain bigint not null,
    event_seq bigint not null,
    primary key (unit_id, compartment)
);

-- Where a compartment lies; the newest move counts, and one place holds one bag.
create table storage_move (
    id uuid primary key,
    unit_id uuid not null references unit (id),
    compartment bigint not null check (compartment between 1 and 5),
    tank text not null,
    rack text not null,
    box text not null,
    slot text not null,
    moved_at bigint not null,
    moved_by text not null,
    current boolean not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create unique index storage_move_place on storage_move (tank, rack, box, slot) where current;
create unique index storage_move_current on storage_move (unit_id, compartment) where current;

-- A tank that was warmer than it may be, from when to when, and how warm (in tenths of a degree Celsius).
create table temperature_excursion (
    id uuid primary key,
    tank text not null,
    began_at bigint not null,
    ended_at bigint,
    warmest_dc bigint not null,
    note text not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index temperature_excursion_tank on temperature_excursion (tank, began_at);

-- Collection, transport, preparation, testing: each step of a unit as it was done. Corrections are later rows.
create table process_step (
    id uuid primary key,
    unit_id uuid not null references unit (id),
    position bigint not null,
    code text not null,
    operator text not null,
    instrument text not null,
    started_at bigint not null,
    ended_at bigint not null check (ended_at >= started_at),
    result text not null,
    verdict text not null check (verdict in ('passed', 'failed', 'noted')),
    event_chain bigint not null,
    event_seq bigint not null
);
create index process_step_unit on process_step (unit_id, position, id);

-- What was recorded stays recorded. A version may go while its change has no number: that is a load given up.
create trigger process_step_stays before update or delete on process_step for each row execute function append_only();
create function published_stays() returns trigger language plpgsql as $$ begin
    if tg_op = 'UPDATE' or exists (select 1 from registry_change c where c.id = old.change_id and c.number is not null) then
        raise exception 'append only';
    end if;
    return old;
end $$;
create trigger unit_version_stays before update or delete on unit_version for each row execute function published_stays();
