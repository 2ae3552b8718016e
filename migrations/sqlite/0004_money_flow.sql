-- Fees that come back with a refund, entries that are taken back, transfers of another amount, and providers' bills.

-- What a refund sets aside is what it costs its fund: the amount less the part of the fee that is to come back.
alter table refund add column promised_fen integer not null default 0
    check (promised_fen between 0 and amount_fen);
alter table refund add column fee_returned_fen integer not null default 0
    check (fee_returned_fen between 0 and amount_fen);
update refund set promised_fen = amount_fen,
    fee_returned_fen = coalesce((select -sum(p.amount_fen) from journal_entry e
        join posting p on p.entry_id = e.id and p.account = 'fundraising_cost'
        where e.refund_id = refund.id and e.kind = 'refund'), 0);

-- What was pledged, where another amount arrived.
alter table gift add column pledged_fen integer check (pledged_fen > 0);

-- A gift, payment or refund that was booked by mistake is `reversed`. SQLite changes a CHECK only by making the table
-- again or here (sqlite.org/lang_altertable.html, section 7); the tables made below let every connection read it anew.
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, '''refunded'', ''expired'')', '''refunded'', ''expired'', ''reversed'')')
    where type = 'table' and name = 'gift';
update sqlite_schema set sql = replace(sql, '''paid'', ''expired'')', '''paid'', ''expired'', ''reversed'')')
    where type = 'table' and name = 'payment';
update sqlite_schema set sql = replace(replace(sql, '''done'', ''failed'')', '''done'', ''failed'', ''reversed'')'),
        '(state = ''done'') = (done_at is not null)', '(state in (''done'', ''reversed'')) = (done_at is not null)')
    where type = 'table' and name = 'refund';
pragma writable_schema = reset;

create index payment_paid on payment (channel, paid_at) where paid_at is not null;
create index refund_done on refund (done_at) where done_at is not null;

-- One day of a provider's bill that is or was compared with the books.
create table bill_day (
    channel text not null,
    day text not null,
    leased_until integer not null,
    checked_at integer,
    payments integer not null,
    refunds integer not null,
    net_fen integer not null,
    primary key (channel, day)
) strict;

-- Where a bill and the books do not say the same. What agrees later is marked, never removed.
create table bill_difference (
    id blob primary key,
    channel text not null,
    day text not null,
    kind text not null,
    number text not null,
    gift_id blob references gift (id),
    ours_fen integer,
    theirs_fen integer,
    found_at integer not null,
    resolved_at integer,
    unique (channel, day, kind, number)
) strict;
create index bill_difference_open on bill_difference (found_at) where resolved_at is null;
