//! `certbridge schema install`: the owner's schema, checked, pinned and put where it judges.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{Home, gather};
use crate::command::files::{self, Access};
use crate::command::{Failure, terminal};
use crate::gateway::formats;
use crate::schema::{Installed, Schemas};

/// Install the schema of a format's owner; it then judges in place of ours
///
/// A JSON Schema is one file. An XML Schema is a file, with what it includes and imports from its folder and below, or a
/// folder and the files in it to begin with. No reference may leave that folder, and nothing is fetched. A schema that holds a
/// construct which is not judged here in full is refused, with the construct and its line.
///
/// The files are copied, with a manifest that pins them by SHA-256; of several files, by that of the list that `sha256sum`
/// prints of them in the order of their names. A gateway whose files differ from the manifest does not start.
#[derive(Debug, Args)]
pub(super) struct Install {
    /// A JSON Schema (.json), an XML Schema (.xsd), or a folder of XML Schemas
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The format that it judges: wco-document@3.6
    #[arg(long = "for", value_name = "FORMAT")]
    format: String,
    #[command(flatten)]
    home: Home,
    /// A file of the folder to begin with, by its name in it; may be given more than once
    #[arg(long = "entry", value_name = "FILE")]
    entries: Vec<String>,
    /// The element that documents begin with, where the schema declares several: a global one, or the way to one within it
    /// (Declaration/GoodsShipment/GovernmentAgencyGoodsItem/AdditionalDocument)
    #[arg(long, value_name = "PATH")]
    root: Option<String>,
    /// The digest that the schema must have (SHA-256, hexadecimal), as its owner published it
    #[arg(long, value_name = "HEX")]
    digest: Option<String>,
    /// Take the place of one that is installed
    #[arg(long)]
    replace: bool,
}

/// Checks, and writes.
pub(super) fn run(install: &Install) -> Result<ExitCode, Failure> {
    let schema = gather::schema(&install.path, &install.format, &install.entries, install.root.as_ref())?;
    let folder = Installed::folder(&install.format)
        .ok_or_else(|| Failure::Usage(format!("{} is no name of a format: name@version", install.format)))?;
    Schemas::default()
        .with(&schema, install.digest.as_deref())
        .map_err(|error| Failure::Environment(format!("{}: {error}", install.path.display())))?;
    let target = install.home.formats.join(&folder);
    if target.exists() && !install.replace {
        let message = format!("{} is there already; --replace takes its place", target.display());
        return Err(Failure::Usage(message));
    }
    write(&schema, &target, &install.home.formats)?;
    terminal::line(format!("{}: {} installed in {}", install.format, schema.language.name(), target.display()));
    terminal::line(format!("{} files, SHA-256 {}", schema.files.len(), schema.digest()));
    Ok(ExitCode::SUCCESS)
}

/// Writes beside the place and moves there in one step; puts back what stood there if the formats no longer load with it.
fn write(schema: &Installed, target: &Path, formats_folder: &Path) -> Result<(), Failure> {
    let texts = schema.to_files().map_err(|error| Failure::environment(&error))?;
    let parent = target.parent().unwrap_or(formats_folder);
    files::folder(parent, Access::Everybody)?;
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Names that begin with a dot are none of a format's.
    let (fresh, old) = (parent.join(format!(".{name}.new")), parent.join(format!(".{name}.old")));
    for left_over in [&fresh, &old] {
        remove(left_over)?;
    }
    for (name, text) in &texts {
        let path = fresh.join(name);
        if let Some(folder) = path.parent() {
            files::folder(folder, Access::Everybody)?;
        }
        files::create(&path, text.as_bytes(), Access::Everybody)?;
        let mut rights = fs::metadata(&path).map_err(|error| Failure::file(&path, &error))?.permissions();
        rights.set_readonly(true);
        fs::set_permissions(&path, rights).map_err(|error| Failure::file(&path, &error))?;
    }
    let was = target.exists();
    let moved = |from: &Path, to: &Path| fs::rename(from, to).map_err(|error| Failure::file(to, &error));
    if was {
        moved(target, &old)?;
    }
    moved(&fresh, target)?;
    if let Err(error) = formats(Some(formats_folder)) {
        remove(target)?;
        if was {
            moved(&old, target)?;
        }
        return Err(Failure::Environment(format!("not installed: {error}")));
    }
    remove(&old)
}

/// Removes a folder of ours, if it is there.
pub(super) fn remove(folder: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::file(folder, &error)),
    }
}
