-- Connections by profile and by role, and rotations of managing keys. Append-only: a change is a new
-- file, never an edit of this one.

-- A named profile of the AWS configuration; with a role_arn: where the role's session comes from.
ALTER TABLE connections ADD COLUMN profile TEXT;
ALTER TABLE connections ADD COLUMN role_arn TEXT;
-- The connection that a role is assumed from.
ALTER TABLE connections ADD COLUMN source_id TEXT REFERENCES connections (id) ON DELETE RESTRICT;
ALTER TABLE connections ADD COLUMN external_id TEXT;
ALTER TABLE connections ADD COLUMN mfa_serial TEXT;
ALTER TABLE connections ADD COLUMN session_name TEXT;
ALTER TABLE connections ADD COLUMN session_s INTEGER;
-- Where the secret access key is in the keychain; nothing: under the connection's id.
ALTER TABLE connections ADD COLUMN key_entry TEXT;
-- When the present key was put in; nothing: when the connection was added.
ALTER TABLE connections ADD COLUMN key_at INTEGER;

-- A managing key that is being replaced. The row is there from before the first change in AWS until
-- after the last.
CREATE TABLE rotations (
    connection_id TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    step TEXT NOT NULL,
    user_name TEXT NOT NULL,
    old_key_id TEXT NOT NULL UNIQUE,
    new_key_id TEXT,
    -- A key that a person chose to give up first.
    remove_key_id TEXT,
    -- Keys of the user just before a new one was asked for, and when that was by AWS's time.
    known_keys TEXT NOT NULL,
    asked_at INTEGER,
    -- Entries of the old key in the keychain.
    old_entries TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at INTEGER,
    problem_json TEXT,
    -- Who is at it; whoever was before finds out at its next write.
    claimed_by TEXT NOT NULL
) STRICT;
