-- Who fights together, in battles of crews.
CREATE TABLE crews (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    -- An identity.
    leader TEXT NOT NULL,
    -- Identities, as JSON.
    members TEXT NOT NULL,
    -- The battle that it is in.
    lobby_id TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Where more than two gather: battles of crews, and games of everybody for himself.
CREATE TABLE lobbies (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The whole of it as JSON.
    course TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Decides which crew goes first; kept when a crew comes back from a battle that others let fail.
    senior_since BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX lobbies_of_queue ON lobbies (queue, state, senior_since, id);

-- Who is in a lobby that is not over: nobody is in two.
CREATE TABLE lobby_members (
    identity_id TEXT PRIMARY KEY,
    lobby_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX lobby_members_of_lobby ON lobby_members (lobby_id);
