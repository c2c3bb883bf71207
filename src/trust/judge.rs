//! The judgement: a chain against what trust in one partner rests on, at one instant.

use rustls_pki_types::{CertificateDer, ServerName};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, RevocationCheckDepth, RevocationOptionsBuilder,
    UnknownStatusPolicy,
};

use super::CLOCK_SKEW_SECONDS;
use super::party::{PartyTrust, Role};
use super::path::{Path, verify};
use super::refusal::Refusal;
use super::revocations::List;
use crate::clock::Timestamp;

/// A chain was judged good for a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Id of the partner.
    pub partner: String,
    /// When it was judged: a clock that has been set back since may show a certificate that is not valid yet.
    pub judged_at: Timestamp,
    /// From this instant on it must be judged again: the earliest of notAfter over the path, the limit of the
    /// revocation lists, the end of an exception and the end of the agreement.
    pub holds_until: Timestamp,
    /// Generation of trust in which it was judged.
    pub generation: u64,
    /// Serial number of the partner's certificate, in hexadecimal.
    pub serial: String,
    /// Subject of the partner's certificate.
    pub subject: String,
    /// Name of the exception without which it would have been refused.
    pub exception: Option<String>,
}

impl Verdict {
    /// True while neither time nor trust has moved past it, or time before it.
    #[must_use]
    pub fn holds(&self, generation: u64, at: Timestamp) -> bool {
        self.generation == generation && self.judged_at <= at && at < self.holds_until
    }
}

/// Whether the chain goes to a CA that the partner registered and bears the partner's name: who it is, not yet
/// whether it may act.
///
/// # Errors
/// The reason why it is not this partner.
pub fn identify(
    chain: &[CertificateDer<'_>],
    party: &PartyTrust,
    role: Role<'_>,
    at: Timestamp,
) -> Result<Path, Refusal> {
    let path = Path::walk(chain, &party.anchors, role, at)?;
    let [leaf, ..] = chain else { return Err(Refusal::NoCertificate) };
    let [own, ..] = path.certificates.as_slice() else { return Err(Refusal::NoCertificate) };
    let presented = || {
        let names: Vec<_> = own.names().map(|name| name.to_string()).collect();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    };
    match role {
        Role::Client if !own.bears(&party.san) => {
            Err(Refusal::WrongName { expected: party.san.to_string(), presented: presented() })
        }
        Role::Server { name } => {
            let wrong = || Refusal::WrongName { expected: name.to_owned(), presented: presented() };
            let host = ServerName::try_from(name).map_err(|_| wrong())?;
            let entity = EndEntityCert::try_from(leaf).map_err(|_| wrong())?;
            entity.verify_is_valid_for_subject_name(&host).map_err(|_| wrong())?;
            Ok(path)
        }
        Role::Client => Ok(path),
    }
}

/// Judges whether the chain speaks for the partner and the partner may act at this instant. `generation` is the
/// trust generation that the verdict will name.
///
/// # Errors
/// The reason for refusing it; never a reason to try another partner's anchors.
pub fn judge(
    chain: &[CertificateDer<'_>],
    party: &PartyTrust,
    role: Role<'_>,
    at: Timestamp,
    generation: u64,
) -> Result<Verdict, Refusal> {
    let path = identify(chain, party, role, at)?;
    let [own, ..] = path.certificates.as_slice() else { return Err(Refusal::NoCertificate) };
    let unrevoked = unrevoked(chain, &path, party, role, at)?;
    if let Some(from) = party.agreement_from.filter(|from| at < *from) {
        return Err(Refusal::AgreementNotBegun { from });
    }
    if let Some(until) = party.agreement_until.filter(|until| at >= *until) {
        return Err(Refusal::AgreementEnded { until });
    }
    if let Some(suspension) = party.suspension.as_ref().filter(|suspension| at >= suspension.since) {
        return Err(Refusal::Suspended { since: suspension.since, reason: suspension.reason.clone() });
    }
    let ends = [Some(path.not_after), Some(unrevoked.until), party.agreement_until]
        .into_iter()
        // A suspension that is already decided but begins later ends the verdict as well.
        .chain([party.suspension.as_ref().map(|suspension| suspension.since)]);
    Ok(Verdict {
        partner: party.id.clone(),
        judged_at: at,
        holds_until: ends.flatten().min().unwrap_or(path.not_after),
        generation,
        serial: own.serial.clone(),
        subject: own.subject.clone(),
        exception: unrevoked.exception,
    })
}

struct Unrevoked {
    until: Timestamp,
    exception: Option<String>,
}

/// Every certificate of the path stands on no list of its issuer, and those lists are there, fresh and signed.
fn unrevoked(
    chain: &[CertificateDer<'_>],
    path: &Path,
    party: &PartyTrust,
    role: Role<'_>,
    at: Timestamp,
) -> Result<Unrevoked, Refusal> {
    let [leaf, between @ ..] = chain else { return Err(Refusal::NoCertificate) };
    let exception = party.exception.as_ref().filter(|exception| at < exception.until);
    let mut used = None;
    let mut until = Timestamp(jiff::Timestamp::MAX);
    // Each certificate with the CA above it; the registered CA itself is trusted by registration.
    let links = || path.certificates.iter().zip(path.certificates.iter().skip(1));
    let relevant: Vec<&List> = party
        .revocations
        .lists
        .iter()
        .filter(|list| links().any(|(_, authority)| list.is_of(authority)))
        .map(AsRef::as_ref)
        .collect();
    let missing = links().find(|(_, authority)| !relevant.iter().any(|list| list.is_of(authority)));
    let missing = missing.map(|(certificate, _)| certificate.issuer.clone());

    let parsed: Vec<&CertRevocationList<'_>> = relevant.iter().map(|list| &list.parsed).collect();
    if let Ok(options) = RevocationOptionsBuilder::new(&parsed) {
        let options = options
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(if exception.is_some() {
                UnknownStatusPolicy::Allow
            } else {
                UnknownStatusPolicy::Deny
            })
            // Age is judged below, so that a certificate on an old list is "revoked" and not merely "list too old".
            .with_expiration_policy(ExpirationPolicy::Ignore)
            .build();
        let entity = EndEntityCert::try_from(leaf).map_err(|e| Refusal::Malformed { reason: format!("{e:?}") })?;
        verify(&entity, between, &party.anchors.trusted(at, true), role, at, Some(options))
            .map(|_| ())
            .map_err(|error| listed(&error, path, &relevant, missing.as_deref()))?;
    }
    if let Some(issuer) = missing {
        let Some(exception) = exception else { return Err(Refusal::RevocationListMissing { issuer }) };
        used = Some(exception.name.clone());
        until = until.min(exception.until);
    }
    for list in relevant {
        let issuer = || list.issuer.clone();
        if list.this_update > at.plus_seconds(CLOCK_SKEW_SECONDS) {
            return Err(Refusal::RevocationListNotYetValid { issuer: issuer(), this_update: list.this_update });
        }
        let fresh_until = list.fresh_until(party.revocation_age_limit);
        if at < fresh_until {
            until = until.min(fresh_until);
        } else if let Some(exception) = exception {
            used = Some(exception.name.clone());
            until = until.min(exception.until);
        } else {
            return Err(Refusal::RevocationListStale { issuer: issuer(), this_update: list.this_update, fresh_until });
        }
    }
    Ok(Unrevoked { until, exception: used })
}

/// What the path builder's error means once revocation lists take part.
fn listed(error: &Error, path: &Path, relevant: &[&List], missing: Option<&str>) -> Refusal {
    let issuer = path.certificates.first().map_or_else(String::new, |own| own.issuer.clone());
    match error {
        Error::CertRevoked => {
            let links = path.certificates.iter().zip(path.certificates.iter().skip(1));
            for (certificate, authority) in links {
                for list in relevant.iter().filter(|list| list.is_of(authority)) {
                    if let Some(since) = list.revoked(certificate) {
                        return Refusal::Revoked { serial: certificate.serial.clone(), since };
                    }
                }
            }
            Refusal::RevocationListUnusable { issuer, reason: "a revoked certificate that no list names".to_owned() }
        }
        Error::UnknownRevocationStatus => {
            Refusal::RevocationListMissing { issuer: missing.map_or(issuer, ToOwned::to_owned) }
        }
        other => Refusal::RevocationListUnusable { issuer, reason: format!("{other:?}") },
    }
}
