//! The kinds of messages, and the two faces of a subject.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageType {
    /// The whole of a certificate.
    CertificateUpsert,
    /// The whole status history of a certificate.
    StatusChange,
    /// A question.
    Query,
    /// The answer to one.
    Answer,
    /// The bodies that a party designated.
    DesignationList,
    /// Rows of an arrangement, signed by the party that owns them.
    RecognitionRows,
    /// A certificate is not recognised, and why.
    NonRecognitionNotice,
    /// Goods do not conform to what a certificate says.
    NonConformityNotice,
    /// A record is held to be wrong.
    CorrectionRequest,
    /// What became of such a request.
    CorrectionOutcome,
    /// An event that touches many certificates at once.
    BulkEvent,
}

impl MessageType {
    /// Every type.
    pub const ALL: &[Self] = &[
        Self::CertificateUpsert,
        Self::StatusChange,
        Self::Query,
        Self::Answer,
        Self::DesignationList,
        Self::RecognitionRows,
        Self::NonRecognitionNotice,
        Self::NonConformityNotice,
        Self::CorrectionRequest,
        Self::CorrectionOutcome,
        Self::BulkEvent,
    ];

    /// Its word in the header field.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CertificateUpsert => "certificate-upsert",
            Self::StatusChange => "status-change",
            Self::Query => "query",
            Self::Answer => "answer",
            Self::DesignationList => "designation-list",
            Self::RecognitionRows => "recognition-rows",
            Self::NonRecognitionNotice => "non-recognition-notice",
            Self::NonConformityNotice => "non-conformity-notice",
            Self::CorrectionRequest => "correction-request",
            Self::CorrectionOutcome => "correction-outcome",
            Self::BulkEvent => "bulk-event",
        }
    }

    /// The face whose whole state it carries, if it carries one.
    #[must_use]
    pub const fn face(self) -> Option<Face> {
        match self {
            Self::CertificateUpsert => Some(Face::Certificate),
            Self::StatusChange => Some(Face::Status),
            _ => None,
        }
    }

    /// The format of its document, where it is a notice: a message with a content of its own.
    #[must_use]
    pub const fn notice_format(self) -> Option<&'static str> {
        match self {
            Self::Query => Some("certbridge-query@1"),
            Self::Answer => Some("certbridge-answer@1"),
            Self::NonRecognitionNotice => Some("certbridge-non-recognition@1"),
            Self::NonConformityNotice => Some("certbridge-non-conformity@1"),
            Self::CorrectionRequest => Some("certbridge-correction-request@1"),
            Self::CorrectionOutcome => Some("certbridge-correction-outcome@1"),
            Self::DesignationList => Some("certbridge-designations@1"),
            Self::RecognitionRows => Some("certbridge-recognition-rows@1"),
            _ => None,
        }
    }

    /// It must name the message that it answers.
    pub(super) const fn is_reply(self) -> bool {
        matches!(self, Self::Answer | Self::CorrectionOutcome)
    }

    /// It must name a certificate.
    #[must_use]
    pub const fn needs_subject(self) -> bool {
        matches!(
            self,
            Self::CertificateUpsert
                | Self::StatusChange
                | Self::NonRecognitionNotice
                | Self::NonConformityNotice
                | Self::CorrectionRequest
        )
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One of the two faces of a subject, each with its own versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Face {
    /// The certificate itself.
    Certificate,
    /// Its status.
    Status,
}

impl Face {
    /// Its word in the header field.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Status => "status",
        }
    }
}
