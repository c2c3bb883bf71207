//! Composition: opens the store, starts workers and listeners, drains.
