//! Energy performance by period.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::Decimal;

/// Energy performance in one period (能源绩效信息表). Never leaves the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnergyPeriod {
    /// The period, as written.
    #[schemars(extend("x-zone" = "domestic"))]
    pub period: String,
    /// Total energy consumption, in tonnes of standard coal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub consumption_tce: Option<Decimal>,
    /// Energy per output value, in tonnes of standard coal per 10,000 yuan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub per_output_value: Option<Decimal>,
    /// Energy per unit of product: value and unit, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub per_product: Option<String>,
    /// Improvement of energy performance, in tonnes of standard coal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub improvement_tce: Option<Decimal>,
    /// Main energy-using equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-whole" = true))]
    pub equipment: Vec<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}
