-- What was answered to requests that brought a key: whoever asks again gets it again.
CREATE TABLE answers (
    -- SHA-256 of who asked and the key, in hex.
    key TEXT PRIMARY KEY,
    -- SHA-256 of what was asked: method, path and body.
    request TEXT NOT NULL,
    status BIGINT NOT NULL,
    content_type TEXT,
    body BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX answers_expired ON answers (expires_at);
