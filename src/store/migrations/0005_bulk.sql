-- Events that touch many certificates at once. A member is staged as the next version of its subject, which nobody sees
-- until the event takes effect: one row then makes all of them the present versions, and they are settled one by one.

CREATE TABLE bulk_event (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    document     BLOB NOT NULL,                 -- JSON: what was ordered, on what grounds
    revision     INTEGER NOT NULL,              -- grows with every member that is staged or displaced
    members      INTEGER NOT NULL,              -- staged, those that are settled included
    settled      INTEGER NOT NULL,
    begun_at     INTEGER NOT NULL,
    effective_at INTEGER,                       -- absent: nobody sees its members
    settled_at   INTEGER
);
CREATE INDEX bulk_event_open ON bulk_event (number) WHERE settled_at IS NULL;

ALTER TABLE record_version ADD COLUMN event INTEGER;        -- the event whose member it is: seen when that has taken effect
CREATE INDEX record_version_event ON record_version (event, subject, version) WHERE event IS NOT NULL;

ALTER TABLE subject ADD COLUMN staged INTEGER;              -- the event that has staged the next version, until it is settled
ALTER TABLE subject ADD COLUMN staged_status TEXT;          -- `status` as that version has it
CREATE INDEX subject_staged ON subject (staged, id) WHERE staged IS NOT NULL;

-- Whom a member is told to, or who told it, and by what.
CREATE TABLE bulk_told (
    subject   INTEGER NOT NULL,
    event     INTEGER NOT NULL,
    partner   TEXT NOT NULL,
    direction TEXT NOT NULL,                    -- sent, received
    notice    INTEGER NOT NULL,                 -- 1: by the notice of the event; 0: by a message of its own
    version   INTEGER NOT NULL,                 -- of the status face, as it is told
    previous  INTEGER,                          -- the version that was told last
    PRIMARY KEY (subject, event, partner)
) WITHOUT ROWID;
