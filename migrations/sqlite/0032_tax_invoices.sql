-- The official invoice (公益事业捐赠统一票据) that the recipient issued for a request: Spark keeps its number, never makes one.
create table tax_invoice (
    gift_id blob primary key references tax_request (gift_id),
    number text not null,
    issued_on text not null,
    event_chain integer not null,
    event_seq integer not null
) strict;
create index tax_invoice_event on tax_invoice (event_chain, event_seq);
create trigger tax_invoice_stays before update on tax_invoice begin select raise(abort, 'append only'); end;
create trigger tax_invoice_kept before delete on tax_invoice begin select raise(abort, 'append only'); end;
create trigger tax_invoice_once before insert on tax_invoice
    when exists (select 1 from tax_invoice where gift_id = new.gift_id)
    begin select raise(abort, 'append only'); end;
