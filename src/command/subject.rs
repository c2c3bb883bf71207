//! Naming a certificate on the command line: a number, and the issuer where the number alone does not tell.

use clap::Args;

use super::Failure;
use crate::record::identifier::cleaned;
use crate::record::{Identifier, SubjectKey, SubjectName};
use crate::registry::{Held, Registry, RegistryError};

/// Which certificate.
#[derive(Clone, Debug, Args)]
pub(super) struct Certificate {
    /// Number of the certificate, or the URI of a foreign one
    #[arg(long, value_name = "NUMBER")]
    pub(super) number: String,
    /// Issuing body, where several have this number: SCHEME:ID, such as cnca-approval:CNCA-R-2099-001
    #[arg(long, value_name = "SCHEME:ID", value_parser = issuer)]
    pub(super) issuer: Option<Identifier>,
}

/// An identifier with its scheme, as it is written on the command line.
pub(super) fn issuer(text: &str) -> Result<Identifier, String> {
    match text.split_once(':') {
        Some((scheme, value)) if !scheme.is_empty() && !value.is_empty() => Ok(Identifier::new(scheme, value)),
        _ => Err(format!("{text:?} is not SCHEME:ID, such as cnca-approval:CNCA-R-2099-001")),
    }
}

/// What a registry holds under a number.
pub(super) enum Choice {
    /// One certificate.
    One(Box<Held>),
    /// None.
    None,
    /// Several bodies have this number.
    Several(Vec<SubjectKey>),
}

impl Certificate {
    /// Looks the certificate up: as it was written, else in the spelling that numbers are kept in.
    pub(super) fn look_up(&self, registry: &Registry) -> Result<Choice, Failure> {
        let failed = |error: RegistryError| Failure::environment(&error);
        let mut found = Vec::new();
        for number in [self.number.clone(), cleaned(&self.number)] {
            match &self.issuer {
                Some(issuer) => {
                    for key in [
                        SubjectKey::number(issuer.clone(), number.as_str()),
                        SubjectKey::uri(issuer.clone(), number.as_str()),
                    ] {
                        found.extend(registry.look_up(&key).map_err(failed)?);
                    }
                }
                None => found.extend(registry.look_up_number(&number).map_err(failed)?),
            }
            if !found.is_empty() {
                break;
            }
        }
        if found.len() > 1 {
            return Ok(Choice::Several(found.into_iter().map(|held| held.subject).collect()));
        }
        Ok(found.pop().map_or(Choice::None, |held| Choice::One(Box::new(held))))
    }

    /// The one certificate that is meant.
    pub(super) fn held(&self, registry: &Registry) -> Result<Option<Box<Held>>, Failure> {
        match self.look_up(registry)? {
            Choice::One(held) => Ok(Some(held)),
            Choice::None => Ok(None),
            Choice::Several(keys) => {
                let issuers: Vec<String> = keys.iter().map(|key| key.issuer.to_string()).collect();
                Err(Failure::Usage(format!(
                    "{} bodies have a certificate {}; name one with --issuer: {}",
                    issuers.len(),
                    self.number,
                    issuers.join(", ")
                )))
            }
        }
    }

    /// That no such certificate is held, in both languages. It never means that a certificate is false.
    pub(super) fn not_held(&self) -> String {
        let number = &self.number;
        format!(
            "查无 {number} 的记录（不等于伪造）\nno record of {number} is held, which does not mean that it is false"
        )
    }
}

/// What the issuer calls the certificate.
pub(super) fn name_of(key: &SubjectKey) -> &str {
    match &key.name {
        SubjectName::Number(name) | SubjectName::Uri(name) => name,
    }
}
