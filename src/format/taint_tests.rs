//! Nothing that may not leave stands in anything that leaves: every field of a record carries a marker of its own, and all
//! that goes out in every format, syntax and policy is searched for those of withheld fields, however they may be written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::Catalogue;
use super::disguise::views;
use super::testing::{data_day, shared};
use crate::document::Syntax;
use crate::mapping::Context;
use crate::record::Record;
use crate::record::testing::{every_field, record};
use crate::release::{Audience, PersonalBasis, Policy, Zone, release, zone_of};

/// Fields of the narrowest zone that cannot carry a marker, by path, with the reason.
const WITHOUT_MARKER: [(&str, &str); 4] = [
    ("holder.natural_person", "yes or no"),
    ("process[].team[].competent", "yes or no"),
    ("process[].team[].full_time", "yes or no"),
    ("process[].team[].role", "one of four codes"),
];

/// A field of the schema that holds a value.
#[derive(Debug)]
struct Field {
    zone: Zone,
    personal: bool,
    residue: bool,
}

/// Every field of the schema of the record that holds a value, by its path (`process[].team[].name`).
fn fields() -> BTreeMap<String, Field> {
    fn walk(root: &Value, node: &Value, path: &str, personal: bool, found: &mut BTreeMap<String, Field>) {
        let personal = personal || node.get("x-personal") == Some(&Value::Bool(true));
        let residue = node.get("x-residue").is_some();
        let mut target = node;
        while let Some(name) = target.get("$ref").and_then(Value::as_str) {
            target = root.pointer(name.trim_start_matches('#')).expect("a definition");
        }
        if let Some(items) = target.get("items") {
            return walk(root, items, &format!("{path}[]"), personal, found);
        }
        if let Some(properties) = target.get("properties").and_then(Value::as_object).filter(|_| !residue) {
            for (name, child) in properties {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(root, child, &path, personal, found);
            }
            return;
        }
        let zone = if residue { Zone::Domestic } else { zone_of(path).expect("a field") };
        found.insert(path.to_owned(), Field { zone, personal, residue });
    }
    let root = crate::record::schema();
    let mut found = BTreeMap::new();
    walk(&root, &root, "", false, &mut found);
    found
}

/// A record with a marker in each of its fields, and what each marker stands for.
struct Tainted {
    record: Record,
    /// The path of each by its number.
    markers: BTreeMap<usize, String>,
}

impl Tainted {
    /// The values that make a record one of its kind stand as in life, so that no format leaves it out for want of them.
    fn of(kind: &str) -> Self {
        let formats: Vec<String> = Catalogue::bundled().formats().map(|format| format.id().to_owned()).collect();
        let mut markers = BTreeMap::new();
        let mut full = every_field();
        mark(&mut full, "", &formats, &mut markers);
        full["key"]["form"] = json!("number");
        full["kind"] = json!(kind);
        full["dates"] = json!({"issued": "2026-10-03", "valid_until": "2029-10-02", "zone": "+08:00"});
        full["status"]["history"][0]["status"] = json!("valid");
        full["reporting"]["publishable"] = json!(true);
        full["holder"]["natural_person"] = json!(false);
        full["holder"]["country"] = json!("CN");
        full["holder"]["id"] = json!({"scheme": "uscc", "value": "91350100M000100Y43"});
        full["key"]["issuer"] = json!({"scheme": "cnca-approval", "value": "CNCA-R-2099-001"});
        full["key"]["number"] = json!("2026010703000001");
        full["scheme"]["item_code"] = json!("A010101");
        full["documents"][0]["kind"] = json!("certificate");
        full["documents"][0]["created_at"] = json!("2026-10-03T08:00:00+08:00");
        full["holder"]["other_ids"] = json!([{"scheme": "bpn", "value": "BPNL00000003AYRE"}]);
        Self { record: record(full), markers }
    }
}

/// A marker: letters and digits that nothing changes, signs that are escaped, Chinese that may be romanised.
fn marker(number: usize) -> String {
    format!("Zq{number:04}密é\"xV")
}

/// Gives each marked text, and each decimal, a short marker of its own, and each residue one for every format in a form and
/// in what was kept.
fn mark(value: &mut Value, path: &str, formats: &[String], markers: &mut BTreeMap<usize, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                if name == "residue" {
                    let mut residue = Map::new();
                    for format in formats {
                        let mut next = || {
                            let number = markers.len();
                            markers.insert(number, path.clone());
                            marker(number)
                        };
                        let part = json!({"forms": [{"place": "x", "leaf": next(), "for": next()}],
                            "kept": [{"place": next(), "leaf": next()}]});
                        residue.insert(format.clone(), part);
                    }
                    *member = Value::Object(residue);
                } else {
                    mark(member, &path, formats, markers);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, &format!("{path}[]"), formats, markers)),
        Value::String(text) if text.starts_with('«') => {
            // A text by language stands at its language.
            let field = text.trim_matches(['«', '»']).to_owned();
            *text = marker(markers.len());
            markers.insert(markers.len(), field);
        }
        Value::String(text) if text == "7" => {
            *text = format!("9182736{:04}.5", markers.len());
            markers.insert(markers.len(), path.to_owned());
        }
        _ => {}
    }
}

#[test]
fn every_field_of_the_narrowest_zone_has_a_marker() {
    let markers: BTreeSet<String> = Tainted::of("management-system").markers.into_values().collect();
    let fields = fields();
    let bare: Vec<&String> = fields
        .iter()
        .filter(|(path, field)| field.zone == Zone::Domestic && !markers.contains(*path))
        .map(|(path, _)| path)
        .collect();
    let known: Vec<&str> = WITHOUT_MARKER.iter().map(|(path, _)| *path).collect();
    assert_eq!(bare, known);
    assert!(fields.values().filter(|field| field.zone == Zone::Domestic && !field.residue).count() > 20);
    assert!(fields.values().filter(|field| field.personal).count() > 5);
    // The reference lists the same.
    let Some(reference) = shared("reference/record-fields.csv") else { return };
    let mut reader = csv::Reader::from_reader(reference.as_slice());
    for row in reader.records() {
        let row = row.expect("a row");
        let (path, zone) = (row.get(0).unwrap_or_default(), row.get(3).unwrap_or_default());
        if zone == "domestic" && !path.contains("residue") && !path.starts_with('$') {
            let below = |field: &String| {
                field == path || field.starts_with(&format!("{path}.")) || field.starts_with(&format!("{path}["))
            };
            let told = fields.iter().filter(|(field, _)| below(field));
            assert!(told.clone().count() > 0, "{path} is not in the schema");
            for (field, of) in told {
                assert_eq!(of.zone, Zone::Domestic, "{field}");
            }
        }
    }
}

/// Lines that were logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn policies() -> Vec<Policy> {
    let basis = |basis: &str, until: &str| {
        let day = |text: &str| text.parse().expect("a day");
        let legal_basis = basis.to_owned();
        PersonalBasis { legal_basis, purpose: "audit of auditors".into(), from: day("2026-01-01"), until: day(until) }
    };
    let person = |name: &str, audience: Audience, basis: PersonalBasis| Policy {
        audience,
        personal: Some(basis),
        ..Policy::partner(name)
    };
    vec![
        Policy::public(),
        Policy::partner("partner"),
        Policy { needs_consent: true, ..Policy::partner("without consent") },
        Policy { withhold: vec!["holder.website".into()], ..Policy::partner("less") },
        person("no basis", Audience::Partner, basis(" ", "2026-12-31")),
        person("run out", Audience::Partner, basis("treaty 12", "2026-06-30")),
        person("to the public", Audience::Public, basis("treaty 12", "2026-12-31")),
        person("with basis", Audience::Partner, basis("treaty 12", "2026-12-31")),
    ]
}

/// Every byte that leaves in a format under a policy, with what is said of it.
fn outgoing(tainted: &Tainted, format: &super::Format, policy: &Policy) -> Vec<(String, Vec<u8>)> {
    let issue = json!({"base": "https://registry.example", "mode": "registry-attested",
        "issuer": {"id": "did:web:registry.example", "name": "Registry"}});
    let mut out = Vec::new();
    let syntaxes: Vec<Option<Syntax>> =
        if format.carries_many() { format.syntaxes().iter().copied().map(Some).collect() } else { vec![None] };
    for syntax in syntaxes {
        let context = Context::new(data_day()).issuing(&issue).in_syntax(syntax);
        let released = if format.carries_filings() {
            crate::release::release_rule(&tainted.record.scheme)
        } else {
            release(&tainted.record, policy, data_day())
        };
        let written = Catalogue::bundled().write(format.id(), &[released], &context).expect("a format");
        for document in &written.documents {
            let name = |what: &str| format!("{} {syntax:?} {}: {what}", format.id(), policy.name);
            out.extend(document.bytes().expect("bytes").map(|bytes| (name("bytes"), bytes)));
            let words: Vec<String> = document.findings.iter().map(|one| format!("{one} {one:?}")).collect();
            let told = json!({"findings": document.findings, "words": words, "accounts": document.accounts});
            out.push((name("what is said"), told.to_string().into_bytes()));
        }
    }
    out
}

#[test]
fn nothing_withheld_stands_in_anything_that_leaves_in_any_format_under_any_policy() {
    let fields = fields();
    let log = Log::default();
    let lines = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || lines.clone()).finish();
    let (mut outside, mut personal_outside) = (BTreeSet::new(), BTreeSet::new());
    let mut leaked = BTreeSet::new();
    tracing::subscriber::with_default(subscriber, || {
        for kind in ["management-system", "accreditation"] {
            let tainted = Tainted::of(kind);
            for policy in policies() {
                let basis = policy.name == "with basis";
                let widest = match policy.audience {
                    Audience::Partner if !policy.needs_consent => Zone::Partner,
                    _ => Zone::Public,
                };
                for format in Catalogue::bundled().formats().filter(|format| format.goes_out()) {
                    for (what, bytes) in outgoing(&tainted, format, &policy) {
                        for path in found_in(&bytes).iter().filter_map(|number| tainted.markers.get(number)) {
                            let field = &fields[path];
                            let named = basis && field.personal && !path.contains("id_document");
                            if field.zone > widest && !named {
                                leaked.insert(format!("{path} ({:?}) in {what}", field.zone));
                            } else if field.zone == Zone::Domestic {
                                personal_outside.insert(path.clone());
                            } else {
                                outside.insert(path.clone());
                            }
                        }
                    }
                }
            }
        }
    });
    assert!(leaked.is_empty(), "{leaked:#?}");
    let logged = log.0.lock().expect("one thread").clone();
    assert_eq!(found_in(&logged), BTreeSet::new(), "in the log");
    // What may leave does, so that the search says something.
    assert!(outside.len() > 60, "{} {outside:?}", outside.len());
    assert!(personal_outside.len() > 2, "{personal_outside:?}");
}

/// The numbers of the markers that stand in bytes, in whatever disguise. Looked for is the part of a marker that no
/// romanising, cleaning, cutting or rounding changes.
fn found_in(bytes: &[u8]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for view in views(bytes) {
        for core in [&b"Zq"[..], b"9182736"] {
            let mut rest = view.as_slice();
            while let Some(at) = rest.iter().position(|b| *b == core[0]) {
                rest = &rest[at..];
                let digits = rest.strip_prefix(core).and_then(|after| after.get(..4));
                found.extend(digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<usize>().ok()));
                rest = &rest[1..];
            }
        }
    }
    found
}
