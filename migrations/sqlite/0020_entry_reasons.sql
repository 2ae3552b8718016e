-- Why staff took an entry back, in their words: they may speak of a person, so they stand outside the audit chain.
create table entry_reason (
    entry_id blob primary key references journal_entry (id) deferrable initially deferred,
    reason text not null
) strict;

-- A payment that was taken back keeps its day, and the line of the bank statement that it gave up.
alter table payment add column released_ref text;
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, '(state = ''paid'') = (paid_at is not null)',
        '(state in (''paid'', ''reversed'')) = (paid_at is not null)')
    where type = 'table' and name = 'payment';
pragma writable_schema = reset;
create trigger entry_reason_stays before update on entry_reason begin select raise(abort, 'append only'); end;
create trigger entry_reason_kept before delete on entry_reason begin select raise(abort, 'append only'); end;
create trigger entry_reason_once before insert on entry_reason
    when exists (select 1 from entry_reason where entry_id = new.entry_id)
    begin select raise(abort, 'append only'); end;
