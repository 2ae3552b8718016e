-- Why staff withdrew a refund before its money was sent. Such a refund is `failed`: nothing of it was paid.
alter table refund add column withdrawn text check (withdrawn is null or state = 'failed');

-- A call stands for the message that did not arrive. One from before was written in the moment in which that failed;
-- where two of a kind failed in one moment, the books do not say which.
alter table message add column instead_of blob references message (id);
update message set instead_of = (select m.id from message m where m.gift_id = message.gift_id and m.kind = message.kind
    and m.channel <> 'call' and m.state = 'failed' and m.closed_at = message.created_at)
    where channel = 'call' and 1 = (select count(*) from message m where m.gift_id = message.gift_id
    and m.kind = message.kind and m.channel <> 'call' and m.state = 'failed' and m.closed_at = message.created_at);
create index message_instead_of on message (instead_of) where instead_of is not null;

-- How often staff called in vain, and when last.
alter table message add column tries integer not null default 0;
alter table message add column tried_at integer;
