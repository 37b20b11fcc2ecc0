-- What a side told of a match: once, and it does not change.
CREATE TABLE match_reports (
    match_id TEXT NOT NULL,
    side BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    stocks BIGINT,
    opponent_stocks BIGINT,
    took_ms BIGINT,
    reported_at BIGINT NOT NULL,
    PRIMARY KEY (match_id, side)
) WITHOUT ROWID;

-- What came of a match: once, and it does not change.
CREATE TABLE results (
    match_id TEXT PRIMARY KEY,
    -- 1 or 2; empty for a draw.
    winner BIGINT,
    how TEXT NOT NULL,
    first_score BIGINT NOT NULL,
    second_score BIGINT NOT NULL,
    decided_at BIGINT NOT NULL
) WITHOUT ROWID;

-- What proves that a side agrees with the result.
CREATE TABLE signatures (
    match_id TEXT NOT NULL,
    side BIGINT NOT NULL,
    -- As its owner spelled it.
    address TEXT NOT NULL,
    -- In hex: of an account, or of a contract, which says itself what is a signature of it.
    signature TEXT NOT NULL,
    by_contract BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (match_id, side)
) WITHOUT ROWID;

-- The games that were rated, in the order in which they were: all ratings follow from these.
CREATE TABLE rated_games (
    number INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    game_id TEXT NOT NULL UNIQUE,
    -- What the players had then is what the game counts for.
    started_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    -- How it is rated, who played together, and which place they had, as JSON.
    game TEXT NOT NULL
);

-- What a game made of a player's rating.
CREATE TABLE rating_changes (
    queue TEXT NOT NULL,
    player TEXT NOT NULL,
    number BIGINT NOT NULL,
    game_id TEXT NOT NULL,
    -- Of the game's teams, from 1.
    team BIGINT NOT NULL,
    score TEXT NOT NULL CHECK (score IN ('won', 'drew', 'lost')),
    at_start BIGINT NOT NULL,
    rating_before BIGINT NOT NULL,
    rating_after BIGINT NOT NULL,
    peak BIGINT NOT NULL,
    wins BIGINT NOT NULL,
    draws BIGINT NOT NULL,
    losses BIGINT NOT NULL,
    -- Millionths; after the game.
    skill BIGINT,
    uncertainty BIGINT,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (queue, player, number)
) WITHOUT ROWID;
CREATE INDEX rating_changes_of_game ON rating_changes (game_id, team);

-- What a player has now: the last of its changes.
CREATE TABLE ratings (
    queue TEXT NOT NULL,
    player TEXT NOT NULL,
    rating BIGINT NOT NULL,
    peak BIGINT NOT NULL,
    wins BIGINT NOT NULL,
    draws BIGINT NOT NULL,
    losses BIGINT NOT NULL,
    skill BIGINT,
    uncertainty BIGINT,
    -- The last game, and when it was decided.
    number BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (queue, player)
) WITHOUT ROWID;
CREATE INDEX ratings_ladder ON ratings (queue, rating DESC, wins DESC, losses, player);

-- How a match's queue rated when its sides met, as JSON.
ALTER TABLE matches ADD COLUMN terms TEXT;
