-- What was true on a receipt's day stays on it; rows whose digests grew say by which edition they are digested; and
-- what is append-only cannot be replaced either.

-- The plan under which a gift was collected; unknown for gifts from before.
alter table gift add column plan_id blob references plan (id);
-- 1: digested without `anonymous`, `plan_id` and the tax request; 2: with them.
alter table gift add column edition integer not null default 1 check (edition in (1, 2));
-- 2: the event that posted the gift covers this row; 1: it does not.
alter table payment add column edition integer not null default 1 check (edition in (1, 2));

-- The recipient as it was on the day of issue; absent on receipts from before.
alter table receipt add column recipient_zh text;
alter table receipt add column recipient_en text;
alter table receipt add column recipient_code text;
alter table receipt add column recipient_certificate text;
alter table receipt add column plan_number text;

-- A fund collects under a plan that its own recipient has filed.
create trigger fund_plan_added before insert on fund
    when new.plan_id is not null
    and not exists (select 1 from plan where id = new.plan_id and organisation_id = new.organisation_id)
    begin select raise(abort, 'another recipient''s plan'); end;
create trigger fund_plan_set before update of plan_id, organisation_id on fund
    when new.plan_id is not null
    and not exists (select 1 from plan where id = new.plan_id and organisation_id = new.organisation_id)
    begin select raise(abort, 'another recipient''s plan'); end;
create trigger plan_moved before update of id, organisation_id on plan
    when exists (select 1 from fund where plan_id = old.id
    and (plan_id <> new.id or organisation_id <> new.organisation_id))
    begin select raise(abort, 'another recipient''s plan'); end;

create trigger receipt_mark_stays before update on receipt_mark begin select raise(abort, 'append only'); end;
create trigger receipt_mark_kept before delete on receipt_mark begin select raise(abort, 'append only'); end;

-- `insert or replace` deletes the row in its way without asking a delete trigger (recursive_triggers is off by
-- default and belongs to the connection), so each key is asked for before.
create trigger journal_entry_once before insert on journal_entry
    when exists (select 1 from journal_entry where id = new.id)
    or exists (select 1 from journal_entry where reverses_id = new.reverses_id)
    or (new.kind = 'gift'
        and exists (select 1 from journal_entry where kind = 'gift' and gift_id = new.gift_id))
    or (new.kind = 'refund'
        and exists (select 1 from journal_entry where kind = 'refund' and refund_id = new.refund_id))
    begin select raise(abort, 'append only'); end;
create trigger posting_once before insert on posting
    when exists (select 1 from posting where entry_id = new.entry_id and line = new.line)
    begin select raise(abort, 'append only'); end;
create trigger receipt_once before insert on receipt
    when exists (select 1 from receipt where id = new.id)
    or exists (select 1 from receipt where token = new.token)
    or exists (select 1 from receipt where replaces_id = new.replaces_id)
    or exists (select 1 from receipt where organisation_id = new.organisation_id and year = new.year
        and number = new.number)
    begin select raise(abort, 'append only'); end;
create trigger receipt_mark_once before insert on receipt_mark
    when exists (select 1 from receipt_mark where receipt_id = new.receipt_id)
    begin select raise(abort, 'append only'); end;
create trigger audit_event_once before insert on audit_event
    when exists (select 1 from audit_event where chain = new.chain and seq = new.seq)
    or exists (select 1 from audit_event where id = new.id)
    begin select raise(abort, 'append only'); end;
