-- Who asked to play. The three unique indexes keep the rule of one live entry, whatever the code does.
CREATE TABLE queue_entries (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'matched', 'cancelled', 'expired')),
    identity_id TEXT,
    connect_code TEXT NOT NULL,
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
) WITHOUT ROWID;
CREATE UNIQUE INDEX queue_entries_live_code ON queue_entries (connect_code) WHERE status = 'waiting';
CREATE UNIQUE INDEX queue_entries_live_wallet ON queue_entries (wallet_key)
    WHERE status = 'waiting' AND wallet_key IS NOT NULL;
CREATE UNIQUE INDEX queue_entries_live_identity ON queue_entries (identity_id)
    WHERE status = 'waiting' AND identity_id IS NOT NULL;
CREATE INDEX queue_entries_waiting ON queue_entries (queue, priority DESC, senior_since, id) WHERE status = 'waiting';

CREATE TABLE matches (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('playing', 'completed', 'expired')),
    created_at BIGINT NOT NULL,
    -- When it came to an end, whatever end.
    ended_at BIGINT
) WITHOUT ROWID;
CREATE INDEX matches_live ON matches (created_at) WHERE ended_at IS NULL;

-- Who plays; that an entry is its key is what keeps it out of a second match.
CREATE TABLE match_sides (
    entry_id TEXT PRIMARY KEY,
    match_id TEXT NOT NULL,
    side BIGINT NOT NULL,
    identity_id TEXT,
    connect_code TEXT NOT NULL,
    wallet TEXT,
    agent_id BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX match_sides_of_match ON match_sides (match_id, side);
CREATE INDEX match_sides_of_identity ON match_sides (identity_id, match_id) WHERE identity_id IS NOT NULL;
