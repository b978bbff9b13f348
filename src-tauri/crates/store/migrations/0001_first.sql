-- The first schema. Append-only: a change is a new file, never an edit of this one.
-- Times are INTEGER milliseconds UTC, lists are JSON text, booleans are 0 or 1.

PRAGMA application_id = 0x4C454153;

CREATE TABLE installation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    position INTEGER NOT NULL
) STRICT;

INSERT INTO environments (id, name, position) VALUES
    (lower(hex(randomblob(16))), 'development', 0),
    (lower(hex(randomblob(16))), 'staging', 1),
    (lower(hex(randomblob(16))), 'production', 2);

CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    access_key_id TEXT,
    region TEXT NOT NULL,
    endpoint_url TEXT,
    account_id TEXT NOT NULL,
    partition TEXT NOT NULL,
    caller_arn TEXT NOT NULL,
    verified_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    clock_offset_ms INTEGER NOT NULL,
    problem_json TEXT
) STRICT;

CREATE TABLE secrets (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE RESTRICT,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE RESTRICT,
    default_ttl_s INTEGER NOT NULL,
    max_ttl_s INTEGER NOT NULL,
    region TEXT NOT NULL,
    iam_path TEXT NOT NULL,
    boundary TEXT,
    groups TEXT NOT NULL,
    policy_arns TEXT NOT NULL,
    documents TEXT NOT NULL,
    username_template TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleting INTEGER NOT NULL,
    UNIQUE (environment_id, folder, name)
) STRICT;

CREATE INDEX secrets_connection ON secrets (connection_id);
CREATE INDEX secrets_name ON secrets (name);

-- A lease is a snapshot: it names its connection without referring to it, so that history
-- outlives the connection; it loses its secret_id when the secret goes.
CREATE TABLE leases (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    secret_id TEXT REFERENCES secrets (id) ON DELETE SET NULL,
    secret_name TEXT NOT NULL,
    environment TEXT NOT NULL,
    folder TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    connection_name TEXT NOT NULL,
    practice INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    partition TEXT NOT NULL,
    region TEXT NOT NULL,
    iam_path TEXT NOT NULL,
    user_name TEXT NOT NULL,
    user_arn TEXT NOT NULL,
    user_id TEXT,
    access_key_id TEXT,
    boundary TEXT,
    groups TEXT NOT NULL,
    policy_arns TEXT NOT NULL,
    documents TEXT NOT NULL,
    tags TEXT NOT NULL,
    default_ttl_s INTEGER NOT NULL,
    ttl_s INTEGER NOT NULL,
    max_ttl_s INTEGER NOT NULL,
    label TEXT,
    requested_by TEXT NOT NULL,
    installation TEXT NOT NULL,
    guards TEXT NOT NULL,
    state TEXT NOT NULL,
    end_reason TEXT,
    created_at INTEGER NOT NULL,
    issued_at INTEGER,
    expires_at INTEGER NOT NULL,
    max_expires_at INTEGER NOT NULL,
    pending_expires_at INTEGER,
    cut_at INTEGER,
    ended_at INTEGER,
    usable_after_ms INTEGER,
    step INTEGER NOT NULL,
    total_steps INTEGER NOT NULL,
    blocked_by TEXT,
    next_attempt_at INTEGER,
    recheck_at INTEGER,
    attempts INTEGER NOT NULL,
    reason TEXT,
    hint TEXT,
    alarm TEXT,
    notified_minutes TEXT NOT NULL,
    kept INTEGER NOT NULL,
    at_rest INTEGER NOT NULL
        GENERATED ALWAYS AS (state IN ('revoked', 'failed', 'forgotten')) VIRTUAL,
    generation INTEGER NOT NULL DEFAULT 0,
    claimed_by TEXT,
    claim_until INTEGER
) STRICT;

-- Covers the newest-first walk of a page, also with a state filter or a short search text.
CREATE INDEX leases_newest ON leases (
    created_at, seq, state, user_name, access_key_id, label, secret_name
);
CREATE INDEX leases_secret ON leases (secret_id, created_at, seq, state, expires_at);
CREATE INDEX leases_open ON leases (expires_at, created_at, seq, secret_id, state)
WHERE at_rest = 0;
CREATE INDEX leases_connection ON leases (connection_id) WHERE at_rest = 0;

-- Substring search over a long history.
CREATE VIRTUAL TABLE lease_search USING fts5 (
    user_name, access_key_id, label, secret_name,
    content = 'leases', content_rowid = 'seq', tokenize = 'trigram'
);

CREATE TRIGGER lease_search_insert AFTER INSERT ON leases BEGIN
    INSERT INTO lease_search (rowid, user_name, access_key_id, label, secret_name)
    VALUES (new.seq, new.user_name, new.access_key_id, new.label, new.secret_name);
END;

CREATE TRIGGER lease_search_delete AFTER DELETE ON leases BEGIN
    INSERT INTO lease_search (lease_search, rowid, user_name, access_key_id, label, secret_name)
    VALUES ('delete', old.seq, old.user_name, old.access_key_id, old.label, old.secret_name);
END;

CREATE TRIGGER lease_search_update AFTER UPDATE ON leases
WHEN old.user_name IS NOT new.user_name OR old.access_key_id IS NOT new.access_key_id
    OR old.label IS NOT new.label OR old.secret_name IS NOT new.secret_name
BEGIN
    INSERT INTO lease_search (lease_search, rowid, user_name, access_key_id, label, secret_name)
    VALUES ('delete', old.seq, old.user_name, old.access_key_id, old.label, old.secret_name);
    INSERT INTO lease_search (rowid, user_name, access_key_id, label, secret_name)
    VALUES (new.seq, new.user_name, new.access_key_id, new.label, new.secret_name);
END;

CREATE TABLE lease_events (
    id INTEGER PRIMARY KEY,
    lease_id TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX lease_events_lease ON lease_events (lease_id, id);

CREATE TABLE kept_keys (
    lease_id TEXT PRIMARY KEY REFERENCES leases (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
) STRICT;
