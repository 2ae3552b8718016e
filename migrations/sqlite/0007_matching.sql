-- Matching and what follows from it: hospitals, policies, nomenclature, searches, reports, holds, releases, keys.

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

-- What was recorded stays recorded.
create trigger match_report_stays before update on match_report begin select raise(abort, 'append only'); end;
create trigger match_report_kept before delete on match_report begin select raise(abort, 'append only'); end;
create trigger match_signature_stays before update on match_signature begin select raise(abort, 'append only'); end;
create trigger match_signature_kept before delete on match_signature begin select raise(abort, 'append only'); end;
create trigger confirmatory_typing_stays before update on confirmatory_typing begin select raise(abort, 'append only'); end;
create trigger confirmatory_typing_kept before delete on confirmatory_typing begin select raise(abort, 'append only'); end;
create trigger release_temperature_stays before update on release_temperature begin select raise(abort, 'append only'); end;
create trigger release_temperature_kept before delete on release_temperature begin select raise(abort, 'append only'); end;
create trigger registry_disclosure_stays before update on registry_disclosure begin select raise(abort, 'append only'); end;
create trigger registry_disclosure_kept before delete on registry_disclosure begin select raise(abort, 'append only'); end;
create trigger nomenclature_file_stays before update on nomenclature_file begin select raise(abort, 'append only'); end;
create trigger nomenclature_file_kept before delete on nomenclature_file begin select raise(abort, 'append only'); end;
