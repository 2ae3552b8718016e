-- Which release of the nomenclature is in use: the one of the highest numbered change.
create table nomenclature_use (
    change_id blob primary key references registry_change (id),
    version text not null references nomenclature (version),
    event_chain integer not null,
    event_seq integer not null
) strict;
create index nomenclature_event on nomenclature (event_chain, event_seq);
create index nomenclature_use_event on nomenclature_use (event_chain, event_seq);
create index match_report_event on match_report (event_chain, event_seq);
create index match_signature_event on match_signature (event_chain, event_seq);
-- Reports are numbered by the year in which they are made.
create index match_report_made on match_report (made_at);

-- What was recorded stays recorded.
create trigger nomenclature_use_stays before update on nomenclature_use begin select raise(abort, 'append only'); end;
create trigger nomenclature_use_kept before delete on nomenclature_use begin select raise(abort, 'append only'); end;
create trigger nomenclature_use_once before insert on nomenclature_use
    when exists (select 1 from nomenclature_use where change_id = new.change_id)
    begin select raise(abort, 'append only'); end;
