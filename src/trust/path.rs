//! The path from a presented chain to a registered CA: signatures, dates, usages and the strength of keys.
//! Names, revocation and the agreement are `judge`'s.

use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, RevocationOptions, VerifiedPath};

use super::anchors::{Anchor, Anchors};
use super::certificate::Certificate;
use super::party::Role;
use super::refusal::Refusal;
use super::unix_time;
use crate::clock::Timestamp;

/// How many certificates a partner may present.
pub const LONGEST_CHAIN: usize = 6;

/// A path that holds: from the partner's own certificate to the registered CA.
#[derive(Clone, Debug)]
pub struct Path {
    /// The partner's certificate, the CAs between, and last the registered CA.
    pub certificates: Vec<Certificate>,
    /// Earliest notAfter of them, or the end of the window of the registered CA.
    pub not_after: Timestamp,
}

impl Path {
    /// Walks the presented chain to one of the anchors.
    pub(super) fn walk(
        chain: &[CertificateDer<'_>],
        anchors: &Anchors,
        role: Role<'_>,
        at: Timestamp,
    ) -> Result<Self, Refusal> {
        let [leaf, between @ ..] = chain else { return Err(Refusal::NoCertificate) };
        if chain.len() > LONGEST_CHAIN {
            return Err(Refusal::ChainTooLong { presented: chain.len() });
        }
        let read = chain.iter().map(Certificate::read).collect::<Result<Vec<_>, _>>()?;
        for certificate in &read {
            if let Some(key) = &certificate.weakness {
                return Err(Refusal::WeakKey { subject: certificate.subject.clone(), key: key.clone() });
            }
        }
        let [own, ..] = read.as_slice() else { return Err(Refusal::NoCertificate) };
        let entity = EndEntityCert::try_from(leaf).map_err(|e| reason(&e, &read, at))?;
        let trusted = anchors.trusted(at, true);
        let path = match verify(&entity, between, &trusted, role, at, None) {
            Ok(path) => path,
            Err(error) => {
                let closed = closed(&entity, between, anchors, role, at);
                return Err(closed.unwrap_or_else(|| reason(&error, &read, at)));
            }
        };

        let mut certificates = vec![own.clone()];
        for issuer in path.intermediate_certificates() {
            certificates.push(Certificate::read(&issuer.der())?);
        }
        let anchor = anchors.find(path.anchor(), at, true);
        certificates.extend(anchor.map(|anchor| anchor.facts.clone()));
        // The path builder takes an anchor as it is; we hold a registered CA to its own dates as well.
        if let Some(early) = certificates.iter().find(|certificate| at < certificate.not_before) {
            return Err(Refusal::NotYetValid { subject: early.subject.clone(), not_before: early.not_before });
        }
        if let Some(late) = certificates.iter().find(|certificate| at > certificate.not_after) {
            return Err(Refusal::Expired { subject: late.subject.clone(), not_after: late.not_after });
        }
        own.check_usage(role)?;
        let ends = certificates.iter().map(|certificate| certificate.not_after).chain(anchor.map(Anchor::end));
        let not_after = ends.min().unwrap_or(own.not_after);
        Ok(Self { certificates, not_after })
    }
}

/// One run of the path builder, with or without revocation lists.
pub(super) fn verify<'p>(
    entity: &'p EndEntityCert<'p>,
    between: &'p [CertificateDer<'p>],
    trusted: &'p [TrustAnchor<'p>],
    role: Role<'_>,
    at: Timestamp,
    revocation: Option<RevocationOptions<'_>>,
) -> Result<VerifiedPath<'p>, Error> {
    let usage = match role {
        Role::Client => KeyUsage::client_auth(),
        Role::Server { .. } => KeyUsage::server_auth(),
    };
    entity.verify_for_usage(ALL_VERIFICATION_ALGS, trusted, between, unix_time(at), usage, revocation, None)
}

/// The refusal where the chain goes to a CA that is registered, but not for this time.
fn closed(
    entity: &EndEntityCert<'_>,
    between: &[CertificateDer<'_>],
    anchors: &Anchors,
    role: Role<'_>,
    at: Timestamp,
) -> Option<Refusal> {
    let trusted = anchors.trusted(at, false);
    let path = verify(entity, between, &trusted, role, at, None).ok()?;
    let anchor = anchors.find(path.anchor(), at, false)?;
    let issuer = anchor.facts.subject.clone();
    Some(match anchor.window.not_before {
        Some(from) if at < from => Refusal::AuthorityNotYet { issuer, from },
        _ => Refusal::AuthorityOver { issuer, until: anchor.window.not_after.unwrap_or(at) },
    })
}

/// What the path builder's error means for the chain that was presented.
fn reason(error: &Error, chain: &[Certificate], at: Timestamp) -> Refusal {
    let [own, ..] = chain else { return Refusal::NoCertificate };
    let malformed = || Refusal::Malformed { reason: format!("{error:?}") };
    #[expect(deprecated, reason = "the path builder may still give the older forms of the same errors")]
    match error {
        Error::CertExpired { .. } => chain.iter().find(|c| at > c.not_after).map_or_else(malformed, |late| {
            Refusal::Expired { subject: late.subject.clone(), not_after: late.not_after }
        }),
        Error::CertNotValidYet { .. } => chain.iter().find(|c| at < c.not_before).map_or_else(malformed, |early| {
            Refusal::NotYetValid { subject: early.subject.clone(), not_before: early.not_before }
        }),
        Error::UnknownIssuer if own.is_self_issued() => Refusal::SelfSigned { subject: own.subject.clone() },
        Error::UnknownIssuer => {
            Refusal::UnknownIssuer { issuer: chain.last().map_or_else(String::new, |last| last.issuer.clone()) }
        }
        Error::InvalidSignatureForPublicKey | Error::SignatureAlgorithmMismatch => {
            Refusal::BadSignature { issuer: own.issuer.clone() }
        }
        Error::RequiredEkuNotFound | Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
            Refusal::WrongUsage { wanted: "clientAuth/serverAuth" }
        }
        Error::CaUsedAsEndEntity => Refusal::WrongUsage { wanted: "cA=FALSE" },
        Error::EndEntityUsedAsCa => Refusal::WrongUsage { wanted: "cA=TRUE" },
        Error::PathLenConstraintViolated
        | Error::MaximumPathDepthExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumSignatureChecksExceeded => Refusal::ChainTooLong { presented: chain.len() },
        Error::UnsupportedSignatureAlgorithm
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKey
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            Refusal::WeakKey { subject: own.subject.clone(), key: "unsupported signature algorithm".to_owned() }
        }
        _ => malformed(),
    }
}
