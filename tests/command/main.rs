//! The command line through the real binary: forms that others script against, exit codes, and files good and hostile.

#![cfg(feature = "gateway")]
#![expect(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

mod bulk;
mod convert;
mod directions;
mod formats;
mod help;
mod hostile;
mod house;
mod identify;
mod memory;
mod metrics;
mod notices;
mod pages;
mod partners;
mod reload;
mod remap;
mod schemas;
mod snapshot;
mod tutorial;
mod validate;
mod watched;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The day that the shared data is made for.
const DATA_DAY: &str = "2026-11-20";

/// What a command answered.
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The same, if it ended with that code.
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }

    #[track_caller]
    fn says(&self, words: &str) {
        assert!(self.out.contains(words) || self.err.contains(words), "{words:?} in\n{}\n{}", self.out, self.err);
    }
}

/// The real binary, without what the environment of the test says to it.
fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certbridge"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CERTBRIDGE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Answer {
    Answer::of(binary().args(arguments).output().expect("the binary runs"))
}

/// The words of a line, without quoting.
fn words(line: &str) -> Answer {
    run(line.split_whitespace())
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// A file of the shared folder; said loudly where it is not there, counted where it is.
fn shared(path: &str) -> Option<PathBuf> {
    use std::io::Write as _;
    let folder = std::env::var_os("CERTBRIDGE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let wanted = folder.join(path);
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    if !wanted.exists() {
        eprintln!("SKIPPED (no CERTBRIDGE_SHARED): {test}: {path}");
        return None;
    }
    if let Some(log) = std::env::var_os("CERTBRIDGE_TEST_ORACLE_LOG") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("log of oracles");
        writeln!(file, "{test}").expect("log of oracles");
    }
    Some(wanted)
}

/// A folder with a gateway set up in it, on ports that nobody has.
struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn init(id: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let house = Self { folder };
        let dir = text(&house.path("house"));
        run(["init", "--dir", &dir, "--id", id, "--country", "CN", "--name", "示例注册处"]).ends(0);
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        text(&self.path("house/certbridge.toml"))
    }

    /// A command on this house: the words of a line, with `--config` after the first `depth` of them.
    #[track_caller]
    fn run(&self, line: &str) -> Answer {
        let words: Vec<&str> = line.split_whitespace().collect();
        let depth = usize::from(matches!(
            words.first(),
            Some(&"ledger" | &"notice" | &"partner" | &"outbox" | &"snapshot" | &"bulk")
        )) + 1;
        let config = self.config();
        let (command, rest) = words.split_at(depth);
        let all = command.iter().copied().chain(["--config", &config]).chain(rest.iter().copied());
        Answer::of(binary().current_dir(self.folder.path()).args(all).output().expect("the binary runs"))
    }
}
