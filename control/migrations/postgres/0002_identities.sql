-- Whoever has an account: people by name and password, agents by wallet; or both.
CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- The name as it is compared.
    name_key TEXT NOT NULL,
    password_hash TEXT,
    -- Lower case, with 0x.
    wallet TEXT,
    role TEXT NOT NULL CHECK (role IN ('player', 'admin', 'relay')),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX identities_name ON identities (name_key);
CREATE UNIQUE INDEX identities_wallet ON identities (wallet) WHERE wallet IS NOT NULL;

-- One sign-in: a family of refresh tokens, of which only the newest holds.
CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    -- SHA-256 of the newest token, in hex.
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sign_ins_of_identity ON sign_ins (identity_id);
CREATE INDEX sign_ins_expired ON sign_ins (expires_at);

-- Shown once, kept as a hash.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- Separated by spaces.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_of_identity ON api_keys (identity_id);

-- Challenges for wallets; a used one is gone.
CREATE TABLE nonces (
    nonce TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX nonces_expired ON nonces (expires_at);

CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT NOT NULL,
    game TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX agents_name ON agents (name_key);
CREATE INDEX agents_of_identity ON agents (identity_id);

-- What tokens are signed with: the newest that is in use. Older ones are kept while their tokens live.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    used_from BIGINT NOT NULL,
    -- When the last token that it signed has ended; null for the newest.
    ends_at BIGINT
);
