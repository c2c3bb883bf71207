//! Whole documents on their whole way: a format named on the first line, then the document. It becomes records, each with
//! its findings, and what was read can be written.

use certbridge::format::{Catalogue, ReadContext};

use super::Target;
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "format",
    hold,
    seeds: seeds::documents,
    shape: Shape::Text(super::json::TOKENS),
    inputs: 400,
    most_bytes: 24 << 10,
};

fn hold(bytes: &[u8]) {
    let Some(at) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(format) = str::from_utf8(&bytes[..at]) else { return };
    let catalogue = Catalogue::bundled();
    let context = ReadContext::on("2026-11-20".parse().expect("a day"));
    let Ok(reading) = catalogue.read(format, &bytes[at + 1..], None, &context) else { return };
    let refused = reading.refused.iter().flat_map(|one| &one.findings);
    let kept = reading.records.iter().flat_map(|one| &one.findings);
    let mut reasons = 0;
    for finding in reading.findings.iter().chain(refused).chain(kept) {
        // A finding about the document as a whole may stand at the whole of it; words it has in any case.
        let message = finding.message();
        assert!(certbridge::finding::catalogue().contains_key(finding.code()), "{}", finding.code());
        assert!(!message.zh.is_empty() && !message.en.is_empty(), "{}", finding.code());
        reasons += usize::from(finding.is_error());
    }
    assert!(!reading.records.is_empty() || reasons > 0, "nothing is read, and no reason is given");
    for one in &reading.records {
        assert!(one.findings.iter().all(|finding| !finding.is_error()), "a record with an error is accepted");
        // The record is one of its own schema: it can be read back.
        let json = serde_json::to_value(&one.record).expect("a record is JSON");
        let back: certbridge::record::Record = serde_json::from_value(json).expect("a record is read back");
        assert_eq!(back, one.record);
    }
}
