-- The stakes of matches that are played for some.
CREATE TABLE escrows (
    match_id TEXT PRIMARY KEY,
    -- What the contract knows the match by.
    match_key TEXT NOT NULL,
    -- Who holds them; who stakes what; what is to become of them; what the contract says: as JSON.
    terms TEXT NOT NULL,
    agreed TEXT NOT NULL,
    fate TEXT NOT NULL,
    standing TEXT NOT NULL,
    -- The contract's number, once it has one.
    escrow_id TEXT,
    -- 1 if something is still to be sent to the chain, now or from a time on.
    want_result BIGINT NOT NULL,
    want_p1 BIGINT NOT NULL,
    want_p2 BIGINT NOT NULL,
    -- What must never be.
    fault TEXT,
    version BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    locked_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX escrows_of_key ON escrows (match_key);
CREATE INDEX escrows_numbered ON escrows (escrow_id, made_at) WHERE escrow_id IS NOT NULL;
CREATE INDEX escrows_wanted ON escrows (match_id)
    WHERE want_result = 1 OR want_p1 = 1 OR want_p2 = 1;
CREATE INDEX escrows_faulty ON escrows (match_id) WHERE fault IS NOT NULL;
