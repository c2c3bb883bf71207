//! Filings of rules: verdicts on the shared data, the register, and the way out.

use super::testing::{Mark, data_day, expected, marks, shared};
use super::*;
use crate::document::Syntax;
use crate::finding::Severity;
use crate::mapping::Context;
use crate::record::{CertificationClass, Scheme};
use crate::release::release_rule;
use crate::rules::RuleRegister;

const FORMAT: &str = "cnca-rule@1";
const TITLES: &str = "认证类别,认证领域,认证项目分类代码,认证规则名称,认证规则编号,认证规则发布单位,认证规则发布/更新时间,认证依据用标准或技术规范名称";

fn read(bytes: &[u8], file: &str) -> FilingReading {
    Catalogue::bundled().read_filings(FORMAT, bytes, Some(file), &FilingContext::on(data_day())).expect("a format")
}

fn csv(rows: &[&str]) -> FilingReading {
    read(format!("{TITLES}\r\n{}\r\n", rows.join("\r\n")).as_bytes(), "rules.csv")
}

fn said(reading: &FilingReading) -> Vec<String> {
    reading.all_findings().map(|one| format!("{} {}", one.code(), one.place())).collect()
}

#[test]
fn every_planted_defect_of_the_filings_is_told_at_its_cell_and_nothing_else_is() {
    let Some(bytes) = shared("data/open/rule-filings.xlsx") else { return };
    let Some(wanted) = shared("data/open/rule-filings.expected.csv") else { return };
    let reading = read(&bytes, "rule-filings.xlsx");
    let found: Vec<Mark> =
        marks(reading.all_findings()).into_iter().map(|mark| Mark { sheet: String::new(), ..mark }).collect();
    let wanted: Vec<Mark> = expected(&wanted, "row").into_iter().collect();
    assert_eq!(found, wanted, "{:#?}", said(&reading));
    let refused = wanted.iter().filter(|mark| mark.severity == Severity::Error).count();
    assert_eq!((reading.filings.len(), reading.refused.len()), (20 - refused, refused));
    insta::assert_json_snapshot!("filing", reading.filings[0].scheme);
    let last = reading.filings.last().expect("row 21");
    assert_eq!(last.scheme.class, Some(CertificationClass::C));
    assert_eq!(
        last.scheme.rule.as_ref().and_then(|rule| rule.published_on).map(|day| day.to_string()).as_deref(),
        Some("2025-06-30")
    );
}

#[test]
fn the_name_of_a_refused_filing_binds_nobody_and_that_of_the_register_does() {
    struct Register;
    impl RuleRegister for Register {
        fn name_of(&self, number: &str) -> Option<String> {
            (number == "R-1").then(|| "甲规则".to_owned())
        }
    }
    let refused = "A,PV01,A0101,错误名称,R-2,示例认证有限公司,20260101,GB/T 19001-2016";
    let rows = [
        refused,
        "A,A01,A0101,乙规则,R-2,示例认证有限公司,20260101,GB/T 19001-2016",
        "A,A01,A0101,乙规则,R-2,示例认证有限公司,20260201,GB/T 19001-2016",
        "A,A01,A0101,丙规则,R-1,示例认证有限公司,20260101,GB/T 19001-2016",
    ];
    let bytes = format!("{TITLES}\r\n{}\r\n", rows.join("\r\n"));
    let context = FilingContext { register: &Register, ..FilingContext::on(data_day()) };
    let reading =
        Catalogue::bundled().read_filings(FORMAT, bytes.as_bytes(), Some("a.csv"), &context).expect("a format");
    let codes: Vec<(Option<&str>, &str)> =
        reading.refused.iter().map(|one| (one.number.as_deref(), one.findings[0].code())).collect();
    assert_eq!(codes, [(Some("R-2"), "rule/filing-domain"), (Some("R-1"), "rule/filing-number-with-two-names")]);
    assert_eq!(reading.filings.len(), 2, "filing a rule again under its name brings it up to date");
}

#[test]
fn every_field_is_required_and_the_error_stands_at_its_own_column() {
    let full = ["A", "A01", "A0101", "规则", "R-1", "示例认证有限公司", "20260101", "GB/T 19001-2016"];
    for (column, title) in TITLES.split(',').enumerate() {
        let mut row = full;
        row[column] = "";
        let reading = csv(&[&row.join(",")]);
        assert_eq!((reading.filings.len(), reading.refused.len()), (0, 1), "{title}");
        let places: Vec<Option<&str>> = reading.refused[0]
            .findings
            .iter()
            .map(|one| match one.place() {
                crate::finding::Place::Cell { field, .. } => field.as_deref(),
                _ => None,
            })
            .collect();
        assert_eq!(places, [Some(title)]);
        assert_eq!(reading.refused[0].findings[0].code(), "mapping/missing-value");
    }
}

#[test]
fn spellings_are_cleaned_and_said_to_be() {
    let reading = csv(&[
        "Ｂ,ｐｖ05,B0405 ,　智能门锁性能认证规则,SLRZ-PV-0517：2025,示例认证有限公司,2025-07-14,T/SLZ 0017-2025",
    ]);
    let codes: Vec<&str> = reading.all_findings().map(crate::finding::Finding::code).collect();
    assert_eq!(codes, ["mapping/normalised"; 6], "{:#?}", said(&reading));
    let scheme = &reading.filings[0].scheme;
    assert_eq!((scheme.class, scheme.domain.as_deref()), (Some(CertificationClass::B), Some("PV05")));
    let rule = scheme.rule.as_ref().expect("a rule");
    assert_eq!(rule.number.as_deref(), Some("SLRZ-PV-0517:2025"));
    assert_eq!(rule.edition.as_deref(), Some("2025"));
}

#[test]
fn filings_are_refused_as_certificates_and_certificates_as_filings() {
    let catalogue = Catalogue::bundled();
    let error = catalogue.read(FORMAT, b"x", None, &ReadContext::on(data_day())).expect_err("filings");
    assert_eq!(error.to_string(), "the format cnca-rule@1 carries filings of rules, no certificates");
    let error = catalogue.read_filings("cnca-ccc@1", b"x", None, &FilingContext::on(data_day())).expect_err("records");
    assert_eq!(error.to_string(), "the format cnca-ccc@1 carries certificates, no filings of rules");
    let filings: Vec<&str> = catalogue.formats().filter(|one| one.carries_filings()).map(Format::id).collect();
    assert_eq!(filings, [FORMAT]);
}

#[test]
fn bytes_that_are_no_filing_are_refused_with_a_reason() {
    for (bytes, code) in [
        (&b"PK\x03\x04 cut"[..], "document/"),
        ("甲,乙\r\n1,2\r\n".as_bytes(), "format/does-not-fit"),
        (format!("{TITLES}\r\n").as_bytes(), "format/no-records"),
    ] {
        let reading = read(bytes, "a.csv");
        assert!(reading.filings.is_empty() && reading.refused.is_empty());
        assert!(
            reading.findings.iter().any(|one| one.is_error() && one.code().starts_with(code)),
            "{:?}",
            said(&reading)
        );
    }
}

#[test]
fn filings_go_out_as_a_workbook_that_reads_as_the_same_filings() {
    let Some(bytes) = shared("data/open/rule-filings.xlsx") else { return };
    let reading = read(&bytes, "rule-filings.xlsx");
    let schemes: Vec<&Scheme> = reading.filings.iter().map(|one| &one.scheme).collect();
    let released: Vec<_> = schemes.iter().map(|scheme| release_rule(scheme)).collect();
    let written = Catalogue::bundled().write(FORMAT, &released, &Context::new(data_day())).expect("a format");
    let [document] = written.documents.as_slice() else { panic!("one document") };
    assert!(document.may_be_sent(), "{:#?}", document.findings);
    assert_eq!(document.document.as_ref().map(|one| one.syntax), Some(Syntax::Workbook));
    let again = read(&document.bytes().expect("written").expect("a document"), "again.xlsx");
    assert_eq!(said(&again), [""; 0]);
    let bare = |scheme: &Scheme| {
        let mut scheme = scheme.clone();
        scheme.residue = crate::record::Residue::default();
        scheme
    };
    let (before, after): (Vec<Scheme>, Vec<Scheme>) =
        (schemes.into_iter().map(bare).collect(), again.filings.iter().map(|one| bare(&one.scheme)).collect());
    assert_eq!(after, before);
}

#[test]
fn a_certificate_is_not_written_as_a_filing() {
    let record = crate::record::testing::management_system();
    let released = crate::release::release(&record, &crate::release::Policy::public(), data_day());
    let written = Catalogue::bundled().write(FORMAT, &[released], &Context::new(data_day())).expect("a format");
    let document = &written.documents[0];
    assert!(!document.may_be_sent());
    assert!(
        document.findings.iter().any(|one| one.code() == "mapping/required-not-written"),
        "{:#?}",
        document.findings
    );
}
