//! Certified products, their classes and models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::is_default;
use super::value::{Decimal, LangMap};

/// A certified product or certification unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Role on the certificate.
    pub role: ProductRole,
    /// Name and unit, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LangMap>,
    /// Certification unit, where told apart from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Product class, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Product class, as codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["list", "code"]))]
    pub category_codes: Vec<CategoryCode>,
    /// Models as the source wrote them: what carries them from format to format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models_text: Option<String>,
    /// Models read from the text by the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["pattern"]))]
    pub models: Vec<Model>,
    /// Brand name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// GTIN, padded to 14 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// URI of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Place of production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Output of an agricultural product.
    #[serde(default, skip_serializing_if = "is_default")]
    pub output: Output,
    /// Annual value, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub annual_value: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A product class code with its list and version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryCode {
    /// List that the code is of.
    pub list: ProductList,
    /// Version of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The code itself.
    pub code: String,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A model or a pattern of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Model, with `?` for one character and `*` for any number of them.
    pub pattern: String,
    /// How it is to be matched.
    pub kind: ModelKind,
    /// Ratings that the text attaches to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Output of an agricultural product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Output, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Amount read from the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// Unit read from the text; UNECE Recommendation 20 where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "unit"))]
    pub unit: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Role of a product on the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ProductRole {
    #[serde(rename = "main")]
    Main,
    #[serde(rename = "secondary")]
    Secondary,
    #[serde(rename = "listed")]
    Listed,
}

impl ProductRole {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Main, Self::Secondary, Self::Listed];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Secondary => "secondary",
            Self::Listed => "listed",
        }
    }
}

/// List that a product class code is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ProductList {
    #[serde(rename = "ccc-catalogue")]
    CccCatalogue,
    #[serde(rename = "hs")]
    Hs,
    #[serde(rename = "cn-hs")]
    CnHs,
    #[serde(rename = "gpc")]
    Gpc,
}

impl ProductList {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::CccCatalogue, Self::Hs, Self::CnHs, Self::Gpc];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CccCatalogue => "ccc-catalogue",
            Self::Hs => "hs",
            Self::CnHs => "cn-hs",
            Self::Gpc => "gpc",
        }
    }
}

/// How a model text is to be matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ModelKind {
    #[serde(rename = "exact")]
    Exact,
    #[serde(rename = "pattern")]
    Pattern,
    #[serde(rename = "series")]
    Series,
}

impl ModelKind {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Exact, Self::Pattern, Self::Series];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Pattern => "pattern",
            Self::Series => "series",
        }
    }
}
