//! For tests only: where the official files are that our output is held against.

use std::io::Write;
use std::path::PathBuf;

/// A file or folder below the shared reference folder, or nothing, said loudly, where there is none.
///
/// `CERTBRIDGE_SHARED` names the folder; without it `../shared` beside the package is taken, if it is there. Each test
/// that found what it asked for is counted in the file that `CERTBRIDGE_TEST_ORACLE_LOG` names.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CERTBRIDGE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let wanted = folder.join(path);
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    if !wanted.exists() {
        eprintln!("SKIPPED {test}: {path} is not there (CERTBRIDGE_SHARED)");
        return None;
    }
    if let Some(log) = std::env::var_os("CERTBRIDGE_TEST_ORACLE_LOG") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("log of oracles");
        writeln!(file, "{test}").expect("log of oracles");
    }
    Some(wanted)
}
