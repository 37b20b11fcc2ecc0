-- An effect that was there when it was to be had: after which block, until no reorganisation can take
-- it back. NULL in jobs that a transaction of ours is looked after for.
ALTER TABLE jobs ADD COLUMN found_chain BIGINT;
ALTER TABLE jobs ADD COLUMN found_number BIGINT;
ALTER TABLE jobs ADD COLUMN found_hash TEXT;
CREATE INDEX jobs_found ON jobs (found_chain) WHERE found_chain IS NOT NULL;
