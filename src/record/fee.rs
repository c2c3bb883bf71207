//! Fees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::Decimal;

/// Fee received. Never leaves the house.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// The amount received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub amount: Option<Decimal>,
    /// Its currency, ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-code" = "currency"))]
    pub currency: Option<String>,
    /// Numbers of the invoices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-whole" = true))]
    pub invoices: Vec<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}
