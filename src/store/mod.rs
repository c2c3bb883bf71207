//! One store, embedded SQLite: migrations, readers, and one writer with group commit. No business rules.
