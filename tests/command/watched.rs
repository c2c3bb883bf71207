//! A run of the binary with an eye on its memory, and on the clock.

use std::time::{Duration, Instant};

use super::*;

/// A process that has not answered by then hangs.
const HANG: Duration = Duration::from_mins(5);

/// Runs to the end, watching the peak of resident memory: `VmHWM` only grows, and is read until the process is gone.
pub(super) fn watched(arguments: &[&str]) -> (Answer, u64) {
    let folder = tempfile::tempdir().expect("folder");
    let (out, err) = (folder.path().join("out"), folder.path().join("err"));
    let file = |path: &Path| std::fs::File::create(path).expect("file");
    let mut child = binary().args(arguments).stdout(file(&out)).stderr(file(&err)).spawn().expect("the binary starts");
    let status = format!("/proc/{}/status", child.id());
    let started = Instant::now();
    let mut peak = 0;
    let code = loop {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let seen = told.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(seen.unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("waited for") {
            break ended.code().unwrap_or(-1);
        }
        if started.elapsed() > HANG {
            child.kill().expect("killed");
            panic!("{arguments:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let read = |path: &Path| std::fs::read_to_string(path).expect("UTF-8");
    (Answer { code, out: read(&out), err: read(&err) }, peak)
}
