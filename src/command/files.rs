//! Writing files that must not be lost or read by others.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Failure;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Whoever the system lets.
    Everybody,
    /// We alone: private keys.
    Owner,
}

/// Writes a new file; one that is there is never overwritten.
pub(super) fn create(path: &Path, content: &[u8], access: Access) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Owner {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|error| Failure::file(path, &error))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(|error| Failure::file(path, &error))
}

/// Replaces a file in one step: a reader sees the old content or the new one.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let write = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| Failure::file(path, &error))
}

/// Makes a folder with those above it.
pub(super) fn folder(path: &Path, access: Access) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::file(path, &error))?;
    #[cfg(unix)]
    if access == Access::Owner {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(|error| Failure::file(path, &error))?;
    }
    Ok(())
}

/// True where others than the owner may read or write the file. Systems without such permissions have none to lose.
pub(super) fn is_open_to_others(path: &Path) -> std::io::Result<bool> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Ok(metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(false)
    }
}
