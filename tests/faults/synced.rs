//! What a kill cannot show: that data is on the disk, and not only on its way there, before an answer leaves. The system
//! calls of the real binary say so: between a write to the store's log and the next answer lies the call that makes it safe.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use crate::load::{self, Acknowledged};
use crate::script::{Doing, Work};
use crate::system_calls;
use crate::trial::Kit;

/// What a process did, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// It wrote to the store's log.
    Writes,
    /// The log is safe.
    Synced,
    /// It answered: on a socket, or to whoever reads its output.
    Answers,
}

/// What answers leave by: a socket, or the output.
const SOCKET: &str = "<socket:";
const OUTPUT: &str = "1<pipe:";

/// The calls of a trace, in their order. A write and an answer count when they begin, a sync when it has succeeded.
fn calls(trace: &str, answers: &str) -> Vec<Call> {
    let mut all = Vec::new();
    let mut under_way: HashMap<&str, Call> = HashMap::new();
    for line in trace.lines() {
        let Some((process, said)) = line.split_once(' ') else { continue };
        let said = said.trim_start();
        let succeeded = said.rsplit("= ").next().is_some_and(|result| result.trim() == "0");
        if said.starts_with("<...") {
            if under_way.remove(process) == Some(Call::Synced) && succeeded {
                all.push(Call::Synced);
            }
            continue;
        }
        let (name, rest) = said.split_once('(').unwrap_or((said, ""));
        let about = rest.split_once(['>', ',']).map_or(rest, |(about, _)| about);
        let call = match name {
            "write" | "pwrite64" | "pwritev" if about.ends_with("-wal") => Call::Writes,
            "fdatasync" | "fsync" if about.ends_with("-wal") => Call::Synced,
            "write" | "writev" | "sendto" | "sendmsg" if about.contains(answers) => Call::Answers,
            _ => continue,
        };
        if said.ends_with("<unfinished ...>") {
            under_way.insert(process, call);
        }
        if call != Call::Synced || succeeded {
            all.push(call);
        }
    }
    all
}

/// How many answers left after something had been written and made safe since the last one; or what left too early.
fn safe_answers(trace: &str, answers_by: &str) -> Result<usize, String> {
    let (mut dirty, mut safe, mut answers) = (false, false, 0);
    for (index, call) in calls(trace, answers_by).into_iter().enumerate() {
        match call {
            Call::Writes => (dirty, safe) = (true, false),
            Call::Synced => (safe, dirty) = (dirty || safe, false),
            Call::Answers if dirty => {
                return Err(format!("call {index}: an answer left before what was written was safe"));
            }
            Call::Answers => answers += usize::from(std::mem::take(&mut safe)),
        }
    }
    Ok(answers)
}

fn read(trace: &Path) -> String {
    std::fs::read_to_string(trace).unwrap()
}

#[test]
fn nothing_is_answered_before_it_is_on_the_disk() {
    if !system_calls::can_be_traced() {
        let required = std::env::var_os("CERTBRIDGE_TEST_STRACE").is_some_and(|value| value == "required");
        assert!(!required, "strace is not here, or may not trace, and CERTBRIDGE_TEST_STRACE is required");
        eprintln!("NOT RUN: strace is not here, or may not trace");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let kit = Kit::make();
    let folder = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let (houses, _wires) = kit.pair(folder.path()).await;
        let (home, partner) = (&houses[0], &houses[1]);
        let trace = |name: &str| folder.path().join(format!("{name}.trace"));
        partner.trace(Some(trace("serve")));
        home.start().await.unwrap();
        partner.start().await.unwrap();

        // One at a time, so that every answer can be told from the others.
        let mut messages: u32 = 0;
        let import = Doing::Import(vec![(0, 1)]);
        let suspend = Doing::Status { certificate: 0, suspended: true, day: 40 };
        for (name, what) in [("import", import), ("status", suspend)] {
            home.trace(Some(trace(name)));
            let done = load::once(home, &Work { pause: 0, killed: None, what }).await.unwrap();
            assert!(matches!(done.as_slice(), [Acknowledged::Document { .. } | Acknowledged::Act { .. }]));
            let answers = safe_answers(&read(&trace(name)), OUTPUT).unwrap_or_else(|said| panic!("{name}: {said}"));
            assert_eq!(answers, 1, "{name}");
            messages += 1;
            for _ in 0..6000 {
                let store = partner.read().unwrap();
                let taken: u32 = store.query_row("SELECT COUNT(*) FROM inbox", [], |row| row.get(0)).unwrap();
                if taken == messages {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        home.trace(None);
        home.stop().await.unwrap();
        partner.stop().await.unwrap();
        // The tracer writes its last lines when its house has ended.
        tokio::time::sleep(Duration::from_millis(500)).await;
        // What it wrote before it served was for nobody.
        let served = read(&trace("serve"));
        let served = served.split_once(OUTPUT).map_or("", |(_, served)| served);
        let answers = safe_answers(served, SOCKET).unwrap_or_else(|said| panic!("serve: {said}"));
        assert_eq!(answers, usize::try_from(messages).unwrap(), "{served}");
    });
}

#[test]
fn a_trace_is_read_as_it_was_written() {
    let trace = "7 pwrite64(9</a/b.db-wal>, \"\"..., 24, 0) = 24\n\
                 7 fdatasync(9</a/b.db-wal> <unfinished ...>\n\
                 8 write(3<anon_inode:[eventfd]>, \"\"..., 8) = 8\n\
                 7 <... fdatasync resumed>) = 0\n\
                 8 sendto(12<socket:[55]>, \"\"..., 90, MSG_NOSIGNAL, NULL, 0) = 90\n";
    assert_eq!(calls(trace, SOCKET), [Call::Writes, Call::Synced, Call::Answers]);
    assert_eq!(safe_answers(trace, SOCKET), Ok(1));
    let early: Vec<&str> = trace.lines().filter(|line| !line.contains("resumed")).collect();
    assert!(safe_answers(&early.join("\n"), SOCKET).is_err());
    assert!(safe_answers(&trace.replace("resumed>) = 0", "resumed>) = -1 EIO (Input/output error)"), SOCKET).is_err());
}
