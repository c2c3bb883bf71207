//! actix-web: the partner and public APIs. No SQL, no rules.
