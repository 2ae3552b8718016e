-- A file of units that staff sent through the browser: how far its reading is, seen from every node, and how it ended.
-- The load that it becomes, if any, bears the same id. Rows are of passing interest and are swept.
create table unit_upload (
    id blob primary key,
    bank text not null,
    file_name text not null,
    size integer not null check (size >= 0),
    asked text not null,
    dry_run integer not null,
    state text not null check (state in ('running', 'done', 'refused', 'stopped', 'failed')),
    started_by text not null,
    started_at integer not null,
    touched_at integer not null,
    closed_at integer,
    bytes integer not null check (bytes >= 0),
    read integer not null check (read >= 0),
    refused integer not null check (refused >= 0),
    stop_asked integer not null,
    ended text not null,
    check ((state = 'running') = (closed_at is null))
) strict;
-- One reading of a bank's file at once.
create unique index unit_upload_open on unit_upload (bank) where state = 'running';
create index unit_upload_closed on unit_upload (closed_at);

-- What a trial would refuse; what a load refused stands in `unit_load_refusal`.
create table unit_upload_refusal (
    upload_id blob not null references unit_upload (id),
    place integer not null,
    line integer not null,
    registry_id text not null,
    reason text not null,
    primary key (upload_id, place)
) strict, without rowid;
