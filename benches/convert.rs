//! One worker that converts an NDJSON file: what `benches/run` measures beside the peers. It reads, checks, maps, releases,
//! maps again, validates and writes, as `certbridge convert` does, and prints records a second.
//!
//! `convert --in F [--out F] [--account] [--sign] [--read-only] [--overlay FOLDER --tables FILE] [--seed HEX] [--created TIME]`
//!
//! With `--overlay` the crosswalk of UNTP in that folder stands in for the bundled one, and places in status
//! lists are given here, as a registry gives them.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a program for measuring, whose input is our own")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use certbridge::clock::{Clock as _, SystemClock, Timestamp, Zone};
use certbridge::credential::{ASSERTION_METHOD, ProofOptions, add_proof};
use certbridge::crypto::{Algorithm, Signer as _, SigningKey};
use certbridge::document::InMemory;
use certbridge::format::{Catalogue, Input, Piece, ReadContext, Streaming};
use certbridge::mapping::Context;
use certbridge::record::Record;
use certbridge::release::{Policy, release};
use certbridge::schema::Schemas;
use serde_json::{Value, json};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Default)]
struct Arguments {
    input: String,
    output: Option<String>,
    overlay: Option<String>,
    tables: Option<String>,
    seed: Option<String>,
    created: Option<String>,
    account: bool,
    sign: bool,
    read_only: bool,
    findings: bool,
}

fn arguments() -> Arguments {
    let mut found = Arguments::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("a value behind the option");
        match word.as_str() {
            "--in" => found.input = value(),
            "--out" => found.output = Some(value()),
            "--overlay" => found.overlay = Some(value()),
            "--tables" => found.tables = Some(value()),
            "--seed" => found.seed = Some(value()),
            "--created" => found.created = Some(value()),
            "--account" => found.account = true,
            "--sign" => found.sign = true,
            "--read-only" => found.read_only = true,
            "--findings" => found.findings = true,
            "--bench" => {}
            other => panic!("{other} is no option"),
        }
    }
    found
}

/// What the comparison's documents say that no record holds: places in status lists.
struct Places {
    /// Domain of each body.
    domains: HashMap<String, String>,
}

impl Places {
    /// From the tables that the peers read.
    fn read(tables: Option<&str>) -> Self {
        let tables: Value = tables
            .map(|path| serde_json::from_slice(&std::fs::read(path).expect("the tables")).expect("JSON"))
            .unwrap_or_default();
        let bodies = tables.get("bodies").and_then(Value::as_object).into_iter().flatten();
        let domain = |body: &Value| body.get("domain").and_then(Value::as_str).map(str::to_owned);
        Self { domains: bodies.filter_map(|(number, body)| Some((number.clone(), domain(body)?))).collect() }
    }

    /// The entry of a certificate in the status list of its body.
    fn entry(&self, record: &Record) -> Option<Value> {
        const LIST: u32 = 131_072;
        let serial: u32 = record.key.number.as_deref()?.get(6..12)?.parse().ok()?;
        let domain = self.domains.get(record.key.issuer.value.as_str())?;
        let list = format!("https://{domain}/status/revocation/{}", serial / LIST);
        let index = serial % LIST;
        Some(json!({
            "type": "BitstringStatusListEntry",
            "id": format!("{list}#{index}"),
            "statusPurpose": "revocation",
            "statusListIndex": index,
            "statusListCredential": list,
        }))
    }
}

fn catalogue(overlay: Option<&str>) -> Catalogue {
    let mut files = Catalogue::bundled_files();
    if let Some(folder) = overlay {
        let text = std::fs::read_to_string(Path::new(folder).join("untp-dcc.yaml")).expect("the overlay");
        files.insert("mappings/untp-dcc/0.7.0.yaml".to_owned(), text);
    }
    Catalogue::load(&files, Schemas::bundled().clone())
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

fn main() {
    let begun = Instant::now();
    let arguments = arguments();
    if arguments.input.is_empty() {
        eprintln!("SKIPPED: nothing to convert; benches/run makes the input and runs this beside the peers");
        return;
    }
    let catalogue = catalogue(arguments.overlay.as_deref());
    let created: Timestamp = match &arguments.created {
        Some(text) => text.parse().expect("a time"),
        None => SystemClock.now(),
    };
    let key = arguments.sign.then(|| {
        let seed = hex(arguments.seed.as_deref().expect("--seed"));
        SigningKey::from_secret(Algorithm::Ed25519, &seed).expect("a key")
    });
    let method = key.as_ref().map(|key| {
        let name = key.public_key().multikey();
        format!("did:key:{name}#{name}")
    });
    let mut issue = json!({
        "base": "https://registry.example",
        "issuer": {"id": "did:web:registry.example", "name": "Example Registry"},
    });
    let places = Places::read(arguments.tables.as_deref());
    let mut mapping = Context::new(created.day(Zone::CHINA));
    if !arguments.account {
        mapping = mapping.without_account();
    }
    let context = ReadContext { mapping, ..ReadContext::on(mapping.on) };
    let policy = Policy::partner("comparison");
    let input = Input::Lines(Box::new(File::open(&arguments.input).expect("the input")));
    let streaming = Streaming { scratch: &InMemory, charset: None, rows: 16 };
    let sink = arguments.output.as_deref().unwrap_or("/dev/null");
    let mut output = BufWriter::with_capacity(1 << 20, File::create(sink).expect("the output"));
    let (mut written, mut refused, mut told) = (0_u64, 0_u64, 0_u64);
    let started = Instant::now();
    let mut take = |piece: Piece| {
        let part = piece.reading;
        refused += part.refused.len() as u64;
        if arguments.findings {
            part.all_findings().take(3).for_each(|finding| eprintln!("{finding}"));
        }
        if arguments.read_only {
            written += part.records.len() as u64;
            return ControlFlow::Continue(());
        }
        for record in &part.records {
            issue["status_entry"] = places.entry(&record.record).unwrap_or_default();
            let released = release(&record.record, &policy, mapping.on);
            let one = catalogue.write("untp-dcc@0.7.0", &[released], &mapping.issuing(&issue)).expect("the format");
            let Some(document) = one.documents.into_iter().next() else { continue };
            if arguments.findings {
                document.findings.iter().for_each(|finding| eprintln!("{finding}"));
            }
            told += document.findings.len() as u64;
            if !document.may_be_sent() {
                refused += 1;
                continue;
            }
            match (&key, &method) {
                (Some(key), Some(method)) => {
                    let value = document.value().expect("JSON");
                    let options = ProofOptions { created, verification_method: method, purpose: ASSERTION_METHOD };
                    let signed = add_proof(value, key, &options).expect("a proof");
                    serde_json::to_writer(&mut output, &signed).expect("the output");
                }
                _ => output.write_all(&document.bytes().expect("JSON").expect("a document")).expect("the output"),
            }
            output.write_all(b"\n").expect("the output");
            written += 1;
        }
        ControlFlow::Continue(())
    };
    catalogue.read_stream("cnca-report@2016", input, None, &context, &streaming, &mut take).expect("the format");
    output.flush().expect("the output");
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "records {written} rejected {refused} findings {told} seconds {seconds:.3} setup_s {:.3} rss_mib {}",
        started.duration_since(begun).as_secs_f64(),
        resident()
    );
    println!("{:.0}", written as f64 / seconds);
}

fn hex(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..text.len()).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    }
    bytes
}

/// The most memory that was resident at any time, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or_default() / 1024
}
