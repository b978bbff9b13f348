-- Who from outside a lease was made for. Append-only: a change is a new file, never an edit of this one.

-- As it was verified when the lease was asked for; it outlives the auth method and the role or user.
CREATE TABLE lease_callers (
    lease_id TEXT PRIMARY KEY REFERENCES leases (id) ON DELETE CASCADE,
    access_id TEXT NOT NULL,
    -- The pinned endpoint that asserted it; empty for AWS itself.
    asserted_by TEXT NOT NULL,
    stable_id TEXT NOT NULL,
    arn TEXT NOT NULL,
    -- The sub-claims that the owner chose for the activity, by their names.
    claims TEXT NOT NULL,
    client TEXT NOT NULL,
    gateway TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_callers_by_identity ON lease_callers (access_id, stable_id);
