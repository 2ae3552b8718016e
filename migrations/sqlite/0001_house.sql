-- The house: who collects, who gives, what was given, the journal, receipts, messages, and the audit chain.
-- Money is whole fen; instants are microseconds since 1970 (UTC); dates are YYYY-MM-DD; ids are UUIDv7.

create table organisation (
    id blob primary key,
    name_zh text not null,
    name_en text not null,
    credit_code text,
    certificate text not null,
    certificate_from text not null,
    certificate_until text not null check (certificate_until >= certificate_from),
    receipt_prefix text not null unique check (length(receipt_prefix) between 1 and 8),
    bank_account text not null,
    contact text not null
) strict;

create table plan (
    id blob primary key,
    organisation_id blob not null references organisation (id),
    filing_number text not null unique,
    title_zh text not null,
    title_en text not null,
    starts_on text not null,
    ends_on text not null check (ends_on >= starts_on)
) strict;

create table fund (
    id blob primary key,
    code text not null unique,
    position integer not null unique,
    name_zh text not null,
    name_en text not null,
    purpose_zh text not null,
    purpose_en text not null,
    organisation_id blob references organisation (id),
    plan_id blob references plan (id),
    check ((organisation_id is null) = (plan_id is null))
) strict;

-- The names under which old books know a fund. Nothing else is accepted when they are taken over.
create table fund_alias (
    alias text primary key,
    fund_id blob not null references fund (id)
) strict;

create table programme (
    id blob primary key,
    fund_id blob not null references fund (id),
    code text not null unique,
    name_zh text not null,
    name_en text not null,
    purpose_zh text not null,
    purpose_en text not null
) strict;

-- Figures that were published, each with its date: statements, never sums of this ledger.
create table published_figure (
    code text primary key,
    position integer not null unique,
    value_zh text not null,
    value_en text not null,
    label_zh text not null,
    label_en text not null,
    as_of text not null,
    source_zh text not null,
    source_en text not null
) strict;

-- The plain facts of a person live here and nowhere else. `commitment` is a salted digest of them, so that the
-- audit chain can prove a name without holding it; erasing a person empties the facts and the salt.
create table person (
    id blob primary key,
    is_organisation integer not null,
    name text not null,
    email text not null,
    phone text not null,
    lang text not null check (lang in ('zh', 'en')),
    salt blob not null,
    commitment blob not null,
    erased_at integer,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index person_event on person (event_chain, event_seq);
create index person_contact on person (email, phone);

create table gift (
    id blob primary key,
    gift_key blob not null unique,
    content blob not null,
    token blob not null unique,
    fund_id blob not null references fund (id),
    programme_id blob references programme (id),
    organisation_id blob references organisation (id),
    person_id blob references person (id),
    amount_fen integer not null check (amount_fen > 0),
    anonymous integer not null,
    receipt_wanted integer not null,
    issued_elsewhere integer not null,
    contact text not null check (contact in ('none', 'call', 'email', 'sms')),
    lang text not null check (lang in ('zh', 'en')),
    created_at integer not null,
    state text not null check (state in ('pending', 'paid', 'partly_refunded', 'refunded', 'expired')),
    refunded_fen integer not null check (refunded_fen between 0 and amount_fen),
    event_chain integer not null,
    event_seq integer not null
) strict;
create index gift_event on gift (event_chain, event_seq);
create index gift_state on gift (state, id);
create index gift_fund on gift (fund_id, id);

-- What a donor wrote for others to read; public only once staff have passed it.
create table gift_words (
    gift_id blob primary key references gift (id),
    dedication text not null,
    message text not null,
    state text not null check (state in ('waiting', 'passed', 'held'))
) strict;

create index gift_words_state on gift_words (state, gift_id);

-- Title and number for a tax receipt, sealed under the person's key.
create table tax_request (
    gift_id blob primary key references gift (id),
    person_id blob not null references person (id),
    kind text not null check (kind in ('resident_id', 'credit_code')),
    title_sealed blob not null,
    number_sealed blob not null,
    number_lookup blob not null
) strict;

create table payment (
    id blob primary key,
    gift_id blob not null unique references gift (id),
    channel text not null check (channel in ('sandbox', 'bank_transfer', 'taken_over')),
    out_trade_no text not null unique,
    provider_ref text,
    amount_fen integer not null check (amount_fen > 0),
    fee_fen integer not null check (fee_fen >= 0 and fee_fen < amount_fen),
    state text not null check (state in ('pending', 'paid', 'expired')),
    created_at integer not null,
    expires_at integer not null,
    paid_at integer,
    pay_url text,
    next_query_at integer,
    queries integer not null,
    check ((state = 'paid') = (paid_at is not null)),
    unique (channel, provider_ref)
) strict;
create index payment_query on payment (next_query_at) where next_query_at is not null;

create table refund (
    id blob primary key,
    gift_id blob not null references gift (id),
    out_refund_no text not null unique,
    amount_fen integer not null check (amount_fen > 0),
    reason text not null,
    requested_by text not null,
    requested_at integer not null,
    state text not null check (state in ('requested', 'done', 'failed')),
    done_at integer,
    next_query_at integer,
    queries integer not null,
    check ((state = 'done') = (done_at is not null))
) strict;
create index refund_gift on refund (gift_id);
create index refund_query on refund (next_query_at) where next_query_at is not null;

-- The chart of accounts, mapped by data to 民间非营利组织会计制度.
create table account (
    code text primary key,
    npo_code text not null,
    npo_name text not null
) strict;
insert into account (code, npo_code, npo_name) values
    ('bank', '1002', '银行存款'),
    ('clearing', '1009', '其他货币资金'),
    ('donation_income', '4101', '捐赠收入（限定性）'),
    ('fundraising_cost', '5301', '筹资费用'),
    ('programme_cost', '5101', '业务活动成本');

create table journal_entry (
    id blob primary key,
    kind text not null check (kind in ('gift', 'refund', 'reversal')),
    gift_id blob references gift (id),
    refund_id blob references refund (id),
    reverses_id blob unique references journal_entry (id),
    occurred_on text not null,
    booked_on text not null check (booked_on >= occurred_on),
    event_chain integer not null,
    event_seq integer not null,
    check ((kind = 'reversal') = (reverses_id is not null))
) strict;
create index journal_entry_event on journal_entry (event_chain, event_seq);
create index journal_entry_of_gift on journal_entry (gift_id);
create unique index journal_entry_gift on journal_entry (gift_id) where kind = 'gift';
create unique index journal_entry_refund on journal_entry (refund_id) where kind = 'refund';

create table posting (
    entry_id blob not null references journal_entry (id),
    line integer not null,
    account text not null references account (code),
    fund_id blob not null references fund (id),
    amount_fen integer not null check (amount_fen <> 0),
    primary key (entry_id, line)
) strict, without rowid;

-- Kept in the transaction that posts; proved against the postings by `spark verify`.
create table fund_balance (
    fund_id blob primary key references fund (id),
    received_fen integer not null check (received_fen >= 0),
    refunded_fen integer not null check (refunded_fen >= 0),
    fees_fen integer not null check (fees_fen >= 0),
    spent_fen integer not null check (spent_fen >= 0),
    encumbered_fen integer not null check (encumbered_fen >= 0),
    gifts integer not null check (gifts >= 0),
    check (received_fen - refunded_fen - fees_fen - spent_fen - encumbered_fen >= 0)
) strict;

-- One row: the last closed month of the books, `YYYY-MM`.
create table books (
    id integer primary key check (id = 1),
    closed_through text not null
) strict;
insert into books (id, closed_through) values (1, '0000-00');

create table receipt_counter (
    organisation_id blob not null references organisation (id),
    year integer not null,
    last integer not null check (last >= 1),
    primary key (organisation_id, year)
) strict;

create table receipt (
    id blob primary key,
    organisation_id blob not null references organisation (id),
    year integer not null,
    number integer not null check (number >= 1),
    gift_id blob not null references gift (id),
    person_id blob references person (id),
    amount_fen integer not null check (amount_fen > 0),
    issued_on text not null,
    token blob not null unique,
    replaces_id blob unique references receipt (id),
    event_chain integer not null,
    event_seq integer not null,
    unique (organisation_id, year, number)
) strict;
create index receipt_event on receipt (event_chain, event_seq);
create index receipt_gift on receipt (gift_id);

-- What was done to a receipt after its issue. A receipt itself never changes.
create table receipt_mark (
    receipt_id blob primary key references receipt (id),
    kind text not null check (kind in ('void', 'replaced')),
    reason text not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index receipt_mark_event on receipt_mark (event_chain, event_seq);

-- Where an old gift was written: (source, serial) is its identity.
create table taken_over (
    source text not null,
    serial text not null,
    gift_id blob references gift (id),
    refund_id blob references refund (id),
    content blob not null,
    primary key (source, serial),
    check ((gift_id is null) <> (refund_id is null))
) strict;

create index taken_over_gift on taken_over (gift_id);
create index taken_over_refund on taken_over (refund_id) where refund_id is not null;

create table audit_chain (
    chain integer primary key,
    seq integer not null check (seq >= 0),
    hash blob not null
) strict;

create table audit_event (
    chain integer not null,
    seq integer not null check (seq >= 1),
    id blob not null unique,
    at integer not null,
    actor text not null,
    kind text not null,
    subject text not null,
    subject_id blob not null,
    state text,
    detail text not null,
    rows_digest blob not null,
    hash blob not null,
    primary key (chain, seq)
) strict;
create index audit_event_subject on audit_event (subject_id, chain, seq);

-- Work to be done after a commit: idempotent, leased, retried with back-off.
create table job (
    id blob primary key,
    kind text not null,
    subject_id blob not null,
    run_at integer not null,
    attempts integer not null,
    state text not null check (state in ('ready', 'running', 'done', 'failed')),
    error text
) strict;
create index job_due on job (run_at) where state in ('ready', 'running');
create index job_error on job (id) where error is not null;

create table message (
    id blob primary key,
    person_id blob not null references person (id),
    gift_id blob not null references gift (id),
    kind text not null,
    channel text not null check (channel in ('email', 'sms', 'call')),
    state text not null check (state in ('waiting', 'sent', 'failed', 'done')),
    created_at integer not null,
    closed_at integer,
    note text not null
) strict;
create index message_gift on message (gift_id);
create index message_state on message (channel, state, id);

create table staff_user (
    id blob primary key,
    name text not null unique,
    display_name text not null,
    password_hash text not null,
    roles text not null,
    created_at integer not null,
    disabled_at integer
) strict;

create table session (
    id text primary key,
    data text not null,
    expires_at integer not null
) strict;
create index session_expiry on session (expires_at);

-- Counted attempts, by purpose and a keyed digest of what is limited (account, address …).
create table rate_limit (
    purpose text not null,
    subject blob not null,
    period_start integer not null,
    count integer not null,
    primary key (purpose, subject)
) strict;

-- Facts of the installation itself, such as the check value of the master key.
create table setting (
    name text primary key,
    value blob not null
) strict;

-- What is written in the books stays written: corrections are new rows.
create trigger journal_entry_stays before update on journal_entry begin select raise(abort, 'append only'); end;
create trigger journal_entry_kept before delete on journal_entry begin select raise(abort, 'append only'); end;
create trigger posting_stays before update on posting begin select raise(abort, 'append only'); end;
create trigger posting_kept before delete on posting begin select raise(abort, 'append only'); end;
create trigger receipt_stays before update on receipt begin select raise(abort, 'append only'); end;
create trigger receipt_kept before delete on receipt begin select raise(abort, 'append only'); end;
create trigger audit_event_stays before update on audit_event begin select raise(abort, 'append only'); end;
create trigger audit_event_kept before delete on audit_event begin select raise(abort, 'append only'); end;
