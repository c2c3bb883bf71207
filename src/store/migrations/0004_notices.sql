-- Notices: messages with a content of their own, that went to partners or came from them, for as long as the house keeps them.

CREATE TABLE notice (
    partner      TEXT NOT NULL,
    direction    TEXT NOT NULL,                 -- sent, received
    id           TEXT NOT NULL,                 -- message id, UUID version 7
    message_type TEXT NOT NULL,
    subject      TEXT,                          -- the certificate that it is about
    answers      TEXT,                          -- the message that it answers
    body         BLOB NOT NULL,                 -- JSON
    at           INTEGER NOT NULL,
    done_at      INTEGER,                       -- when somebody here was through with it
    done_note    TEXT,
    PRIMARY KEY (partner, direction, id)
);
CREATE INDEX notice_id ON notice (id);
CREATE INDEX notice_subject ON notice (subject) WHERE subject IS NOT NULL;
CREATE INDEX notice_answers ON notice (answers) WHERE answers IS NOT NULL;
CREATE INDEX notice_open ON notice (id) WHERE done_at IS NULL;
