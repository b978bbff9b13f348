-- The activity log: one chain of lines for everything. The lines of `lease_events` are taken over in
-- their order by the hook beside this file, which then drops that table. Append-only: a change is a
-- new file, never an edit of this one.

CREATE TABLE activity (
    -- Its place, from 1, without gaps.
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    outcome TEXT NOT NULL,
    lease_id TEXT,
    secret TEXT,
    connection TEXT,
    account_id TEXT,
    text TEXT NOT NULL,
    -- What was asked of AWS: [[action, resource, code, request id], …]
    calls TEXT NOT NULL,
    -- SHA-256 over the hash before and every column above.
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Where the log ends, so that lines taken from the end are missed.
CREATE TABLE activity_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    entries INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO activity_head (one, entries, hash) VALUES (1, 0, zeroblob(32));

-- Narrow walks from the newest line on, each with what else a page may be filtered by.
CREATE INDEX activity_newest ON activity (seq, at, outcome);
CREATE INDEX activity_outcome ON activity (outcome, seq, at);
CREATE INDEX activity_lease ON activity (lease_id, seq, at, outcome) WHERE lease_id IS NOT NULL;
CREATE INDEX activity_secret ON activity (secret, seq, at, outcome) WHERE secret IS NOT NULL;
CREATE INDEX activity_connection ON activity (connection, seq, at, outcome)
WHERE connection IS NOT NULL;

-- A line is never changed, never removed, and only ever added at the end. Whoever opens the file
-- with another program can drop these; then the chain tells.
CREATE TRIGGER activity_at_the_end BEFORE INSERT ON activity
WHEN new.seq IS NOT (SELECT entries + 1 FROM activity_head)
BEGIN
    SELECT RAISE(ABORT, 'activity lines are added at the end');
END;

CREATE TRIGGER activity_stays_as_it_is BEFORE UPDATE ON activity BEGIN
    SELECT RAISE(ABORT, 'activity lines are never changed');
END;

CREATE TRIGGER activity_stays BEFORE DELETE ON activity BEGIN
    SELECT RAISE(ABORT, 'activity lines are never removed');
END;

-- Substring search. Without positions the index is a third as large; what it finds is compared with
-- the line itself.
CREATE VIRTUAL TABLE activity_search USING fts5 (
    kind, actor, lease_id, secret, connection, account_id, text, calls,
    content = 'activity', content_rowid = 'seq', tokenize = 'trigram', detail = none
);

CREATE TRIGGER activity_search_insert AFTER INSERT ON activity BEGIN
    INSERT INTO activity_search (
        rowid, kind, actor, lease_id, secret, connection, account_id, text, calls
    ) VALUES (
        new.seq, new.kind, new.actor, new.lease_id, new.secret, new.connection, new.account_id,
        new.text, new.calls
    );
END;
