//! Syntax: bytes to one `Document` tree and back, for JSON, NDJSON, CSV, xlsx and xls, with hard limits.
//! Every leaf knows its place in the source.
//!
//! Not here: what a document means (`mapping`), and whether it is what it should be (`schema`).
