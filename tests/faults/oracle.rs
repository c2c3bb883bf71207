//! Judges a run from the outside, when it is over and every house has stopped: from what was acknowledged to whoever did the
//! work, from what passed on the wires, and from what the houses say of themselves by their command line. Where they have no
//! face for it, their SQLite file is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use certbridge::crypto::{Digest, Key, KeySet, KeyWindow, PublicKey, sha256};
use certbridge::exchange::Frozen;
use certbridge::message::{Outcome, SignedReceipt};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;

use crate::house::House;
use crate::load::Acknowledged;
use crate::wire::Wire;

/// What is wrong, in words.
pub(crate) type Violations = Vec<String>;

/// How much a run did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) documents: usize,
    pub(crate) acts: usize,
    pub(crate) messages: usize,
    pub(crate) attempts: u64,
    pub(crate) superseded: usize,
}

/// A message of an outbox.
struct Sent {
    id: String,
    subject: String,
    face: String,
    state: String,
    frozen: Option<Vec<u8>>,
    receipt: Option<Vec<u8>>,
    attempts: u64,
    reason: Option<String>,
}

/// A message of an inbox.
struct Taken {
    digest: Vec<u8>,
    subject: String,
    answer: Vec<u8>,
}

/// Judges one house by itself: its ledger, and everything that it acknowledged.
pub(crate) async fn judge_house(
    house: &House,
    acknowledged: &[Acknowledged],
    found: &mut Violations,
    tally: &mut Tally,
) {
    let id = house.who.id;
    match house.run(&["ledger", "verify", "--json"]).await {
        Ok(said) if said.code == Some(0) && said.json().is_some_and(|json| json["sound"] == true) => {}
        Ok(said) => found.push(format!("the ledger of {id} is not sound: {} {}", said.out, said.err)),
        Err(error) => found.push(format!("the ledger of {id} cannot be verified: {error}")),
    }
    if let Err(error) = judge_acknowledged(house, acknowledged, found, tally) {
        found.push(format!("the store of {id} cannot be read: {error}"));
    }
}

fn judge_acknowledged(
    house: &House,
    acknowledged: &[Acknowledged],
    found: &mut Violations,
    tally: &mut Tally,
) -> rusqlite::Result<()> {
    let store = house.read()?;
    let id = house.who.id;
    let whole: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if whole != "ok" {
        found.push(format!("the store of {id} is damaged: {whole}"));
    }
    for one in acknowledged {
        match one {
            Acknowledged::Document { number, mark, digest } => {
                tally.documents += 1;
                let kept: Option<i64> = store
                    .query_row("SELECT length FROM payload WHERE digest = ?1", [digest], |row| row.get(0))
                    .optional()?;
                if kept.is_none() {
                    found.push(format!("{id} acknowledged a document of {number} ({mark}) and does not hold it"));
                }
                let versions: Vec<Vec<u8>> = store
                    .prepare(
                        "SELECT record FROM record_version JOIN subject ON subject.id = record_version.subject
                         WHERE number = ?1 AND payload = ?2",
                    )?
                    .query_map(params![number, digest], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                let marked = versions.iter().filter(|record| contains(record, mark)).count();
                if (versions.len(), marked) != (1, 1) {
                    let (all, marked) = (versions.len(), marked);
                    found.push(format!("{id} acknowledged {number} ({mark}): {all} versions of it, {marked} with it"));
                }
            }
            Acknowledged::Act { number, status, from, version } => {
                tally.acts += 1;
                let record: Option<Vec<u8>> = store
                    .query_row(
                        "SELECT record FROM record_version JOIN subject ON subject.id = record_version.subject
                         WHERE number = ?1 AND record_version.version = ?2",
                        params![number, i64::try_from(*version).unwrap_or(0)],
                        |row| row.get(0),
                    )
                    .optional()?;
                let there = record.is_some_and(|record| {
                    history(&record).iter().any(|act| act["status"] == *status && act["from"] == from.as_str())
                });
                if !there {
                    found.push(format!(
                        "{id} acknowledged that {number} is {status} from {from}, and it is not recorded"
                    ));
                }
            }
        }
    }
    Ok(())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn history(record: &[u8]) -> Vec<Value> {
    let record: Value = serde_json::from_slice(record).unwrap_or_default();
    record["status"]["history"].as_array().cloned().unwrap_or_default()
}

/// Judges what went from one house to another: `from` owns, `to` was told.
pub(crate) fn judge_pair(wire: &Wire, found: &mut Violations, tally: &mut Tally) {
    let judged = Pair::read(wire).and_then(|pair| pair.judge(wire, found, tally));
    if let Err(error) = judged {
        found.push(format!("from {} to {}: a store cannot be read: {error}", wire.from.who.id, wire.to.who.id));
    }
}

struct Pair {
    from: Arc<House>,
    to: Arc<House>,
    sender: Connection,
    receiver: Connection,
    sent: BTreeMap<String, Sent>,
    taken: BTreeMap<String, Taken>,
}

impl Pair {
    fn read(wire: &Wire) -> rusqlite::Result<Self> {
        let (sender, receiver) = (wire.from.read()?, wire.to.read()?);
        let sent = sender
            .prepare(
                "SELECT id, subject, face, state, frozen, receipt, attempts, last_error FROM outbox WHERE partner = ?1",
            )?
            .query_map([wire.to.who.id], |row| {
                Ok(Sent {
                    id: row.get(0)?,
                    subject: row.get(1)?,
                    face: row.get(2)?,
                    state: row.get(3)?,
                    frozen: row.get(4)?,
                    receipt: row.get(5)?,
                    attempts: row.get::<_, i64>(6)?.unsigned_abs(),
                    reason: row.get(7)?,
                })
            })?
            .map(|sent| sent.map(|sent| (sent.id.clone(), sent)))
            .collect::<Result<_, _>>()?;
        let taken = receiver
            .prepare("SELECT message_id, digest, subject, answer FROM inbox WHERE sender = ?1")?
            .query_map([wire.from.who.id], |row| {
                Ok((
                    row.get(0)?,
                    Taken {
                        digest: row.get(1)?,
                        subject: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                        answer: row.get(3)?,
                    },
                ))
            })?
            .collect::<Result<_, _>>()?;
        Ok(Self { from: wire.from.clone(), to: wire.to.clone(), sender, receiver, sent, taken })
    }

    fn judge(&self, wire: &Wire, found: &mut Violations, tally: &mut Tally) -> rusqlite::Result<()> {
        let mut said = Vec::new();
        self.judge_messages(&mut said, tally);
        self.judge_answers(wire, &mut said);
        self.judge_events(&mut said)?;
        self.judge_state(&mut said)?;
        found.extend(said.into_iter().map(|said| format!("{} → {}: {said}", self.from.who.id, self.to.who.id)));
        Ok(())
    }

    /// Every message that shows as delivered is at the receiver with the same bytes and the receipt that it gave; nothing is
    /// under way, nothing given up; and the receiver holds nothing that was not sent.
    fn judge_messages(&self, found: &mut Violations, tally: &mut Tally) {
        let keys = keys(&self.to);
        for (id, sent) in &self.sent {
            tally.attempts += sent.attempts;
            match sent.state.as_str() {
                "delivered" => tally.messages += 1,
                "superseded" => {
                    tally.superseded += 1;
                    continue;
                }
                other => {
                    let reason = sent.reason.as_deref().unwrap_or("without a reason");
                    found.push(format!("{id} ({} {}) is {other}: {reason}", sent.face, sent.subject));
                    continue;
                }
            }
            let Some(frozen) = sent.frozen.as_deref().and_then(|bytes| Frozen::from_bytes(bytes).ok()) else {
                found.push(format!("{id} shows as delivered, and nothing is kept of it"));
                continue;
            };
            let Some(taken) = self.taken.get(id) else {
                found.push(format!("{id} ({} {}) shows as delivered, and is not there", sent.face, sent.subject));
                continue;
            };
            if taken.digest != sha256(&frozen.body) || taken.subject != sent.subject {
                found.push(format!("{id} is not there as it was sent"));
            }
            if sent.receipt.as_deref() != Some(taken.answer.as_slice()) {
                found.push(format!("{id}: the sender holds another receipt than the receiver keeps"));
            }
            let receipt = SignedReceipt::parse(&taken.answer);
            let believed = receipt.as_ref().is_ok_and(|receipt| {
                receipt.verify_for(&keys, &frozen.envelope, &Digest::sha256(&frozen.body), &frozen.signatures).is_ok()
                    && matches!(receipt.receipt().outcome, Outcome::Delivered | Outcome::DeliveredWithWarnings)
            });
            if !believed {
                found.push(format!("{id} shows as delivered by a receipt that does not say so"));
            }
        }
        for (id, taken) in &self.taken {
            match self.sent.get(id) {
                Some(sent) if matches!(sent.state.as_str(), "delivered" | "superseded") => {}
                Some(sent) => found.push(format!("{id} ({}) was taken, and is {} here", taken.subject, sent.state)),
                None => found.push(format!("{id} ({}) was taken, and never sent", taken.subject)),
            }
        }
    }

    /// Whatever answer left the receiver is the one that it keeps: the first, and one only.
    fn judge_answers(&self, wire: &Wire, found: &mut Violations) {
        let seen = wire.seen();
        found.extend(seen.wrong.iter().cloned());
        for (id, answers) in &seen.answers {
            match self.taken.get(id) {
                None => found.push(format!("{id} was acknowledged on the wire, and is not there")),
                Some(taken) if answers.len() == 1 && answers.contains(&taken.answer) => {}
                Some(_) => found.push(format!("{id} was given {} answers, or another than is kept", answers.len())),
            }
        }
    }

    /// Exactly one leaf for every message, on both sides.
    fn judge_events(&self, found: &mut Violations) -> rusqlite::Result<()> {
        let count = |store: &Connection, kinds: [&str; 2], subject: &str, digest: &[u8]| -> rusqlite::Result<u32> {
            store.query_row(
                "SELECT COUNT(*) FROM ledger_event WHERE kind IN (?1, ?2) AND subject = ?3 AND digest = ?4",
                params![kinds[0], kinds[1], subject, digest],
                |row| row.get(0),
            )
        };
        let mut wanted: BTreeMap<(&str, &[u8]), u32> = BTreeMap::new();
        for taken in self.taken.values() {
            *wanted.entry((&taken.subject, &taken.digest)).or_default() += 1;
        }
        for ((subject, digest), wanted) in wanted {
            let there = count(&self.receiver, ["message-received", "message-refused"], subject, digest)?;
            if there != wanted {
                found.push(format!("{subject}: {wanted} messages were taken, and {there} leaves say so"));
            }
        }
        for sent in self.sent.values().filter(|sent| sent.state == "delivered") {
            let Some(frozen) = sent.frozen.as_deref().and_then(|bytes| Frozen::from_bytes(bytes).ok()) else {
                continue;
            };
            let there = count(&self.sender, ["message-sent", ""], &sent.subject, &sha256(&frozen.body))?;
            // The same bytes may have gone to two partners.
            let others: u32 = self.sender.query_row(
                "SELECT COUNT(*) FROM outbox WHERE subject = ?1 AND state = 'delivered' AND partner <> ?2",
                params![sent.subject, self.to.who.id],
                |row| row.get(0),
            )?;
            if there == 0 || there > 1 + others {
                found.push(format!("{} was delivered, and {there} leaves say so", sent.id));
            }
        }
        Ok(())
    }

    /// What the sender owns stands at the receiver in its highest version, whole, and with the same status.
    fn judge_state(&self, found: &mut Violations) -> rusqlite::Result<()> {
        let subjects: Vec<(String, String, String, i64, i64, Vec<u8>)> = self
            .sender
            .prepare(
                "SELECT subject.issuer_scheme, subject.issuer_value, number, subject.certificate_version,
                     subject.status_version, record
                 FROM subject JOIN record_version ON record_version.subject = subject.id
                     AND record_version.version = subject.version
                 WHERE subject.owner = 'house'",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)))?
            .collect::<Result<_, _>>()?;
        let mut numbers = BTreeSet::new();
        for (scheme, value, number, certificate_version, status_version, record) in subjects {
            numbers.insert(number.clone());
            let held: Option<(String, Vec<u8>, u32)> = self
                .receiver
                .query_row(
                    "SELECT subject.owner, record,
                         (SELECT COUNT(*) FROM record_version AS all_of WHERE all_of.subject = subject.id)
                     FROM subject JOIN record_version ON record_version.subject = subject.id
                         AND record_version.version = subject.version
                     WHERE issuer_scheme = ?1 AND issuer_value = ?2 AND number = ?3",
                    params![scheme, value, number],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let Some((owner, theirs, versions)) = held else {
                found.push(format!("{number} never arrived"));
                continue;
            };
            if owner != format!("partner:{}", self.from.who.id) {
                found.push(format!("{number} belongs to {owner}"));
            }
            let told = history(&record).len() > 1;
            for (face, version) in [("certificate", certificate_version), ("status", status_version)] {
                if face == "status" && !told {
                    continue;
                }
                let stands: Option<i64> = self
                    .receiver
                    .query_row(
                        "SELECT version FROM exchanged_version WHERE partner = ?1 AND face = ?2 AND direction = 'received'
                             AND subject LIKE '%' || ?3",
                        params![self.from.who.id, face, number],
                        |row| row.get(0),
                    )
                    .optional()?;
                if stands != Some(version) {
                    found.push(format!("{number}: version {version} of its {face} is owed, {stands:?} stands there"));
                }
            }
            let (ours, there) = (marks(&record), marks(&theirs));
            if ours != there {
                found.push(format!("{number}: {ours:?} here, {there:?} there"));
            }
            let acts = |record: &[u8]| -> Vec<(Value, Value)> {
                history(record).into_iter().map(|act| (act["status"].clone(), act["from"].clone())).collect()
            };
            if told && acts(&record) != acts(&theirs) {
                found.push(format!("{number}: its history is {:?} here, {:?} there", acts(&record), acts(&theirs)));
            }
            let messages = self.taken.values().filter(|taken| taken.subject.ends_with(&number)).count();
            if u32::try_from(messages).is_ok_and(|messages| versions > messages) {
                found.push(format!("{number}: {messages} messages made {versions} versions"));
            }
        }
        let foreign: Vec<String> = self
            .receiver
            .prepare("SELECT number FROM subject WHERE owner = ?1")?
            .query_map([format!("partner:{}", self.from.who.id)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        found.extend(
            foreign.iter().filter(|number| !numbers.contains(*number)).map(|number| format!("{number} is nobody's")),
        );
        Ok(())
    }
}

/// The editions that a record names.
fn marks(record: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(record);
    let record: Value = serde_json::from_str(&text).unwrap_or_default();
    let products = record["products"].to_string();
    products.match_indices("KFR-7").filter_map(|(at, _)| products.get(at..at + 10)).map(str::to_owned).collect()
}

/// The keys by which a house signs receipts, as it tells its partners.
fn keys(house: &House) -> KeySet {
    let entry = house.folder.join(format!("share/{}.toml", house.who.id));
    let entry: toml::Table = toml::from_str(&std::fs::read_to_string(entry).unwrap_or_default()).unwrap_or_default();
    let all = entry.get("message_keys").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let all = all.iter().filter_map(|key| key.get("multikey")?.as_str()).filter_map(|multikey| {
        Some(Key::verifying(multikey, PublicKey::from_multikey(multikey).ok()?, KeyWindow::ALWAYS))
    });
    KeySet::new(all.collect()).unwrap()
}
