//! Formats of the operator's own: the files of a folder, read and laid over the bundled ones.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::GatewayError;
use crate::format::Catalogue;
use crate::schema::MANIFEST;

/// Folders within folders that are looked into.
const DEEPEST: usize = 8;
/// Bytes that one file may have: official schemas have a few hundred thousand.
const LONGEST_FILE: u64 = 16 * 1024 * 1024;

/// The bundled formats, with those of a folder laid over them where one is named: all of them, or an error.
///
/// # Errors
///
/// A file cannot be read, or something of it cannot be used; the error names every place that must be mended.
pub fn formats(folder: Option<&Path>) -> Result<Catalogue, GatewayError> {
    let Some(folder) = folder else { return Ok(Catalogue::bundled().clone()) };
    Catalogue::overlaid(&file_texts(folder)?).map_err(|errors| {
        let lines: Vec<String> = errors
            .iter()
            .map(|error| format!("{}:{}: {}", folder.join(&error.file).display(), error.line, error.message))
            .collect();
        GatewayError::Formats(lines.join("\n"))
    })
}

/// The crosswalks (`.yaml`) and schemas (`.json`, and the manifests and files of installed ones) of a folder, by their names in it, with `/` between folders. Files and
/// folders whose name begins with a dot are left alone.
///
/// # Errors
///
/// The folder or a file cannot be read, is too long, or is no UTF-8.
pub fn file_texts(folder: &Path) -> Result<BTreeMap<String, String>, GatewayError> {
    let mut files = BTreeMap::new();
    gather(folder, "", DEEPEST, &mut files)?;
    Ok(files)
}

fn gather(
    folder: &Path,
    prefix: &str,
    deepest: usize,
    files: &mut BTreeMap<String, String>,
) -> Result<(), GatewayError> {
    let failed = |path: &Path, reason: String| GatewayError::File { path: path.to_path_buf(), reason };
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error.to_string()))? {
        let path = entry.map_err(|error| failed(folder, error.to_string()))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let within = format!("{prefix}{name}");
        let about = std::fs::metadata(&path).map_err(|error| failed(&path, error.to_string()))?;
        let kind = path.extension().and_then(|kind| kind.to_str());
        if about.is_dir() {
            if deepest == 0 {
                return Err(failed(&path, format!("folders are looked into {DEEPEST} deep")));
            }
            gather(&path, &format!("{within}/"), deepest - 1, files)?;
        } else if matches!(kind, Some("yaml" | "json" | "xsd")) || name == MANIFEST {
            if about.len() > LONGEST_FILE {
                return Err(failed(&path, format!("longer than {LONGEST_FILE} bytes")));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error.to_string()))?;
            files.insert(within, text);
        }
    }
    Ok(())
}
