//! On what grounds we exchange with a partner, and which classes of data that covers.

use serde::{Deserialize, Serialize};

use crate::clock::Day;
use crate::store::Face;

/// On what grounds we exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// `agreement.legal_basis`: the treaty, arrangement or contract.
    pub legal_basis: String,
    /// `agreement.data_classes`: what it lets us exchange; what is not named is neither given nor taken. Empty: it does not say,
    /// and the other keys of the entry decide alone.
    #[serde(default)]
    pub data_classes: Vec<DataClass>,
    /// `agreement.purposes`: what the data may be used for.
    #[serde(default)]
    pub purposes: Vec<String>,
    /// `agreement.from`: first day.
    #[serde(default)]
    pub from: Option<Day>,
    /// `agreement.until`: last day, included.
    #[serde(default)]
    pub until: Option<Day>,
    /// `agreement.contact`: whom to ask.
    #[serde(default)]
    pub contact: Option<String>,
}

/// A class of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// Certificates: what is attested, of whom, by whom.
    Certificates,
    /// Status histories of certificates.
    Status,
    /// Answers to questions about certificates.
    Verification,
    /// Notices: what is said of certificates beside sending them, and lists of designations and products.
    Notices,
    /// Personal information, in any of these; where its basis stands in the release policy.
    PersonalInformation,
}

impl DataClass {
    /// The class of a face.
    #[must_use]
    pub const fn of(face: Face) -> Self {
        match face {
            Face::Certificate => Self::Certificates,
            Face::Status => Self::Status,
            Face::Notice => Self::Notices,
        }
    }
}

impl Agreement {
    /// Whether it lets us exchange this.
    #[must_use]
    pub fn covers(&self, class: DataClass) -> bool {
        self.data_classes.is_empty() || self.data_classes.contains(&class)
    }
}

#[cfg(test)]
mod tests {
    use crate::exchange::Partner;

    fn partner(classes: &str) -> Partner {
        let text = format!(
            "id = 'nz'\nname = 'Registry'\nnames = {{zh = '登记处'}}\ncountry = 'NZ'\nrole = 'registry'\nsan = 'nz.example'\n\
             anchors = []\n[agreement]\nlegal_basis = 'Arrangement'\ndata_classes = {classes}\n[release]\nname = 'nz'\n\
             audience = 'partner'\n[release.personal]\nlegal_basis = 'Treaty'\npurpose = 'p'\nfrom = '2026-01-01'\n\
             until = '2026-12-31'\n"
        );
        toml::from_str(&text).expect("an entry")
    }

    #[test]
    fn personal_information_leaves_only_where_the_agreement_names_it() {
        assert!(partner("[]").policy().personal.is_some(), "it does not say");
        assert!(partner("['certificates', 'personal-information']").policy().personal.is_some());
        assert!(partner("['certificates']").policy().personal.is_none());
        assert!(!partner("['certificates']").verifies());
        assert!(partner("['verification']").verifies());
    }
}
