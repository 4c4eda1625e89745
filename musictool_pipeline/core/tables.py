"""The published tables and views: one description of each, and all else is made from it.

Columns, their types and their meaning stand here once; the DDL, Dagster's column schema, the
schema checks and the documentation come from it. `core.schema` says what a description is; `tables`
has the queries of the views, and builds the rows.

Text is as printed and trimmed; unknown is NULL, never '' or 0. Times of the export carry no zone;
times of this project are UTC.
"""

from __future__ import annotations

from musictool_pipeline.core.schema import Column, SqlView, Table

COLLECTION_ITEMS = Table(
    "collection_items",
    "One row for each copy on the shelf, as the collection export lists it.",
    ("item_id",),
    (
        Column("item_id", "VARCHAR", "The copy: release id and running number.", required=True),
        Column("release_id", "BIGINT", "The release on Discogs.", required=True),
        Column("artist", "VARCHAR", "Artist, as exported."),
        Column("title", "VARCHAR", "Title of the release."),
        Column("label", "VARCHAR", "Label or labels, as exported."),
        Column("catalog_number", "VARCHAR", "Catalogue number; Discogs cuts it at 50 characters."),
        Column("format", "VARCHAR", "Format, abbreviated; Discogs cuts it at 50 characters."),
        Column("rating", "INTEGER", "Your rating, 1 to 5."),
        Column("release_year", "INTEGER", "Year of this pressing."),
        Column("collection_folder", "VARCHAR", "The folder of your collection that it is in."),
        Column("date_added", "TIMESTAMP", "When you added it, without a time zone."),
        Column("media_condition", "VARCHAR", "Condition of the record."),
        Column("sleeve_condition", "VARCHAR", "Condition of the sleeve."),
        Column("notes", "VARCHAR", "Your notes."),
        Column("custom_fields", "JSON", "Your own fields and their values."),
        Column("csv_line", "INTEGER", "The line of the export on which it begins.", required=True),
        Column("instance_id", "BIGINT", "Discogs' own number of the copy; an export has none."),
    ),
)

COLLECTION_CHANGES = Table(
    "collection_changes",
    "What you changed in your collection, as seen from one reading of it to the next.",
    ("change_number",),
    (
        Column("change_number", "INTEGER", "1, 2, ... since the first one seen.", required=True),
        Column(
            "changed_at",
            "TIMESTAMP",
            "Date of the export or snapshot that first showed it.",
            required=True,
        ),
        Column("change", "VARCHAR", "added, removed, moved (to another folder) or changed.", True),
        Column("release_id", "BIGINT", "The release on Discogs.", required=True),
        Column(
            "item_id", "VARCHAR", "The copy in collection_items; of one removed, as it was.", True
        ),
        Column("artist", "VARCHAR", "Artist, as exported."),
        Column("title", "VARCHAR", "Title of the release."),
        Column("field", "VARCHAR", "What differs: a column of collection_items, or your field."),
        Column("before", "VARCHAR", "What it was."),
        Column("after", "VARCHAR", "What it is now."),
        Column("export", "VARCHAR", "File that showed it first.", required=True),
    ),
)

RELEASES = Table(
    "releases",
    "One row for each release in the collection, and what is known of its tracklist.",
    ("release_id",),
    (
        Column("release_id", "BIGINT", "The release on Discogs.", required=True),
        Column("artist", "VARCHAR", "Artist credit as printed, once fetched; before, as exported."),
        Column("title", "VARCHAR", "Title of the release."),
        Column("label", "VARCHAR", "Label or labels, each once."),
        Column("catalog_number", "VARCHAR", "Catalogue numbers, each once."),
        Column("format", "VARCHAR", "The record first, then what else is in the sleeve."),
        Column("release_year", "INTEGER", "Year of this pressing."),
        Column("copies", "INTEGER", "How many copies you have.", required=True),
        Column("first_added", "TIMESTAMP", "When the first of them was added."),
        Column("country", "VARCHAR", "Country of the pressing."),
        Column("genres", "VARCHAR[]", "Genres."),
        Column("styles", "VARCHAR[]", "Styles."),
        Column("master_id", "BIGINT", "The master release that pressings are grouped under."),
        Column(
            "tracklist_status",
            "VARCHAR",
            "fetched; unavailable (Discogs has none); failed (the next refresh tries again); "
            "or pending.",
            required=True,
        ),
        Column("tracklist_error", "VARCHAR", "Why there is no tracklist, or no newer one."),
        Column("fetched_at", "TIMESTAMP", "When Discogs' answer came, UTC."),
        Column("requests", "INTEGER", "How many requests that took."),
    ),
)

EXPANDED_TRACKS = Table(
    "expanded_tracks",
    "One row for each track on each release, in the order of its tracklist.",
    ("discogs_release_id", "track_number"),
    (
        Column("id", "BIGINT", "The track; stays the same from run to run.", required=True),
        Column("artist", "VARCHAR", "Credit as printed: the track's own, or else the release's."),
        Column("title", "VARCHAR", "Title of the track."),
        Column("position", "VARCHAR", "Position as printed: A1, B2, 1-03; not always unique."),
        Column("duration", "VARCHAR", "Length as printed; more than half have none."),
        Column("album", "VARCHAR", "Title of the release."),
        Column("album_artist", "VARCHAR", "Artist credit of the release, as printed."),
        Column("label", "VARCHAR", "Label or labels, each once."),
        Column("catalog_number", "VARCHAR", "Catalogue numbers, each once."),
        Column("release_year", "INTEGER", "Year of this pressing."),
        Column("format_type", "VARCHAR", "Vinyl, CD, Cassette: the first physical format."),
        Column("format_description", "VARCHAR", "Size, speed and the like; then other formats."),
        Column("collection_folder", "VARCHAR", "Folder of the copy that was added first."),
        Column("date_added", "TIMESTAMP", "When that copy was added."),
        Column("media_condition", "VARCHAR", "Condition of that copy's record."),
        Column("sleeve_condition", "VARCHAR", "Condition of that copy's sleeve."),
        Column("notes", "VARCHAR", "Your notes on that copy."),
        Column("discogs_release_id", "BIGINT", "The release on Discogs.", required=True),
        Column("source", "VARCHAR", "Where the tracklist is from: api or dump.", required=True),
        Column("expanded_date", "TIMESTAMP", "When the tracklist was fetched, UTC.", required=True),
        Column("created_at", "TIMESTAMP", "When this row was made, UTC.", required=True),
        Column("track_number", "INTEGER", "1, 2, ... within the release.", required=True),
        Column("parent_position", "VARCHAR", "Position of the index track that it is a part of."),
        Column("parent_title", "VARCHAR", "Title of the index track that it is a part of."),
        Column("heading", "VARCHAR", "The heading that it stands under."),
        Column("duration_seconds", "INTEGER", "Length in seconds, where it is a sensible one."),
        Column("copies", "INTEGER", "How many copies of the release you have.", required=True),
        Column(
            "artist_on_discogs",
            "VARCHAR",
            "The credit by the artists' names on Discogs, where the record prints others.",
        ),
        Column("remixer", "VARCHAR", "Who the further credits name as its remixer."),
    ),
)

DIGITAL_TRACKS = Table(
    "digital_tracks",
    "One row for each file that your digital libraries list, with what they know of it together.",
    ("digital_id",),
    (
        Column("digital_id", "VARCHAR", "The file; stays the same from run to run.", True),
        Column("source", "VARCHAR", "Kind of library: traktor, rekordbox, folder and so on.", True),
        Column("path", "VARCHAR", "The file, as that library knows it."),
        Column("artist", "VARCHAR", "Artist, as tagged."),
        Column("title", "VARCHAR", "Title, as tagged."),
        Column("remixer", "VARCHAR", "Remixer, as tagged."),
        Column("mix", "VARCHAR", "Name of the mix, as tagged."),
        Column("album", "VARCHAR", "Album, as tagged."),
        Column("label", "VARCHAR", "Label, as tagged."),
        Column("genre", "VARCHAR", "Genre, as tagged."),
        Column("bpm", "DOUBLE", "Beats a minute."),
        Column("musical_key", "VARCHAR", "Key: C, F#, Bb, Am, C#m."),
        Column("duration_seconds", "DOUBLE", "Length in seconds."),
        Column("file_type", "VARCHAR", "Extension in lower case: mp3, flac; or stream."),
        Column("bitrate", "INTEGER", "Bit rate in kbit/s."),
        Column("file_size_bytes", "BIGINT", "Size of the file in bytes."),
        Column(
            "is_music",
            "BOOLEAN",
            "False for samples, loops, streams and the like: none answers for a record.",
            required=True,
        ),
        Column("camelot", "VARCHAR", "The key on the Camelot wheel: 8A, 8B."),
        Column("imported_at", "TIMESTAMP", "When the program or the disk says that it came."),
        Column("sources", "VARCHAR", "The kinds of all libraries that list it, by name."),
        Column("bpm_source", "VARCHAR", "The kind of the library that bpm is from."),
        Column("key_source", "VARCHAR", "The kind of the library that the key is from."),
        Column("catalog_number", "VARCHAR", "Catalogue number of its release, as tagged."),
        Column("discogs_release_id", "BIGINT", "The release on Discogs, if a program names it."),
    ),
)

JOINED_COLUMNS = ("sources", "bpm_source", "key_source")
"""The columns of digital_tracks that say which libraries its row is joined from."""

GAP_ANALYSIS = Table(
    "gap_analysis",
    "One row for each track on your records, and whether this version of it is there as a file.",
    ("discogs_release_id", "track_number"),
    (
        Column("track_id", "BIGINT", "The track: id in expanded_tracks.", required=True),
        Column("discogs_release_id", "BIGINT", "The release on Discogs.", required=True),
        Column("track_number", "INTEGER", "1, 2, ... within the release.", required=True),
        Column("position", "VARCHAR", "Position as printed: A1, B2, 1-03."),
        Column("artist", "VARCHAR", "Credit as printed: the track's own, or else the release's."),
        Column("title", "VARCHAR", "Title of the track."),
        Column("album", "VARCHAR", "Title of the release."),
        Column("label", "VARCHAR", "Label or labels, each once."),
        Column("catalog_number", "VARCHAR", "Catalogue numbers, each once."),
        Column("release_year", "INTEGER", "Year of this pressing."),
        Column(
            "status",
            "VARCHAR",
            "owned; other_version (a remix, dub or the like is there); review (look yourself); "
            "or missing.",
            required=True,
        ),
        Column("confidence", "INTEGER", "0 to 100, how sure that status is.", required=True),
        Column("reason", "VARCHAR", "What agreed, what differed, what was set aside."),
        Column("digital_id", "VARCHAR", "The best file: digital_id in digital_tracks."),
        Column("digital_path", "VARCHAR", "Where that file is."),
        Column("digital_artist", "VARCHAR", "Artist of that file, as tagged."),
        Column("digital_title", "VARCHAR", "Title of that file, as tagged."),
        Column("alternatives", "JSON", "The other files that came near, and why.", required=True),
        Column("overridden", "BOOLEAN", "Whether you decided it yourself.", required=True),
        Column("discogs_url", "VARCHAR", "The release on discogs.com.", required=True),
        Column("bandcamp_url", "VARCHAR", "A search for the track at Bandcamp."),
        Column("beatport_url", "VARCHAR", "A search for the track at Beatport."),
        Column("juno_url", "VARCHAR", "A search for the track at Juno Download."),
    ),
)

COLLECTION_STATISTICS = Table(
    "collection_statistics",
    "Totals of the collection, counts by what is on the records, and how much is there as files.",
    ("metric", "dimension"),
    (
        Column("metric", "VARCHAR", "total, tracks_by_label, coverage_by_decade, ...", True),
        Column(
            "dimension", "VARCHAR", "What it is counted for: a label, a decade; or (unknown).", True
        ),
        Column("value", "DOUBLE", "The count; of a coverage, the share owned, 0 to 1.", True),
    ),
)

DIGITAL_DUPLICATES = Table(
    "digital_duplicates",
    "Files of the digital library that are there more than once: same artist, title, version.",
    ("digital_id",),
    (
        Column("group_id", "VARCHAR", "The same for all copies of one track.", required=True),
        Column("digital_id", "VARCHAR", "The file: digital_id in digital_tracks.", required=True),
        Column("path", "VARCHAR", "Where it is."),
        Column("artist", "VARCHAR", "Artist, as tagged."),
        Column("title", "VARCHAR", "Title, as tagged."),
        Column("version", "VARCHAR", "The version, as it was read from title and file name."),
        Column("file_type", "VARCHAR", "Extension in lower case."),
        Column("bitrate", "INTEGER", "Bit rate in kbit/s."),
        Column("duration_seconds", "DOUBLE", "Length in seconds."),
        Column("file_size_bytes", "BIGINT", "Size of the file in bytes."),
        Column("is_best", "BOOLEAN", "True for the one copy that is worth keeping.", required=True),
        Column("reason", "VARCHAR", "Why it is the best copy, or in what the best copy is better."),
    ),
)

WANTLIST_ITEMS = Table(
    "wantlist_items",
    "One row for each release on your wantlist, as it lists it; on the shelf or not.",
    ("release_id",),
    (
        *COLLECTION_ITEMS.columns_named(
            "release_id", "artist", "title", "label", "catalog_number", "format", "rating",
            "release_year",
        ),
        Column("date_added", "TIMESTAMP", "When you put it on the list, without a time zone."),
        Column("notes", "VARCHAR", "Your notes on it."),
        Column("csv_line", "INTEGER", "The line of the wantlist on which it begins.", True),
    ),
)  # fmt: skip

WANTED_TRACKS = Table(
    "wanted_tracks",
    "One row for each track on each wanted release that is not on the shelf.",
    ("discogs_release_id", "track_number"),
    EXPANDED_TRACKS.columns_named(
        "id", "artist", "title", "position", "duration", "album", "album_artist", "label",
        "catalog_number", "release_year", "format_type", "format_description",
        "discogs_release_id", "source", "expanded_date", "track_number", "parent_position",
        "parent_title", "heading", "duration_seconds", "artist_on_discogs", "remixer",
    ),
)  # fmt: skip

WANTED_GAPS = Table(
    "wanted_gaps",
    "One row for each row of wanted_tracks, and whether this version of it is there as a file.",
    ("discogs_release_id", "track_number"),
    GAP_ANALYSIS.columns,
)

TABLES = (
    COLLECTION_ITEMS,
    COLLECTION_CHANGES,
    RELEASES,
    EXPANDED_TRACKS,
    DIGITAL_TRACKS,
    GAP_ANALYSIS,
    COLLECTION_STATISTICS,
    DIGITAL_DUPLICATES,
    WANTLIST_ITEMS,
    WANTED_TRACKS,
    WANTED_GAPS,
)

_FOLDERS = Column("folders", "VARCHAR[]", "The folders that copies of it are in, each once.", True)
_RELEASE_ID = Column("release_id", "BIGINT", "The release on Discogs.", required=True)

SHELVES = SqlView(
    "shelves",
    "One row for each release that you own a copy of, with the folders that its copies are in.",
    ("release_id",),
    (_RELEASE_ID, _FOLDERS),
)

RECORDS = SqlView(
    "records",
    "One row for each release in the collection, with how many of its tracks you have as files.",
    ("release_id",),
    (
        *RELEASES.columns_named("release_id", "artist", "title", "label", "catalog_number"),
        *EXPANDED_TRACKS.columns_named("release_year", "format_type"),
        _FOLDERS,
        Column("first_added", "TIMESTAMP", "When the first copy was added."),
        Column("tracks", "BIGINT", "Tracks in the gap analysis; NULL if none is there yet."),
        Column("owned", "BIGINT", "How many of them are there as files."),
        Column("other_version", "BIGINT", "How many are there in another version alone."),
        Column("review", "BIGINT", "How many you should look at yourself."),
        Column("missing", "BIGINT", "How many are not there in any version."),
        Column("discogs_url", "VARCHAR", "The release on discogs.com.", required=True),
    ),
)

JUDGED_TRACKS = SqlView(
    "judged_tracks",
    "One row for each track of the gap analysis, with its record and the best file for it.",
    ("release_id", "track_number"),
    (
        *GAP_ANALYSIS.columns_named("track_id"),
        _RELEASE_ID,
        *GAP_ANALYSIS.columns_named("track_number", "position"),
        Column("side", "VARCHAR", "A, B, AA; of many records 9A; of CDs the number of the disc."),
        *GAP_ANALYSIS.columns_named("artist", "title"),
        *EXPANDED_TRACKS.columns_named("duration", "duration_seconds", "album", "album_artist"),
        *GAP_ANALYSIS.columns_named("label", "catalog_number", "release_year"),
        *EXPANDED_TRACKS.columns_named("format_type", "format_description"),
        _FOLDERS,
        Column("first_added", "TIMESTAMP", "When the first copy was added."),
        *GAP_ANALYSIS.columns_named(
            "status", "confidence", "reason", "digital_id", "digital_path", "digital_artist",
            "digital_title",
        ),
        Column("digital_duration_seconds", "DOUBLE", "Length of that file in seconds."),
        *DIGITAL_TRACKS.columns_named("bpm", "musical_key", "camelot"),
        Column(
            "sound_disagreement",
            "VARCHAR",
            "Other files of this version that give another tempo or key, and which.",
        ),
        *DIGITAL_TRACKS.columns_named("file_type", "bitrate", "imported_at"),
        *GAP_ANALYSIS.columns_named(
            "alternatives", "overridden", "discogs_url", "bandcamp_url", "beatport_url", "juno_url"
        ),
    ),
)  # fmt: skip

WANTS = SqlView(
    "wants",
    "One row for each release on your wantlist, with how many of its tracks you have as files.",
    ("release_id",),
    (
        *RELEASES.columns_named("release_id", "artist", "title", "label", "catalog_number"),
        *EXPANDED_TRACKS.columns_named("release_year", "format_type"),
        *WANTLIST_ITEMS.columns_named("date_added", "notes"),
        Column("on_shelf", "BOOLEAN", "True if you own a copy; it counts there.", required=True),
        *RELEASES.columns_named("tracklist_status", "tracklist_error"),
        Column(
            "tracks",
            "BIGINT",
            "Tracks that were judged; NULL if none was yet, 0 if there are none.",
        ),
        *RECORDS.columns_named("owned", "other_version", "review", "missing", "discogs_url"),
    ),
)

VIEWS = (SHELVES, RECORDS, JUDGED_TRACKS, WANTS)
