//! Validators and the catalogue of bundled and installed schemas.
