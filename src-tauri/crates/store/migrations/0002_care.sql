-- What the care of leases needs: that an end was asked for, what reconciling found, and whether a
-- secret's leases could be ended at all. Append-only: a change is a new file, never an edit of this one.

-- When somebody asked for the end of a lease on which no work has begun yet (many at once).
ALTER TABLE leases ADD COLUMN end_asked_at INTEGER;
-- The action that the managing key lacks to get past what blocks the clean-up.
ALTER TABLE leases ADD COLUMN missing_action TEXT;
-- When the lease was last compared with the account, how it stood, and what was found (JSON).
ALTER TABLE leases ADD COLUMN reconciled_at INTEGER;
ALTER TABLE leases ADD COLUMN standing TEXT;
ALTER TABLE leases ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';

CREATE INDEX leases_end_asked ON leases (end_asked_at) WHERE end_asked_at IS NOT NULL;

-- The last pre-flight of a dynamic secret, as the engine writes it (JSON).
CREATE TABLE preflights (
    secret_id TEXT PRIMARY KEY REFERENCES secrets (id) ON DELETE CASCADE,
    result TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last look over a connection at what its account holds, as the engine writes it (JSON).
CREATE TABLE reconciles (
    connection_id TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    result TEXT NOT NULL
) STRICT, WITHOUT ROWID;
