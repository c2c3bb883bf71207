//! Whether a document is of a format at all, told by the places that the format's documents must have; and which formats it
//! is nearest to.

use std::collections::HashSet;

use super::catalogue::{Catalogue, Format};
use crate::document::{Document, Limits, Node, Syntax, Value, parse};
use crate::finding::{Finding, Place};

/// Of a document of a format, at least this share of what it must have is there; else it is of another.
const FITS: f64 = 0.5;
/// Records that are looked at: a document is not of another format because its first record is bad.
const RECORDS: usize = 8;
/// Rows that are looked through for titles.
const TITLE_ROWS: usize = 24;
/// Formats that are named.
const NAMED: usize = 3;
/// Missing places that are named.
const MISSING_NAMED: usize = 5;

impl Catalogue {
    /// Says that a document is not of a format, and which ones it is nearest to; nothing where it may be of it, or where it
    /// holds nothing to tell it by.
    pub(super) fn misfit(&self, format: &Format, document: &Document) -> Option<Finding> {
        let (share, missing) = fit(format, document)?;
        let nearest = self.nearest_to(document);
        // Formats of one family have much in common; what lacks something of this one and nothing of that one is of that one.
        let family = |id: &str| id.split('@').next().unwrap_or_default().to_owned();
        let of_another =
            share < 1.0 && nearest.iter().any(|(id, other)| *other >= 1.0 && family(id) != family(format.id()));
        if share >= FITS && !of_another {
            return None;
        }
        let missing: Vec<String> =
            missing.into_iter().take(MISSING_NAMED).map(|name| name.replace("~1", "/").replace("~0", "~")).collect();
        let missing = missing.join(", ");
        // One that no other format is nearer to is of this one, and lacks much: it is told what, field by field.
        if share > 0.0 && nearest.iter().all(|(_, other)| *other <= share) {
            return None;
        }
        let nearest = if nearest.is_empty() { "—".to_owned() } else { named(&nearest) };
        Some(
            Finding::new("format/does-not-fit", Place::Whole)
                .with("format", format.id())
                .with("missing", missing)
                .with("nearest", nearest),
        )
    }

    /// What is said beside the refusal of a document in a syntax that the format is not read in: which formats it is nearest
    /// to, if it can be read at all and has something of one.
    pub(super) fn likeness(&self, bytes: &[u8], syntax: Syntax, limits: &Limits) -> Option<Finding> {
        let document = parse(bytes, syntax, limits).ok()?.document;
        let nearest = self.nearest_to(&document);
        (!nearest.is_empty()).then(|| Finding::new("format/looks-like", Place::Whole).with("nearest", named(&nearest)))
    }

    /// The formats that a document is nearest to, the nearest first, each with the share (0 to 1) of what its documents must
    /// have that is there.
    #[must_use]
    pub fn nearest_to(&self, document: &Document) -> Vec<(&str, f64)> {
        let mut near: Vec<(&str, f64)> = self
            .formats()
            .filter(|format| format.comes_in() && format.takes(document.syntax))
            .filter_map(|format| fit(format, document).map(|(share, _)| (format.id(), share)))
            .filter(|(_, share)| *share > 0.0)
            .collect();
        near.sort_by(|(a, left), (b, right)| right.total_cmp(left).then(a.cmp(b)));
        near.truncate(NAMED);
        near
    }
}

fn named(nearest: &[(&str, f64)]) -> String {
    nearest.iter().map(|(id, share)| format!("{id} ({:.0} %)", share * 100.0)).collect::<Vec<_>>().join(", ")
}

/// The share of what documents of the format must have that is there, and what is not.
fn fit<'f>(format: &'f Format, document: &Document) -> Option<(f64, Vec<&'f str>)> {
    let known = format.crosswalk().known_by();
    let is_there: Box<dyn Fn(&str) -> bool + '_> = if let Value::Workbook(book) = &document.root.value {
        let rows = book.sheets.iter().flat_map(|sheet| sheet.rows.iter().take(TITLE_ROWS));
        let titles: HashSet<String> =
            rows.flat_map(|row| &row.cells).filter_map(|cell| cell.node.as_text().map(plain)).collect();
        if titles.is_empty() {
            return None;
        }
        Box::new(move |name| titles.contains(&plain(name)))
    } else {
        let records = records(format, document);
        if !records.iter().any(|record| record.as_object().is_some_and(|members| !members.is_empty())) {
            return None;
        }
        Box::new(move |name| {
            let pointer = format!("/{name}");
            records.iter().any(|record| record.get(name).or_else(|| record.pointer(&pointer)).is_some())
        })
    };
    let missing: Vec<&str> = known
        .iter()
        .filter(|spellings| !spellings.iter().any(|name| is_there(name)))
        .filter_map(|spellings| spellings.first().copied())
        .collect();
    if known.is_empty() {
        return None;
    }
    let count = |number: usize| u32::try_from(number).map_or(f64::MAX, f64::from);
    Some((1.0 - count(missing.len()) / count(known.len()), missing))
}

/// The first records of a document that is a tree, as the format has them.
fn records<'d>(format: &Format, document: &'d Document) -> Vec<&'d Node> {
    let root = &document.root;
    if let Some(element) = format.crosswalk().root_element() {
        // One of another root is refused at its root.
        return root.get(element).into_iter().collect();
    }
    let list = format.crosswalk().record_list().filter(|_| document.syntax != Syntax::JsonLines);
    let inner = list.as_deref().and_then(|pointer| root.pointer(pointer));
    match inner.unwrap_or(root).as_list() {
        Some(items) => items.iter().take(RECORDS).collect(),
        None => vec![root],
    }
}

/// A title without what people put into it to make it fit its cell.
fn plain(title: &str) -> String {
    title.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use crate::format::{Catalogue, ReadContext, Reading};

    fn read(format: &str, bytes: &[u8], name: &str) -> Reading {
        let today = "2026-11-20".parse().expect("a day");
        Catalogue::bundled().read(format, bytes, Some(name), &ReadContext::on(today)).expect("a format")
    }

    /// Format, file name, and a document that is plainly of it.
    fn documents() -> Vec<(&'static str, &'static str, Vec<u8>)> {
        let ccc =
            r#"[{"证书编号": "2026010101000001", "证书状态": "有效", "认证委托人": {"名称": "甲"}, "产品名称": "灯"}]"#;
        let credential = r#"{"@context": [], "type": ["DigitalConformityCredential"], "id": "https://a.example/1",
            "issuer": {"type": ["CredentialIssuer"], "id": "did:web:a.example", "name": "A"}, "name": "n",
            "validFrom": "2026-01-01T00:00:00Z", "credentialSubject": {"type": ["ConformityAttestation"], "id": "x",
            "name": "n"}}"#;
        vec![("cnca-ccc@1", "a.json", ccc.into()), ("untp-dcc@0.7.0", "b.json", credential.into())]
    }

    #[test]
    fn a_document_of_another_format_is_refused_with_the_nearest_named() {
        for (of, name, bytes) in documents() {
            for (other, ..) in documents().into_iter().filter(|(other, ..)| *other != of) {
                let reading = read(other, &bytes, name);
                let [finding] = reading.findings.as_slice() else { panic!("{other}: {:#?}", reading.findings) };
                assert_eq!(finding.code(), "format/does-not-fit", "{of} as {other}");
                let nearest = finding.message().en.split("nearest formats: ").nth(1).expect("named").to_owned();
                assert!(nearest.contains(of), "{of} as {other}: {nearest}");
                assert!(reading.refused.is_empty() && reading.records.is_empty());
            }
        }
    }

    #[test]
    fn a_document_of_the_format_that_lacks_something_is_told_what_it_lacks() {
        for (of, name, bytes) in documents() {
            let reading = read(of, &bytes, name);
            assert!(reading.all_findings().all(|finding| finding.code() != "format/does-not-fit"), "{of}");
            assert!(reading.all_findings().count() > 0, "{of}");
        }
    }

    #[test]
    fn a_document_in_a_syntax_that_is_not_taken_is_told_what_it_looks_like() {
        let (_, _, bytes) = documents().remove(0);
        let reading = read("wco-document@3.6", &bytes, "a.json");
        let codes: Vec<&str> = reading.findings.iter().map(crate::finding::Finding::code).collect();
        assert_eq!(codes, ["format/syntax-not-taken", "format/looks-like"]);
        assert!(reading.findings[1].message().en.contains("cnca-ccc@1"), "{:#?}", reading.findings);
    }

    #[test]
    fn of_two_formats_with_much_in_common_a_document_is_of_the_one_that_it_lacks_nothing_of() {
        let Some(file) = crate::testing::shared("data/open/agri-certificates.json") else { return };
        let bytes = std::fs::read(file).expect("readable");
        let reading = read("cnca-ccc@1", &bytes, "agri-certificates.json");
        let [finding] = reading.findings.as_slice() else { panic!("{:#?}", reading.findings) };
        assert_eq!(finding.code(), "format/does-not-fit");
        assert!(finding.message().en.contains("nearest formats: cnca-agri@1 (100 %)"), "{finding}");
        assert!(!read("cnca-agri@1", &bytes, "agri-certificates.json").records.is_empty());
    }

    #[test]
    fn a_report_is_no_filing_and_is_told_so_in_one_word() {
        let Some(file) = crate::testing::shared("data/open/cnca-report-small.xlsx") else { return };
        let bytes = std::fs::read(file).expect("readable");
        let today = "2026-11-20".parse().expect("a day");
        let context = crate::format::FilingContext::on(today);
        let reading = Catalogue::bundled().read_filings("cnca-rule@1", &bytes, None, &context).expect("a format");
        let [finding] = reading.findings.as_slice() else { panic!("{:#?}", reading.findings) };
        assert_eq!(finding.code(), "format/does-not-fit");
        assert!(finding.message().en.contains("nearest formats: cnca-report@2016"), "{finding}");
    }

    #[test]
    fn a_document_of_no_format_is_refused_and_none_is_named_that_it_has_nothing_of() {
        let reading = read("cnca-ccc@1", br#"{"colour": "red", "size": 4}"#, "a.json");
        assert_eq!(reading.findings.len(), 1);
        assert!(reading.findings[0].message().en.ends_with("nearest formats: —"), "{:#?}", reading.findings);
    }
}
