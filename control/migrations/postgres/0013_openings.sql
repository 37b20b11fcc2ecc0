-- What is said of a match to who comes to watch it later, in the older interface's JSON: who plays,
-- and where. Only while it is streamed.
CREATE TABLE stream_openings (
    match_id TEXT PRIMARY KEY,
    opening TEXT NOT NULL,
    told_at BIGINT NOT NULL
);
