-- A file of units that staff sent through the browser: how far its reading is, seen from every node, and how it ended.
-- The load that it becomes, if any, bears the same id. Rows are of passing interest and are swept.
create table unit_upload (
    id uuid primary key,
    bank text not null,
    file_name text not null,
    size bigint not null check (size >= 0),
    asked text not null,
    dry_run boolean not null,
    state text not null check (state in ('running', 'done', 'refused', 'stopped', 'failed')),
    started_by text not null,
    started_at bigint not null,
    touched_at bigint not null,
    closed_at bigint,
    bytes bigint not null check (bytes >= 0),
    read bigint not null check (read >= 0),
    refused bigint not null check (refused >= 0),
    stop_asked boolean not null,
    ended text not null,
    check ((state = 'running') = (closed_at is null))
);
-- One reading of a bank's file at once.
create unique index unit_upload_open on unit_upload (bank) where state = 'running';
create index unit_upload_closed on unit_upload (closed_at);

-- What a trial would refuse; what a load refused stands in `unit_load_refusal`.
create table unit_upload_refusal (
    upload_id uuid not null references unit_upload (id),
    place bigint not null,
    line bigint not null,
    registry_id text not null,
    reason text not null,
    primary key (upload_id, place)
);
