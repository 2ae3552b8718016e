-- Matching and what follows from it: hospitals, policies, nomenclature, searches, reports, holds, releases, keys.

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

-- What was recorded stays recorded.
create trigger match_report_stays before update or delete on match_report for each row execute function append_only();
create trigger match_signature_stays before update or delete on match_signature for each row execute function append_only();
create trigger confirmatory_typing_stays before update or delete on confirmatory_typing for each row execute function append_only();
create trigger release_temperature_stays before update or delete on release_temperature for each row execute function append_only();
create trigger registry_disclosure_stays before update or delete on registry_disclosure for each row execute function append_only();
create trigger nomenclature_file_stays before update or delete on nomenclature_file for each row execute function append_only();
