-- Banks name their tanks alike: a place, and a tank that was too warm, are those of one bank.
alter table storage_move add column bank_id uuid references bank (id);
update storage_move m set bank_id = u.bank_id from unit u where u.id = m.unit_id;
alter table storage_move alter column bank_id set not null;
drop index storage_move_place;
create unique index storage_move_place on storage_move (bank_id, tank, rack, box, slot) where current;
-- One from before names no bank: it counts for every bank that has a tank of that name.
alter table temperature_excursion add column bank_id uuid references bank (id);

-- When a key last opened something, to the day: it changes by reading, so no event speaks of it.
alter table api_key add column last_used_at bigint;

-- Names of requests are the bank's: a key that takes the place of another finds the answers that the other was given.
alter table api_request add column bank_id uuid references bank (id);
update api_request r set bank_id = k.bank_id from api_key k where k.id = r.key_id;
delete from api_request r using api_request n
    where n.bank_id = r.bank_id and n.idempotency_key = r.idempotency_key and n.key_id > r.key_id;
alter table api_request alter column bank_id set not null;
alter table api_request drop constraint api_request_pkey;
alter table api_request add primary key (bank_id, idempotency_key);
