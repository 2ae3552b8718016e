-- Which release of the nomenclature is in use: the one of the highest numbered change.
create table nomenclature_use (
    change_id uuid primary key references registry_change (id),
    version text not null references nomenclature (version),
    event_chain bigint not null,
    event_seq bigint not null
);
create index nomenclature_event on nomenclature (event_chain, event_seq);
create index nomenclature_use_event on nomenclature_use (event_chain, event_seq);
create index match_report_event on match_report (event_chain, event_seq);
create index match_signature_event on match_signature (event_chain, event_seq);
-- Reports are numbered by the year in which they are made.
create index match_report_made on match_report (made_at);

-- What was recorded stays recorded.
create trigger nomenclature_use_stays before update or delete on nomenclature_use for each row execute function append_only();
