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
