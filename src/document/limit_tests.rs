//! Limits across the readers: each has a test that breaks it, and what the readers share is tested here.

use super::*;

fn book(sheets: usize) -> Vec<u8> {
    let sheet = |number: usize| {
        let mut sheet = Sheet::new(format!("s{number}"));
        sheet.put(1, 1, Node::text("x"));
        sheet
    };
    let root = Node::new(Value::Workbook(Workbook { sheets: (0..sheets).map(sheet).collect() }));
    Document { syntax: Syntax::Workbook, root }.write().expect("written")
}

#[test]
fn a_workbook_has_as_many_sheets_as_the_limit_and_no_more() {
    let limits = Limits { sheets: 2, ..Limits::default() };
    assert!(parse(&book(2), Syntax::Workbook, &limits).is_ok());
    let refusal = parse(&book(3), Syntax::Workbook, &limits).expect_err("refused");
    assert_eq!(
        (refusal.code(), refusal.value("limit"), refusal.value("most")),
        ("document/too-many-sheets", Some("sheets"), Some("2"))
    );
    assert_eq!(refusal.place().to_string(), "xl/workbook.xml");
}

#[test]
fn every_limit_has_a_test_that_breaks_it() {
    fn gather(folder: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).expect("sources") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                gather(&path, text);
            } else {
                let source = std::fs::read_to_string(&path).expect("UTF-8");
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let tests =
                    if name.ends_with("tests.rs") { Some(source.as_str()) } else { source.split("mod tests {").nth(1) };
                text.push_str(tests.unwrap_or_default());
            }
        }
    }
    let mut tests = String::new();
    gather(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/document"), &mut tests);
    for (code, key) in LIMIT_CODES {
        let word = code.trim_start_matches("document/");
        assert!(tests.contains(word), "{code}");
        assert!(tests.contains(&format!("{}:", key.replace('-', "_"))), "no test sets {key}");
    }
}

#[test]
fn a_comment_is_added_within_the_limits_of_a_package() {
    let note = Note { sheet: "s1".to_owned(), row: 1, column: 1, text: "«a&b» \u{0}<证>".to_owned() };
    let bytes = annotate(&book(2), std::slice::from_ref(&note), &Limits::default()).expect("annotated");
    assert_eq!(parse(&bytes, Syntax::Workbook, &Limits::default()).expect("read").document.sheets().len(), 2);
    let few = Limits { zip_entries: 3, ..Limits::default() };
    assert!(matches!(annotate(&book(2), &[note], &few), Err(AnnotateError::Unreadable(_))));
    for other in [&b"PK\x03\x04"[..], b"PK", b""] {
        assert!(annotate(other, &[], &Limits::default()).is_err());
    }
}
