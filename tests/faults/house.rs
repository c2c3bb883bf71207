//! A house as an operator has it: a folder, the real binary that serves from it, and the same binary's command line.
//!
//! Its process is killed, frozen, given another clock and another disk; what the harness knows of it, it knows from its
//! output, its exit code and, where there is no face, from its SQLite file, opened for reading alone.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::disk::Disk;
use crate::system_calls;
use crate::who::Who;

/// How long a process may take to say where it listens, or to end: what takes longer hangs, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);

/// A house.
pub(crate) struct House {
    pub(crate) who: Who,
    pub(crate) folder: PathBuf,
    pub(crate) disk: Option<Disk>,
    /// Held by whoever does something to the process or to its disk.
    pub(crate) hands: tokio::sync::Mutex<()>,
    binary: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    clock: Option<PathBuf>,
    trace: Mutex<Option<PathBuf>>,
    process: Mutex<Option<Child>>,
    port: AtomicU16,
    incarnation: AtomicU32,
    killed: AtomicBool,
}

/// What a command of the command line came to.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.out).ok()
    }
}

/// The times by which the houses of the harness work: short, so that a run is short.
const SETTINGS: [(&str, &str); 7] = [
    ("CERTBRIDGE_OUTBOX__FIRST_PAUSE", "30ms"),
    ("CERTBRIDGE_OUTBOX__LONGEST_PAUSE", "250ms"),
    ("CERTBRIDGE_OUTBOX__LONGEST_ASKED", "250ms"),
    ("CERTBRIDGE_PARTNER__WORKERS", "1"),
    ("CERTBRIDGE_PUBLIC__WORKERS", "1"),
    ("CERTBRIDGE_STORE__READERS", "2"),
    ("CERTBRIDGE_LOG", "info"),
];

impl House {
    pub(crate) fn new(
        who: Who,
        folder: PathBuf,
        binary: &Path,
        faketime: Option<&Path>,
        disk: Option<Disk>,
        call: Duration,
    ) -> std::io::Result<Self> {
        let mut environment: Vec<(&'static str, OsString)> =
            SETTINGS.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
        environment.push(("CERTBRIDGE_OUTBOX__CALL", format!("{}s", call.as_secs()).into()));
        environment.push(("CERTBRIDGE_OUTBOX__LEASE", format!("{}s", call.as_secs() + 1).into()));
        let mut clock = None;
        if let Some(library) = faketime {
            let file = folder.join("clock");
            std::fs::write(&file, "+0\n")?;
            environment.push(("LD_PRELOAD", library.into()));
            environment.push(("FAKETIME_TIMESTAMP_FILE", file.clone().into()));
            environment.push(("FAKETIME_NO_CACHE", "1".into()));
            // Durations stay what they are: only the time of day jumps.
            environment.push(("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()));
            environment.push(("DONT_FAKE_MONOTONIC", "1".into()));
            clock = Some(file);
        }
        if let Some(disk) = &disk {
            environment.push(("CERTBRIDGE_STORE__PATH", disk.folder().join("certbridge.db").into()));
            environment.push(("CERTBRIDGE_STORE__CHECKPOINT", disk.folder().join("checkpoint.txt").into()));
        }
        Ok(Self {
            who,
            folder,
            disk,
            hands: tokio::sync::Mutex::new(()),
            binary: binary.to_owned(),
            environment,
            clock,
            trace: Mutex::new(None),
            process: Mutex::new(None),
            port: AtomicU16::new(0),
            incarnation: AtomicU32::new(0),
            killed: AtomicBool::new(false),
        })
    }

    /// The SQLite file.
    pub(crate) fn database(&self) -> PathBuf {
        self.disk.as_ref().map_or(self.folder.as_path(), Disk::folder).join("certbridge.db")
    }

    /// The SQLite file, opened for reading.
    pub(crate) fn read(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.database(), flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        Ok(connection)
    }

    /// Has the system calls of whatever is started from now on written to this file, or to none.
    pub(crate) fn trace(&self, file: Option<PathBuf>) {
        *self.trace.lock().unwrap_or_else(PoisonError::into_inner) = file;
    }

    /// A command of the command line, to be started.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let command = match trace {
            Some(file) => system_calls::traced(&self.binary, &file),
            None => Command::new(&self.binary),
        };
        self.dressed(command, words)
    }

    /// The same, and it is killed when it writes to its store for the so many-th time.
    pub(crate) fn dying_command(&self, words: &[&str], count: u32) -> Command {
        self.dressed(system_calls::dying(&self.binary, &self.database(), count), words)
    }

    fn dressed(&self, mut command: Command, words: &[&str]) -> Command {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CERTBRIDGE_") {
                command.env_remove(name);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("CERTBRIDGE_CONFIG", self.folder.join("certbridge.toml"));
        command.args(words).current_dir(&self.folder).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A command of the command line, from its start to its end.
    pub(crate) async fn run(&self, words: &[&str]) -> std::io::Result<Said> {
        let output = tokio::time::timeout(PATIENCE, self.command(words).output()).await??;
        Ok(Said {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Serves; ends when it says where it listens.
    pub(crate) async fn start(&self) -> Result<(), String> {
        let log = OpenOptions::new().create(true).append(true).open(self.log()).map_err(|error| error.to_string())?;
        let mut command = self.command(&["serve"]);
        let mut child = command.stderr(log).spawn().map_err(|error| error.to_string())?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let port = match line {
            Ok(Ok(Some(line))) if line.starts_with("partners") => {
                line.rsplit(':').next().and_then(|port| port.trim().parse().ok())
            }
            _ => None,
        };
        let Some(port) = port else {
            let _ = child.start_kill();
            let _ = child.wait().await;
            return Err(format!("{} does not serve: {}", self.who.id, self.log_tail()));
        };
        // What else it says must go somewhere.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.killed.store(false, Ordering::SeqCst);
        self.incarnation.fetch_add(1, Ordering::SeqCst);
        *self.child() = Some(child);
        self.port.store(port, Ordering::SeqCst);
        Ok(())
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills the process here and now, as a power cut would that the disk outlives.
    pub(crate) fn kill(&self) {
        if let Some(child) = self.child().as_mut() {
            self.killed.store(true, Ordering::SeqCst);
            self.port.store(0, Ordering::SeqCst);
            let _ = child.start_kill();
        }
    }

    /// True where we killed it and did not start it again.
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Ordering::SeqCst)
    }

    /// Waits for the end of a process that was killed.
    pub(crate) async fn reap(&self) {
        let child = self.child().take();
        if let Some(mut child) = child {
            let _ = child.wait().await;
        }
    }

    /// Tells the process to stop and waits until it has; its exit code.
    pub(crate) async fn stop(&self) -> Result<(), String> {
        let child = self.child().take();
        let Some(mut child) = child else { return Ok(()) };
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("{} had ended by itself: {status}: {}", self.who.id, self.log_tail()));
        }
        self.port.store(0, Ordering::SeqCst);
        signal(child.id(), "TERM").await;
        match tokio::time::timeout(PATIENCE, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("{} stopped with {status}: {}", self.who.id, self.log_tail())),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("{} does not stop", self.who.id)),
        }
    }

    /// Sends the process a signal.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.id();
        signal(id, name).await;
    }

    /// Id of the process that serves.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child().as_ref().and_then(Child::id)
    }

    /// The port for partners; 0 while it does not serve.
    pub(crate) fn port(&self) -> u16 {
        self.port.load(Ordering::SeqCst)
    }

    /// Which process it is, counted from the first.
    pub(crate) fn incarnation(&self) -> u32 {
        self.incarnation.load(Ordering::SeqCst)
    }

    /// Sets its clock so many seconds off; false where it has no other clock.
    pub(crate) fn set_clock(&self, seconds: i64) -> bool {
        let Some(file) = &self.clock else { return false };
        let beside = file.with_extension("new");
        std::fs::write(&beside, format!("{seconds:+}\n")).and_then(|()| std::fs::rename(&beside, file)).is_ok()
    }

    fn log(&self) -> PathBuf {
        self.folder.join("serve.log")
    }

    /// The end of what the process has logged.
    pub(crate) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(4)..].join(" | ")
    }
}

async fn signal(process: Option<u32>, name: &str) {
    if let Some(process) = process {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status().await;
    }
}
