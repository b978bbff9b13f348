-- Leases of STS: sessions of roles and federated users, which end by themselves. Append-only: a change is a
-- new file, never an edit of this one.

-- What leases are of, as JSON. What there was before are IAM users.
ALTER TABLE secrets ADD COLUMN credential TEXT NOT NULL DEFAULT '{"kind":"iam_user"}';
ALTER TABLE leases ADD COLUMN credential TEXT NOT NULL DEFAULT '{"kind":"iam_user"}';
-- Name of the policy on a session's role that denies the session everything, from before AWS is asked to
-- put it until AWS confirmed that it is gone.
ALTER TABLE leases ADD COLUMN cut_policy TEXT;

-- One more state at rest: `expired`. The old indexes are made again over the new column.
DROP INDEX leases_open;
DROP INDEX leases_connection;
DROP INDEX leases_owned;
ALTER TABLE leases DROP COLUMN at_rest;
ALTER TABLE leases ADD COLUMN at_rest INTEGER NOT NULL
    GENERATED ALWAYS AS (state IN ('revoked', 'expired', 'failed', 'forgotten')) VIRTUAL;
CREATE INDEX leases_open ON leases (expires_at, created_at, seq, secret_id, state)
WHERE at_rest = 0;
CREATE INDEX leases_connection ON leases (connection_id) WHERE at_rest = 0;
CREATE INDEX leases_owned ON leases (owner) WHERE owner IS NOT NULL AND at_rest = 0;

DROP TRIGGER leases_in_order;
CREATE TRIGGER leases_in_order AFTER UPDATE OF
    state, alarm, end_asked_at, expires_at, ended_at, attempts, reason ON leases
BEGIN
    UPDATE leases SET
        over_at = coalesce(new.ended_at, new.expires_at),
        gravity = CASE
            WHEN new.state IN ('revoked', 'expired') THEN 9
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
            new.state NOT IN ('revoked', 'expired', 'failed', 'forgotten')
            AND new.attempts > 0 AND new.reason IS NOT NULL
        )
    WHERE seq = new.seq;
END;
