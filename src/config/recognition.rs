//! What recognition decides on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[recognition]`: the data that is loaded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recognition {
    /// `recognition.fictive`: load the rows that were made up for the demo too. Never in production.
    pub fictive: bool,
    /// `recognition.folder`: a folder of rows (`*.yaml`, in folders below it too) that stand beside those that come with the
    /// program; lists of partners that were accepted are kept there. `CERTBRIDGE_RECOGNITION__FOLDER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}
