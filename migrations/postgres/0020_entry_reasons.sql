-- Why staff took an entry back, in their words: they may speak of a person, so they stand outside the audit chain.
create table entry_reason (
    entry_id uuid primary key references journal_entry (id) deferrable initially deferred,
    reason text not null
);

-- A payment that was taken back keeps its day, and the line of the bank statement that it gave up.
alter table payment add column released_ref text;
alter table payment drop constraint payment_check1, add constraint payment_check1
    check ((state in ('paid', 'reversed')) = (paid_at is not null));
create trigger entry_reason_stays before update or delete on entry_reason
    for each row execute function append_only();
create trigger entry_reason_whole before truncate on entry_reason for each statement execute function append_only();
