//! Rules on the record: what must hold between its fields, and what can be read from its raw texts.
//!
//! A rule gives findings at fields of the record; `format` turns these into places in the source.
