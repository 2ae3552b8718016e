-- Banks name their tanks alike: a place, and a tank that was too warm, are those of one bank. SQLite adds a column that
-- is never empty by making the table anew.
create table storage_move_anew (
    id blob primary key,
    unit_id blob not null references unit (id),
    bank_id blob not null references bank (id),
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
insert into storage_move_anew (id, unit_id, bank_id, compartment, tank, rack, box, slot, moved_at, moved_by, current,
    event_chain, event_seq)
    select m.id, m.unit_id, u.bank_id, m.compartment, m.tank, m.rack, m.box, m.slot, m.moved_at, m.moved_by, m.current,
    m.event_chain, m.event_seq from storage_move m join unit u on u.id = m.unit_id;
drop table storage_move;
alter table storage_move_anew rename to storage_move;
create unique index storage_move_place on storage_move (bank_id, tank, rack, box, slot) where current;
create unique index storage_move_current on storage_move (unit_id, compartment) where current;
create index storage_move_event on storage_move (event_chain, event_seq);
create index storage_move_unit on storage_move (unit_id, id);
create index storage_move_tank on storage_move (tank, unit_id);
-- One from before names no bank: it counts for every bank that has a tank of that name.
alter table temperature_excursion add column bank_id blob references bank (id);

-- When a key last opened something, to the day: it changes by reading, so no event speaks of it.
alter table api_key add column last_used_at integer;

-- Names of requests are the bank's: a key that takes the place of another finds the answers that the other was given.
create table api_request_anew (
    bank_id blob not null references bank (id),
    idempotency_key text not null,
    key_id blob not null references api_key (id),
    content blob not null,
    status integer not null,
    answer text not null,
    at integer not null,
    primary key (bank_id, idempotency_key)
) strict, without rowid;
insert into api_request_anew (bank_id, idempotency_key, key_id, content, status, answer, at)
    select k.bank_id, r.idempotency_key, r.key_id, r.content, r.status, r.answer, r.at
    from api_request r join api_key k on k.id = r.key_id
    where not exists (select 1 from api_request n join api_key o on o.id = n.key_id
        where o.bank_id = k.bank_id and n.idempotency_key = r.idempotency_key and n.key_id > r.key_id);
drop table api_request;
alter table api_request_anew rename to api_request;
create index api_request_at on api_request (at);
