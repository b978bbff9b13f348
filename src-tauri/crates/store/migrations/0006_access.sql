-- Who may ask for a lease: auth methods, access roles, sessions. Append-only: a change is a new file,
-- never an edit of this one.

-- How an identity logs in. The draft is the form as it was typed; it is judged anew whenever it is read.
CREATE TABLE auth_methods (
    access_id TEXT PRIMARY KEY,
    -- Folder and name: /ci/runners.
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    draft TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    -- It cannot be deleted.
    protected INTEGER NOT NULL CHECK (protected IN (0, 1)),
    -- When it stops working by itself, and the notices of that (days before) that were given.
    expires_at INTEGER,
    notified_days TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- What a caller may do. Rules and associations are its own and end with it.
CREATE TABLE access_roles (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE access_rules (
    role_id TEXT NOT NULL REFERENCES access_roles (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    PRIMARY KEY (role_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_associations (
    role_id TEXT NOT NULL REFERENCES access_roles (id) ON DELETE CASCADE,
    access_id TEXT NOT NULL REFERENCES auth_methods (access_id) ON DELETE CASCADE,
    -- Pairs of a sub-claim and what it must be.
    sub_claims TEXT NOT NULL,
    ignore_case INTEGER NOT NULL CHECK (ignore_case IN (0, 1)),
    PRIMARY KEY (role_id, access_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_associations_by_method ON role_associations (access_id);

-- Cloud identities that were used: each is good for one login. They outlive the method they were used
-- for, and are numbered in the order in which they came.
CREATE TABLE used_identities (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint BLOB NOT NULL UNIQUE,
    forget_after INTEGER NOT NULL
) STRICT;

-- Who has logged in, or asked to, by an auth method; the id is the one that stays with a role or user.
CREATE TABLE principals (
    id TEXT PRIMARY KEY,
    access_id TEXT NOT NULL REFERENCES auth_methods (access_id) ON DELETE CASCADE,
    -- The pinned endpoint that asserted it; empty for AWS itself.
    asserted_by TEXT NOT NULL,
    stable_id TEXT NOT NULL,
    arn TEXT NOT NULL,
    account_id TEXT NOT NULL,
    standing TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    UNIQUE (access_id, asserted_by, stable_id)
) STRICT;

-- What a token stands for. Only the token's hash is here.
CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    access_id TEXT NOT NULL REFERENCES auth_methods (access_id) ON DELETE CASCADE,
    session TEXT NOT NULL,
    client TEXT NOT NULL,
    gateway TEXT,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_method ON sessions (access_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
