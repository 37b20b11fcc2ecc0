-- Work that only one process does at a time, and who does it.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);

-- The next nonce that is given away.
CREATE TABLE chain_nonces (
    chain_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (chain_id, address)
);

-- One row for each nonce that is in use: an effect, or nothing, if the nonce only had to be used up.
CREATE TABLE chain_txs (
    id TEXT PRIMARY KEY,
    chain_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    nonce BIGINT NOT NULL,
    kind TEXT,
    business_id TEXT,
    -- The call.
    target TEXT NOT NULL,
    data TEXT NOT NULL,
    gas BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'mined', 'confirmed', 'over')),
    -- How it ended, once it is over.
    outcome TEXT,
    sent_at BIGINT,
    refusal TEXT,
    refused_since BIGINT,
    missing_block BIGINT,
    missing_since BIGINT,
    -- Where it is, unless it is pending.
    mined_hash TEXT,
    mined_number BIGINT,
    mined_block TEXT,
    mined_ok BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX chain_txs_nonce ON chain_txs (chain_id, address, nonce) WHERE state <> 'over';
CREATE UNIQUE INDEX chain_txs_job ON chain_txs (kind, business_id) WHERE state <> 'over';
CREATE INDEX chain_txs_of_job ON chain_txs (kind, business_id);

-- What was signed for a nonce, before any of it was sent: the same bytes can always be sent again.
CREATE TABLE chain_attempts (
    tx_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    hash TEXT NOT NULL,
    raw TEXT NOT NULL,
    fee_max BIGINT NOT NULL,
    fee_tip BIGINT NOT NULL,
    -- 1 if it only uses the nonce up.
    fills BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (tx_id, number)
);
CREATE INDEX chain_attempts_hash ON chain_attempts (hash);

-- Blocks whose logs were read, as far back as a reorganisation may reach.
CREATE TABLE chain_blocks (
    chain_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain_id, number)
);
