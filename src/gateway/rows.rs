//! The rows of recognition: those that are compiled in, and those of the operator's folder beside them.

use std::path::Path;

use super::error::GatewayError;
use super::formats::file_texts;
use crate::recognition::{LoadError, Recognition, bundled_files};

/// The rows in force: those made up for the demo only where they are asked for. A folder that is not there is an empty one.
///
/// # Errors
///
/// A file cannot be read, or something of it cannot be used; the error names every place that must be mended.
pub fn recognition(fictive: bool, folder: Option<&Path>) -> Result<Recognition, GatewayError> {
    Recognition::load(rows(fictive, folder)?).map_err(|errors| refused(&errors))
}

/// Name and text of every file of rows.
fn rows(fictive: bool, folder: Option<&Path>) -> Result<Vec<(String, String)>, GatewayError> {
    let mut files: Vec<(String, String)> =
        bundled_files().into_iter().filter(|(name, _)| fictive || !name.ends_with("/demo.yaml")).collect();
    if let Some(folder) = folder.filter(|folder| folder.exists()) {
        let is_rows = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "yaml");
        let own = file_texts(folder)?.into_iter().filter(|(name, _)| is_rows(name));
        files.extend(own.map(|(name, text)| (folder.join(name).display().to_string(), text)));
    }
    Ok(files)
}

fn refused(errors: &[LoadError]) -> GatewayError {
    let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
    GatewayError::Recognition(words.join("\n"))
}
