/*
title: Fields that platforms send and nothing reads
grain: one row per source, stream and field
key: [source, stream, name]
missing: a field that an allow-list has is not here; nor are the columns of imported files, which the import tells
columns:
  source: where it came from
  stream: what kind of objects
  name: of the field; below an object that is read, with the object's name before it
  first_seen_at: when it was sent first, UTC
  last_seen_at: the newest run that saw it, UTC
  is_new: it was not yet sent when the stream was read first
checks:
  - first_seen_at <= last_seen_at
*/
with

fields as (
    select
        source,
        stream,
        name,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at,
        min(run_id) as first_run
    from raw.strange_fields
    group by source, stream, name
),

streams as (
    select
        source,
        stream,
        min(run_id) as first_run
    from raw.pages
    where file is null
    group by source, stream
)

select
    fields.source,
    fields.stream,
    fields.name,
    fields.first_seen_at,
    fields.last_seen_at,
    fields.first_run > streams.first_run as is_new
from fields
inner join streams on fields.source = streams.source and fields.stream = streams.stream
order by fields.source, fields.stream, fields.name
