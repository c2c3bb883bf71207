//! One run: houses are set up, work is done, things go wrong, and when all is well again the oracle judges.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use certbridge::clock::{Clock as _, SystemClock, Timestamp};
use certbridge::exchange::Frozen;
use certbridge::message::MessageId;

use crate::disk::Disk;
use crate::house::House;
use crate::load::{self, Acknowledged};
use crate::oracle::{Tally, judge_house, judge_pair};
use crate::script::{Fault, Means, Script, Wrong};
use crate::system_calls;
use crate::who::{AU, CN, NZ, Who};
use crate::wire::{Mode, Wire};

/// How long after the last fault everything that was owed must be there: seconds, on a machine that has them.
const SETTLES: Duration = Duration::from_mins(5);
/// Megabytes of a small disk.
const SMALL: u32 = 6;

/// The houses that there are, in their order.
const HOUSES: [Who; 3] = [CN, NZ, AU];

/// What runs are made from.
pub(crate) struct Kit {
    binary: PathBuf,
    template: tempfile::TempDir,
    faketime: Option<PathBuf>,
    pub(crate) means: Means,
}

/// What became of a run.
pub(crate) struct Verdict {
    pub(crate) script: Script,
    pub(crate) violations: Vec<String>,
    pub(crate) tally: Tally,
    /// Where the houses of a failed run stand.
    pub(crate) kept: Option<PathBuf>,
}

impl Kit {
    /// Houses as they are before anything happens, made by the binary itself.
    pub(crate) fn make() -> Self {
        let named = std::env::var_os("CERTBRIDGE_TEST_FAULTS_BINARY").map(PathBuf::from);
        let binary = named.unwrap_or_else(|| env!("CARGO_BIN_EXE_certbridge").into());
        let template = tempfile::tempdir().unwrap();
        for who in HOUSES {
            let made = Command::new(&binary)
                .arg("init")
                .arg("--dir")
                .arg(template.path().join(who.id))
                .args(["--id", who.id, "--country", who.country, "--name", who.id, "--base", who.base])
                .args(["--partner-address", "127.0.0.1:0", "--public-address", "127.0.0.1:0"])
                .output()
                .unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        let faketime = faketime();
        let means = Means {
            clocks: faketime.is_some(),
            small_disks: Disk::mount(template.path().join("disk"), 1).is_some(),
            system_calls: system_calls::can_be_traced(),
        };
        for (there, what, needed) in [
            (means.clocks, "clocks that jump", "libfaketime (Debian: libfaketime)"),
            (means.small_disks, "full disks", "the right to mount a tmpfs"),
            (means.system_calls, "failing disks", "strace, and the right to trace"),
        ] {
            if !there {
                eprintln!("NOT RUN: {what} need {needed}");
            }
        }
        Self { binary, template, faketime, means }
    }

    /// Two houses that nothing happens to, and the wires between them; for as long as the folder is there.
    pub(crate) async fn pair(&self, folder: &Path) -> (Vec<Arc<House>>, Vec<Arc<Wire>>) {
        let script = Script::quiet();
        let mut trial = Trial { script: &script, houses: Vec::new(), wires: Vec::new(), found: Vec::new() };
        trial.set_up(self, folder).await;
        (trial.houses, trial.wires)
    }

    /// A run.
    pub(crate) async fn run(&self, seed: u64) -> Verdict {
        let script = Script::draw(seed, self.means);
        let folder = tempfile::tempdir().unwrap();
        let mut trial = Trial { script: &script, houses: Vec::new(), wires: Vec::new(), found: Vec::new() };
        trial.set_up(self, folder.path()).await;
        let tally = trial.run().await;
        let violations = trial.found;
        drop(trial.wires);
        let kept = (!violations.is_empty() && std::env::var_os("CERTBRIDGE_TEST_FAULTS_KEEP").is_some()).then(|| {
            for house in &trial.houses {
                if let Some(disk) = &house.disk {
                    let _ =
                        Command::new("cp").arg("-a").arg(disk.folder()).arg(house.folder.join("disk-kept")).status();
                }
            }
            folder.keep()
        });
        Verdict { script, violations, tally, kept }
    }
}

/// The library that gives a process another clock.
fn faketime() -> Option<PathBuf> {
    let known = ["x86_64", "aarch64"].map(|machine| format!("/usr/lib/{machine}-linux-gnu/faketime/libfaketime.so.1"));
    known.into_iter().map(PathBuf::from).find(|path| path.exists())
}

struct Trial<'a> {
    script: &'a Script,
    houses: Vec<Arc<House>>,
    wires: Vec<Arc<Wire>>,
    found: Vec<String>,
}

impl Trial<'_> {
    async fn set_up(&mut self, kit: &Kit, folder: &Path) {
        let script = self.script;
        let faketime = kit.faketime.as_deref().filter(|_| script.clocks_jump());
        for (index, who) in HOUSES.into_iter().take(script.houses).enumerate() {
            let place = folder.join(who.id);
            let copied = Command::new("cp").arg("-a").arg(kit.template.path().join(who.id)).arg(&place).status();
            assert!(copied.unwrap().success());
            let small =
                script.small_disks.contains(&index).then(|| Disk::mount(folder.join(format!("disk-{index}")), SMALL));
            let house = House::new(who, place, &kit.binary, faketime, small.flatten(), script.longest_call());
            self.houses.push(Arc::new(house.unwrap()));
        }
        for (index, (from, to)) in script.wires().into_iter().enumerate() {
            let opens = script.opens & (1 << (index % 8)) != 0;
            let seed = script.seed ^ (index as u64) << 48;
            let wire = Wire::between(&self.houses[from], &self.houses[to], opens, script, seed).await;
            enter(&wire);
            self.wires.push(wire);
        }
    }

    async fn run(&mut self) -> Tally {
        for house in &self.houses {
            if let Err(error) = house.start().await {
                self.found.push(error);
            }
        }
        let begun = Instant::now();
        let mut work = Vec::new();
        for (house, all) in self.houses.iter().zip(&self.script.work) {
            work.push(tokio::spawn(load::work(house.clone(), all.clone())));
        }
        let faults: Vec<_> = self
            .script
            .faults
            .iter()
            .map(|fault| tokio::spawn(go_wrong(fault.clone(), begun, self.houses.clone(), self.wires.clone())))
            .collect();
        let mut done = Vec::new();
        for work in work {
            done.push(work.await.unwrap());
        }
        for fault in faults {
            if let Err(said) = fault.await.unwrap() {
                self.found.push(said);
            }
        }

        for wire in &self.wires {
            wire.calm();
        }

        // All is well again: what was not acknowledged is done again, and must be.
        let mut acknowledged: Vec<Vec<Acknowledged>> = Vec::new();
        for (house, (mut known, open)) in self.houses.iter().zip(done) {
            for one in open {
                match load::once(house, &one).await {
                    Ok(more) => known.extend(more),
                    // A certificate that never came cannot be suspended.
                    Err(said)
                        if matches!(one.what, crate::script::Doing::Status { .. })
                            && said.contains("exit status: 1") => {}
                    Err(said) => self.found.push(format!("{} does not take {:?}: {said}", house.who.id, one.what)),
                }
            }
            acknowledged.push(known);
        }
        self.settle().await;
        for house in &self.houses {
            if let Err(said) = house.stop().await {
                self.found.push(said);
            }
        }
        let mut tally = Tally::default();
        for (house, known) in self.houses.iter().zip(&acknowledged) {
            judge_house(house, known, &mut self.found, &mut tally).await;
        }
        for wire in &self.wires {
            judge_pair(wire, &mut self.found, &mut tally);
        }
        tally
    }

    /// Waits until no house has anything to send. What was made while a clock was ahead comes from the future, and is only
    /// believed when its time has come: then that time is made to come, for all.
    async fn settle(&mut self) {
        let waits = |house: &House| open(house).is_ok_and(|all| all.iter().all(|message| message.comes_later));
        if !self.within(SETTLES, waits).await {
            self.found
                .push(format!("not everything was sent within {} seconds after the last fault", SETTLES.as_secs()));
            return;
        }
        let nothing = |house: &House| open(house).is_ok_and(|all| all.is_empty());
        if self.houses.iter().all(|house| nothing(house)) {
            return;
        }
        for house in &self.houses {
            house.set_clock(self.script.furthest_ahead() + 60);
        }
        if !self.within(SETTLES, nothing).await {
            self.found.push("what was made while a clock was ahead was not sent when its time had come".to_owned());
        }
    }

    /// True where this holds for every house before the time is over.
    async fn within(&self, time: Duration, holds: impl Fn(&House) -> bool) -> bool {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if self.houses.iter().all(|house| holds(house)) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }
}

/// A message that is still to be sent.
struct Open {
    comes_later: bool,
}

/// What a house still has to send, and whether it was made by a clock that was ahead.
fn open(house: &House) -> rusqlite::Result<Vec<Open>> {
    let latest = SystemClock.now().plus_seconds(200);
    let early = |id: &str, frozen: Option<&[u8]>| {
        let frozen = frozen.and_then(|bytes| Frozen::from_bytes(bytes).ok());
        let body: serde_json::Value =
            frozen.and_then(|frozen| serde_json::from_slice(&frozen.body).ok()).unwrap_or_default();
        let proven = body["proof"]["created"].as_str().and_then(|at| at.parse().ok());
        id.parse().is_ok_and(|id: MessageId| id.made() > latest) || proven.is_some_and(|at: Timestamp| at > latest)
    };
    let rows: Vec<(String, bool)> = house
        .read()?
        .prepare("SELECT id, subject, partner, frozen FROM outbox WHERE state IN ('due', 'leased', 'sent')")?
        .query_map([], |row| {
            let (id, frozen): (String, Option<Vec<u8>>) = (row.get(0)?, row.get(3)?);
            let about = format!("{} {}", row.get::<_, String>(1)?, row.get::<_, String>(2)?);
            Ok((about, early(&id, frozen.as_deref())))
        })?
        .collect::<Result<_, _>>()?;
    // A status waits for its certificate.
    let comes_later = |about: &str| rows.iter().any(|(other, early)| other == about && *early);
    Ok(rows.iter().map(|(about, _)| Open { comes_later: comes_later(about) }).collect())
}

/// Enters the receiver of a wire into the sender's book, and the other way round: each knows the other by its wire.
fn enter(wire: &Wire) {
    let (from, to) = (&wire.from, &wire.to);
    let share = to.folder.join("share");
    let id = to.who.id;
    for name in ["ca", "crl"] {
        let name = format!("{id}-{name}.pem");
        std::fs::copy(share.join(&name), from.folder.join("partners").join(&name)).unwrap();
    }
    let entry = std::fs::read_to_string(share.join(format!("{id}.toml"))).unwrap();
    let address = format!("address = \"https://localhost:{}\"", wire.port);
    let lines: Vec<&str> =
        entry.lines().map(|line| if line.starts_with("address = ") { address.as_str() } else { line }).collect();
    // Each speaks for its own bodies, and sends what those have issued.
    let (theirs, ours) = (load::issuer(to), load::issuer(from));
    let agreement = format!(
        "[[asserts]]\nscheme = \"{}\"\nvalue = \"{}\"\n[subscription]\nissuers = [{{scheme = \"{}\", value = \"{}\"}}]\n",
        theirs.0, theirs.1, ours.0, ours.1
    );
    let agreed = lines.join("\n").replace("legal_basis = \"\"", "legal_basis = \"Arrangement of the test\"");
    let entry = format!("{agreed}\n{agreement}");
    std::fs::write(from.folder.join(format!("partners/{id}.toml")), entry).unwrap();
}

/// Lets something go wrong, and well again.
async fn go_wrong(fault: Fault, begun: Instant, houses: Vec<Arc<House>>, wires: Vec<Arc<Wire>>) -> Result<(), String> {
    tokio::time::sleep_until((begun + Duration::from_millis(fault.at)).into()).await;
    let lasts = tokio::time::sleep(Duration::from_millis(fault.lasts));
    match fault.what {
        Wrong::Killed(house) => {
            let house = &houses[house];
            let _held = house.hands.lock().await;
            house.kill();
            house.reap().await;
            lasts.await;
            house.start().await?;
        }
        Wrong::Stopped(house) => {
            let house = &houses[house];
            let _held = house.hands.lock().await;
            house.stop().await?;
            house.start().await?;
        }
        Wrong::Frozen(house) => {
            let house = &houses[house];
            let _held = house.hands.lock().await;
            house.signal("STOP").await;
            lasts.await;
            house.signal("CONT").await;
        }
        Wrong::Reloaded(house) => houses[house].signal("HUP").await,
        Wrong::Full(house) => {
            let house = &houses[house];
            let _held = house.hands.lock().await;
            if let Some(disk) = &house.disk {
                disk.fill();
                lasts.await;
                disk.clear();
            }
        }
        Wrong::Disk { house, error } => {
            let house = &houses[house];
            let _held = house.hands.lock().await;
            if let Some(tracer) = system_calls::fail_writes(house, error).await {
                tokio::time::sleep(Duration::from_millis(fault.lasts)).await;
                system_calls::leave(tracer, house).await;
            }
        }
        Wrong::SlowDisk { house, micros, dies_on } => {
            let wire = dies_on.map(|wire| &wires[wire]);
            let _wire = match wire {
                Some(wire) => Some(wire.hands.lock().await),
                None => None,
            };
            let house = &houses[house];
            let _held = house.hands.lock().await;
            if let Some(tracer) = system_calls::slow_writes(house, micros).await {
                if let Some(wire) = wire {
                    wire.set(Mode::ReceiverDies { passes: true });
                }
                let until = Instant::now() + Duration::from_millis(fault.lasts + 300);
                while Instant::now() < until && !house.is_killed() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                if let Some(wire) = wire {
                    wire.set(Mode::Pass);
                }
                system_calls::leave(tracer, house).await;
                if house.is_killed() {
                    house.reap().await;
                    house.start().await?;
                }
            }
        }
        Wrong::Clock { house, seconds } => {
            let house = &houses[house];
            let _held = house.hands.lock().await;
            house.set_clock(seconds);
            lasts.await;
            house.set_clock(0);
        }
        Wrong::Wire { wire, mode } => {
            let wire = &wires[wire];
            let _held = wire.hands.lock().await;
            let dies = match mode {
                Mode::ReceiverDies { .. } => Some(&wire.to),
                Mode::SenderDies => Some(&wire.from),
                _ => None,
            };
            let _hands = match dies {
                Some(house) => Some(house.hands.lock().await),
                None => None,
            };
            wire.set(mode);
            lasts.await;
            wire.set(Mode::Pass);
            if let Some(house) = dies.filter(|house| house.is_killed()) {
                house.reap().await;
                house.start().await?;
            }
        }
        Wrong::Repeated { wire, times } => {
            for _ in 0..times {
                wires[wire].repeats().await;
            }
        }
    }
    Ok(())
}
