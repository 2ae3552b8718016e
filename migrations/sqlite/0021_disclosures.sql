-- What else is kept of a file of units that left: whose units, for whom it was made, at which number of the registry, and
-- the SHA-256 of the file. No program before this one wrote a row.
alter table registry_disclosure add column bank_code text not null default '';
alter table registry_disclosure add column scope text not null default 'shared' check (scope in ('shared', 'own'));
alter table registry_disclosure add column registry_number integer not null default 0;
alter table registry_disclosure add column file_digest blob not null default x'';
