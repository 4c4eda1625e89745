-- What a killed process wrote is in the system's hands, and stays. Only a power cut could take it,
-- and then more than the minute that counts goes by.
PRAGMA synchronous = OFF;
PRAGMA journal_mode = PERSIST;

CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    started REAL NOT NULL,
    answered REAL,
    server_limit INTEGER,  -- X-Discogs-Ratelimit
    others INTEGER         -- of X-Discogs-Ratelimit-Used, what no process of this machine sent
);
CREATE INDEX IF NOT EXISTS request_started ON request (started);
CREATE INDEX IF NOT EXISTS request_answered ON request (answered);

CREATE TABLE IF NOT EXISTS throttle (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    since REAL NOT NULL,
    until REAL NOT NULL,
    in_a_row INTEGER NOT NULL
);
