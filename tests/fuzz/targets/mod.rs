//! The targets: each takes any bytes and panics where a promise is broken. The suite runs them, and so does the
//! coverage-guided fuzzer of `fuzz/`.

mod crosswalk;
mod csv;
mod detect;
mod format;
mod json;
mod json_lines;
mod json_schema;
mod jwt;
mod message;
mod receipt;
#[cfg(feature = "gateway")]
mod snapshot;
mod status_list;
#[cfg(feature = "gateway")]
mod verification;
mod workbook;
mod xls;
mod xlsx;
mod xml;
mod xsd;
mod xsd_document;

use certbridge::crypto::{Algorithm, Key, KeySet, KeyWindow, Signer as _, SigningKey};
use certbridge::document::{Document, Limits, Syntax, parse};
use certbridge::finding::{Finding, Place, catalogue};

use crate::mutation::Shape;

/// One reader under attack.
pub(crate) struct Target {
    /// Its name, and that of its folder below `corpus`.
    pub(crate) name: &'static str,
    /// What is held of any bytes; panics where it is not so.
    pub(crate) hold: fn(&[u8]),
    /// What the inputs begin from, made by the project itself.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// How an input is put together.
    pub(crate) shape: Shape,
    /// Inputs that the suite makes of the seeds.
    pub(crate) inputs: u32,
    /// How long an input may be.
    pub(crate) most_bytes: usize,
}

/// All targets.
pub(crate) const TARGETS: &[Target] = &[
    json::TARGET,
    json_lines::TARGET,
    csv::TARGET,
    detect::TARGET,
    xml::TARGET,
    xlsx::TARGET,
    xls::TARGET,
    xsd::TARGET,
    xsd_document::TARGET,
    json_schema::TARGET,
    crosswalk::TARGET,
    message::TARGET,
    receipt::TARGET,
    jwt::TARGET,
    status_list::TARGET,
    format::TARGET,
    #[cfg(feature = "gateway")]
    verification::TARGET,
    #[cfg(feature = "gateway")]
    snapshot::TARGET,
];

/// Codes of refusals that are about the whole of a source: there is no place in it to name.
const WHOLE: &[&str] = &[
    "document/too-large",
    "document/empty",
    "document/other-content",
    "document/not-a-zip",
    "document/not-a-workbook",
    "document/old-workbook",
    "document/encrypted",
    "document/too-many-entries",
    "document/xml-encoding",
    "document/read-as-gb18030",
    "document/missing-part",
    // A compound file or a package whose own tables are broken.
    "document/unreadable",
];

/// What is held of everything that is told: a code of the catalogue, words in both languages, a place.
pub(crate) fn told(finding: &Finding) {
    assert!(catalogue().contains_key(finding.code()), "{} has no words", finding.code());
    let message = finding.message();
    assert!(!message.zh.is_empty() && !message.en.is_empty(), "{} says nothing", finding.code());
    let whole = *finding.place() == Place::Whole;
    assert!(!whole || WHOLE.contains(&finding.code()), "{} names no place", finding.code());
}

/// A document, or nothing where it is refused as refusals must be.
pub(crate) fn read(bytes: &[u8], syntax: Syntax) -> Option<Document> {
    match parse(bytes, syntax, &Limits::default()) {
        Ok(parsed) => {
            parsed.findings.iter().for_each(told);
            Some(parsed.document)
        }
        Err(refusal) => {
            told(&refusal);
            assert!(refusal.is_error(), "{} refuses and is no error", refusal.code());
            None
        }
    }
}

/// What we wrote ourselves is always read.
pub(crate) fn again(bytes: &[u8], syntax: Syntax) -> Document {
    match parse(bytes, syntax, &Limits::default()) {
        Ok(parsed) => parsed.document,
        Err(refusal) => panic!("what was written is refused: {refusal}"),
    }
}

/// A key of the tests, made of a byte.
pub(crate) fn signer(secret: u8, name: &str) -> SigningKey {
    SigningKey::from_secret(Algorithm::Ed25519, &[secret; 32]).expect("a key").named(name)
}

/// What is known of it: its public half, for ever.
pub(crate) fn keys_of(key: &SigningKey) -> KeySet {
    let known = Key::verifying(key.key_id(), key.public_key().clone(), KeyWindow::ALWAYS);
    KeySet::new(vec![known]).expect("keys")
}

/// Parts of an input, divided by lines of `=== name`; what stands before the first has no name.
pub(crate) fn parts(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (number, part) in text.split("\n=== ").enumerate() {
        let (name, content) = part.split_once('\n').unwrap_or((part, ""));
        match part.strip_prefix("=== ") {
            _ if number > 0 => found.push((name, content)),
            Some(first) => found.push(first.split_once('\n').unwrap_or((first, ""))),
            None => found.push(("", part)),
        }
    }
    found
}
