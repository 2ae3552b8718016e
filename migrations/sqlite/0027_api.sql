-- A key lists its bank's units page by page in the order of their ids.
create index unit_bank on unit (bank_id, id);
