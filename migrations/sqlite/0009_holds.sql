-- Holds, releases and the laboratory: what a dose policy says, who found a warm tank harmless, and what proves their rows.

-- Found harmless, or the units lost: until then what lay there is not to be had.
alter table temperature_excursion add column review text not null default '' check (review in ('', 'harmless', 'lost'));
alter table temperature_excursion add column reviewed_by text not null default '';
alter table temperature_excursion add column reviewed_at integer;

-- Cells per kg of the patient, as frozen: TNC in 10⁵, CD34 in 10³. Another figure is another version.
insert into dose_policy (id, code, version, single_tnc_e5, single_cd34_e3, each_of_two_tnc_e5, each_of_two_cd34_e3, source, in_force_from) values
    (x'0190c0000000700080000000000000d1', 'malignant', 1, 300, 150, 150, 100,
     'NMDP/CIBMTR 2019: single unit TNC ≥ 3.0×10⁷/kg and CD34 ≥ 1.5×10⁵/kg; each of two TNC ≥ 1.5×10⁷/kg and CD34 ≥ 1.0×10⁵/kg', '2019-01-01'),
    (x'0190c0000000700080000000000000d2', 'non_malignant', 1, 500, 150, 150, 100,
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
create trigger dose_policy_stays before update on dose_policy begin select raise(abort, 'append only'); end;
create trigger dose_policy_kept before delete on dose_policy begin select raise(abort, 'append only'); end;
create trigger unit_family_stays before update on unit_family begin select raise(abort, 'append only'); end;
create trigger unit_family_kept before delete on unit_family begin select raise(abort, 'append only'); end;
create trigger process_step_once before insert on process_step
    when exists (select 1 from process_step where id = new.id)
    begin select raise(abort, 'append only'); end;
create trigger match_report_once before insert on match_report
    when exists (select 1 from match_report where id = new.id)
    or exists (select 1 from match_report where number = new.number)
    begin select raise(abort, 'append only'); end;
create trigger match_signature_once before insert on match_signature
    when exists (select 1 from match_signature where report_id = new.report_id)
    begin select raise(abort, 'append only'); end;
create trigger confirmatory_typing_once before insert on confirmatory_typing
    when exists (select 1 from confirmatory_typing where id = new.id)
    begin select raise(abort, 'append only'); end;
create trigger release_temperature_once before insert on release_temperature
    when exists (select 1 from release_temperature where release_id = new.release_id and at = new.at)
    begin select raise(abort, 'append only'); end;
create trigger unit_family_once before insert on unit_family
    when exists (select 1 from unit_family where unit_id = new.unit_id and patient_id = new.patient_id)
    begin select raise(abort, 'append only'); end;
create trigger unit_version_once before insert on unit_version
    when exists (select 1 from unit_version where unit_id = new.unit_id and change_id = new.change_id)
    begin select raise(abort, 'append only'); end;
