//! `certbridge demo`: the main job between two gateways in one process, on real formats over real mutual TLS.
//!
//! Nothing is simulated but the geography: each house has its own folder with its own store, keys and CA, and they know
//! of each other only what stands in their partner books. Everything is invented. Nothing is written outside the folder.

mod answers;
mod customs;
mod house;
mod questions;
mod story;
mod teller;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{Failure, serve, terminal};
use crate::clock::{Clock as _, SystemClock, Zone};

/// Watch the main job: two gateways, a report, deliveries, a suspension, and ten questions of customs
///
/// Makes keys and certificates, starts a home gateway (CN) and a partner registry (NZ) on loopback, imports an invented
/// report workbook with some mistakes in it, delivers what the partner has subscribed to, takes the partner's
/// certificates, changes statuses, and asks ten questions as a customs system. All companies, bodies and list rows are
/// fictive.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Keep everything in this folder, which must not be there yet or be empty; without it a folder is made and, when
    /// the demo ends, removed
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// End when all is done, with 0 if every step held and 1 if one did not; without it the gateways serve until Ctrl-C
    #[arg(long)]
    exit: bool,
}

/// Plays the demo.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if std::env::var_os("CERTBRIDGE_LOG").is_some() {
        serve::logging();
    }
    let folder = Folder::make(arguments.dir.as_deref())?;
    let today = SystemClock.now().day(Zone::CHINA);
    let held = serve::runtime()?.block_on(story::tell(&folder.path, today, arguments.exit))?;
    drop(folder);
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::from(super::FINDINGS) })
}

/// The folder of the demo, removed at the end where we chose it.
struct Folder {
    path: PathBuf,
    ours: bool,
}

impl Folder {
    fn make(wanted: Option<&Path>) -> Result<Self, Failure> {
        let (path, ours) = match wanted {
            Some(path) => (path.to_path_buf(), false),
            None => (std::env::temp_dir().join(format!("certbridge-demo-{}", std::process::id())), true),
        };
        let full = path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if full {
            return Err(Failure::Usage(format!("{}: the folder is not empty; choose another one", path.display())));
        }
        std::fs::create_dir_all(&path).map_err(|error| Failure::file(&path, &error))?;
        let path = path.canonicalize().map_err(|error| Failure::file(&path, &error))?;
        Ok(Self { path, ours })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.ours
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            terminal::aside(format!("{}: {error}", self.path.display()));
        }
    }
}
