//! The rows of `mappings/requirements`, `mappings/arrangements` and `mappings/effects`. All dated, none an enum:
//! a new arrangement is a row, not a release.

use serde::Deserialize;

use super::vocabulary::{Act, Part, Requirement};
use crate::clock::Day;
use crate::record::{DesignationStatus, Equivalence, Identifier, Kind, Validity};

/// Words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What one importing party asks for, for one group of products or for one kind of certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementRow {
    /// Stable id.
    pub id: String,
    /// Importing party: ISO 3166 alpha-2, or `EU`.
    pub importer: String,
    /// List that `codes` are of (`HS`, `CCC`, `NZ-DA`); none where the row is about a kind of certificate.
    #[serde(default)]
    pub list: Option<String>,
    /// Codes of the list; an HS code also stands for those that begin with it.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Classes of other lists whose definition is the same products, `LIST:CODE`. They tell the row where the asker
    /// states no class at all; they never tell what class goods are of.
    #[serde(default)]
    pub same_products: Vec<String>,
    /// The kind of certificate that the row is about, where it is not about a product.
    #[serde(default)]
    pub subject: Option<Kind>,
    /// Countries of origin that the row is limited to; empty is any.
    #[serde(default)]
    pub origin: Vec<String>,
    /// The products in words.
    pub product: Words,
    /// What is asked for.
    pub requires: Requirement,
    /// The evidence in words.
    pub evidence: Words,
    /// Kinds of certificate that serve as the evidence.
    #[serde(default)]
    pub accepts: Vec<Kind>,
    /// The law.
    pub law: String,
    /// First day.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day, included.
    #[serde(default)]
    pub until: Option<Day>,
    /// Party whose word the row is.
    pub owner: String,
    /// Whether we hold it as signed by its owner.
    #[serde(default)]
    pub signed: bool,
    /// Made up for the demonstration.
    #[serde(default)]
    pub fictive: bool,
    /// How sure we are of it.
    pub confidence: String,
    /// Where it was read.
    pub source: String,
    /// Code of the reason that an answer gives with it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What sort of arrangement a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrangementKind {
    /// Multilateral arrangement of accreditation bodies.
    Accreditation,
    /// Agreement of governments, by list rows and designated bodies.
    Government,
    /// Industry scheme of peers.
    Scheme,
    /// Effort only: never decides.
    Cooperation,
    /// Says that there is no recognition.
    Negative,
}

/// One arrangement, in one direction where it has one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrangement {
    /// Stable id.
    pub id: String,
    /// Sort.
    pub kind: ArrangementKind,
    /// Name.
    pub name: Words,
    /// Party whose bodies issue.
    #[serde(default)]
    pub exporter: Option<String>,
    /// Party that recognises.
    #[serde(default)]
    pub importer: Option<String>,
    /// Parties, where it has no direction.
    #[serde(default)]
    pub parties: Vec<String>,
    /// First day.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day of operation, included.
    #[serde(default)]
    pub operates_until: Option<Day>,
    /// The arrangement that took it over.
    #[serde(default)]
    pub succeeded_by: Option<String>,
    /// Recognitions live on under the successor.
    #[serde(default)]
    pub carried_over: bool,
    /// Its mark is still used, with no end announced.
    #[serde(default)]
    pub mark_in_transition: bool,
    /// What it recognises.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Main scopes: the standard for the body.
    #[serde(default)]
    pub main_scopes: Vec<String>,
    /// Sub-scopes: the standard that is certified.
    #[serde(default)]
    pub sub_scopes: Vec<String>,
    /// Countries of origin that goods must be of; empty is any.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Goods must be traded directly between the parties.
    #[serde(default)]
    pub direct_transport: bool,
    /// The issuing body must be designated under it.
    #[serde(default)]
    pub designated_bodies: bool,
    /// Kinds of certificate that a negative row refuses.
    #[serde(default)]
    pub refuses: Vec<Kind>,
    /// A negative row that speaks only where a certificate is asked for.
    #[serde(default)]
    pub only_where_certificate_required: bool,
    /// Code of the reason that a negative row gives.
    #[serde(default)]
    pub reason: Option<String>,
    /// The text it rests on.
    pub legal_basis: String,
    /// How sure we are of it.
    pub confidence: String,
    /// Where it was read.
    pub source: String,
}

/// One row of a product list of an arrangement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRow {
    /// Stable id, such as `A.1/…`.
    pub id: String,
    /// Arrangement that it belongs to.
    pub arrangement: String,
    /// List of the code (`CCC`).
    pub list: String,
    /// Code.
    pub code: String,
    /// What is recognised for these goods.
    pub part: Part,
    /// Deviations of the standards that have to be met.
    #[serde(default)]
    pub deviations: Vec<Words>,
    /// First day.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day, included.
    #[serde(default)]
    pub until: Option<Day>,
    /// Party whose word the row is.
    pub owner: String,
    /// Whether we hold it as signed by its owner.
    #[serde(default)]
    pub signed: bool,
    /// Made up for the demonstration.
    #[serde(default)]
    pub fictive: bool,
    /// How sure we are of it.
    pub confidence: String,
    /// Where it was read.
    pub source: String,
}

/// An accreditation body's signature, for one main scope and its sub-scopes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signatory {
    /// Acronym of the accreditation body.
    pub body: String,
    /// Names under which it is also met.
    #[serde(default)]
    pub names: Vec<String>,
    /// Economies that it stands for.
    pub economies: Vec<String>,
    /// Arrangement that it signed.
    pub arrangement: String,
    /// Main scope.
    pub main: String,
    /// Sub-scopes.
    #[serde(default)]
    pub sub: Vec<String>,
    /// First day; none where only the fact is known.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day, included.
    #[serde(default)]
    pub until: Option<Day>,
    /// How sure we are of it.
    pub confidence: String,
    /// Where it was read.
    pub source: String,
}

/// Designation of a body under an arrangement, by the designating party.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DesignationRow {
    /// The body, `SCHEME:VALUE`.
    #[serde(deserialize_with = "identifier")]
    pub body: Identifier,
    /// Arrangement.
    pub arrangement: String,
    /// List of the codes.
    pub list: String,
    /// Codes; empty is every code.
    #[serde(default)]
    pub codes: Vec<String>,
    /// State of the designation.
    pub status: DesignationStatus,
    /// First day.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day, included.
    #[serde(default)]
    pub until: Option<Day>,
    /// Made up for the demonstration.
    #[serde(default)]
    pub fictive: bool,
    /// Where it was read.
    pub source: String,
}

fn identifier<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Identifier, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// Correspondence of two standards, edition by edition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardRow {
    /// `GB/T 19001-2016`.
    #[serde(default)]
    pub domestic: Option<String>,
    /// `ISO 9001:2015`.
    pub international: String,
    /// How closely they correspond.
    #[serde(default)]
    pub degree: Option<Equivalence>,
    /// Last day on which certificates to this edition counted, where it has come or is fixed.
    #[serde(default)]
    pub superseded_until: Option<Day>,
    /// How sure we are of it.
    pub confidence: String,
}

/// What a status does to an act, by scheme and jurisdiction.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectRow {
    /// Scheme.
    pub scheme: String,
    /// Where the law holds.
    pub jurisdiction: String,
    /// The status.
    pub status: Validity,
    /// The act.
    pub act: Act,
    /// Whether the status bars the act.
    pub bars: bool,
    /// Code of the reason.
    pub reason: String,
    /// The law.
    pub source: String,
}

/// What a code of a document's type means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentType {
    /// Code list.
    pub list: String,
    /// Code.
    pub code: String,
    /// Kinds of certificate that it stands for.
    pub kinds: Vec<Kind>,
}

/// True where the day lies in the window, both ends included; an open end is no bound.
pub(super) fn within(day: Day, from: Option<Day>, until: Option<Day>) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until)
}

impl Arrangement {
    /// True where it operates on the day, or operated before and its recognitions were carried over.
    #[must_use]
    pub fn counts_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day)
            && (self.operates_until.is_none_or(|until| day <= until) || self.carried_over)
    }
}
