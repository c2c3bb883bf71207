//! The question of a customs system: names after the WCO Data Model and UN/CEFACT. A member that the vocabulary does
//! not know is refused: whoever adds one believes that it is judged.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::{Day, Timestamp, Zone};
use crate::finding::{Finding, Place};
use crate::recognition::DateBasis;

/// A question about the documents of one declaration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The asker's own id of the question.
    pub request_id: String,
    /// Reference of the declaration (LRN or MRN).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declaration_id: Option<String>,
    /// The goods.
    pub goods_item: Vec<GoodsItem>,
    /// How old the source may be, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// Treaty or approval on whose ground more than public data is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis_id: Option<String>,
}

/// One goods item with the documents presented for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoodsItem {
    /// Number of the item in the declaration.
    pub sequence_numeric: u32,
    /// Class of the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commodity_classification: Option<Classification>,
    /// Country of origin, ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_country: Option<String>,
    /// Country of export, ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_country: Option<String>,
    /// Importing party: ISO 3166 alpha-2, or `EU`.
    pub import_country: String,
    /// Whether the goods came directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct_transport: Option<bool>,
    /// Quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// Manufacturer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<PartyAsked>,
    /// Factory, where it is another than the manufacturer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factory: Option<PartyAsked>,
    /// Brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_designation: Option<String>,
    /// The dates that count, each by what happened on it.
    #[serde(default, skip_serializing_if = "AskedDates::is_empty")]
    pub dates: AskedDates,
    /// The date that decides; absent: every date asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisive_date: Option<DateBasis>,
    /// The documents.
    pub additional_document: Vec<DocumentAsked>,
}

/// A class of goods in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Classification {
    /// Code.
    pub id: String,
    /// List: `HS`, `CN` (Combined Nomenclature), `CCC`, `NZ-DA`, ….
    pub list_id: String,
}

/// A quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quantity {
    /// Number, as it stands in the declaration.
    pub value: serde_json::Number,
    /// Unit, UN/ECE Recommendation 20.
    pub unit_code: String,
}

/// A party as the asker names it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyAsked {
    /// Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Scheme of the identifier (`uscc`, `lei`, `cnca-approval`, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_scheme: Option<String>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A document as the asker names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentAsked {
    /// Number of the document (WCO D014), or the URI of a credential.
    pub id: String,
    /// Type of the document (WCO D013).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_code: Option<TypeCode>,
    /// Issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<PartyAsked>,
    /// Holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<PartyAsked>,
    /// Standard with its edition that the document is to certify, such as `GB 4706.1-2005`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_edition: Option<String>,
}

/// A code of a code list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TypeCode {
    /// Code.
    pub code: String,
    /// Code list, such as `UNTDID1001`.
    pub list_id: String,
}

/// The dates of the goods by basis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskedDates {
    /// Release from the factory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_from_factory: Option<AskedDate>,
    /// Shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<AskedDate>,
    /// Acceptance of the declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declaration_acceptance: Option<AskedDate>,
    /// Placing on the market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placing_on_market: Option<AskedDate>,
}

impl AskedDates {
    /// True where no date is asked about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The date of a basis.
    #[must_use]
    pub fn of(&self, basis: DateBasis) -> Option<AskedDate> {
        match basis {
            DateBasis::ReleaseFromFactory => self.release_from_factory,
            DateBasis::Shipment => self.shipment,
            DateBasis::DeclarationAcceptance => self.declaration_acceptance,
            DateBasis::PlacingOnMarket => self.placing_on_market,
            DateBasis::Verification => None,
        }
    }
}

/// A civil day, or an instant that is brought to a day in the zone of the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedDate {
    /// A civil day, taken as one in the zone of the issuer.
    Day(Day),
    /// An instant with an offset.
    Instant(Timestamp),
}

impl AskedDate {
    /// The day in the zone.
    #[must_use]
    pub fn day(self, zone: Zone) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Instant(instant) => instant.day(zone),
        }
    }
}

impl<'de> Deserialize<'de> for AskedDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        // jiff reads the day out of a date-time too, so the longer form is tried only where there is a time.
        let read =
            if text.contains('T') { text.parse().map(Self::Instant).ok() } else { text.parse().map(Self::Day).ok() };
        read.ok_or_else(|| {
            serde::de::Error::custom(format_args!("{text:?} is neither a day nor an instant with an offset"))
        })
    }
}

impl Serialize for AskedDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Day(day) => day.serialize(serializer),
            Self::Instant(instant) => instant.serialize(serializer),
        }
    }
}

/// How much one question may ask.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Goods items of one declaration.
    pub items: usize,
    /// Documents of all items together.
    pub documents: usize,
    /// Characters of one text.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { items: 999, documents: 5_000, text: 500 }
    }
}

/// Reads a question.
///
/// # Errors
/// What is wrong with it, at its place: the caller's fault.
pub fn read(body: &[u8], limits: &Limits) -> Result<Request, Vec<Finding>> {
    let request: Request = serde_json::from_slice(body).map_err(|e| {
        let place = Place::Position { line: narrow(e.line()), column: narrow(e.column()) };
        let words = e.to_string();
        let finding = match words.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
            Some(field) => Finding::new("verification/unknown-member", place).with("member", field),
            None => Finding::new("verification/unreadable", place).with("reason", words),
        };
        vec![finding]
    })?;
    let mut findings = Vec::new();
    request.check(limits, &mut findings);
    if findings.is_empty() { Ok(request) } else { Err(findings) }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Request {
    fn check(&self, limits: &Limits, findings: &mut Vec<Finding>) {
        let documents: usize = self.goods_item.iter().map(|item| item.additional_document.len()).sum();
        for (count, most, what) in
            [(self.goods_item.len(), limits.items, "goodsItem"), (documents, limits.documents, "additionalDocument")]
        {
            if count > most {
                let place = Place::pointer("/goodsItem");
                findings.push(
                    Finding::new("verification/too-many", place)
                        .with("what", what)
                        .with("count", count)
                        .with("most", most),
                );
            }
        }
        if !findings.is_empty() {
            return;
        }
        if self.goods_item.is_empty() {
            findings.push(Finding::new("verification/empty", Place::pointer("/goodsItem")).with("what", "goodsItem"));
        }
        text(&self.request_id, "/requestId", limits, findings);
        for (index, item) in self.goods_item.iter().enumerate() {
            let at = |member: &str| format!("/goodsItem/{index}/{member}");
            if item.additional_document.is_empty() {
                let place = Place::pointer(at("additionalDocument"));
                findings.push(Finding::new("verification/empty", place).with("what", "additionalDocument"));
            }
            country(&item.import_country, at("importCountry"), findings);
            for (code, member) in [(&item.origin_country, "originCountry"), (&item.export_country, "exportCountry")] {
                if let Some(code) = code {
                    country(code, at(member), findings);
                }
            }
            if let Some(basis) = item.decisive_date
                && basis != DateBasis::Verification
                && item.dates.of(basis).is_none()
            {
                let place = Place::pointer(at("decisiveDate"));
                findings.push(Finding::new("verification/decisive-date-missing", place).with("basis", basis));
            }
            for (model, member) in [(&item.model_designation, "modelDesignation"), (&item.brand, "brand")] {
                if let Some(model) = model {
                    text(model, &at(member), limits, findings);
                }
            }
            for (number, document) in item.additional_document.iter().enumerate() {
                text(&document.id, &at(&format!("additionalDocument/{number}/id")), limits, findings);
            }
        }
    }
}

fn text(value: &str, pointer: &str, limits: &Limits, findings: &mut Vec<Finding>) {
    if value.trim().is_empty() {
        let what = pointer.rsplit('/').next().unwrap_or_default();
        findings.push(Finding::new("verification/empty", Place::pointer(pointer)).with("what", what));
    } else if value.chars().nth(limits.text).is_some() {
        findings.push(Finding::new("verification/too-long", Place::pointer(pointer)).with("most", limits.text));
    }
}

fn country(code: &str, pointer: String, findings: &mut Vec<Finding>) {
    if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
        findings.push(Finding::new("verification/country", Place::pointer(pointer)).with("value", code));
    }
}
