-- What the processes of one arena know in common and nobody else does.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    -- In hex.
    value TEXT NOT NULL
);

-- What came of somebody's duels: of an identity, or of a connect code without one.
CREATE TABLE duel_records (
    owner TEXT PRIMARY KEY,
    wins BIGINT NOT NULL,
    draws BIGINT NOT NULL,
    losses BIGINT NOT NULL,
    -- Of all of them, for the average.
    wpm_sum BIGINT NOT NULL
);

-- Who says that whom has won a battle or a game of many.
CREATE TABLE lobby_reports (
    lobby_id TEXT NOT NULL,
    reporter TEXT NOT NULL,
    -- A crew or a player; empty if nobody has.
    winner TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (lobby_id, reporter)
);
