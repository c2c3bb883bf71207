//! What is SQLite's own: the file, its checkpoint outside, crashes, a full disk.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use super::super::conformance::{self, event, intent, key, record, replay, sequencing};
use super::super::{NotCommitted, OutboxState, Write};
use super::*;

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    let file = CheckpointFile { path: path.with_extension("checkpoint"), accept_behind: false };
    SqliteStore::open(path, Options { checkpoint_file: Some(file), ..Options::default() }, sequencing())
}

fn store_file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("store.sqlite")
}

#[test]
fn sqlite_passes_the_conformance_suite() {
    let folders = Mutex::new(Vec::new());
    conformance::all(&|| {
        let folder = tempfile::tempdir().expect("folder");
        let store = open(&store_file(&folder)).expect("opened");
        folders.lock().expect("lock").push(folder);
        Arc::new(store)
    });
}

#[test]
fn a_store_is_opened_again_with_everything_in_it() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    for round in 0..3_u64 {
        let store = open(&path).expect("opened");
        assert_eq!(store.ledger_size(), Ok(round));
        store
            .commit(Change::new(vec![record(&key(&round.to_string()), None, 0), event("s", "certificate-registered")]))
            .expect("committed");
    }
    let store = open(&path).expect("opened");
    assert_eq!(store.subject_count(), Ok(3));
    replay(&store);
}

#[test]
fn a_restored_backup_does_not_start_unasked() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    let backup = folder.path().join("backup.sqlite");
    let add = |count: u32| {
        let store = open(&path).expect("opened");
        for _ in 0..count {
            store.commit(Change::new(vec![event("s", "status-changed")])).expect("committed");
        }
    };
    add(3);
    std::fs::copy(&path, &backup).expect("backup");
    add(2);
    std::fs::rename(&backup, &path).expect("restored");
    assert_eq!(open(&path).err(), Some(StoreError::Behind { size: 3, kept: 5 }));
    let file = CheckpointFile { path: path.with_extension("checkpoint"), accept_behind: true };
    let options = Options { checkpoint_file: Some(file), ..Options::default() };
    drop(SqliteStore::open(&path, options, sequencing()).expect("told to"));
    // From now on the shorter history is the one that is kept.
    drop(open(&path).expect("opened"));
}

#[test]
fn a_store_with_another_history_does_not_start() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    let other = folder.path().join("other.sqlite");
    for (path, kind) in [(&path, "one"), (&other, "two")] {
        let store = open(path).expect("opened");
        store.commit(Change::new(vec![event("s", kind)])).expect("committed");
    }
    std::fs::copy(other.with_extension("checkpoint"), path.with_extension("checkpoint")).expect("copied");
    assert_eq!(open(&path).err(), Some(StoreError::Forked(1)));
    std::fs::write(path.with_extension("checkpoint"), "torn").expect("written");
    assert!(matches!(open(&path).err(), Some(StoreError::CheckpointFile { .. })));
}

#[test]
fn what_is_no_store_is_refused_with_whose_fault_it_is() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    std::fs::write(&path, "this is no database, but it is long enough to be looked at ".repeat(20)).expect("written");
    let error = open(&path).err().expect("refused");
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(error.fault(), super::super::Fault::Environment);
    let error = open(&folder.path().join("none/store.sqlite")).err().expect("refused");
    assert!(matches!(error, StoreError::Unopened { .. }), "{error}");
}

#[test]
fn a_full_disk_refuses_the_batch_and_harms_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    {
        let store = open(&path).expect("opened");
        store.commit(Change::new(vec![event("s", "certificate-registered")])).expect("committed");
    }
    // SQLite answers a page limit as it answers a full disk.
    let mut connection = Connection::open(&path).expect("opened");
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA max_page_count = 60;").expect("limited");
    migrate::migrate(&mut connection).expect("migrated");
    let queue = Arc::new(Queue::new(100));
    let writer =
        Writer { connection, queue: Arc::clone(&queue), sequencing: sequencing(), keeper: None, frontier: None };
    let thread = std::thread::spawn(move || writer.run());
    let submit = |writes: Vec<Write>| {
        let (asker, pending) = Pending::channel();
        queue.put(Job::Change(Change::new(writes), asker));
        pending
    };
    let large = |number: u32| {
        let Write::Record(mut write) = record(&key(&number.to_string()), None, 0) else { unreachable!() };
        write.record = vec![b' '; 200_000];
        vec![event("s", "certificate-registered"), Write::Record(write)]
    };
    let refused: Vec<_> = (0..4).map(|number| submit(large(number))).collect();
    for pending in refused {
        assert_eq!(pending.wait(), Err(NotCommitted::Store(StoreError::DiskFull)));
        assert!(queue.is_full());
    }
    submit(vec![event("s", "status-changed")]).wait().expect("a small one still goes");
    assert!(!queue.is_full());
    queue.close();
    thread.join().expect("ended");
    let store = open(&path).expect("opened");
    assert_eq!((store.subject_count(), store.ledger_size()), (Ok(0), Ok(2)));
    replay(&store);
}

#[test]
fn two_stores_on_one_file_keep_one_ledger() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    let stores = [0, 1].map(|_| SqliteStore::open(&path, Options::default(), sequencing()).expect("opened"));
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(move || {
                for _ in 0..30 {
                    store.commit(Change::new(vec![event("s", "status-changed")])).expect("committed");
                }
            });
        }
    });
    assert_eq!(stores[0].ledger_size(), Ok(60));
    replay(&stores[1]);
}

#[test]
fn a_closed_store_writes_what_waits() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    let store = open(&path).expect("opened");
    let pending: Vec<_> = (0..200).map(|_| store.submit(Change::new(vec![event("s", "status-changed")]))).collect();
    drop(store);
    for pending in pending {
        pending.wait().expect("committed");
    }
    assert_eq!(open(&path).expect("opened").ledger_size(), Ok(200));
}

#[test]
fn a_store_that_takes_no_more_says_so_but_takes_what_is_urgent() {
    let queue = Queue::new(2);
    let put = |change: Change| {
        let (asker, pending) = Pending::channel();
        queue.put(Job::Change(change, asker));
        pending
    };
    let _waiting = [put(Change::default()), put(Change::default())];
    assert_eq!(put(Change::default()).wait(), Err(NotCommitted::Store(StoreError::Overloaded)));
    let urgent = put(Change::default().urgently());
    queue.close();
    assert_eq!(put(Change::default()).wait(), Err(NotCommitted::Store(StoreError::Closed)));
    drop(urgent);
}

#[tokio::test]
async fn a_change_is_awaited_and_a_read_leaves_the_reactor() {
    let folder = tempfile::tempdir().expect("folder");
    let store: Arc<dyn Store> = Arc::new(open(&store_file(&folder)).expect("opened"));
    store.submit(Change::new(vec![record(&key("1"), None, 0)])).await.expect("committed");
    let count = super::super::off_reactor(Arc::clone(&store), |store| store.subject_count()).await;
    assert_eq!(count, Ok(1));
    let answer: Result<u64, StoreError> = super::super::off_reactor(store, |_| panic!("a read that panics")).await;
    assert_eq!(answer, Err(StoreError::Closed));
}

/// The file that the child of the crash test writes to.
const CHILD: &str = "CERTBRIDGE_TEST_CRASH_STORE";

/// Not a test of its own: what the crash test runs in another process, until it is killed.
#[test]
fn child_of_the_crash_test() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let store = open(Path::new(&path)).expect("opened");
    let start = store.subject_count().expect("read");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0.. {
                    let key = key(&format!("{start}-{thread}-{number}"));
                    let text = key.to_string();
                    let change = Change::new(vec![
                        record(&key, None, 0),
                        event(&text, "certificate-registered"),
                        event(&text, "status-changed"),
                        intent(&text, &text, super::super::Face::Certificate, 1),
                    ]);
                    store.commit(change).expect("committed");
                    println!("acknowledged {text}");
                }
            });
        }
    });
}

#[test]
fn a_killed_process_loses_nothing_acknowledged_and_leaves_no_half_change() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    let mut acknowledged = Vec::new();
    for round in 0..4 {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "store::sqlite::tests::child_of_the_crash_test", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut lines = output.lines().map_while(Result::ok).filter_map(|line| {
            // The harness of the child writes its own words before the first line.
            line.split_once("acknowledged ").map(|(_, key)| key.to_owned())
        });
        // Killed after another count of Changes each round, in the middle of whatever it does.
        acknowledged.extend(lines.by_ref().take(60 + 37 * round));
        child.kill().expect("killed");
        // What it had said before it died counts too, but for a last line that may be torn.
        let mut rest: Vec<String> = lines.collect();
        rest.pop();
        acknowledged.extend(rest);
        child.wait().expect("gone");
    }
    assert!(acknowledged.len() > 200, "{} acknowledged", acknowledged.len());
    let store = open(&path).expect("opened");
    for key in &acknowledged {
        let key: SubjectKey = key.parse().expect("a key");
        assert!(store.current(&key).expect("read").is_some(), "{key} was acknowledged and is lost");
    }
    let subjects = store.subject_count().expect("read");
    assert_eq!(store.ledger_size().expect("read"), 2 * subjects, "half a Change");
    assert_eq!(store.outbox_counts().expect("read")[0].count, subjects, "half a Change");
    replay(&store);
}

/// How SQLite would go about a list.
fn plan(store: &SqliteStore, sql: &str) -> String {
    let explained = |connection: &Connection| {
        let values = (1..=connection.prepare(sql)?.parameter_count()).map(|_| 1);
        let values: Vec<i64> = values.collect();
        connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?
            .query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3))?
            .collect::<rusqlite::Result<Vec<_>>>()
    };
    store.readers.look_up(explained).expect("a plan").join("; ")
}

#[test]
fn lists_are_looked_up_and_not_walked() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(&store_file(&folder)).expect("opened");
    let notices = |filter: NoticeFilter| {
        plan(&store, &notice_rows::conditions(&filter).statement(notice_rows::SELECT, "id, direction"))
    };
    let (partner, id) = (Some("nz".into()), Some("n1".to_owned()));
    let key = NoticeFilter { partner, direction: Some(Direction::Sent), id: id.clone(), ..NoticeFilter::default() };
    let about = NoticeFilter { subject: Some("s".into()), ..NoticeFilter::default() };
    let named = NoticeFilter { id, ..NoticeFilter::default() };
    let outbox = |filter: OutboxFilter| {
        plan(&store, &exchange_rows::outbox_conditions(&filter).statement("SELECT * FROM outbox", "id"))
    };
    let meant = OutboxFilter { subject: Some("s".into()), ..OutboxFilter::default() };
    let dead = OutboxFilter { state: Some(OutboxState::Dead), ..OutboxFilter::default() };
    for plan in [notices(key), notices(about), notices(named), outbox(meant), outbox(dead)] {
        assert!(plan.starts_with("SEARCH"), "{plan}");
    }
}

/// A statement that is made anew for every value costs more than it does.
#[test]
fn statements_are_prepared_once() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(&store_file(&folder)).expect("opened");
    let made_anew = |connection: &Connection| {
        let mut statement = connection.prepare(
            "SELECT v.record FROM subject s JOIN record_version v ON v.subject = s.id
                 LEFT JOIN bulk_event w ON w.number = v.event
             WHERE s.number = ?1 AND s.uri = ?2 AND (v.event IS NULL OR w.effective_at IS NOT NULL)",
        )?;
        for number in ["1", "2", "3"] {
            let rows = statement.query_map([number, ""], |row| row.get::<_, Vec<u8>>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()?;
        }
        Ok(statement.get_status(rusqlite::StatementStatus::RePrepare))
    };
    assert_eq!(store.readers.look_up(made_anew).expect("read"), 0);
}

#[test]
fn a_store_that_is_opened_while_another_process_publishes_is_not_behind() {
    let folder = tempfile::tempdir().expect("folder");
    let path = store_file(&folder);
    let busy = open(&path).expect("opened");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                busy.commit(Change::new(vec![event("s", "status-changed")])).expect("committed");
            }
        });
        let opened: Vec<_> = (0..60).map(|_| open(&path).map(drop)).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(opened.iter().all(Result::is_ok), "{opened:?}");
    });
}
