-- Loads of units: what sweeping a load that was given up, verifying, and the pages of one unit look things up by.
create index registry_disclosure_event on registry_disclosure (event_chain, event_seq);
create index registry_change_unit on registry_change (unit_id) where unit_id is not null;
create index sharing_consent_unit on sharing_consent (unit_id);
create index storage_move_unit on storage_move (unit_id, id);
create index confirmatory_typing_unit on confirmatory_typing (unit_id);
create index unit_load_bank on unit_load (bank_id, started_at);

-- A list in one parameter, as SQLite takes it apart: the same text of a statement then serves both databases.
create function json_each(list text) returns table (value text) language sql immutable strict
    as $$ select jsonb_array_elements_text(list::jsonb) $$;
create function unhex(hex text) returns uuid language sql immutable strict as $$ select hex::uuid $$;
