//! What happens in the demo, step by step, each checked as it is told.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::task::block_in_place;

use super::answers::ask;
use super::customs::Customs;
use super::house::{HOME, House, PARTNER};
use super::questions::Cast;
use super::teller::{Teller, say};
use crate::clock::Day;
use crate::command::sample::{self, Order};
use crate::command::source::Findings;
use crate::command::{Failure, import, terminal};
use crate::exchange::{Agreement, Assertable, Partner, Subscription};
use crate::gateway::Gateway;
use crate::record::{Identifier, Kind, ReasonClass, Record, StatusEntry, StatusValue, SubjectKey};
use crate::registry::Owner;
use crate::store::{OutboxState, replay_ledger};

/// How long a step may wait for the other house.
const PATIENCE: Duration = Duration::from_mins(1);

/// Plays all of it; true where every step held.
pub(super) async fn tell(folder: &Path, today: Day, end: bool) -> Result<bool, Failure> {
    let mut teller = Teller::default();
    terminal::line("certbridge demo: everything here is invented but the formats, the cryptography and the network");

    teller.step("Two houses, each with its own store, keys and CA");
    let home = House::start(folder, &HOME)?;
    let partner = House::start(folder, &PARTNER)?;
    for house in [&home, &partner] {
        let address = house.running.partner_address;
        say(format!("{} {} — partners at https://{address}", house.persona.country, house.persona.name));
    }
    befriend(&home, &partner)?;
    let customs_home = Customs::enrol(&home)?;
    let customs_partner = Customs::enrol(&partner)?;
    teller.check(true, "each is in the other's partner book, and a customs system in both");

    teller.step("A report workbook and CCC records come in at home, some of them with mistakes");
    // Importing waits for the disk.
    let (home, held) = block_in_place(|| import_at_home(home, folder, today, &mut teller))?;

    teller.step("What New Zealand has subscribed to is delivered as registry-attested UNTP credentials");
    let wanted = held.iter().filter(|record| subscription().covers(record, &Owner::House)).count();
    let messages = delivered(&home.gateway).await?;
    let there = partner.gateway.store().subject_count().map_err(|error| Failure::environment(&error))?;
    let wanted = u64::try_from(wanted).unwrap_or_default();
    teller.check(
        there == wanted && wanted > 0,
        format!("{there} of the {} certificates at home are at the partner, as subscribed", held.len()),
    );
    teller.check(messages >= there, format!("{messages} messages delivered, each with a signed receipt"));

    teller.step("Ten certificates of New Zealand come the other way: foreign issuer, no CNCA number, no credit code");
    let (partner, foreign) = block_in_place(|| import_at_partner(partner, folder, today, &mut teller))?;
    let before = held.len();
    delivered(&partner.gateway).await?;
    let now_held = home.gateway.store().subject_count().map_err(|error| Failure::environment(&error))?;
    let arrived = usize::try_from(now_held).unwrap_or_default().saturating_sub(before);
    teller.check(
        arrived == foreign.len() && arrived == 10,
        format!("{arrived} certificates of New Zealand are held at home"),
    );

    teller.step("At home one certificate is suspended, one withdrawn, one cancelled");
    let cast = change_statuses(&home, &partner, &held, &foreign, today, &mut teller).await?;

    teller.step("Ten questions of customs, over mutual TLS, each answer signed");
    ask(&cast, &customs_home, &customs_partner, &mut teller).await?;

    teller.step("Both ledgers, replayed from the first leaf to the signed checkpoint");
    for house in [&home, &partner] {
        let gateway = &house.gateway;
        let replayed =
            replay_ledger(gateway.store().as_ref(), &gateway.ledger_origin, std::slice::from_ref(&gateway.ledger_key));
        match replayed {
            Ok(report) => teller.check(
                true,
                format!("{}: {} events, root {}", house.persona.country, report.size, short(&report.root.0)),
            ),
            Err(error) => teller.check(false, format!("{}: {error}", house.persona.country)),
        }
    }

    let held_all = teller.failed.is_empty();
    if !held_all {
        terminal::line(format!("\n{} of the steps did not hold:", teller.failed.len()));
        for line in &teller.failed {
            terminal::line(format!("   ✗ {line}"));
        }
    }
    if end {
        if held_all {
            terminal::line("\nEvery step held.");
        }
    } else {
        further(&home, &partner, &cast);
        let _ = tokio::signal::ctrl_c().await;
    }
    drop((customs_home, customs_partner));
    tokio::join!(home.running.stop(), partner.running.stop());
    Ok(held_all)
}

/// What the partner registry gets of home's certificates.
fn subscription() -> Subscription {
    Subscription {
        kinds: vec![Kind::CompulsoryProduct, Kind::ManagementSystem],
        products: vec!["0703".into()],
        accredited_only: true,
        ..Subscription::default()
    }
}

/// Each house enters the other into its partner book, on the terms of the demo.
fn befriend(home: &House, partner: &House) -> Result<(), Failure> {
    let agreement = || Agreement {
        legal_basis: "demonstration; no legal basis is claimed".into(),
        data_classes: vec![],
        purposes: vec!["recognition of certificates".into()],
        from: None,
        until: None,
        contact: None,
    };
    home.befriend(partner, |entry: &mut Partner| {
        entry.agreement = agreement();
        entry.asserts = vec![Assertable { scheme: "register".into(), value: "*".into(), kinds: Vec::new() }];
        entry.subscription = Some(subscription());
    })?;
    partner.befriend(home, |entry: &mut Partner| {
        entry.agreement = agreement();
        entry.asserts = vec![Assertable { scheme: "cnca-approval".into(), value: "*".into(), kinds: Vec::new() }];
        entry.subscription = Some(Subscription::default());
    })
}

/// Imports the invented report and CCC records at home; gives what is held then.
fn import_at_home(
    home: House,
    folder: &Path,
    today: Day,
    teller: &mut Teller,
) -> Result<(House, Vec<Record>), Failure> {
    let order = |count, seed| Order { count, seed, dirty: true, on: today };
    let files = [("report.xlsx", "cnca-report@2016", order(40, 7)), ("ccc.json", "cnca-ccc@1", order(30, 11))];
    let mut findings = Findings::default();
    for (name, format, order) in files {
        let path = folder.join(name);
        let ending = path.extension().and_then(|ending| ending.to_str());
        let bytes = sample::write(format, ending, order)?;
        std::fs::write(&path, bytes).map_err(|error| Failure::file(&path, &error))?;
        let taken = import::take(&home.gateway, format, None, &path, None, &mut findings)?;
        let planned = u64::try_from(order.count).unwrap_or_default();
        teller.check(
            taken.new + taken.refused == planned && taken.refused > 0,
            format!("{name}: {} taken, {} refused; no row lost because of another", taken.new, taken.refused),
        );
        let again = import::take(&home.gateway, format, None, &path, None, &mut Findings::default())?;
        teller.check(again.new + again.changed == 0, format!("{name} once more: nothing changes"));
    }
    if let Some(table) = findings.weightiest(6) {
        say("What the senders are told, at their own cells (the weightiest):");
        terminal::line(table);
    }
    let records = records(&home.gateway)?;
    Ok((home, records))
}

/// Imports the partner country's certificates at the partner.
fn import_at_partner(
    partner: House,
    folder: &Path,
    today: Day,
    teller: &mut Teller,
) -> Result<(House, Vec<Record>), Failure> {
    let path = folder.join("certificates-nz.ndjson");
    let bytes = sample::write("untp-dcc@0.7.0", Some("ndjson"), Order { count: 10, seed: 3, dirty: false, on: today })?;
    std::fs::write(&path, bytes).map_err(|error| Failure::file(&path, &error))?;
    let mut findings = Findings::default();
    let taken = import::take(&partner.gateway, "untp-dcc@0.7.0", None, &path, None, &mut findings)?;
    teller.check(taken.new == 10, format!("{} certificates of its own taken in at the partner", taken.new));
    let own = records(&partner.gateway)?.into_iter().filter(|record| record.key.issuer.scheme == "register").collect();
    Ok((partner, own))
}

/// Every record that a house holds.
fn records(gateway: &Gateway) -> Result<Vec<Record>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::environment(error);
    let store = gateway.store();
    let size = store.ledger_size().map_err(|error| failed(&error))?;
    let mut keys: Vec<SubjectKey> = Vec::new();
    let limit = u32::try_from(size).unwrap_or(u32::MAX);
    for event in store.events_from(0, limit).map_err(|error| failed(&error))? {
        if event.event.kind == crate::ledger::EventKind::CertificateRegistered
            && let Ok(key) = event.event.subject.parse()
        {
            keys.push(key);
        }
    }
    let mut found = Vec::new();
    for key in keys {
        if let Some(held) = gateway.registry().look_up(&key).map_err(|error| failed(&error))? {
            found.push(held.record);
        }
    }
    Ok(found)
}

/// Waits until nothing is due any more; gives how many messages were delivered so far.
async fn delivered(gateway: &Gateway) -> Result<u64, Failure> {
    gateway.exchange.wake();
    let begun = Instant::now();
    loop {
        let counts = gateway.store().outbox_counts().map_err(|error| Failure::environment(&error))?;
        let of = |states: &[OutboxState]| -> u64 {
            counts.iter().filter(|count| states.contains(&count.state)).map(|count| count.count).sum()
        };
        if of(&[OutboxState::Due, OutboxState::Leased, OutboxState::Sent]) == 0 {
            return Ok(of(&[OutboxState::Delivered]));
        }
        if begun.elapsed() > PATIENCE {
            return Err(Failure::Partner("the partner did not take its messages within a minute".into()));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Chooses the certificates that the questions are about, and changes the status of three.
async fn change_statuses(
    home: &House,
    partner: &House,
    held: &[Record],
    foreign: &[Record],
    today: Day,
    teller: &mut Teller,
) -> Result<Cast, Failure> {
    let missing = || Failure::Environment("the sample does not hold the certificates that the questions need".into());
    let air_conditioner = |record: &&Record| {
        record.kind == Kind::CompulsoryProduct
            && subscription().covers(record, &Owner::House)
            && record.status_on(today, None).validity == crate::record::Validity::Valid
    };
    let mut candidates = held.iter().filter(air_conditioner);
    let mut next = || candidates.next().ok_or_else(missing);
    let (valid, suspended, withdrawn, cancelled) = (next()?, next()?, next()?, next()?);
    let expired = held
        .iter()
        .find(|record| {
            record.kind == Kind::CompulsoryProduct
                && record.status_on(today, None).validity == crate::record::Validity::Expired
        })
        .ok_or_else(missing)?;
    let own = foreign.first().ok_or_else(missing)?;
    let cancelled_on = sample::later(today, -10);
    let acts = [
        (suspended, StatusValue::Suspended, ReasonClass::Sanction, today),
        (withdrawn, StatusValue::Withdrawn, ReasonClass::Sanction, today),
        (cancelled, StatusValue::Cancelled, ReasonClass::HolderRequest, cancelled_on),
    ];
    for (record, status, class, from) in acts {
        let key = SubjectKey::try_from(&record.key).map_err(|error| Failure::environment(&error))?;
        let entry = act(status, class, from);
        let begun = Instant::now();
        block_in_place(|| home.gateway.registry().change_status(&key, &entry, &Owner::House))
            .map_err(|error| Failure::environment(&error))?;
        home.gateway.exchange.wake();
        let seen = seen_at(partner, &key, status).await?;
        let time = begun.elapsed().as_millis();
        teller.check(seen, format!("{} {}: seen at the partner after {time} ms", number(record), status.code()));
    }
    Ok(Cast {
        valid: number(valid),
        model: model(valid).ok_or_else(missing)?,
        suspended: number(suspended),
        expired: number(expired),
        cancelled: number(cancelled),
        withdrawn: number(withdrawn),
        foreign: number(own),
        foreign_model: model(own).ok_or_else(missing)?,
        cancelled_on,
        today,
    })
}

fn act(status: StatusValue, class: ReasonClass, from: Day) -> StatusEntry {
    StatusEntry {
        id: String::new(),
        status: Some(status),
        claimed: None,
        affected_scope: None,
        from: Some(from),
        until: None,
        reason: crate::record::Reason { class: Some(class), ..crate::record::Reason::default() },
        decided_on: Some(from),
        reported_on: None,
        observed_at: None,
        decided_by: Some(Identifier::new("register", "demo")),
        corrects: None,
        residue: crate::record::Residue::default(),
    }
}

/// Waits until the partner's own record says so.
async fn seen_at(partner: &House, key: &SubjectKey, status: StatusValue) -> Result<bool, Failure> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let held = partner.gateway.registry().look_up(key).map_err(|error| Failure::environment(&error))?;
        if held.is_some_and(|held| held.record.status.history.iter().any(|entry| entry.status == Some(status))) {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(false)
}

fn number(record: &Record) -> String {
    record.key.number.clone().or_else(|| record.key.uri.clone()).unwrap_or_default()
}

fn model(record: &Record) -> Option<String> {
    record.products.iter().flat_map(|product| &product.models).map(|model| model.pattern.clone()).next()
}

fn short(bytes: &[u8]) -> String {
    let text = hex::encode(bytes);
    text.get(..16).unwrap_or(&text).to_owned()
}

/// Where to look further while the houses serve.
fn further(home: &House, partner: &House, cast: &Cast) {
    let config = home.configuration();
    let config = config.display();
    terminal::line("\nBoth houses serve until Ctrl-C. Look further, in another terminal:");
    for (what, command) in [
        (
            "one certificate: rule, process, result",
            format!("certbridge trace --config {config} --number {}", cast.suspended),
        ),
        (
            "a question of your own",
            format!("certbridge verify --config {config} --number {} --importer NZ", cast.valid),
        ),
        ("what was sent, and the receipts", format!("certbridge outbox list --config {config}")),
        ("the ledger, replayed", format!("certbridge ledger verify --config {config}")),
        (
            "the partner's side",
            format!("certbridge trace --config {} --number {}", partner.configuration().display(), cast.suspended),
        ),
    ] {
        terminal::line(format!("   {what}\n      {command}"));
    }
    if let Some(address) = home.running.public_address {
        let anchor = home.folder.join("tls/ca.pem");
        terminal::line(format!(
            "   our keys, for anybody\n      curl --cacert {} https://localhost:{}/.well-known/did.json",
            anchor.display(),
            address.port()
        ));
    }
}
