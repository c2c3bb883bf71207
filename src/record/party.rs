//! Holder, manufacturer and factories, with addresses and what is known of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::is_default;
use super::value::{Decimal, Identifier, LangMap};

/// The certificate holder (applicant, 认证委托人, 获证组织).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// First identifier of the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Further identifiers of the holder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["scheme"]))]
    pub other_ids: Vec<Identifier>,
    /// Name, by language.
    pub name: LangMap,
    /// Former name, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_name: Option<LangMap>,
    /// Trading name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trading_name: Option<String>,
    /// Web site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// True for a sole trader: name and address then need a legal basis to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub natural_person: Option<bool>,
    /// Country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "country"))]
    pub country: Option<String>,
    /// Administrative division, GB/T 2260.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "gb2260"))]
    pub division: Option<String>,
    /// Addresses on the certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["role", "text"]))]
    pub addresses: Vec<Address>,
    /// Postal code, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Telephone. Never leaves the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub telephone: Option<String>,
    /// Fax. Never leaves the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub fax: Option<String>,
    /// E-mail. Never leaves the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub email: Option<String>,
    /// Legal representative. Never leaves the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub legal_representative: Option<String>,
    /// Form of ownership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner", "x-code" = "ownership"))]
    pub ownership: Option<String>,
    /// Registered capital. Never leaves the house.
    #[serde(default, skip_serializing_if = "is_default")]
    pub registered_capital: RegisteredCapital,
    /// Number of all employees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employees: Option<u32>,
    /// Number of persons that the certificate covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons_covered: Option<u32>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// An address on the certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// What the address is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<AddressRole>,
    /// The address, full text.
    pub text: String,
    /// City, only as a sender gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province, only as a sender gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Registered capital. Never leaves the house.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisteredCapital {
    /// The amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub amount: Option<Decimal>,
    /// Its currency, ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-code" = "currency"))]
    pub currency: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The manufacturer (生产者).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manufacturer {
    /// Identifier of the manufacturer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Name, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LangMap>,
    /// Country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "country"))]
    pub country: Option<String>,
    /// Address, full text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A factory (生产企业).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Factory {
    /// Identifier of the factory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Name, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LangMap>,
    /// Code that the body gave the factory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "country"))]
    pub country: Option<String>,
    /// Address, full text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AddressRole {
    #[serde(rename = "registered")]
    Registered,
    #[serde(rename = "operating")]
    Operating,
    #[serde(rename = "audited")]
    Audited,
}

impl AddressRole {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Registered, Self::Operating, Self::Audited];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Operating => "operating",
            Self::Audited => "audited",
        }
    }
}
