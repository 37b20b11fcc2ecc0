-- What happened, in the order in which it was committed; numbers have no holes.
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    match_id TEXT,
    identity_id TEXT,
    body TEXT NOT NULL
);
CREATE INDEX events_of_match ON events (match_id, number) WHERE match_id IS NOT NULL;
CREATE INDEX events_of_identity ON events (identity_id, number) WHERE identity_id IS NOT NULL;

-- What has to happen at a time: one for each kind and subject.
CREATE TABLE deadlines (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
) WITHOUT ROWID;
CREATE INDEX deadlines_due ON deadlines (due_at);

-- Effects outside of the database; one for each kind and business id, however often it is asked for.
CREATE TABLE jobs (
    kind TEXT NOT NULL,
    business_id TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'done', 'failed')),
    attempts BIGINT NOT NULL,
    -- Ready: when it is tried next; whoever takes it moves this on, so that it is tried again if he dies.
    run_at BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, business_id)
) WITHOUT ROWID;
CREATE INDEX jobs_ready ON jobs (run_at) WHERE state = 'ready';
