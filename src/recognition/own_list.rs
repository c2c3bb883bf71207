//! A list that a party sends of its own: the bodies that it designated, or the products for which it recognises. Whole as of a
//! day; a later one takes its place.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::load::Recognition;
use super::vocabulary::Part;
use crate::clock::Day;
use crate::finding::{Finding, Place};

/// Whose word a list is, by the arrangement that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The party whose bodies issue designates them.
    Exporter,
    /// The party that recognises says for which products.
    Importer,
}

/// A list as it travels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnList {
    /// Arrangement, with its direction.
    pub arrangement: String,
    /// The day as of which it is whole.
    pub as_of: Day,
    /// Bodies that were designated, where it is a list of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    designations: Option<Vec<Value>>,
    /// Products for which something is recognised, where it is a list of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<ProductRow>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ProductRow {
    id: String,
    part: Part,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

impl OwnList {
    /// What keeps this party from speaking these rows, beside what is in force.
    #[must_use]
    pub fn check(&self, party: &str, rows: &Recognition) -> Vec<Finding> {
        let side = if self.designations.is_some() { Side::Exporter } else { Side::Importer };
        let Some(arrangement) = rows.arrangement(&self.arrangement) else {
            return vec![
                Finding::new("exchange/unknown-arrangement", Place::pointer("/arrangement"))
                    .with("arrangement", &self.arrangement),
            ];
        };
        let owner = match side {
            Side::Exporter => &arrangement.exporter,
            Side::Importer => &arrangement.importer,
        };
        if owner.as_deref() != Some(party) {
            return vec![
                Finding::new("exchange/not-your-list", Place::pointer("/arrangement"))
                    .with("arrangement", &self.arrangement)
                    .with("owner", owner.as_deref().unwrap_or("–"))
                    .with("party", party),
            ];
        }
        let mut findings = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, row) in self.rows.iter().flatten().enumerate() {
            let mut say = |code: &'static str, field: &str| {
                findings
                    .push(Finding::new(code, Place::pointer(format!("/rows/{index}/{field}"))).with("row", &row.id));
            };
            if !arrangement.parts.contains(&row.part) {
                say("exchange/part-not-recognised", "part");
            }
            if !seen.insert(&row.id) {
                say("exchange/row-twice", "id");
            }
            if out_of_order(&row.rest) {
                say("exchange/row-ends-before", "until");
            }
        }
        for (index, row) in self.designations.iter().flatten().enumerate() {
            if row.as_object().is_some_and(out_of_order) {
                let place = Place::pointer(format!("/designations/{index}/until"));
                let body = row.get("body").and_then(Value::as_str).unwrap_or_default();
                findings.push(Finding::new("exchange/row-ends-before", place).with("row", body));
            }
        }
        findings
    }

    /// The list as a file of rows that stands beside the bundled ones: YAML, of which JSON is a part. `party` is whose word it
    /// is, `source` where it is from.
    #[must_use]
    pub fn to_file(&self, party: &str, source: &str) -> String {
        let with = |mut row: Value, more: &[(&str, Value)]| {
            if let Some(members) = row.as_object_mut() {
                members.insert("arrangement".into(), self.arrangement.as_str().into());
                members.insert("source".into(), source.into());
                members.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            }
            row
        };
        let owned = [("owner", json!(party)), ("signed", json!(true)), ("confidence", json!("stated by its owner"))];
        let (section, rows): (_, Vec<Value>) = match &self.designations {
            Some(rows) => ("designations", rows.iter().map(|row| with(row.clone(), &[])).collect()),
            None => ("list_rows", self.rows.iter().flatten().map(|row| with(json!(row), &owned)).collect()),
        };
        format!("# {source}\n{:#}\n", json!({section: rows}))
    }
}

fn out_of_order(row: &serde_json::Map<String, Value>) -> bool {
    let day = |name: &str| row.get(name).and_then(Value::as_str).and_then(|text| text.parse::<Day>().ok());
    matches!((day("from"), day("until")), (Some(from), Some(until)) if until < from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognition::bundled_files;

    fn list(text: Value) -> OwnList {
        serde_json::from_value(text).expect("a list")
    }

    fn rows() -> OwnList {
        list(json!({
            "type": "certbridge-recognition-rows/1", "arrangement": "CN-NZ-EEE/CN-to-NZ", "as_of": "2026-11-20",
            "rows": [
                {"id": "nz/0711", "list": "CCC", "code": "0711", "part": "certification", "from": "2026-01-01"},
                {"id": "nz/0712", "list": "CCC", "code": "0712", "part": "test-report"},
            ],
        }))
    }

    #[test]
    fn a_list_is_the_word_of_the_party_that_owns_it() {
        let bundled = Recognition::bundled();
        let said = |list: &OwnList, party: &str| {
            list.check(party, bundled).iter().map(|one| format!("{} {}", one.code(), one.place())).collect::<Vec<_>>()
        };
        assert_eq!(said(&rows(), "NZ"), [""; 0]);
        assert_eq!(said(&rows(), "CN"), ["exchange/not-your-list /arrangement"]);
        let designations = list(json!({
            "arrangement": "CN-NZ-EEE/NZ-to-CN", "as_of": "2026-11-20",
            "designations": [{"body": "register:NZ-1", "list": "CCC", "status": "designated", "from": "2026-02-01", "until": "2026-01-01"}],
        }));
        assert_eq!(said(&designations, "NZ"), ["exchange/row-ends-before /designations/0/until"]);
        assert_eq!(said(&designations, "CN"), ["exchange/not-your-list /arrangement"]);
        let mut wrong = rows();
        wrong.arrangement = "none".into();
        assert_eq!(said(&wrong, "NZ"), ["exchange/unknown-arrangement /arrangement"]);
        let mut twice = rows();
        if let Some(rows) = &mut twice.rows {
            rows[1].id = "nz/0711".into();
            rows[1].part = Part::ManagementSystem;
        }
        assert_eq!(said(&twice, "NZ"), ["exchange/part-not-recognised /rows/1/part", "exchange/row-twice /rows/1/id"]);
    }

    #[test]
    fn its_file_is_loaded_beside_the_bundled_ones() {
        let file = rows().to_file("NZ", "message 1 of nz-authority, as of 2026-11-20");
        let files = bundled_files().into_iter().chain([("own/nz.yaml".to_owned(), file)]);
        let loaded = Recognition::load(files).expect("loaded");
        let row = loaded.list_rows().iter().find(|row| row.id == "nz/0711").expect("the row");
        assert_eq!((row.owner.as_str(), row.signed), ("NZ", true));
        assert_eq!(loaded.list_rows().len(), Recognition::bundled().list_rows().len() + 2);
    }
}
