-- What goes to partners and what came from them.

CREATE TABLE outbox (
    id              TEXT NOT NULL PRIMARY KEY,  -- message id, UUID version 7
    partner         TEXT NOT NULL,
    subject         TEXT NOT NULL,
    face            TEXT NOT NULL,              -- certificate, status, notice
    version         INTEGER NOT NULL,
    message_type    TEXT NOT NULL,
    body            BLOB,                       -- of a notice, which no record can be rendered into
    state           TEXT NOT NULL,
    revision        INTEGER NOT NULL,           -- grows with every change of the row
    priority        INTEGER NOT NULL,           -- 0 is sent first
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,           -- of a leased one, the end of the lease
    frozen          BLOB,                       -- headers and body as they go out
    last_error      TEXT,
    receipt         BLOB,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
);
CREATE INDEX outbox_open ON outbox (partner, priority, next_attempt_at) WHERE state IN ('due', 'leased', 'sent');
CREATE INDEX outbox_subject ON outbox (subject, partner, face, version);
CREATE INDEX outbox_state ON outbox (state, partner, id);

CREATE TABLE inbox (
    sender      TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    digest      BLOB NOT NULL,                  -- of the content, so that one id with two contents is seen
    subject     TEXT,
    answer      BLOB NOT NULL,                  -- the first answer, given again to a duplicate
    received_at INTEGER NOT NULL,
    PRIMARY KEY (sender, message_id)
);
CREATE INDEX inbox_subject ON inbox (subject);
CREATE INDEX inbox_received ON inbox (received_at);

-- The highest version of a face that a partner was sent, or that was taken from it.
CREATE TABLE exchanged_version (
    partner    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    face       TEXT NOT NULL,
    direction  TEXT NOT NULL,                   -- sent, received
    version    INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (partner, subject, face, direction)
);
