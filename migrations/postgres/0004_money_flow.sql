-- Fees that come back with a refund, entries that are taken back, transfers of another amount, and providers' bills.

-- What a refund sets aside is what it costs its fund: the amount less the part of the fee that is to come back.
alter table refund add column promised_fen bigint not null default 0
    check (promised_fen between 0 and amount_fen);
alter table refund add column fee_returned_fen bigint not null default 0
    check (fee_returned_fen between 0 and amount_fen);
update refund set promised_fen = amount_fen,
    fee_returned_fen = coalesce((select -sum(p.amount_fen) from journal_entry e
        join posting p on p.entry_id = e.id and p.account = 'fundraising_cost'
        where e.refund_id = refund.id and e.kind = 'refund'), 0);

-- What was pledged, where another amount arrived.
alter table gift add column pledged_fen bigint check (pledged_fen > 0);

-- A gift, payment or refund that was booked by mistake is `reversed`.
alter table gift drop constraint gift_state_check, add constraint gift_state_check
    check (state in ('pending', 'paid', 'partly_refunded', 'refunded', 'expired', 'reversed'));
alter table payment drop constraint payment_state_check, add constraint payment_state_check
    check (state in ('pending', 'paid', 'expired', 'reversed'));
alter table refund drop constraint refund_state_check, add constraint refund_state_check
    check (state in ('requested', 'done', 'failed', 'reversed'));
alter table refund drop constraint refund_check, add constraint refund_check
    check ((state in ('done', 'reversed')) = (done_at is not null));

create index payment_paid on payment (channel, paid_at) where paid_at is not null;
create index refund_done on refund (done_at) where done_at is not null;

-- One day of a provider's bill that is or was compared with the books.
create table bill_day (
    channel text not null,
    day text not null,
    leased_until bigint not null,
    checked_at bigint,
    payments bigint not null,
    refunds bigint not null,
    net_fen bigint not null,
    primary key (channel, day)
);

-- Where a bill and the books do not say the same. What agrees later is marked, never removed.
create table bill_difference (
    id uuid primary key,
    channel text not null,
    day text not null,
    kind text not null,
    number text not null,
    gift_id uuid references gift (id),
    ours_fen bigint,
    theirs_fen bigint,
    found_at bigint not null,
    resolved_at bigint,
    unique (channel, day, kind, number)
);
create index bill_difference_open on bill_difference (found_at) where resolved_at is null;
