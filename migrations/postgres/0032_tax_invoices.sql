-- The official invoice (公益事业捐赠统一票据) that the recipient issued for a request: Spark keeps its number, never makes one.
create table tax_invoice (
    gift_id uuid primary key references tax_request (gift_id),
    number text not null,
    issued_on text not null,
    event_chain bigint not null,
    event_seq bigint not null
);
create index tax_invoice_event on tax_invoice (event_chain, event_seq);
create trigger tax_invoice_stays before update or delete on tax_invoice
    for each row execute function append_only();
create trigger tax_invoice_whole before truncate on tax_invoice for each statement execute function append_only();
