-- Who withdraws once the bracket stands stays in it: since when, and the first round that was not
-- drawn yet.
ALTER TABLE tournament_entries ADD COLUMN withdrawn_at BIGINT;
ALTER TABLE tournament_entries ADD COLUMN withdrawn_round BIGINT;
-- For sockets: whose entries there are, and whose a key is.
CREATE INDEX tournament_entries_of_identity ON tournament_entries (identity_id)
    WHERE identity_id IS NOT NULL;
CREATE INDEX tournament_entries_of_key ON tournament_entries (entry_key);
