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

create table hospital (
    id uuid primary key,
    name_zh text not null,
    name_en text not null,
    abroad boolean not null
);

-- A doctor acts for one hospital.
create table staff_hospital (
    user_id uuid primary key references staff_user (id),
    hospital_id uuid not null references hospital (id)
);

-- Dose per kg that a policy asks for: TNC in 10⁵, CD34 in 10³, each with where it is written.
create table dose_policy (
    id uuid primary key,
    code text not null,
    version bigint not null,
    single_tnc_e5 bigint not null,
    single_cd34_e3 bigint not null,
    each_of_two_tnc_e5 bigint not null,
    each_of_two_cd34_e3 bigint not null,
    source text not null,
    in_force_from text not null,
    unique (code, version)
);

-- The tables of an IPD-IMGT/HLA release as its operator supplied them.
create table nomenclature (
    version text primary key,
    loaded_at bigint not null,
    digest bytea not null,
    event_chain bigint not null,
    event_seq bigint not null
);

create table nomenclature_file (
    version text not null references nomenclature (version),
    name text not null,
    content bytea not null,
    primary key (version, name)
);

-- A search as it was made, with everything that replays it.
create table match_search (
    id uuid primary key,
    patient_id uuid references patient (id),
    hla_typed text not null,
    hla text not null,
    class bigint not null check (class in (6, 8, 10)),
    at_least bigint not null,
    weight_g bigint,
    abo text not null,
    antibodies text not null,
    filter text not null,
    release text,
    policy_id uuid references dose_policy (id),
    registry_number bigint not null,
    totals text not null,
    made_by text not null,
    made_at bigint not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index match_search_event on match_search (event_chain, event_seq);
create index match_search_patient on match_search (patient_id, id);

-- 《组织配型初查报告》: a draft until an HLA technician signs it; what it says never changes.
create table match_report (
    id uuid primary key,
    search_id uuid not null references match_search (id),
    number text not null unique,
    content text not null,
    digest bytea not null,
    made_by text not null,
    made_at bigint not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index match_report_search on match_report (search_id);

create table match_signature (
    report_id uuid primary key references match_report (id),
    signed_by uuid not null references staff_user (id),
    signed_at bigint not null,
    event_chain bigint not null,
    event_seq bigint not null
);

-- A hold names a set of compartments of one or two units, all or nothing, and always expires.
create table hold (
    id uuid primary key,
    patient_id uuid not null references patient (id),
    report_id uuid references match_report (id),
    hospital_id uuid references hospital (id),
    purpose text not null check (purpose in ('reservation', 'confirmatory_typing', 'transplant')),
    state text not null check (state in ('active', 'cancelled', 'expired', 'released')),
    reason text not null,
    made_by text not null,
    made_at bigint not null,
    expires_at bigint not null,
    closed_at bigint,
    event_chain bigint not null,
    event_seq bigint not null,
    check ((state = 'active') = (closed_at is null))
);
create index hold_due on hold (expires_at) where state = 'active';
create index hold_patient on hold (patient_id, id);
create index hold_event on hold (event_chain, event_seq);

-- One active hold a compartment: the database is the judge.
create table hold_compartment (
    hold_id uuid not null references hold (id),
    unit_id uuid not null references unit (id),
    compartment bigint not null check (compartment between 1 and 5),
    active boolean not null,
    primary key (hold_id, unit_id, compartment)
);
create unique index hold_compartment_one on hold_compartment (unit_id, compartment) where active;

-- The typing of an attached segment that confirms what the report said.
create table confirmatory_typing (
    id uuid primary key,
    hold_id uuid not null references hold (id),
    unit_id uuid not null references unit (id),
    hla text not null,
    laboratory text not null,
    typed_on text not null,
    verdict text not null check (verdict in ('confirmed', 'differs')),
    recorded_by text not null,
    recorded_at bigint not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index confirmatory_typing_hold on confirmatory_typing (hold_id, unit_id);

-- A release order: asked for by one, authorized by another; identity is checked by two at dispatch.
create table unit_release (
    id uuid primary key,
    hold_id uuid not null unique references hold (id),
    hospital_id uuid not null references hospital (id),
    award_id uuid,
    state text not null check (state in ('ordered', 'authorized', 'shipped', 'infused', 'returned', 'discarded', 'cancelled')),
    ordered_by uuid not null references staff_user (id),
    ordered_at bigint not null,
    authorized_by uuid references staff_user (id),
    authorized_at bigint,
    checked_by_first uuid references staff_user (id),
    checked_by_second uuid references staff_user (id),
    shipper text not null,
    shipped_at bigint,
    outcome_reason text not null,
    closed_at bigint,
    event_chain bigint not null,
    event_seq bigint not null,
    check (authorized_by <> ordered_by),
    check (checked_by_first <> checked_by_second),
    check (state not in ('authorized', 'shipped', 'infused', 'returned', 'discarded') or authorized_by is not null),
    check (state not in ('shipped', 'infused', 'returned', 'discarded') or (checked_by_first is not null and checked_by_second is not null and shipped_at is not null))
);
create index unit_release_state on unit_release (state, id);
create index unit_release_event on unit_release (event_chain, event_seq);

-- The shipper's log: temperatures on the way, in tenths of a degree Celsius.
create table release_temperature (
    release_id uuid not null references unit_release (id),
    at bigint not null,
    temperature_dc bigint not null,
    primary key (release_id, at)
);

-- A laboratory system's key: only its digest is kept.
create table api_key (
    id uuid primary key,
    name text not null unique,
    digest bytea not null unique,
    scopes text not null,
    bank_id uuid not null references bank (id),
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    event_chain bigint not null,
    event_seq bigint not null
);

-- What a key already asked, and what it was answered: the same request again changes nothing.
create table api_request (
    key_id uuid not null references api_key (id),
    idempotency_key text not null,
    content bytea not null,
    status bigint not null,
    answer text not null,
    at bigint not null,
    primary key (key_id, idempotency_key)
);
create index api_request_at on api_request (at);

-- Who took data of units out, for what, and under which filing when it left the country (人类遗传资源管理条例).
create table registry_disclosure (
    id uuid primary key,
    format text not null check (format in ('wmda', 'csv', 'fhir')),
    purpose text not null,
    receiver text not null,
    abroad boolean not null,
    filing_number text not null,
    units bigint not null check (units >= 0),
    made_by text not null,
    made_at bigint not null,
    event_chain bigint not null,
    event_seq bigint not null,
    check (not abroad or filing_number <> '')
);

-- What was recorded stays recorded. A version may go while its change has no number: that is a load given up.
create trigger match_report_stays before update or delete on match_report for each row execute function append_only();
create trigger match_signature_stays before update or delete on match_signature for each row execute function append_only();
create trigger process_step_stays before update or delete on process_step for each row execute function append_only();
create function published_stays() returns trigger language plpgsql as $$ begin
    if tg_op = 'UPDATE' or exists (select 1 from registry_change c where c.id = old.change_id and c.number is not null) then
        raise exception 'append only';
    end if;
    return old;
end $$;
create trigger unit_version_stays before update or delete on unit_version for each row execute function published_stays();
create trigger confirmatory_typing_stays before update or delete on confirmatory_typing for each row execute function append_only();
create trigger release_temperature_stays before update or delete on release_temperature for each row execute function append_only();
create trigger registry_disclosure_stays before update or delete on registry_disclosure for each row execute function append_only();
create trigger nomenclature_file_stays before update or delete on nomenclature_file for each row execute function append_only();
