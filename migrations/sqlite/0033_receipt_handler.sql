-- Who handles receipts at a recipient (经办人), and who did on a receipt's day; absent where none was named.
alter table organisation add column receipt_handler text;
alter table receipt add column handler text;
