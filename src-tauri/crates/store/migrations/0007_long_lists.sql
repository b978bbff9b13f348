-- Pages of a long history in whatever order, pinned dynamic secrets, and activity lines that name a
-- dynamic secret by its id. Append-only: a change is a new file, never an edit of this one.

-- What a history is ordered by. SQLite's generated columns would do, but an index on one of them is
-- never enough by itself, and the rows are wide.
-- When it ended, or will.
ALTER TABLE leases ADD COLUMN over_at INTEGER NOT NULL DEFAULT 0;
-- What a person should see first, first.
ALTER TABLE leases ADD COLUMN gravity INTEGER NOT NULL DEFAULT 0;
-- A person should look at it.
ALTER TABLE leases ADD COLUMN attention INTEGER NOT NULL DEFAULT 0;

-- Once for all that is there, then by the triggers.
UPDATE leases SET
    over_at = coalesce(ended_at, expires_at),
    gravity = CASE
        WHEN state = 'revoked' THEN 9
        WHEN state = 'failed' THEN 8
        WHEN state = 'forgotten' THEN 7
        WHEN alarm IS NOT NULL THEN 0
        WHEN end_asked_at IS NOT NULL THEN 3
        WHEN state = 'revoking' THEN 1
        WHEN state = 'access-cut' THEN 2
        WHEN state = 'issuing' THEN 4
        ELSE 5
    END,
    attention = alarm IS NOT NULL OR (
        state NOT IN ('revoked', 'failed', 'forgotten')
        AND attempts > 0 AND reason IS NOT NULL
    );

CREATE TRIGGER leases_in_order_insert AFTER INSERT ON leases BEGIN
    UPDATE leases SET state = new.state WHERE seq = new.seq;
END;

CREATE TRIGGER leases_in_order AFTER UPDATE OF
    state, alarm, end_asked_at, expires_at, ended_at, attempts, reason ON leases
BEGIN
    UPDATE leases SET
        over_at = coalesce(new.ended_at, new.expires_at),
        gravity = CASE
            WHEN new.state = 'revoked' THEN 9
            WHEN new.state = 'failed' THEN 8
            WHEN new.state = 'forgotten' THEN 7
            WHEN new.alarm IS NOT NULL THEN 0
            WHEN new.end_asked_at IS NOT NULL THEN 3
            WHEN new.state = 'revoking' THEN 1
            WHEN new.state = 'access-cut' THEN 2
            WHEN new.state = 'issuing' THEN 4
            ELSE 5
        END,
        attention = new.alarm IS NOT NULL OR (
            new.state NOT IN ('revoked', 'failed', 'forgotten')
            AND new.attempts > 0 AND new.reason IS NOT NULL
        )
    WHERE seq = new.seq;
END;

-- A walk in each order, each with what else a page may be filtered by.
DROP INDEX leases_newest;
CREATE INDEX leases_newest ON leases (
    created_at, seq, state, user_name, access_key_id, label, secret_name, secret_id,
    connection_name, environment
);
CREATE INDEX leases_by_end ON leases (
    over_at, seq, state, secret_id, connection_name, environment
);
CREATE INDEX leases_by_gravity ON leases (
    gravity, over_at, seq, state, secret_id, connection_name, environment
);
CREATE INDEX leases_by_name ON leases (
    secret_name, user_name, seq, state, secret_id, connection_name, environment
);
CREATE INDEX leases_attention ON leases (created_at, seq) WHERE attention = 1;

-- When somebody pinned it; none is not pinned.
ALTER TABLE secrets ADD COLUMN pinned_at INTEGER;

-- Lines from before are known by the name alone. It is hashed where there is one.
ALTER TABLE activity ADD COLUMN secret_id TEXT;
CREATE INDEX activity_secret_id ON activity (secret_id, seq, at, outcome)
WHERE secret_id IS NOT NULL;
