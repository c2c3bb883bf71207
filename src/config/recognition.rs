//! What recognition decides on.

use serde::{Deserialize, Serialize};

/// `[recognition]`: the data that is loaded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recognition {
    /// `recognition.fictive`: load the rows that were made up for the demo too. Never in production.
    pub fictive: bool,
}
