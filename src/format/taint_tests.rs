//! Nothing that may not leave stands in anything that leaves: every field of a record carries a marker of its own, and every
//! outgoing format is searched for those of withheld fields, however they may be written.

use base64::Engine as _;
use serde_json::Value;

use super::Catalogue;
use super::testing::data_day;
use crate::mapping::Context;
use crate::record::Record;
use crate::record::testing::{compulsory_product, every_field, management_system, record};
use crate::release::{Policy, Zone, release, zone_of};

/// Every text marked by its path as `«path»`, with the zone that it is in; residue is in the narrowest.
fn markers(value: &Value, found: &mut Vec<(String, Zone)>) {
    match value {
        Value::Object(members) => members.values().for_each(|member| markers(member, found)),
        Value::Array(items) => items.iter().for_each(|item| markers(item, found)),
        Value::String(text) => {
            let marked = text.strip_prefix('«').and_then(|rest| rest.strip_suffix('»'));
            found.extend(marked.map(|path| {
                let zone = if path.ends_with("residue") { Zone::Domestic } else { zone_of(path).expect("a field") };
                (text.clone(), zone)
            }));
        }
        _ => {}
    }
}

/// Makes each marker short and unlike anything else, and puts the record's own outward facts where formats demand such.
fn tainted(model: Record) -> (Record, Vec<(String, Zone)>) {
    let mut full = every_field();
    let mut found = Vec::new();
    markers(&full, &mut found);
    let mut text = full.to_string();
    let renamed: Vec<(String, Zone)> = found
        .into_iter()
        .enumerate()
        .map(|(number, (marker, zone))| {
            let short = format!("Zq{number:04}密é\"xV");
            text = text.replace(&marker, &short.replace('"', "\\\""));
            (short, zone)
        })
        .collect();
    full = serde_json::from_str(&text).expect("JSON");
    let model = serde_json::to_value(model).expect("a tree");
    // With these alone as they are in life, formats have no reason to leave the whole record out.
    for pointer in ["key", "kind", "dates", "status", "scheme"] {
        full[pointer] = model.get(pointer).cloned().unwrap_or(Value::Null);
    }
    for name in ["id", "country"] {
        full["holder"][name] = model["holder"][name].clone();
    }
    full["reporting"]["publishable"] = Value::Bool(true);
    full["holder"]["natural_person"] = Value::Bool(false);
    full.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    (record(full), renamed)
}

/// The ways in which a marker might be written.
fn spellings(marker: &str) -> Vec<String> {
    let escaped: String = marker
        .chars()
        .map(|c| match c {
            '"' => "\\\"".to_owned(),
            c if c.is_ascii() => c.to_string(),
            c => format!("\\u{:04x}", u32::from(c)),
        })
        .collect();
    let json = serde_json::to_string(marker).expect("a text");
    let percent = percent_encoding::utf8_percent_encode(marker, percent_encoding::NON_ALPHANUMERIC).to_string();
    // The part that no romanisation, cleaning or cutting changes.
    let core = marker.chars().take(6).collect::<String>();
    let mut all = vec![marker.to_owned(), escaped, json.trim_matches('"').to_owned(), percent, core.clone()];
    for text in [marker, core.as_str()] {
        // At each of the three offsets in its surroundings, without the ends that these colour.
        for before in 0..3 {
            let bytes = [vec![0; before], text.as_bytes().to_vec()].concat();
            let whole = base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
            let (from, to) = ((before * 4).div_ceil(3), whole.len() - usize::from((before + text.len()) % 3 != 0));
            let inner = whole[from..to].to_owned();
            all.push(inner.replace('+', "-").replace('/', "_"));
            all.push(inner);
        }
    }
    all
}

#[test]
fn a_spelling_is_found_wherever_it_stands() {
    let marker = "Zq0042密é\"xV";
    let percent = percent_encoding::utf8_percent_encode(marker, percent_encoding::NON_ALPHANUMERIC).to_string();
    for before in ["", "a", "ab", "abc"] {
        for whole in [
            format!("{before}{marker} and more"),
            serde_json::json!({ "x": format!("{before}{marker}") }).to_string(),
            format!("https://a.example/{before}{percent}"),
            base64::engine::general_purpose::STANDARD.encode(format!("{before}{marker} and more")),
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{before}{marker}")),
        ] {
            assert!(spellings(marker).iter().any(|spelling| whole.contains(spelling.as_str())), "{whole}");
        }
    }
    assert!(!spellings(marker).iter().any(|spelling| "Zq0043".contains(spelling.as_str())));
}

#[test]
fn nothing_withheld_stands_in_anything_that_leaves_in_any_format_under_any_policy() {
    let catalogue = Catalogue::bundled();
    let issue = serde_json::json!({"base": "https://registry.example",
        "issuer": {"id": "did:web:registry.example", "name": "Registry"}, "mode": "registry-attested"});
    let context = Context::new(data_day()).issuing(&issue);
    let mut seen_outside = 0;
    for model in [management_system(), compulsory_product()] {
        let (record, found) = tainted(model);
        assert!(found.iter().filter(|(_, zone)| *zone == Zone::Domestic).count() > 60);
        for (policy, widest) in [(Policy::public(), Zone::Public), (Policy::partner("nz"), Zone::Partner)] {
            for format in catalogue.formats().filter(|format| format.goes_out()) {
                let released = release(&record, &policy, data_day());
                let written = catalogue.write(format.id(), &[released], &context).expect("a format");
                let mut out: Vec<(&str, String)> = Vec::new();
                for document in &written.documents {
                    out.extend(document.value().map(|value| ("value", value.to_string())));
                    if let Some(bytes) = document.bytes().expect("bytes") {
                        // A workbook is a packed file: its sheets are searched as they are read again.
                        let read = document.document.as_ref().map(|document| format!("{:?}", document.root));
                        out.push(("tree", read.unwrap_or_default()));
                        out.push(("bytes", String::from_utf8_lossy(&bytes).into_owned()));
                    }
                    out.push(("accounts", serde_json::to_string(&document.accounts).expect("JSON")));
                    out.push(("findings", serde_json::to_string(&document.findings).expect("JSON")));
                    for finding in &document.findings {
                        out.push(("words", format!("{finding} {finding:?}")));
                    }
                }
                for (marker, zone) in &found {
                    for spelling in spellings(marker) {
                        for (what, text) in &out {
                            let there = text.contains(&spelling);
                            seen_outside += usize::from(there);
                            assert!(
                                !there || *zone <= widest,
                                "{}: {what}: {marker} ({zone:?}) as {spelling}",
                                format.id()
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(seen_outside > 50, "markers of what everybody may see are found outside: {seen_outside}");
}
