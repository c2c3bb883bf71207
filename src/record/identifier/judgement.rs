//! The verdict on one value as an identifier of one kind, with its findings and its named pieces.

use std::fmt::Display;

use serde::Serialize;

use super::{IdentifierKind, at_whole};
use crate::finding::{Finding, Severity};

/// Whether a value holds as an identifier of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Form and check digits hold.
    Valid,
    /// The normative check holds; something else is doubtful.
    ValidWithWarning,
    /// It does not hold as it is written.
    Invalid,
}

/// A value judged as an identifier of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Identification {
    /// The kind it was judged as.
    #[serde(serialize_with = "as_code")]
    pub kind: IdentifierKind,
    /// The verdict on the value exactly as written.
    pub verdict: Verdict,
    /// What there is to say about it.
    pub findings: Vec<Finding>,
    /// Its named pieces, in the order in which they stand (year, body, class, sequence …).
    pub parts: Vec<(&'static str, String)>,
    /// The value in the right spelling: itself, or what mending the spelling makes of it. Absent where no spelling helps.
    pub normalised: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn as_code<S: serde::Serializer>(kind: &IdentifierKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.code())
}

/// A verdict in the making.
pub(super) struct Judgement {
    kind: IdentifierKind,
    value: String,
    findings: Vec<Finding>,
    parts: Vec<(&'static str, String)>,
    mended: Option<String>,
}

impl Judgement {
    pub(super) fn new(kind: IdentifierKind, value: &str) -> Self {
        Self { kind, value: value.to_owned(), findings: Vec::new(), parts: Vec::new(), mended: None }
    }

    pub(super) fn refused(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }

    pub(super) fn part(&mut self, name: &'static str, text: impl Display) {
        self.parts.push((name, text.to_string()));
    }

    /// The text does not have the form of the kind.
    pub(super) fn form(&mut self, form: &'static str) {
        self.findings.push(at_whole("identifier/form", self.kind).with("value", &self.value).with("form", form));
    }

    /// Says so, and answers false, unless the text has that many characters.
    pub(super) fn has_length(&mut self, expected: usize) -> bool {
        let length = self.value.chars().count();
        if length != expected {
            self.findings.push(
                at_whole("identifier/length", self.kind)
                    .with("value", &self.value)
                    .with("length", length)
                    .with("expected", expected),
            );
        }
        length == expected
    }

    /// Says so, and answers false, where a character (counted from 0) is not one that may stand there.
    pub(super) fn characters(&mut self, allowed: impl Fn(usize, char) -> bool) -> bool {
        let wrong = self.value.chars().enumerate().find(|(position, c)| !allowed(*position, *c));
        if let Some((position, character)) = wrong {
            self.findings.push(
                at_whole("identifier/character", self.kind)
                    .with("value", &self.value)
                    .with("position", position + 1)
                    .with("character", character.escape_debug()),
            );
        }
        wrong.is_none()
    }

    /// Says so unless the check digit or character is the one expected.
    pub(super) fn check(&mut self, written: &str, expected: &str) {
        if written != expected {
            self.findings.push(
                at_whole("identifier/check-digit", self.kind)
                    .with("value", &self.value)
                    .with("written", written)
                    .with("expected", expected),
            );
        }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Another spelling of the same value holds.
    pub(super) fn offer(&mut self, clean: String) {
        self.findings
            .push(at_whole("identifier/spelling", self.kind).with("value", &self.value).with("normalised", &clean));
        self.mended = Some(clean);
    }

    pub(super) fn into_identification(self) -> Identification {
        let worst = self.findings.iter().map(Finding::severity).max();
        let verdict = match worst {
            Some(Severity::Error) => Verdict::Invalid,
            Some(Severity::Warning) => Verdict::ValidWithWarning,
            _ => Verdict::Valid,
        };
        let normalised = if verdict == Verdict::Invalid { self.mended } else { Some(self.value) };
        Identification { kind: self.kind, verdict, findings: self.findings, parts: self.parts, normalised }
    }
}
