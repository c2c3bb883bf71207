//! The catalogue of formats: what each is called, which way it goes, in which syntaxes, by which crosswalk.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use include_dir::{Dir, include_dir};

use crate::codes::Codes;
use crate::document::Syntax;
use crate::mapping::{Crosswalk, Direction, Library, LoadError};
use crate::schema::Schemas;

static MAPPINGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings");

static BUNDLED: LazyLock<Catalogue> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the files are compiled in, and a test loads every one of them")]
    Catalogue::load(bundled_files(), Schemas::bundled().clone()).expect("the bundled crosswalks")
});
