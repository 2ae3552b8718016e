-- Holds, releases and the laboratory: what a dose policy says, who found a warm tank harmless, and what proves their rows.

-- Found harmless, or the units lost: until then what lay there is not to be had.
alter table temperature_excursion add column review text not null default '' check (review in ('', 'harmless', 'lost'));
alter table temperature_excursion add column reviewed_by text not null default '';
alter table temperature_excursion add column reviewed_at bigint;

-- Cells per kg of the patient, as frozen: TNC in 10⁵, CD34 in 10³. Another figure is another version.
insert into dose_policy (id, code, version, single_tnc_e5, single_cd34_e3, each_of_two_tnc_e5, each_of_two_cd34_e3, source, in_force_from) values
    ('0190c000-0000-7000-8000-0000000000d1', 'malignant', 1, 300, 150, 150, 100,
     'NMDP/CIBMTR 2019: single unit TNC ≥ 3.0×10⁷/kg and CD34 ≥ 1.5×10⁵/kg; each of two TNC ≥ 1.5×10⁷/kg and CD34 ≥ 1.0×10⁵/kg', '2019-01-01'),
    ('0190c000-0000-7000-8000-0000000000d2', 'non_malignant', 1, 500, 150, 150, 100,
     'NMDP/CIBMTR 2019: TNC > 5×10⁷/kg in non-malignant disease; CD34 and two units as in malignant disease', '2019-01-01');

-- The walk along the audit chain asks which rows an event wrote.
create index unit_version_event on unit_version (event_chain, event_seq) where event_seq is not null;
create index unit_family_event on unit_family (event_chain, event_seq);
create index process_step_event on process_step (event_chain, event_seq);
create index storage_move_event on storage_move (event_chain, event_seq);
create index confirmatory_typing_event on confirmatory_typing (event_chain, event_seq);
create index hold_hospital on hold (hospital_id, id);
create index hold_compartment_unit on hold_compartment (unit_id, hold_id);
create index unit_release_hospital on unit_release (hospital_id, id);

-- What was recorded stays recorded, and is not replaced either.
create trigger dose_policy_stays before update or delete on dose_policy for each row execute function append_only();
create trigger unit_family_stays before update or delete on unit_family for each row execute function append_only();
create trigger process_step_whole before truncate on process_step for each statement execute function append_only();
create trigger match_report_whole before truncate on match_report for each statement execute function append_only();
create trigger match_signature_whole before truncate on match_signature for each statement execute function append_only();
create trigger confirmatory_typing_whole before truncate on confirmatory_typing for each statement execute function append_only();
create trigger release_temperature_whole before truncate on release_temperature for each statement execute function append_only();
create trigger unit_family_whole before truncate on unit_family for each statement execute function append_only();
create trigger unit_version_whole before truncate on unit_version for each statement execute function append_only();
