//! A small disk of its own for a store, that can be filled: a tmpfs, where we may mount one.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk, given back when dropped.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts a disk of so many megabytes; nothing where we may not.
    pub(crate) fn mount(folder: PathBuf, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(&folder).ok()?;
        let size = format!("size={megabytes}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder).output().ok()?;
        done.status.success().then_some(Self(folder))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Takes every byte that is left.
    pub(crate) fn fill(&self) {
        let Ok(mut ballast) = std::fs::File::create(self.0.join("ballast")) else { return };
        for piece in [65_536, 4096, 512] {
            while ballast.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Makes room again.
    pub(crate) fn clear(&self) {
        let _ = std::fs::remove_file(self.0.join("ballast"));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
