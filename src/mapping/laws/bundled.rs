//! The laws, for every crosswalk that this program brings.

use std::sync::Arc;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestError, TestRunner};
use serde_json::{Value, json};

use super::super::Crosswalk;
use super::super::wire::Wire;
use super::cases::Cases;
use super::draw::Draw;
use super::lens::{Lens, clean, strip};
use super::{cases, documents, records};
use crate::format::Catalogue;

/// The facts of one issuing that every case is given.
pub(super) fn issue() -> Value {
    json!({
        "base": "https://r.example",
        "id": "https://r.example/c/1",
        "issuer": {"id": "did:web:r.example", "name": "R"},
        "status_entry": {"id": "https://r.example/status/1#7", "type": "BitstringStatusListEntry"},
    })
}

pub(super) fn lens(crosswalk: &Crosswalk) -> Lens {
    Lens { crosswalk: crosswalk.clone(), issue: issue() }
}

/// A case: a stored record, a document, and another record. Some of it comes through the crosswalk itself, because what
/// is drawn by type alone is seldom what a format can carry.
pub(super) fn case(lens: &Lens, schema: &records::Schema, draw: &mut Draw<'_>) -> Value {
    let plan = &lens.crosswalk.plan;
    let drawn = |draw: &mut Draw<'_>| documents::document(plan, &lens.issue, draw);
    let read = |wire: &Wire| lens.put(&json!({}), &lens.document(wire.clone())).record;
    let record = |draw: &mut Draw<'_>| {
        let by_type = schema.record(draw);
        match draw.below(4) {
            0 => by_type,
            kind => {
                let through = read(&drawn(draw));
                let through = if kind == 1 { through } else { strip(&through) };
                mix(by_type, &through, draw)
            }
        }
    };
    let stored = if draw.percent(25) { json!({}) } else { record(draw) };
    let mut document = drawn(draw);
    if draw.percent(50) {
        // What is written of a record has the constants and derived values that a drawn document seldom has.
        let of = if draw.percent(50) { read(&document) } else { record(draw) };
        let plain = lens.content(&lens.get(&of, &lens.issue, false).document);
        document = overlay(document, plain, draw);
    }
    json!({"stored": stored, "document": document.encode(), "other": record(draw)})
}

/// One of the two for each field, with a preference for what came through the crosswalk.
fn mix(by_type: Value, through: &Value, draw: &mut Draw<'_>) -> Value {
    let (Value::Object(mut mixed), Value::Object(through)) = (by_type, through) else { return through.clone() };
    for (key, value) in through {
        if draw.percent(70) {
            mixed.insert(key.clone(), value.clone());
        }
    }
    Value::Object(mixed)
}

fn overlay(below: Wire, above: Wire, draw: &mut Draw<'_>) -> Wire {
    match (below, above) {
        (Wire::Object(mut below), Wire::Object(above)) => {
            for (key, value) in above {
                match below.shift_remove(&key) {
                    Some(before) if draw.percent(25) => below.insert(key, before),
                    Some(before) => below.insert(key, overlay(before, value, draw)),
                    None if draw.percent(85) => below.insert(key, value),
                    None => None,
                };
            }
            Wire::Object(below)
        }
        (_, above) => above,
    }
}

pub(super) fn strategy(crosswalk: &Crosswalk) -> Cases {
    let (lens, schema) = (lens(crosswalk), records::Schema::new());
    Cases(Arc::new(move |draw: &mut Draw<'_>| case(&lens, &schema, draw)))
}

/// Holds the laws against a crosswalk; says what broke, at its smallest.
pub(super) fn hold(crosswalk: &Crosswalk, config: Config) -> Result<(), String> {
    let lens = lens(crosswalk);
    let outcome = TestRunner::new(config).run(&strategy(crosswalk), |case| {
        let part = |name: &str| case.get(name).cloned().unwrap_or_default();
        let record = |name: &str| clean_record(part(name));
        lens.laws(&record("stored"), &lens.written(&part("document")), &record("other"))
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Abort(why)) => Err(format!("{}: given up, {why}", crosswalk.format())),
        Err(TestError::Fail(why, case)) => {
            let document = lens.written(&case["document"]).root.to_json();
            Err(format!(
                "{}: {why}\n--- stored {:#}\n--- document {document:#}\n--- other {:#}",
                crosswalk.format(),
                case["stored"],
                case["other"],
            ))
        }
    }
}

/// Shrinking may leave empty nodes, which no record has.
fn clean_record(record: Value) -> Value {
    if record.is_object() { clean(record, true) } else { json!({}) }
}

pub(super) fn config(format: &str, cases: u32) -> Config {
    // Seeds of failures are kept, and tried first ever after.
    let file: &'static str = format!("{}/src/mapping/laws/seeds/{format}.txt", env!("CARGO_MANIFEST_DIR")).leak();
    // The same cases in every run of the suite; others are drawn where somebody asks for a number of them.
    let asked = std::env::var_os("CERTBRIDGE_TEST_LAW_CASES").is_some();
    let rng_seed = if asked { RngSeed::Random } else { RngSeed::Fixed(2026) };
    Config {
        cases,
        rng_seed,
        max_shrink_iters: 3000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..Config::default()
    }
}

/// The formats that come in and go out.
pub(super) fn two_way() -> Vec<&'static crate::format::Format> {
    let only = std::env::var("CERTBRIDGE_TEST_LAW_FORMAT").ok();
    let asked = |format: &&crate::format::Format| only.as_deref().is_none_or(|only| format.id().starts_with(only));
    Catalogue::bundled().formats().filter(|format| format.comes_in() && format.goes_out()).filter(asked).collect()
}

/// Holds the laws of one format, in a test of its own: the formats run side by side.
fn of_format(id: &str) {
    let Some(format) = two_way().into_iter().find(|format| format.id() == id) else { return };
    let start = std::time::Instant::now();
    let outcome = hold(format.crosswalk(), config(id, cases()));
    eprintln!("{id}: {} cases in {:?}", cases(), start.elapsed());
    if let Err(why) = outcome {
        panic!("{why}");
    }
}

macro_rules! the_laws_hold_for {
    ($($name:ident: $id:literal,)*) => {
        $(#[test] fn $name() { of_format($id); })*

        #[test]
        fn every_two_way_format_is_held_to_the_laws() {
            let held = [$($id),*];
            let bundled = Catalogue::bundled().formats().filter(|format| format.comes_in() && format.goes_out());
            let left: Vec<&str> = bundled.map(crate::format::Format::id).filter(|id| !held.contains(id)).collect();
            assert!(left.is_empty(), "{left:?}");
        }
    };
}

the_laws_hold_for! {
    catena_x: "catena-x-bpc@3.1.0",
    certbridge_record: "certbridge-record@1",
    certbridge_status: "certbridge-status@1",
    cnca_agri: "cnca-agri@1",
    cnca_ccc: "cnca-ccc@1",
    cnca_report: "cnca-report@2016",
    cnca_rule: "cnca-rule@1",
    iaf_certsearch: "iaf-certsearch@2",
    untp_dcc: "untp-dcc@0.7.0",
    untp_dia: "untp-dia@0.7.0",
    wco_document: "wco-document@3.6",
}
