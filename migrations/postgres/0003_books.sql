-- What was true on a receipt's day stays on it; rows whose digests grew say by which edition they are digested; and
-- what is append-only cannot be emptied either.

-- The plan under which a gift was collected; unknown for gifts from before.
alter table gift add column plan_id uuid references plan (id);
-- 1: digested without `anonymous`, `plan_id` and the tax request; 2: with them.
alter table gift add column edition bigint not null default 1 check (edition in (1, 2));
-- 2: the event that posted the gift covers this row; 1: it does not.
alter table payment add column edition bigint not null default 1 check (edition in (1, 2));

-- The recipient as it was on the day of issue; absent on receipts from before.
alter table receipt add column recipient_zh text;
alter table receipt add column recipient_en text;
alter table receipt add column recipient_code text;
alter table receipt add column recipient_certificate text;
alter table receipt add column plan_number text;

-- A fund collects under a plan that its own recipient has filed. Rows from before are left to `spark verify`.
alter table plan add constraint plan_of_recipient unique (id, organisation_id);
alter table fund add constraint fund_plan_of_recipient
    foreign key (plan_id, organisation_id) references plan (id, organisation_id) not valid;

create trigger receipt_mark_stays before update or delete on receipt_mark for each row execute function append_only();

-- TRUNCATE asks no row trigger.
create trigger journal_entry_whole before truncate on journal_entry for each statement execute function append_only();
create trigger posting_whole before truncate on posting for each statement execute function append_only();
create trigger receipt_whole before truncate on receipt for each statement execute function append_only();
create trigger receipt_mark_whole before truncate on receipt_mark for each statement execute function append_only();
create trigger audit_event_whole before truncate on audit_event for each statement execute function append_only();
