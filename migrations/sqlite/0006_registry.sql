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

create table hospital (
    id blob primary key,
    name_zh text not null,
    name_en text not null,
    abroad integer not null
) strict;

-- A doctor acts for one hospital.
create table staff_hospital (
    user_id blob primary key references staff_user (id),
    hospital_id blob not null references hospital (id)
) strict;

-- Dose per kg that a policy asks for: TNC in 10⁵, CD34 in 10³, each with where it is written.
create table dose_policy (
    id blob primary key,
    code text not null,
    version integer not null,
    single_tnc_e5 integer not null,
    single_cd34_e3 integer not null,
    each_of_two_tnc_e5 integer not null,
    each_of_two_cd34_e3 integer not null,
    source text not null,
    in_force_from text not null,
    unique (code, version)
) strict;

-- The tables of an IPD-IMGT/HLA release as its operator supplied them.
create table nomenclature (
    version text primary key,
    loaded_at integer not null,
    digest blob not null,
    event_chain integer not null,
    event_seq integer not null
) strict;

create table nomenclature_file (
    version text not null references nomenclature (version),
    name text not null,
    content blob not null,
    primary key (version, name)
) strict, without rowid;

-- A search as it was made, with everything that replays it.
create table match_search (
    id blob primary key,
    patient_id blob references patient (id),
    hla_typed text not null,
    hla text not null,
    class integer not null check (class in (6, 8, 10)),
    at_least integer not null,
    weight_g integer,
    abo text not null,
    antibodies text not null,
    filter text not null,
    release text,
    policy_id blob references dose_policy (id),
    registry_number integer not null,
    totals text not null,
    made_by text not null,
    made_at integer not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index match_search_event on match_search (event_chain, event_seq);
create index match_search_patient on match_search (patient_id, id);

-- 《组织配型初查报告》: a draft until an HLA technician signs it; what it says never changes.
create table match_report (
    id blob primary key,
    search_id blob not null references match_search (id),
    number text not null unique,
    content text not null,
    digest blob not null,
    made_by text not null,
    made_at integer not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index match_report_search on match_report (search_id);

create table match_signature (
    report_id blob primary key references match_report (id),
    signed_by blob not null references staff_user (id),
    signed_at integer not null,
    event_chain integer not null,
    event_seq integer not null
) strict;

-- A hold names a set of compartments of one or two units, all or nothing, and always expires.
create table hold (
    id blob primary key,
    patient_id blob not null references patient (id),
    report_id blob references match_report (id),
    hospital_id blob references hospital (id),
    purpose text not null check (purpose in ('reservation', 'confirmatory_typing', 'transplant')),
    state text not null check (state in ('active', 'cancelled', 'expired', 'released')),
    reason text not null,
    made_by text not null,
    made_at integer not null,
    expires_at integer not null,
    closed_at integer,
    event_chain integer not null,
    event_seq integer not null,
    check ((state = 'active') = (closed_at is null))
) strict;
create index hold_due on hold (expires_at) where state = 'active';
create index hold_patient on hold (patient_id, id);
create index hold_event on hold (event_chain, event_seq);

-- One active hold a compartment: the database is the judge.
create table hold_compartment (
    hold_id blob not null references hold (id),
    unit_id blob not null references unit (id),
    compartment integer not null check (compartment between 1 and 5),
    active integer not null,
    primary key (hold_id, unit_id, compartment)
) strict, without rowid;
create unique index hold_compartment_one on hold_compartment (unit_id, compartment) where active;

-- The typing of an attached segment that confirms what the report said.
create table confirmatory_typing (
    id blob primary key,
    hold_id blob not null references hold (id),
    unit_id blob not null references unit (id),
    hla text not null,
    laboratory text not null,
    typed_on text not null,
    verdict text not null check (verdict in ('confirmed', 'differs')),
    recorded_by text not null,
    recorded_at integer not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index confirmatory_typing_hold on confirmatory_typing (hold_id, unit_id);

-- A release order: asked for by one, authorized by another; identity is checked by two at dispatch.
create table unit_release (
    id blob primary key,
    hold_id blob not null unique references hold (id),
    hospital_id blob not null references hospital (id),
    award_id blob,
    state text not null check (state in ('ordered', 'authorized', 'shipped', 'infused', 'returned', 'discarded', 'cancelled')),
    ordered_by blob not null references staff_user (id),
    ordered_at integer not null,
    authorized_by blob references staff_user (id),
    authorized_at integer,
    checked_by_first blob references staff_user (id),
    checked_by_second blob references staff_user (id),
    shipper text not null,
    shipped_at integer,
    outcome_reason text not null,
    closed_at integer,
    event_chain integer not null,
    event_seq integer not null,
    check (authorized_by <> ordered_by),
    check (checked_by_first <> checked_by_second),
    check (state not in ('authorized', 'shipped', 'infused', 'returned', 'discarded') or authorized_by is not null),
    check (state not in ('shipped', 'infused', 'returned', 'discarded') or (checked_by_first is not null and checked_by_second is not null and shipped_at is not null))
) strict;
create index unit_release_state on unit_release (state, id);
create index unit_release_event on unit_release (event_chain, event_seq);

-- The shipper's log: temperatures on the way, in tenths of a degree Celsius.
create table release_temperature (
    release_id blob not null references unit_release (id),
    at integer not null,
    temperature_dc integer not null,
    primary key (release_id, at)
) strict, without rowid;

-- A laboratory system's key: only its digest is kept.
create table api_key (
    id blob primary key,
    name text not null unique,
    digest blob not null unique,
    scopes text not null,
    bank_id blob not null references bank (id),
    created_at integer not null,
    expires_at integer not null,
    revoked_at integer,
    event_chain integer not null,
    event_seq integer not null
) strict;

-- What a key already asked, and what it was answered: the same request again changes nothing.
create table api_request (
    key_id blob not null references api_key (id),
    idempotency_key text not null,
    content blob not null,
    status integer not null,
    answer text not null,
    at integer not null,
    primary key (key_id, idempotency_key)
) strict, without rowid;
create index api_request_at on api_request (at);

-- Who took data of units out, for what, and under which filing when it left the country (人类遗传资源管理条例).
create table registry_disclosure (
    id blob primary key,
    format text not null check (format in ('wmda', 'csv', 'fhir')),
    purpose text not null,
    receiver text not null,
    abroad integer not null,
    filing_number text not null,
    units integer not null check (units >= 0),
    made_by text not null,
    made_at integer not null,
    event_chain integer not null,
    event_seq integer not null,
    check (abroad = 0 or filing_number <> '')
) strict;

-- What was recorded stays recorded. A version may go while its change has no number: that is a load given up.
create trigger match_report_stays before update on match_report begin select raise(abort, 'append only'); end;
create trigger match_report_kept before delete on match_report begin select raise(abort, 'append only'); end;
create trigger match_signature_stays before update on match_signature begin select raise(abort, 'append only'); end;
create trigger match_signature_kept before delete on match_signature begin select raise(abort, 'append only'); end;
create trigger process_step_stays before update on process_step begin select raise(abort, 'append only'); end;
create trigger process_step_kept before delete on process_step begin select raise(abort, 'append only'); end;
create trigger unit_version_stays before update on unit_version begin select raise(abort, 'append only'); end;
create trigger unit_version_kept before delete on unit_version
    when exists (select 1 from registry_change c where c.id = old.change_id and c.number is not null)
    begin select raise(abort, 'append only'); end;
create trigger confirmatory_typing_stays before update on confirmatory_typing begin select raise(abort, 'append only'); end;
create trigger confirmatory_typing_kept before delete on confirmatory_typing begin select raise(abort, 'append only'); end;
create trigger release_temperature_stays before update on release_temperature begin select raise(abort, 'append only'); end;
create trigger release_temperature_kept before delete on release_temperature begin select raise(abort, 'append only'); end;
create trigger registry_disclosure_stays before update on registry_disclosure begin select raise(abort, 'append only'); end;
create trigger registry_disclosure_kept before delete on registry_disclosure begin select raise(abort, 'append only'); end;
create trigger nomenclature_file_stays before update on nomenclature_file begin select raise(abort, 'append only'); end;
create trigger nomenclature_file_kept before delete on nomenclature_file begin select raise(abort, 'append only'); end;
