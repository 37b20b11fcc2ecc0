-- What contracts said, by block: whatever a block said goes with it when the chain leaves it behind.
CREATE TABLE observed (
    contract TEXT NOT NULL,
    block_hash TEXT NOT NULL,
    log BIGINT NOT NULL,
    block BIGINT NOT NULL,
    -- The time that the block claims.
    at BIGINT NOT NULL,
    -- What it is about: the contract's number of it.
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    account TEXT,
    -- The whole of it as JSON.
    event TEXT NOT NULL,
    PRIMARY KEY (contract, block_hash, log)
) WITHOUT ROWID;
CREATE INDEX observed_about ON observed (contract, subject, kind, block, log);
CREATE INDEX observed_of_account ON observed (contract, subject, account) WHERE account IS NOT NULL;

-- Wagers between the two sides of a match.
CREATE TABLE wagers (
    match_id TEXT PRIMARY KEY,
    -- Of 256 bits, in decimal.
    wager_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    -- Side 1 or 2.
    proposer BIGINT NOT NULL,
    backing TEXT NOT NULL CHECK (backing IN ('word', 'contract')),
    p1_account TEXT,
    p2_account TEXT,
    state TEXT NOT NULL,
    -- The whole state, and what the contract says, as JSON.
    course TEXT NOT NULL,
    standing TEXT NOT NULL,
    -- What is still to be sent to the chain.
    want TEXT CHECK (want IN ('settle', 'refund')),
    -- The contract's wager while this match may pay it out: it is no other match's then.
    claim_id TEXT,
    version BIGINT NOT NULL,
    proposed_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX wagers_claim ON wagers (claim_id) WHERE claim_id IS NOT NULL;
CREATE INDEX wagers_called ON wagers (wager_id, proposed_at);
CREATE INDEX wagers_wanted ON wagers (want) WHERE want IS NOT NULL;
CREATE INDEX wagers_of_state ON wagers (state);

-- The betting on a match: whether bets are taken, and what is to become of them.
CREATE TABLE books (
    match_id TEXT PRIMARY KEY,
    -- What the contract calls the match.
    match_key TEXT NOT NULL,
    terms TEXT NOT NULL,
    p1_account TEXT NOT NULL,
    p2_account TEXT NOT NULL,
    betting TEXT NOT NULL CHECK (betting IN ('open', 'closed', 'resolve', 'cancel')),
    pool_id TEXT,
    version BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX books_of_key ON books (match_key);
CREATE UNIQUE INDEX books_of_pool ON books (pool_id) WHERE pool_id IS NOT NULL;
CREATE INDEX books_with_pool ON books (match_id) WHERE pool_id IS NOT NULL;
CREATE INDEX books_of_betting ON books (betting);

-- The contract's pools, whoever made them.
CREATE TABLE pools (
    pool_id TEXT PRIMARY KEY,
    match_key TEXT,
    -- Stakes, beginning and end as JSON: the fold of what was observed of it.
    tally TEXT NOT NULL,
    bets BIGINT NOT NULL,
    -- 1 if more was fetched than there was: never.
    overdrawn BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX pools_of_key ON pools (match_key) WHERE match_key IS NOT NULL;
CREATE INDEX pools_overdrawn ON pools (pool_id) WHERE overdrawn = 1;
