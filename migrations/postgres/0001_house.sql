-- The house: who collects, who gives, what was given, the journal, receipts, messages, and the audit chain.
-- Money is whole fen; instants are microseconds since 1970 (UTC); dates are YYYY-MM-DD; ids are UUIDv7.

create table organisation (
    id uuid primary key,
    name_zh text not null,
    name_en text not null,
    credit_code text,
    certificate text not null,
    certificate_from text not null,
    certificate_until text not null check (certificate_until >= certificate_from),
    receipt_prefix text not null unique check (length(receipt_prefix) between 1 and 8),
    bank_account text not null,
    contact text not null
);

create table plan (
    id uuid primary key,
    organisation_id uuid not null references organisation (id),
    filing_number text not null unique,
    title_zh text not null,
    title_en text not null,
    starts_on text not null,
    ends_on text not null check (ends_on >= starts_on)
);

create table fund (
    id uuid primary key,
    code text not null unique,
    position bigint not null unique,
    name_zh text not null,
    name_en text not null,
    purpose_zh text not null,
    purpose_en text not null,
    organisation_id uuid references organisation (id),
    plan_id uuid references plan (id),
    check ((organisation_id is null) = (plan_id is null))
);

-- The names under which old books know a fund. Nothing else is accepted when they are taken over.
create table fund_alias (
    alias text primary key,
    fund_id uuid not null references fund (id)
);

create table programme (
    id uuid primary key,
    fund_id uuid not null references fund (id),
    code text not null unique,
    name_zh text not null,
    name_en text not null,
    purpose_zh text not null,
    purpose_en text not null
);

-- Figures that were published, each with its date: statements, never sums of this ledger.
create table published_figure (
    code text primary key,
    position bigint not null unique,
    value_zh text not null,
    value_en text not null,
    label_zh text not null,
    label_en text not null,
    as_of text not null,
    source_zh text not null,
    source_en text not null
);

-- The plain facts of a person live here and nowhere else. `commitment` is a salted digest of them, so that the
-- audit chain can prove a name without holding it; erasing a person empties the facts and the salt.
create table person (
    id uuid primary key,
    is_organisation boolean not null,
    name text not null,
    email text not null,
    phone text not null,
    lang text not null check (lang in ('zh', 'en')),
    salt bytea not null,
    commitment bytea not null,
    erased_at bigint,
    event_chain bigint not null,
    event_seq bigint not null
);
create index person_event on person (event_chain, event_seq);
create index person_contact on person (email, phone);

create table gift (
    id uuid primary key,
    gift_key bytea not null unique,
    content bytea not null,
    token bytea not null unique,
    fund_id uuid not null references fund (id),
    programme_id uuid references programme (id),
    organisation_id uuid references organisation (id),
    person_id uuid references person (id),
    amount_fen bigint not null check (amount_fen > 0),
    anonymous boolean not null,
    receipt_wanted boolean not null,
    issued_elsewhere boolean not null,
    contact text not null check (contact in ('none', 'call', 'email', 'sms')),
    lang text not null check (lang in ('zh', 'en')),
    created_at bigint not null,
    state text not null check (state in ('pending', 'paid', 'partly_refunded', 'refunded', 'expired')),
    refunded_fen bigint not null check (refunded_fen between 0 and amount_fen),
    event_chain bigint not null,
    event_seq bigint not null
);
create index gift_event on gift (event_chain, event_seq);
create index gift_state on gift (state, id);
create index gift_fund on gift (fund_id, id);

-- What a donor wrote for others to read; public only once staff have passed it.
create table gift_words (
    gift_id uuid primary key references gift (id),
    dedication text not null,
    message text not null,
    state text not null check (state in ('waiting', 'passed', 'held'))
);

create index gift_words_state on gift_words (state, gift_id);

-- Title and number for a tax receipt, sealed under the person's key.
create table tax_request (
    gift_id uuid primary key references gift (id),
    person_id uuid not null references person (id),
    kind text not null check (kind in ('resident_id', 'credit_code')),
    title_sealed bytea not null,
    number_sealed bytea not null,
    number_lookup bytea not null
);

create table payment (
    id uuid primary key,
    gift_id uuid not null unique references gift (id),
    channel text not null check (channel in ('sandbox', 'bank_transfer', 'taken_over')),
    out_trade_no text not null unique,
    provider_ref text,
    amount_fen bigint not null check (amount_fen > 0),
    fee_fen bigint not null check (fee_fen >= 0 and fee_fen < amount_fen),
    state text not null check (state in ('pending', 'paid', 'expired')),
    created_at bigint not null,
    expires_at bigint not null,
    paid_at bigint,
    pay_url text,
    next_query_at bigint,
    queries bigint not null,
    check ((state = 'paid') = (paid_at is not null)),
    unique (channel, provider_ref)
);
create index payment_query on payment (next_query_at) where next_query_at is not null;

create table refund (
    id uuid primary key,
    gift_id uuid not null references gift (id),
    out_refund_no text not null unique,
    amount_fen bigint not null check (amount_fen > 0),
    reason text not null,
    requested_by text not null,
    requested_at bigint not null,
    state text not null check (state in ('requested', 'done', 'failed')),
    done_at bigint,
    next_query_at bigint,
    queries bigint not null,
    check ((state = 'done') = (done_at is not null))
);
create index refund_gift on refund (gift_id);
create index refund_query on refund (next_query_at) where next_query_at is not null;

-- The chart of accounts, mapped by data to 民间非营利组织会计制度.
create table account (
    code text primary key,
    npo_code text not null,
    npo_name text not null
);
insert into account (code, npo_code, npo_name) values
    ('bank', '1002', '银行存款'),
    ('clearing', '1009', '其他货币资金'),
    ('donation_income', '4101', '捐赠收入（限定性）'),
    ('fundraising_cost', '5301', '筹资费用'),
    ('programme_cost', '5101', '业务活动成本');

create table journal_entry (
    id uuid primary key,
    kind text not null check (kind in ('gift', 'refund', 'reversal')),
    gift_id uuid references gift (id),
    refund_id uuid references refund (id),
    reverses_id uuid unique references journal_entry (id),
    occurred_on text not null,
    booked_on text not null check (booked_on >= occurred_on),
    event_chain bigint not null,
    event_seq bigint not null,
    check ((kind = 'reversal') = (reverses_id is not null))
);
create index journal_entry_event on journal_entry (event_chain, event_seq);
create index journal_entry_of_gift on journal_entry (gift_id);
create unique index journal_entry_gift on journal_entry (gift_id) where kind = 'gift';
create unique index journal_entry_refund on journal_entry (refund_id) where kind = 'refund';

create table posting (
    entry_id uuid not null references journal_entry (id),
    line bigint not null,
    account text not null references account (code),
    fund_id uuid not null references fund (id),
    amount_fen bigint not null check (amount_fen <> 0),
    primary key (entry_id, line)
);

-- Kept in the transaction that posts; proved against the postings by `spark verify`.
create table fund_balance (
    fund_id uuid primary key references fund (id),
    received_fen bigint not null check (received_fen >= 0),
    refunded_fen bigint not null check (refunded_fen >= 0),
    fees_fen bigint not null check (fees_fen >= 0),
    spent_fen bigint not null check (spent_fen >= 0),
    encumbered_fen bigint not null check (encumbered_fen >= 0),
    gifts bigint not null check (gifts >= 0),
    check (received_fen - refunded_fen - fees_fen - spent_fen - encumbered_fen >= 0)
);

-- One row: the last closed month of the books, `YYYY-MM`.
create table books (
    id bigint primary key check (id = 1),
    closed_through text not null
);
insert into books (id, closed_through) values (1, '0000-00');

create table receipt_counter (
    organisation_id uuid not null references organisation (id),
    year bigint not null,
    last bigint not null check (last >= 1),
    primary key (organisation_id, year)
);

create table receipt (
    id uuid primary key,
    organisation_id uuid not null references organisation (id),
    year bigint not null,
    number bigint not null check (number >= 1),
    gift_id uuid not null references gift (id),
    person_id uuid references person (id),
    amount_fen bigint not null check (amount_fen > 0),
    issued_on text not null,
    token bytea not null unique,
    replaces_id uuid unique references receipt (id),
    event_chain bigint not null,
    event_seq bigint not null,
    unique (organisation_id, year, number)
);
create index receipt_event on receipt (event_chain, event_seq);
create index receipt_gift on receipt (gift_id);

-- What was done to a receipt after its issue. A receipt itself never changes.
create table receipt_mark (
    receipt_id uuid primary key references receipt (id),
    kind text not null check (kind in ('void', 'replaced')),
    reason text not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index receipt_mark_event on receipt_mark (event_chain, event_seq);

-- Where an old gift was written: (source, serial) is its identity.
create table taken_over (
    source text not null,
    serial text not null,
    gift_id uuid references gift (id),
    refund_id uuid references refund (id),
    content bytea not null,
    primary key (source, serial),
    check ((gift_id is null) <> (refund_id is null))
);

create index taken_over_gift on taken_over (gift_id);
create index taken_over_refund on taken_over (refund_id) where refund_id is not null;

create table audit_chain (
    chain bigint primary key,
    seq bigint not null check (seq >= 0),
    hash bytea not null
);

create table audit_event (
    chain bigint not null,
    seq bigint not null check (seq >= 1),
    id uuid not null unique,
    at bigint not null,
    actor text not null,
    kind text not null,
    subject text not null,
    subject_id uuid not null,
    state text,
    detail text not null,
    rows_digest bytea not null,
    hash bytea not null,
    primary key (chain, seq)
);
create index audit_event_subject on audit_event (subject_id, chain, seq);

-- Work to be done after a commit: idempotent, leased, retried with back-off.
create table job (
    id uuid primary key,
    kind text not null,
    subject_id uuid not null,
    run_at bigint not null,
    attempts bigint not null,
    state text not null check (state in ('ready', 'running', 'done', 'failed')),
    error text
);
create index job_due on job (run_at) where state in ('ready', 'running');
create index job_error on job (id) where error is not null;

create table message (
    id uuid primary key,
    person_id uuid not null references person (id),
    gift_id uuid not null references gift (id),
    kind text not null,
    channel text not null check (channel in ('email', 'sms', 'call')),
    state text not null check (state in ('waiting', 'sent', 'failed', 'done')),
    created_at bigint not null,
    closed_at bigint,
    note text not null
);
create index message_gift on message (gift_id);
create index message_state on message (channel, state, id);

create table staff_user (
    id uuid primary key,
    name text not null unique,
    display_name text not null,
    password_hash text not null,
    roles text not null,
    created_at bigint not null,
    disabled_at bigint
);

create table session (
    id text primary key,
    data text not null,
    expires_at bigint not null
);
create index session_expiry on session (expires_at);

-- Counted attempts, by purpose and a keyed digest of what is limited (account, address …).
create table rate_limit (
    purpose text not null,
    subject bytea not null,
    period_start bigint not null,
    count bigint not null,
    primary key (purpose, subject)
);

-- Facts of the installation itself, such as the check value of the master key.
create table setting (
    name text primary key,
    value bytea not null
);

-- What is written in the books stays written: corrections are new rows.
create function append_only() returns trigger language plpgsql as $$ begin raise exception 'append only'; end $$;
create trigger journal_entry_stays before update or delete on journal_entry for each row execute function append_only();
create trigger posting_stays before update or delete on posting for each row execute function append_only();
create trigger receipt_stays before update or delete on receipt for each row execute function append_only();
create trigger audit_event_stays before update or delete on audit_event for each row execute function append_only();
