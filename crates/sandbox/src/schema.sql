-- The provider's own tables. Money is whole fen, instants are milliseconds since 1970 in UTC.

create table signing_key (
    only_row   integer primary key check (only_row = 1),
    seed       blob    not null check (length(seed) = 32),
    created_ms integer not null
) strict;

create table merchant (
    id         text    primary key,
    name       text    not null,
    public_key blob    not null check (length(public_key) = 32),
    created_ms integer not null,
    changed_ms integer not null
) strict;

create table payment (
    trade_no         text    primary key,
    merchant_id      text    not null references merchant (id),
    out_trade_no     text    not null,
    amount_fen       integer not null check (amount_fen > 0),
    currency         text    not null check (currency = 'CNY'),
    description      text    not null,
    notify_url       text    not null,
    return_url       text    not null,
    created_ms       integer not null,
    expires_ms       integer not null,
    state            text    not null check (state in ('pending', 'paid', 'closed')),
    paid_ms          integer,
    closed_ms        integer,
    -- The rate is kept with the payment, so that a later change of the setting leaves its refunds whole.
    fee_per_mille    integer not null,
    fee_fen          integer not null default 0 check (fee_fen between 0 and amount_fen),
    refunded_fen     integer not null default 0 check (refunded_fen between 0 and amount_fen),
    fee_returned_fen integer not null default 0 check (fee_returned_fen between 0 and fee_fen),
    -- When money that is on its way arrives after the expiry (the test option "pay after expiry").
    pay_due_ms       integer,
    unique (merchant_id, out_trade_no),
    check ((state = 'paid') = (paid_ms is not null)),
    check (state = 'paid' or refunded_fen = 0)
) strict;

create index payment_expiring on payment (expires_ms) where state = 'pending';
create index payment_due on payment (pay_due_ms) where pay_due_ms is not null;
create index payment_paid on payment (merchant_id, paid_ms) where paid_ms is not null;
create index payment_by_out_trade_no on payment (out_trade_no);

create table refund (
    refund_no        text    primary key,
    merchant_id      text    not null references merchant (id),
    out_refund_no    text    not null,
    trade_no         text    not null references payment (trade_no),
    amount_fen       integer not null check (amount_fen > 0),
    fee_returned_fen integer not null check (fee_returned_fen between 0 and amount_fen),
    reason           text    not null,
    succeeded_ms     integer not null,
    unique (merchant_id, out_refund_no)
) strict;

create index refund_succeeded on refund (merchant_id, succeeded_ms);

create table notification (
    id           integer primary key,
    notify_id    text    not null,
    trade_no     text    not null references payment (trade_no),
    event        text    not null,
    url          text    not null,
    body         text    not null,
    -- 'provider': our key. 'stranger': a key made up for the occasion (a forgery).
    signer       text    not null check (signer in ('provider', 'stranger')),
    genuine      integer not null check (genuine in (0, 1)),
    state        text    not null check (state in ('waiting', 'delivered', 'given_up', 'withheld')),
    -- Goes out only once that one was tried: the order on the wire is part of some test options.
    after_id     integer references notification (id),
    due_ms       integer not null,
    attempts     integer not null default 0,
    last_outcome text
) strict;

create index notification_waiting on notification (due_ms) where state = 'waiting';
create index notification_of_payment on notification (trade_no);

create table sms (
    sms_no      text    primary key,
    merchant_id text    not null references merchant (id),
    out_sms_no  text    not null,
    recipient   text    not null,
    text        text    not null,
    received_ms integer not null,
    unique (merchant_id, out_sms_no)
) strict;

create index sms_received on sms (received_ms);
create index sms_recipient on sms (merchant_id, recipient, received_ms);
