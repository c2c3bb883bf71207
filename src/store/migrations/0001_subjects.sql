-- Certificates by their natural key, every version of each, and the payloads that made them.
-- Types are SQLite's; PostgreSQL reads INTEGER as BIGINT and BLOB as BYTEA. Instants are microseconds since 1970.

CREATE TABLE subject (
    id                  INTEGER PRIMARY KEY,
    issuer_scheme       TEXT NOT NULL,
    issuer_value        TEXT NOT NULL,
    number              TEXT NOT NULL,          -- '' where the key is a URI
    uri                 TEXT NOT NULL,          -- '' where the key is a number
    owner               TEXT NOT NULL,          -- who may change it: house, or partner:ID
    kind                TEXT NOT NULL,
    holder_scheme       TEXT,
    holder_value        TEXT,
    issued              TEXT NOT NULL,          -- ISO 8601 day
    valid_until         TEXT,
    status              TEXT NOT NULL,          -- last act on the whole certificate, a summary for lists
    version             INTEGER NOT NULL,
    certificate_version INTEGER NOT NULL,       -- the version at which the certificate face last moved
    status_version      INTEGER NOT NULL,       -- the version at which the status face last moved
    changed_at          INTEGER NOT NULL
);
-- The number stands first: a number alone may be asked for, and finds the certificates of several issuers.
CREATE UNIQUE INDEX subject_key ON subject (number, uri, issuer_scheme, issuer_value);
CREATE INDEX subject_holder ON subject (holder_value, holder_scheme, id);

-- The names of the holder, normalised, as they are searched by prefix or part.
CREATE TABLE holder_name (
    subject INTEGER NOT NULL,
    name    TEXT NOT NULL
);
CREATE INDEX holder_name_name ON holder_name (name, subject);
CREATE INDEX holder_name_subject ON holder_name (subject);

CREATE TABLE record_version (
    subject             INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    certificate_version INTEGER NOT NULL,
    status_version      INTEGER NOT NULL,
    owner               TEXT NOT NULL,
    record              BLOB NOT NULL,          -- JSON, the very bytes that the ledger's digest is of
    findings            BLOB NOT NULL,          -- JSON
    payload             BLOB,                   -- digest of the payload that made it
    recorded_at         INTEGER NOT NULL,
    PRIMARY KEY (subject, version)
);

CREATE TABLE payload (
    digest      BLOB NOT NULL PRIMARY KEY,      -- SHA-256 of the bytes as received
    format      TEXT NOT NULL,
    length      INTEGER NOT NULL,               -- of the bytes as received
    body        BLOB NOT NULL,                  -- zlib (RFC 1950)
    received_at INTEGER NOT NULL
);
