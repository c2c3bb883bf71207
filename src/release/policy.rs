//! The policy agreed with a partner, as it stands in the partner book.

use serde::{Deserialize, Serialize};

use crate::clock::Day;
use crate::finding::{Finding, Place};
use crate::record::{Identifier, Record};

/// What may leave to one partner, or to the public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Name of the policy, for logs and accounts.
    pub name: String,
    /// Who receives: what of the zones they see. Absent: what everybody sees.
    pub audience: Audience,
    /// The basis on which personal information may leave; absent: none leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<PersonalBasis>,
    /// Further paths that are withheld with all below them, in the notation of the record's schema
    /// (`holder.website`, `process[].location`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withhold: Vec<String>,
    /// True where a holder must have agreed before fields for partners leave.
    pub needs_consent: bool,
    /// Holders that have agreed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Identifier>,
}

/// Who receives a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everybody; foreign customs and regulators too, unless their agreement carries a treaty or an approval.
    Public,
    /// A partner under an agreement.
    Partner,
}

/// Why, what for and how long personal information may leave (Personal Information Protection Law, articles 38 and 39).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalBasis {
    /// The legal basis: law, treaty or approval, with its number.
    pub legal_basis: String,
    /// What the information is needed for.
    pub purpose: String,
    /// First day of the window.
    pub from: Day,
    /// Last day of the window, included.
    pub until: Day,
}

impl Default for Policy {
    /// Where nothing is agreed, a partner sees what everybody sees.
    fn default() -> Self {
        Self::public()
    }
}

impl Policy {
    /// What everybody may see.
    #[must_use]
    pub fn public() -> Self {
        Self::for_audience("public", Audience::Public)
    }

    /// What a partner may see, without personal information.
    #[must_use]
    pub fn partner(name: impl Into<String>) -> Self {
        Self::for_audience(name, Audience::Partner)
    }

    fn for_audience(name: impl Into<String>, audience: Audience) -> Self {
        Self {
            name: name.into(),
            audience,
            personal: None,
            withhold: Vec::new(),
            needs_consent: false,
            consents: Vec::new(),
        }
    }

    /// What is wrong with the policy, so that it is refused when it is saved and not when a message is due.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(basis) = &self.personal {
            if basis.legal_basis.trim().is_empty() || basis.purpose.trim().is_empty() || basis.until < basis.from {
                findings.push(Finding::new("release/personal-basis", Place::Field("personal".into())));
            }
            if self.audience == Audience::Public {
                findings.push(Finding::new("release/personal-to-public", Place::Field("audience".into())));
            }
        }
        for (index, path) in self.withhold.iter().enumerate() {
            if super::zone_of(path).is_none() {
                let place = Place::Field(format!("withhold[{index}]"));
                findings.push(Finding::new("release/unknown-path", place).with("path", path));
            }
        }
        findings
    }

    pub(super) fn allows_personal(&self, today: Day) -> bool {
        self.personal.as_ref().is_some_and(|basis| {
            !basis.legal_basis.trim().is_empty()
                && !basis.purpose.trim().is_empty()
                && basis.from <= today
                && today <= basis.until
        })
    }

    pub(super) fn audience_for(&self, record: &Record) -> Audience {
        let agreed = |id: &Identifier| self.consents.contains(id);
        let holder = &record.holder;
        if self.needs_consent && !holder.id.iter().chain(&holder.other_ids).any(agreed) {
            Audience::Public
        } else {
            self.audience
        }
    }
}
