//! The crosswalk language: parse, check, compile, `get`, `put`, account. Knows no format by name.
