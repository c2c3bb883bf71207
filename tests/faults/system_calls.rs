//! The system calls of a house, watched and made to fail by strace: the binary is the one that serves, unchanged.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::process::Child;

use crate::house::House;

/// The calls by which SQLite writes and makes safe.
const WRITES: &str = "write,pwrite64,pwritev,fdatasync,fsync,ftruncate";

/// True where strace is there and may trace.
pub(crate) fn can_be_traced() -> bool {
    let tried = Command::new("strace").args(["-f", "-e", "trace=none", "true"]).stdout(Stdio::null()).output();
    tried.is_ok_and(|output| output.status.success())
}

/// Lets every write of a house to its store fail with this error, until it is left alone again.
pub(crate) async fn fail_writes(house: &House, error: &str) -> Option<Child> {
    inject(house, &format!("{WRITES}:error={error}")).await
}

/// Lets a house wait so many microseconds before it writes to its store or makes it safe, until it is left alone again.
pub(crate) async fn slow_writes(house: &House, micros: u64) -> Option<Child> {
    inject(house, &format!("{WRITES}:delay_enter={micros}")).await
}

/// Ends when every thread of the house is watched: on a busy machine that takes its time.
async fn inject(house: &House, what: &str) -> Option<Child> {
    let process = house.id()?.to_string();
    let store = house.database();
    let wal = store.with_extension("db-wal");
    let tracer = tokio::process::Command::new("strace")
        .args(["-f", "-q", "-o", "/dev/null", "-p", &process])
        .arg("-P")
        .arg(&store)
        .arg("-P")
        .arg(&wal)
        .args(["-e", &format!("inject={what}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok();
    for _ in 0..500 {
        if is_watched(&process) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tracer
}

/// True where every thread of the process has a tracer, or the process is gone.
fn is_watched(process: &str) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return true };
    threads.filter_map(Result::ok).all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        !status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|tracer| tracer.trim() == "0"))
    })
}

/// A program of which the system calls that write, send and make safe are written to a file. It stays our own child.
pub(crate) fn traced(program: &Path, file: &Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new("strace");
    let calls = format!("trace={WRITES},writev,sendto,sendmsg");
    command.args(["-D", "-f", "-q", "-y", "-s", "0", "-e", &calls, "-o"]).arg(file).arg(program);
    command
}

/// A program that is killed when it writes to this store or makes it safe for the so many-th time. It stays our own child.
pub(crate) fn dying(program: &Path, store: &Path, count: u32) -> tokio::process::Command {
    let mut command = tokio::process::Command::new("strace");
    command.args(["-D", "-f", "-q", "-o", "/dev/null", "-P"]).arg(store).arg("-P").arg(store.with_extension("db-wal"));
    command.args(["-e", &format!("inject={WRITES}:signal=SIGKILL:when={count}")]).arg(program);
    command
}

/// Ends a tracer; its house goes on.
pub(crate) async fn leave(mut tracer: Child, house: &House) {
    if let Some(process) = tracer.id() {
        let _ = tokio::process::Command::new("kill").arg("-TERM").arg(process.to_string()).status().await;
    }
    let mut dead = 0;
    for _ in 0..300 {
        if tokio::time::timeout(Duration::from_millis(100), tracer.wait()).await.is_ok() {
            return;
        }
        dead += u32::from(is_dead(house));
        // A tracer may wait for ever for threads of a house that was killed, and the house is not buried before that. One
        // whose house lives would take it along.
        if dead > 20 {
            let _ = tracer.kill().await;
            return;
        }
    }
}

/// True where nothing of the house's process runs any more.
fn is_dead(house: &House) -> bool {
    let stat = house.id().and_then(|process| std::fs::read_to_string(format!("/proc/{process}/stat")).ok());
    stat.is_none_or(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X'])))
}
