-- Who asked to play. The three unique indexes keep the rule of one live entry, whatever the code does.
CREATE TABLE queue_entries (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'matched', 'cancelled', 'expired')),
    identity_id TEXT,
    connect_code TEXT,
    -- As it was given, and as it is compared.
    wallet TEXT,
    wallet_key TEXT,
    agent_id BIGINT,
    fighter_name TEXT,
    tier TEXT,
    rating BIGINT,
    rating_min BIGINT,
    rating_max BIGINT,
    expand_search BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    -- Decides who is older; kept when an entry comes back from a ready check that others let fail.
    senior_since BIGINT NOT NULL,
    eligible_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    match_id TEXT
);
CREATE UNIQUE INDEX queue_entries_live_code ON queue_entries (connect_code) WHERE status = 'waiting';
CREATE UNIQUE INDEX queue_entries_live_wallet ON queue_entries (wallet_key)
    WHERE status = 'waiting' AND wallet_key IS NOT NULL;
CREATE UNIQUE INDEX queue_entries_live_identity ON queue_entries (identity_id)
    WHERE status = 'waiting' AND identity_id IS NOT NULL;
CREATE INDEX queue_entries_waiting ON queue_entries (queue, priority DESC, senior_since, id) WHERE status = 'waiting';

CREATE TABLE matches (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    tier TEXT,
    -- In the old API's words, and in ours.
    status TEXT NOT NULL CHECK (status IN ('playing', 'completed', 'expired')),
    state TEXT NOT NULL,
    -- The whole state, and the spans it was made with, as JSON.
    course TEXT NOT NULL,
    timing TEXT NOT NULL,
    -- Counts the changes: whoever decided upon an older one decides again.
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When both sides were free, for whatever reason.
    ended_at BIGINT
);
CREATE INDEX matches_live ON matches (created_at) WHERE ended_at IS NULL;
CREATE INDEX matches_of_queue ON matches (queue, id);
CREATE INDEX matches_of_state ON matches (state, id);

-- Who plays.
CREATE TABLE match_sides (
    match_id TEXT NOT NULL,
    side BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    identity_id TEXT,
    connect_code TEXT,
    wallet TEXT,
    wallet_key TEXT,
    agent_id BIGINT,
    rating BIGINT NOT NULL,
    -- 1 unless the entry went back to its queue: an entry is in one match at most.
    kept BIGINT NOT NULL,
    -- 1 while it plays where nobody may queue meanwhile: nobody is in two of those.
    busy BIGINT NOT NULL,
    PRIMARY KEY (match_id, side)
);
CREATE UNIQUE INDEX match_sides_entry ON match_sides (entry_id) WHERE kept = 1;
CREATE UNIQUE INDEX match_sides_busy_code ON match_sides (connect_code) WHERE busy = 1;
CREATE UNIQUE INDEX match_sides_busy_wallet ON match_sides (wallet_key) WHERE busy = 1;
CREATE UNIQUE INDEX match_sides_busy_identity ON match_sides (identity_id) WHERE busy = 1;
CREATE INDEX match_sides_of_identity ON match_sides (identity_id, match_id) WHERE identity_id IS NOT NULL;
CREATE INDEX match_sides_of_code ON match_sides (connect_code, match_id);

-- Who left others waiting. Nobody needs those of more than an hour ago.
CREATE TABLE dodges (
    match_id TEXT NOT NULL,
    side BIGINT NOT NULL,
    at BIGINT NOT NULL,
    identity_id TEXT,
    connect_code TEXT,
    wallet_key TEXT,
    PRIMARY KEY (match_id, side)
);
CREATE INDEX dodges_old ON dodges (at);
CREATE INDEX dodges_of_identity ON dodges (identity_id, at) WHERE identity_id IS NOT NULL;
CREATE INDEX dodges_of_code ON dodges (connect_code, at) WHERE connect_code IS NOT NULL;
CREATE INDEX dodges_of_wallet ON dodges (wallet_key, at) WHERE wallet_key IS NOT NULL;

-- CODE DUEL: the line that was promised, and who has typed how much of it.
CREATE TABLE duels (
    match_id TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    -- In hex.
    salt TEXT NOT NULL,
    -- The game as JSON, from its start to its end.
    game TEXT,
    version BIGINT NOT NULL
);
