-- What relays tell of the streams of matches: the newest life of each.
CREATE TABLE streams (
    match_id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    relay TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    schema TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('live', 'away', 'ended')),
    last_seq BIGINT,
    viewers BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    -- Null while it is up.
    ended_at BIGINT
) WITHOUT ROWID;
CREATE INDEX streams_up ON streams (match_id) WHERE ended_at IS NULL;
CREATE INDEX streams_of_relay ON streams (relay) WHERE ended_at IS NULL;

-- Who tells it. A relay that starts anew has lost what it held.
CREATE TABLE relays (
    name TEXT PRIMARY KEY,
    boot BIGINT NOT NULL,
    -- Of the last report that was heard.
    number BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    heard_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Which queues let nobody in, and what becomes of those who wait there.
CREATE TABLE queue_doors (
    queue TEXT PRIMARY KEY,
    door TEXT NOT NULL CHECK (door IN ('draining', 'closed')),
    since BIGINT NOT NULL
) WITHOUT ROWID;

-- Whom an operator has shut out, and since when.
ALTER TABLE identities ADD COLUMN disabled_at BIGINT;
CREATE INDEX identities_disabled ON identities (id) WHERE disabled_at IS NOT NULL;

-- What is asked for and not done, however much was done before.
CREATE INDEX jobs_open ON jobs (kind, state) WHERE state <> 'done';
