//! Why a chain was refused, and whose fault that is.

use crate::clock::Timestamp;
use crate::finding::{Finding, Place};

/// Who has to act so that it works again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The partner: what it presented or sent.
    Partner,
    /// This house: its configuration or its own files.
    Ours,
    /// Both: the agreement between them.
    Agreement,
}

/// Why a chain was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.finding().message().en)]
#[non_exhaustive]
pub enum Refusal {
    /// No certificate at all.
    NoCertificate,
    /// Bytes that are no usable X.509 certificate.
    Malformed { reason: String },
    /// No registered CA issued it.
    UnknownIssuer { issuer: String },
    /// A CA issued it that the partner registered for a later time.
    AuthorityNotYet { issuer: String, from: Timestamp },
    /// A CA issued it that the partner has given up.
    AuthorityOver { issuer: String, until: Timestamp },
    /// It vouches for itself.
    SelfSigned { subject: String },
    /// It names a registered CA as issuer, but that CA's key did not sign it.
    BadSignature { issuer: String },
    /// More certificates than a chain may have, or a path length that a CA forbids.
    ChainTooLong { presented: usize },
    /// A certificate of the chain has expired.
    Expired { subject: String, not_after: Timestamp },
    /// A certificate of the chain is not valid yet.
    NotYetValid { subject: String, not_before: Timestamp },
    /// The chain is good, but the name is not the registered one.
    WrongName { expected: String, presented: String },
    /// It bears the registered names of more than one partner that trust the same CA.
    AmbiguousName { partners: String },
    /// Its usages do not allow what it is used for.
    WrongUsage { wanted: &'static str },
    /// A key or a signature too weak to rely on.
    WeakKey { subject: String, key: String },
    /// A certificate of the chain stands on its issuer's revocation list.
    Revoked { serial: String, since: Timestamp },
    /// There is no revocation list of an issuer of the chain.
    RevocationListMissing { issuer: String },
    /// The newest revocation list of an issuer is too old.
    RevocationListStale { issuer: String, this_update: Timestamp, fresh_until: Timestamp },
    /// The revocation list of an issuer is dated in the future.
    RevocationListNotYetValid { issuer: String, this_update: Timestamp },
    /// The revocation list of an issuer cannot be relied on.
    RevocationListUnusable { issuer: String, reason: String },
    /// The agreement has not begun.
    AgreementNotBegun { from: Timestamp },
    /// The agreement has ended.
    AgreementEnded { until: Timestamp },
    /// The partner is suspended.
    Suspended { since: Timestamp, reason: String },
    /// There is no such partner (any more).
    UnknownPartner { partner: String },
}

impl Refusal {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::RevocationListMissing { .. }
            | Self::RevocationListStale { .. }
            | Self::RevocationListNotYetValid { .. }
            | Self::RevocationListUnusable { .. } => Fault::Ours,
            Self::AgreementNotBegun { .. }
            | Self::AgreementEnded { .. }
            | Self::Suspended { .. }
            | Self::UnknownPartner { .. } => Fault::Agreement,
            _ => Fault::Partner,
        }
    }

    /// Stable code of its finding.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate => "trust/no-certificate",
            Self::Malformed { .. } => "trust/malformed",
            Self::UnknownIssuer { .. } => "trust/unknown-issuer",
            Self::AuthorityNotYet { .. } => "trust/ca-not-yet",
            Self::AuthorityOver { .. } => "trust/ca-over",
            Self::SelfSigned { .. } => "trust/self-signed",
            Self::BadSignature { .. } => "trust/bad-signature",
            Self::ChainTooLong { .. } => "trust/chain-too-long",
            Self::Expired { .. } => "trust/expired",
            Self::NotYetValid { .. } => "trust/not-yet-valid",
            Self::WrongName { .. } => "trust/wrong-name",
            Self::AmbiguousName { .. } => "trust/ambiguous-name",
            Self::WrongUsage { .. } => "trust/wrong-usage",
            Self::WeakKey { .. } => "trust/weak-key",
            Self::Revoked { .. } => "trust/revoked",
            Self::RevocationListMissing { .. } => "trust/revocation-list-missing",
            Self::RevocationListStale { .. } => "trust/revocation-list-stale",
            Self::RevocationListNotYetValid { .. } => "trust/revocation-list-not-yet-valid",
            Self::RevocationListUnusable { .. } => "trust/revocation-list-unusable",
            Self::AgreementNotBegun { .. } => "trust/agreement-not-begun",
            Self::AgreementEnded { .. } => "trust/agreement-ended",
            Self::Suspended { .. } => "trust/suspended",
            Self::UnknownPartner { .. } => "trust/unknown-partner",
        }
    }

    /// What there is to say of it, in both languages.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let finding = Finding::new(self.code(), Place::Whole);
        match self {
            Self::NoCertificate => finding,
            Self::Malformed { reason } => finding.with("reason", reason),
            Self::UnknownIssuer { issuer } | Self::BadSignature { issuer } | Self::RevocationListMissing { issuer } => {
                finding.with("issuer", issuer)
            }
            Self::AuthorityNotYet { issuer, from } => finding.with("issuer", issuer).with("from", from),
            Self::AuthorityOver { issuer, until } => finding.with("issuer", issuer).with("until", until),
            Self::SelfSigned { subject } => finding.with("subject", subject),
            Self::ChainTooLong { presented } => finding.with("presented", presented),
            Self::Expired { subject, not_after } => finding.with("subject", subject).with("not_after", not_after),
            Self::NotYetValid { subject, not_before } => {
                finding.with("subject", subject).with("not_before", not_before)
            }
            Self::WrongName { expected, presented } => finding.with("expected", expected).with("presented", presented),
            Self::AmbiguousName { partners } => finding.with("partners", partners),
            Self::WrongUsage { wanted } => finding.with("wanted", wanted),
            Self::WeakKey { subject, key } => finding.with("subject", subject).with("key", key),
            Self::Revoked { serial, since } => finding.with("serial", serial).with("since", since),
            Self::RevocationListStale { issuer, this_update, fresh_until } => {
                finding.with("issuer", issuer).with("this_update", this_update).with("fresh_until", fresh_until)
            }
            Self::RevocationListNotYetValid { issuer, this_update } => {
                finding.with("issuer", issuer).with("this_update", this_update)
            }
            Self::RevocationListUnusable { issuer, reason } => finding.with("issuer", issuer).with("reason", reason),
            Self::AgreementNotBegun { from } => finding.with("from", from),
            Self::AgreementEnded { until } => finding.with("until", until),
            Self::Suspended { since, reason } => finding.with("since", since).with("reason", reason),
            Self::UnknownPartner { partner } => finding.with("partner", partner),
        }
    }
}
