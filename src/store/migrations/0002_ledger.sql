-- The ledger: one row an event, with the stored hashes that its leaf made, and the last signed checkpoint.

CREATE TABLE ledger_event (
    leaf_index INTEGER PRIMARY KEY,             -- from 0, without gaps
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    version    INTEGER,                         -- of the record, where the event is about one
    digest     BLOB NOT NULL,
    previous   BLOB,                            -- leaf hash of the previous event of the subject
    salt       BLOB NOT NULL,
    at         INTEGER NOT NULL,
    leaf       BLOB NOT NULL,                   -- the entry of the log: salted hash of the event
    hashes     BLOB NOT NULL                    -- 32 bytes each: the leaf hash, then of every subtree that it completes
);
CREATE INDEX ledger_event_subject ON ledger_event (subject, leaf_index);

CREATE TABLE ledger_checkpoint (
    id   INTEGER PRIMARY KEY,                   -- always 1
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL                          -- C2SP signed note
);
