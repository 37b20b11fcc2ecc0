-- What a transaction brings along, in wei.
ALTER TABLE chain_txs ADD COLUMN value_wei TEXT NOT NULL DEFAULT '0';

-- Wallets that were given coin to begin with: each once.
CREATE TABLE faucet_wallets (
    address TEXT PRIMARY KEY,
    -- How often an operator had it topped up.
    top_ups BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
