-- What the published tables are made from. Not part of the public face: may change at any time,
-- and can be made again from the export and the cache.
CREATE SCHEMA IF NOT EXISTS pipeline;

-- Rows of the export that could not be used.
CREATE TABLE IF NOT EXISTS pipeline.skipped_rows (
    line INTEGER NOT NULL,
    reason VARCHAR NOT NULL
);

-- Rows of the wantlist that could not be used.
CREATE TABLE IF NOT EXISTS pipeline.skipped_wants (
    line INTEGER NOT NULL,
    reason VARCHAR NOT NULL
);

-- One row for each cached answer, but for its tracks.
CREATE TABLE IF NOT EXISTS pipeline.answers (
    release_id BIGINT NOT NULL,
    checksum VARCHAR NOT NULL,  -- of the cache file: the same means that nothing changed
    status VARCHAR NOT NULL,
    remark VARCHAR,
    fetched_at TIMESTAMP NOT NULL,
    asked_at TIMESTAMP NOT NULL,  -- later than fetched_at where nothing better came since
    requests INTEGER NOT NULL,
    source VARCHAR NOT NULL,
    artist VARCHAR,
    title VARCHAR,
    label VARCHAR,
    catalog_number VARCHAR,
    format_type VARCHAR,
    format_description VARCHAR,
    release_year INTEGER,
    country VARCHAR,
    genres VARCHAR[],
    styles VARCHAR[],
    master_id BIGINT
);

CREATE TABLE IF NOT EXISTS pipeline.tracks (
    release_id BIGINT NOT NULL,
    track_number INTEGER NOT NULL,
    artist VARCHAR,
    title VARCHAR,
    position VARCHAR,
    duration VARCHAR,
    duration_seconds INTEGER,
    parent_position VARCHAR,
    parent_title VARCHAR,
    heading VARCHAR,
    artist_on_discogs VARCHAR,
    remixer VARCHAR
);

-- Releases that the latest attempt did not bring, until one does.
CREATE TABLE IF NOT EXISTS pipeline.failures (
    release_id BIGINT NOT NULL,
    cause VARCHAR NOT NULL,
    failed_at TIMESTAMP NOT NULL
);

-- One row for each digital library, in the order in which they count.
CREATE TABLE IF NOT EXISTS pipeline.libraries (
    path VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR,
    fingerprint VARCHAR,  -- of what its tracks were read from; NULL where they never could be
    tracks INTEGER NOT NULL,
    error VARCHAR,        -- why the latest attempt did not bring them
    problems JSON NOT NULL  -- files in it that could not be read, and why
);

-- Their entries as read, with the ids that each has by itself; the same file may be in several.
CREATE TABLE IF NOT EXISTS pipeline.library_tracks (
    library VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    file VARCHAR,  -- the same for entries of one file; NULL if the path does not tell
    mark BIGINT,   -- of what the program wrote of it; NULL if that cannot be told by itself
    digital_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    path VARCHAR,
    artist VARCHAR,
    title VARCHAR,
    remixer VARCHAR,
    mix VARCHAR,
    album VARCHAR,
    label VARCHAR,
    genre VARCHAR,
    bpm DOUBLE,
    musical_key VARCHAR,
    duration_seconds DOUBLE,
    file_type VARCHAR,
    bitrate INTEGER,
    file_size_bytes BIGINT,
    is_music BOOLEAN NOT NULL,
    camelot VARCHAR,
    imported_at TIMESTAMP,
    catalog_number VARCHAR,
    discogs_release_id BIGINT
);

-- What each track said when it was last judged: one that says the same need not be judged again.
CREATE TABLE IF NOT EXISTS pipeline.judged_tracks (
    track_id BIGINT NOT NULL,
    state UBIGINT NOT NULL
);

-- The same of the tracks on wanted releases.
CREATE TABLE IF NOT EXISTS pipeline.judged_wanted (
    track_id BIGINT NOT NULL,
    state UBIGINT NOT NULL
);

-- What each track asks of the files, to see which ones a file that came or went could concern.
CREATE TABLE IF NOT EXISTS pipeline.asked_tracks (
    track_id BIGINT NOT NULL,
    titles VARCHAR NOT NULL,
    words VARCHAR NOT NULL,
    others VARCHAR NOT NULL
);

-- The same of the tracks on wanted releases.
CREATE TABLE IF NOT EXISTS pipeline.asked_wanted AS FROM pipeline.asked_tracks LIMIT 0;

-- What the matcher read of each file when the tracks were last judged, to see which came, went or
-- say something else since.
CREATE TABLE IF NOT EXISTS pipeline.judged_files (
    digital_id VARCHAR NOT NULL,
    artist VARCHAR,
    title VARCHAR,
    remixer VARCHAR,
    mix VARCHAR,
    album VARCHAR,
    label VARCHAR,
    path VARCHAR,
    duration_seconds DOUBLE,
    is_music BOOLEAN NOT NULL,
    catalog_number VARCHAR,
    discogs_release_id BIGINT
);

-- The same, when the tracks on wanted releases were last judged.
CREATE TABLE IF NOT EXISTS pipeline.judged_wanted_files AS FROM pipeline.judged_files LIMIT 0;

-- What each file is that was read in search of duplicates: one that says the same is not read again.
CREATE TABLE IF NOT EXISTS pipeline.file_identities (
    digital_id VARCHAR NOT NULL,
    identity VARCHAR,  -- the same for copies of one track; NULL where it cannot be told
    version VARCHAR
);

-- What a file held that a decision names, when the latest refresh found it under that name: for the
-- decisions in match_overrides.csv that keep nothing of it themselves.
CREATE TABLE IF NOT EXISTS pipeline.decided_files (
    digital VARCHAR NOT NULL,
    file_size BIGINT,
    file_length INTEGER,
    file_tags VARCHAR
);

-- Lines of match_overrides.csv that had no effect on the latest gap analysis.
CREATE TABLE IF NOT EXISTS pipeline.override_problems (
    line INTEGER NOT NULL,
    reason VARCHAR NOT NULL
);

-- What each published table was last made from, to see that there is nothing to do.
CREATE TABLE IF NOT EXISTS pipeline.fingerprints (
    name VARCHAR PRIMARY KEY,
    fingerprint VARCHAR NOT NULL
);
