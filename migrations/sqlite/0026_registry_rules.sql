-- What staff and the laboratory said of a unit stands against the bank's files: a load asks for it, batch by batch.
create index unit_version_own on unit_version (unit_id) where source in ('lab', 'staff');
