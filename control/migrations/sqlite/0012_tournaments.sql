-- Tournaments: what they keep to, and where they are. The bracket is not kept: it follows from the
-- entries and from what came of the games.
CREATE TABLE tournaments (
    -- 8 digits in hex.
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('registration', 'pending', 'active', 'complete')),
    settings TEXT NOT NULL,
    -- The seed, in hex: nobody is told before registration has closed.
    lots TEXT NOT NULL,
    featured BIGINT NOT NULL,
    -- The champion's place in the seeding.
    champion BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    closed_at BIGINT,
    ended_at BIGINT
) WITHOUT ROWID;
CREATE INDEX tournaments_newest ON tournaments (created_at, id);

CREATE TABLE tournament_entries (
    tournament_id TEXT NOT NULL,
    -- In the order in which they came.
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    fighter TEXT NOT NULL,
    strategy TEXT,
    identity_id TEXT,
    connect_code TEXT,
    wallet TEXT,
    wallet_key TEXT,
    agent_id BIGINT,
    registrant TEXT,
    email TEXT,
    email_key TEXT,
    -- Whoever knows it may speak for the entry.
    entry_key TEXT NOT NULL,
    -- Its place in the seeding, from 0, once registration has closed.
    seed BIGINT,
    rating BIGINT,
    entered_at BIGINT NOT NULL,
    PRIMARY KEY (tournament_id, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX tournament_names ON tournament_entries (tournament_id, name_key);
CREATE UNIQUE INDEX tournament_emails ON tournament_entries (tournament_id, email_key)
    WHERE email_key IS NOT NULL;
CREATE UNIQUE INDEX tournament_codes ON tournament_entries (tournament_id, connect_code)
    WHERE connect_code IS NOT NULL;
CREATE UNIQUE INDEX tournament_wallets ON tournament_entries (tournament_id, wallet_key)
    WHERE wallet_key IS NOT NULL;
CREATE UNIQUE INDEX tournament_identities ON tournament_entries (tournament_id, identity_id)
    WHERE identity_id IS NOT NULL;

-- Games that were called at least once.
CREATE TABLE tournament_games (
    tournament_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- The whole of it as JSON.
    game TEXT NOT NULL,
    PRIMARY KEY (tournament_id, round, slot)
) WITHOUT ROWID;
CREATE INDEX tournament_games_of_state ON tournament_games (state);

-- Matches that were made for a game.
CREATE TABLE tournament_matches (
    match_id TEXT PRIMARY KEY,
    tournament_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    slot BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tournament_matches_of ON tournament_matches (tournament_id);
