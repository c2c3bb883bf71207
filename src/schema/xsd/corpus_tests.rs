//! The corpus of `tests/xsd`: documents by construct, judged by us, by libxml2 (`xmllint`, where it is installed) and by
//! another validator for Rust. Each difference is listed there with who is right.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::*;
use crate::document::{Limits, Syntax, parse};

const CORPUS: &str = include_str!("../../../tests/xsd/corpus.toml");

#[derive(Deserialize)]
struct Corpus {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    construct: String,
    schema: String,
    #[serde(default)]
    valid: Vec<String>,
    #[serde(default)]
    invalid: Vec<String>,
    refused: Option<String>,
    /// Why documents of it never come as far as a schema.
    not_read: Option<String>,
    libxml2: Option<String>,
    uppsala: Option<String>,
    why: Option<String>,
}

impl Case {
    fn schema(&self) -> String {
        format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\" \
             elementFormDefault=\"qualified\">{}</xs:schema>",
            self.schema
        )
    }

    fn compile(&self) -> Result<Xsd, LoadError> {
        let files = BTreeMap::from([("a.xsd".to_owned(), self.schema())]);
        Xsd::compile(&Unit { files, entries: vec!["a.xsd".to_owned()] }, None)
    }

    /// The documents with what is expected of them.
    fn documents(&self) -> impl Iterator<Item = (String, bool)> {
        let of = |documents: &[String], valid: bool| {
            documents.iter().map(move |one| (one.clone(), valid)).collect::<Vec<_>>()
        };
        of(&self.valid, true).into_iter().chain(of(&self.invalid, false)).map(|(document, valid)| {
            let xsi = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
            let own = if document.contains("<r xmlns=") { "" } else { " xmlns=\"urn:t\"" };
            (document.replacen("<r", &format!("<r{own}{xsi}"), 1), valid)
        })
    }
}

fn cases() -> Vec<Case> {
    toml::from_str::<Corpus>(CORPUS).expect("the corpus").case
}

#[test]
fn every_construct_is_judged_in_full_or_refused_by_its_name() {
    let (mut wrong, mut judged) = (Vec::new(), 0);
    for case in cases() {
        let loaded = case.compile();
        if let Some(named) = &case.refused {
            match loaded {
                Err(error) if error.message.contains(named.as_str()) => {}
                Err(error) => wrong.push(format!("{}: refused without its name: {error}", case.construct)),
                Ok(_) => wrong.push(format!("{}: not refused", case.construct)),
            }
            continue;
        }
        let xsd = match loaded {
            Ok(xsd) => xsd,
            Err(error) => {
                wrong.push(format!("{}: {error}", case.construct));
                continue;
            }
        };
        for (document, valid) in case.documents() {
            judged += 1;
            match parse(document.as_bytes(), Syntax::Xml, &Limits::default()) {
                Err(_) if case.not_read.is_some() => {}
                Err(refusal) => wrong.push(format!("{}: {document}: {refusal}", case.construct)),
                Ok(parsed) => {
                    let found = xsd.document(&parsed.document.root.to_json());
                    if found.is_empty() != valid {
                        wrong.push(format!("{}: {document}: {found:?}", case.construct));
                    }
                    for finding in found {
                        let message = finding.message();
                        let told = crate::finding::catalogue().contains_key(finding.code());
                        assert!(told && !message.zh.contains("{e") && !message.en.contains("{n"), "{finding}");
                    }
                }
            }
        }
    }
    eprintln!("{judged} documents judged");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 250, "{judged}");
}

/// How a processor differs from what the corpus says of a case, in the words of the corpus.
fn difference(case: &Case, mut accepts: impl FnMut(&str) -> bool) -> Option<&'static str> {
    let (mut refuses_valid, mut accepts_invalid) = (false, false);
    for (document, valid) in case.documents() {
        match (accepts(&document), valid) {
            (false, true) => refuses_valid = true,
            (true, false) => accepts_invalid = true,
            _ => {}
        }
    }
    match (refuses_valid, accepts_invalid) {
        (false, false) => None,
        (true, false) => Some("refuses valid"),
        (false, true) => Some("accepts invalid"),
        (true, true) => Some("both"),
    }
}

fn compare(processor: &str, found: Vec<(Case, Option<&'static str>, Option<String>)>) {
    let mut wrong = Vec::new();
    for (case, differs, listed) in found {
        if differs != listed.as_deref() {
            wrong.push(format!("{}: {differs:?}, and not {listed:?} as listed", case.construct));
        } else if differs.is_some() && processor == "libxml2" && case.why.is_none() {
            wrong.push(format!("{}: nobody says why", case.construct));
        }
    }
    assert!(wrong.is_empty(), "{processor} differs otherwise than the corpus lists:\n{}", wrong.join("\n"));
}

#[test]
fn libxml2_differs_only_where_the_corpus_says_so() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("SKIPPED: xmllint is not installed; libxml2 was NOT asked what it says of the corpus");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let schema = folder.path().join("a.xsd");
    let mut found = Vec::new();
    for case in cases().into_iter().filter(|case| case.refused.is_none()) {
        std::fs::write(&schema, case.schema()).expect("written");
        let differs = difference(&case, |document| accepted_by_xmllint(folder.path(), &schema, document));
        let listed = case.libxml2.clone();
        found.push((case, differs, listed));
    }
    compare("libxml2", found);
}

fn accepted_by_xmllint(folder: &Path, schema: &Path, document: &str) -> bool {
    let file = folder.join("a.xml");
    std::fs::write(&file, document).expect("written");
    let ran = Command::new("xmllint").args(["--nonet", "--noout", "--schema"]).arg(schema).arg(&file).output();
    ran.expect("xmllint runs").status.success()
}

#[test]
fn another_validator_for_rust_differs_only_where_the_corpus_says_so() {
    let mut found = Vec::new();
    for case in cases().into_iter().filter(|case| case.refused.is_none()) {
        let text = case.schema();
        let schema = uppsala::parse(&text).expect("well-formed");
        let loaded = uppsala::XsdValidator::from_schema(&schema);
        let differs = difference(&case, |document| {
            let document = uppsala::parse(document).expect("well-formed");
            loaded.as_ref().is_ok_and(|validator| validator.validate(&document).is_empty())
        });
        let listed = case.uppsala.clone();
        found.push((case, differs, listed));
    }
    compare("uppsala", found);
}
