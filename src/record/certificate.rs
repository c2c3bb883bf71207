//! The record itself: one struct that holds all the parts. Values that a part may take stand beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::claims::Claims;
use super::dates::{DataChange, Dates};
use super::document::SupportingDocument;
use super::energy::EnergyPeriod;
use super::fee::Fee;
use super::issuer::Issuer;
use super::key::Key;
use super::mark::Mark;
use super::party::{Factory, Holder, Manufacturer};
use super::process::{Counts, ProcessEvent};
use super::product::Product;
use super::provenance::{Provenance, Reporting};
use super::relation::{Exemption, MainCertificate, ReplacedBy, Replaces};
use super::residue::Residue;
use super::scheme::Scheme;
use super::scope::{Scope, Sector, Site};
use super::standard::Standard;
use super::status::Status;
use super::value::LangMap;
use super::value::is_default;

/// Version of the record model that this house writes. Older ones are read through an upcaster.
pub const RECORD_FORMAT: &str = "certbridge-record/1";

fn record_format() -> String {
    RECORD_FORMAT.to_owned()
}

/// One certification record: a certificate, the status acts on it, how it came to be, and whence this version comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of this model: [`RECORD_FORMAT`].
    #[serde(default = "record_format")]
    pub record_format: String,
    /// Version of the subject: grows by one with every change; set by the registry, zero until then.
    #[serde(default)]
    pub version: u32,
    /// Natural key of the certificate.
    pub key: Key,
    /// Stable number that survives re-issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_number: Option<String>,
    /// What sort of certificate.
    pub kind: Kind,
    /// Title of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<LangMap>,
    /// Languages of the original, BCP 47.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub languages: Vec<String>,
    /// The issuing certification body (its identifier is key.issuer).
    #[serde(default)]
    pub issuer: Issuer,
    /// The certificate holder (applicant).
    pub holder: Holder,
    /// Manufacturer (生产者).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<Manufacturer>,
    /// Factories (生产企业), where the product is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["id", "name.zh", "address"]))]
    pub factories: Vec<Factory>,
    /// The certification scheme or item.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scheme: Scheme,
    /// Criteria as the source wrote them: what carries them from format to format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standards_text: Option<String>,
    /// Standards; read from the text by the rules where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["designation", "edition"]))]
    pub standards: Vec<Standard>,
    /// Scope of attestation, in words (ISO/IEC 17000, 7.4).
    #[serde(default, skip_serializing_if = "is_default")]
    pub scope: Scope,
    /// Sector codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["list", "code"]))]
    pub sectors: Vec<Sector>,
    /// True where the certificate covers several sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_site: Option<bool>,
    /// Sites covered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["name", "address.text"]))]
    pub sites: Vec<Site>,
    /// Certified products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["role", "name.zh", "category", "address"]))]
    pub products: Vec<Product>,
    /// Civil days in the zone of the issuer, both ends included.
    pub dates: Dates,
    /// The last change of the data of a certificate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub change: DataChange,
    /// The status of a certificate: the history of acts, never one word.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: Status,
    /// Process events, told apart by type, stage, activity and days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-zone" = "partner", "x-key" = ["type", "stage", "activity", "from", "until"]))]
    pub process: Vec<ProcessEvent>,
    /// Counts of activities in the cycle.
    #[serde(default, skip_serializing_if = "is_default")]
    pub counts: Counts,
    /// Energy performance by period (能源绩效信息表).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-key" = ["period"]))]
    pub energy: Vec<EnergyPeriod>,
    /// Marks on the certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["kind", "name"]))]
    pub marks: Vec<Mark>,
    /// What the sender states about the attestation, as the sender made it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub claims: Claims,
    /// The certificate that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaces>,
    /// The certificate that replaces this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<ReplacedBy>,
    /// The main certificate, where this is a sub-certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_certificate: Option<MainCertificate>,
    /// Documents: the certificate as a file, reports, evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["kind", "digest", "uri"]))]
    pub documents: Vec<SupportingDocument>,
    /// Grounds of an exemption or an out-of-catalogue confirmation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exemption: Exemption,
    /// When and how the source reported the record.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reporting: Reporting,
    /// Fee received. Never leaves the house.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fee: Fee,
    /// Level of risk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-code" = "risk"))]
    pub risk: Option<String>,
    /// Where this version comes from; empty only until the registry has taken the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-zone" = "partner", "x-key" = ["format", "payload_digest"]))]
    pub provenance: Vec<Provenance>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// What sort of certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Kind {
    #[serde(rename = "management-system")]
    ManagementSystem,
    #[serde(rename = "compulsory-product")]
    CompulsoryProduct,
    #[serde(rename = "voluntary-product")]
    VoluntaryProduct,
    #[serde(rename = "food-agriculture")]
    FoodAgriculture,
    #[serde(rename = "service")]
    Service,
    #[serde(rename = "accreditation")]
    Accreditation,
    #[serde(rename = "designation")]
    Designation,
    #[serde(rename = "exemption")]
    Exemption,
    #[serde(rename = "out-of-catalogue")]
    OutOfCatalogue,
}

impl Kind {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::ManagementSystem,
        Self::CompulsoryProduct,
        Self::VoluntaryProduct,
        Self::FoodAgriculture,
        Self::Service,
        Self::Accreditation,
        Self::Designation,
        Self::Exemption,
        Self::OutOfCatalogue,
    ];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ManagementSystem => "management-system",
            Self::CompulsoryProduct => "compulsory-product",
            Self::VoluntaryProduct => "voluntary-product",
            Self::FoodAgriculture => "food-agriculture",
            Self::Service => "service",
            Self::Accreditation => "accreditation",
            Self::Designation => "designation",
            Self::Exemption => "exemption",
            Self::OutOfCatalogue => "out-of-catalogue",
        }
    }
}
