//! One worker that judges documents by a schema, parse included, for so many seconds: what `benches/schemas` measures beside
//! ajv and libxml2. Prints documents a second.
//!
//! `schema --json SCHEMA|--xsd FOLDER,ENTRY,… --seconds N DOCUMENT…`

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a program for measuring, whose input is our own")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use certbridge::document::{Limits, Syntax, parse};
use certbridge::schema::{Installed, Language, Schemas};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The files of a folder, by name within it.
fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else if path.extension().is_some_and(|extension| extension == "xsd") {
            files.insert(name, std::fs::read_to_string(&path).expect("UTF-8"));
        }
    }
}

fn main() {
    let (mut schema, mut syntax, mut documents) = (None, Syntax::Json, Vec::new());
    let mut seconds = 1.0;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("a value behind the option");
        match word.as_str() {
            "--json" => {
                let text = std::fs::read_to_string(value()).expect("the schema");
                schema = Some((Language::JsonSchema, [("schema.json".to_owned(), text)].into(), vec![]));
            }
            "--xsd" => {
                let value = value();
                let mut parts = value.split(',').map(str::to_owned);
                let mut files = BTreeMap::new();
                gather(Path::new(&parts.next().expect("a folder")), "", &mut files);
                schema = Some((Language::Xsd, files, parts.collect()));
                syntax = Syntax::Xml;
            }
            "--seconds" => seconds = value().parse().expect("seconds"),
            "--bench" => {}
            file => documents.push(std::fs::read(file).expect("a document")),
        }
    }
    let Some((language, files, entries)) = schema else {
        eprintln!("SKIPPED: nothing to judge; benches/schemas makes the input and runs this beside the peers");
        return;
    };
    let installed = Installed { format: "measured@1".to_owned(), language, files, entries, root: None };
    let schemas = Schemas::of(&installed).expect("a schema");
    let schema = schemas.schema("measured@1").expect("the one");
    let limits = Limits::default();
    let judge = |bytes: &[u8]| {
        let parsed = parse(bytes, syntax, &limits).expect("readable");
        schema.validate_document(&parsed.document).expect("a judge").len()
    };
    let (begun, span) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut judged = 0_u64;
    while begun.elapsed() < span {
        for document in &documents {
            assert_eq!(judge(document), 0, "a document is not valid");
            judged += 1;
        }
    }
    println!("{:.0}", judged as f64 / begun.elapsed().as_secs_f64());
}
