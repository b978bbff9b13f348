-- Leases that belong to a running command and end with it. Append-only: a change is a new file, never
-- an edit of this one.

-- Name of the file in the home's folder `owners` that the command keeps locked while it lives.
ALTER TABLE leases ADD COLUMN owner TEXT;

CREATE INDEX leases_owned ON leases (owner) WHERE owner IS NOT NULL AND at_rest = 0;
