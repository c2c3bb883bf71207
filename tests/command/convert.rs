//! `convert`: the same bytes, accepted by the official schema, every leaf accounted for, signed where asked.

use std::collections::BTreeSet;

use certbridge::clock::Timestamp;
use certbridge::credential::{Expectation, PublishedKeys, verify_proof};
use certbridge::crypto::{Key, KeySet, KeyWindow, Signer as _, SigningKey};

use super::*;

const OFFICIAL: &str = "reference/formats/untp-dcc-0.7.0/ConformityCredential.schema.json";
const INPUTS: &[(&str, &str)] = &[
    ("cnca-report@2016", "cnca-report-small.xlsx"),
    ("cnca-report@2016", "cnca-report-dirty.xlsx"),
    ("cnca-report@2016", "cnca-report.xls"),
    ("cnca-ccc@1", "ccc-certificates.json"),
    ("cnca-ccc@1", "ccc-certificates.csv"),
];

fn convert(from: &str, to: &str, more: &[&str], file: &Path) -> Answer {
    let file = text(file);
    let first = ["convert", "--from", from, "--to", to, "--at", DATA_DAY];
    run(first.into_iter().chain(more.iter().copied()).chain([file.as_str()]))
}

fn documents(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("one JSON document a line")).collect()
}

/// Invented certificates of a format in a file.
fn sample(folder: &Path, format: &str, name: &str, count: u32) -> PathBuf {
    let file = folder.join(name);
    let count = count.to_string();
    run(["sample", "--format", format, "--count", &count, "-o", &text(&file)]).ends(0);
    file
}

#[test]
fn every_accepted_record_goes_out_as_a_credential_that_the_official_schema_accepts() {
    let Some(schema) = shared(OFFICIAL) else { return };
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).expect("schema")).expect("JSON");
    let official =
        jsonschema::options().should_validate_formats(true).offline().build(&schema).expect("the schema compiles");
    for (format, name) in INPUTS {
        let Some(file) = shared(&format!("data/open/{name}")) else { return };
        let answer = convert(format, "untp-dcc@0.7.0", &[], &file);
        let accepted = run(["validate", "--today", DATA_DAY, "--format", format, &text(&file)]);
        assert_eq!(answer.code, accepted.code, "a row with an error, and no other, makes it end with 1");
        let all = documents(&answer.out);
        assert!(accepted.err.starts_with(&format!("{} records accepted", all.len())), "{name}: {}", accepted.err);
        let ids: BTreeSet<&str> = all.iter().map(|one| one["id"].as_str().expect("an id")).collect();
        assert_eq!(ids.len(), all.len(), "{name}: every credential has an id of its own");
        for document in &all {
            let errors: Vec<String> =
                official.iter_errors(document).map(|error| format!("{} {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}\n{document:#}");
            assert!(document.get("proof").is_none(), "unsigned unless asked for");
        }
    }
}

#[test]
fn the_same_input_and_arguments_give_the_same_bytes() {
    let folder = tempfile::tempdir().expect("folder");
    let file = sample(folder.path(), "cnca-report@2016", "report.xlsx", 12);
    let issuer = ["--issuer", "did:web:a.example", "--base", "https://a.example"];
    let once = convert("cnca-report@2016", "untp-dcc@0.7.0", &issuer, &file).ends(0);
    let again = convert("cnca-report@2016", "untp-dcc@0.7.0", &issuer, &file).ends(0);
    assert_eq!(once.out, again.out);
    assert_eq!(once.out.lines().count(), 12);
    let first = &documents(&once.out)[0];
    assert_eq!(first["issuer"]["id"], "did:web:a.example");
    assert!(first["credentialSubject"]["id"].as_str().expect("an id").starts_with("https://a.example/"));

    let output = folder.path().join("out.jsonl");
    let path = text(&output);
    let more = [issuer.as_slice(), &["-o", &path]].concat();
    let written = convert("cnca-report@2016", "untp-dcc@0.7.0", &more, &file).ends(0);
    assert!(written.out.is_empty());
    assert_eq!(std::fs::read_to_string(&output).expect("written"), once.out);
}

#[test]
fn a_refused_row_stops_no_other() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("dirty.ndjson");
    run(["sample", "--format", "cnca-ccc@1", "--count", "24", "--dirty", "-o", &text(&file)]).ends(0);
    let answer = convert("cnca-ccc@1", "untp-dcc@0.7.0", &[], &file).ends(1);
    let written = documents(&answer.out).len();
    assert!(written > 12 && written < 24, "{written}");
    answer.says("severity");
}

#[test]
fn personal_information_leaves_under_no_policy_of_the_command() {
    let folder = tempfile::tempdir().expect("folder");
    let file = sample(folder.path(), "cnca-report@2016", "report.xlsx", 20);
    let flat = run(["sample", "--format", "cnca-report@2016", "--count", "20"]).ends(0);
    let secrets: BTreeSet<String> = documents(&flat.out)
        .iter()
        .flat_map(|row| ["联系电话", "法定代表人"].map(|title| row[title].as_str().unwrap_or_default().to_owned()))
        .filter(|secret| secret.chars().count() > 2)
        .collect();
    assert!(secrets.len() > 5, "{secrets:?}");
    for policy in ["public", "partner"] {
        let answer = convert("cnca-report@2016", "untp-dcc@0.7.0", &["--policy", policy], &file).ends(0);
        for secret in &secrets {
            assert!(!answer.out.contains(secret), "{policy}: {secret}");
        }
    }
}

#[test]
fn the_account_tells_what_became_of_every_leaf() {
    let folder = tempfile::tempdir().expect("folder");
    let file = sample(folder.path(), "cnca-ccc@1", "ccc.json", 3);
    let account = folder.path().join("account.json");
    convert("cnca-ccc@1", "untp-dcc@0.7.0", &["--account", &text(&account)], &file).ends(0);
    let account: Value = serde_json::from_slice(&std::fs::read(&account).expect("written")).expect("JSON");
    let source: Value = serde_json::from_slice(&std::fs::read(&file).expect("sample")).expect("JSON");
    assert_eq!((&account[0]["from"], &account[0]["to"]), (&"cnca-ccc@1".into(), &"untp-dcc@0.7.0".into()));
    for (record, source) in
        account[0]["records"].as_array().expect("records").iter().zip(source.as_array().expect("list"))
    {
        let told = record["in"]["leaves"].as_array().expect("leaves");
        assert_eq!(told.len(), leaves(source), "each leaf of the input, each once");
        assert!(told.iter().all(|line| line["class"].is_string() && line["source"]["pointer"].is_string()));
        let out = record["out"]["leaves"].as_array().expect("leaves");
        assert!(out.iter().any(|line| line["class"] == "carried"));
        assert_eq!(record["sent"], true);
    }
}

/// Each leaf of a record's source is in the account of the whole way once, with the place that the sender knows.
#[test]
fn the_whole_way_names_each_leaf_of_the_sender_once() {
    for (format, name) in INPUTS {
        let Some(file) = shared(&format!("data/open/{name}")) else { return };
        let folder = tempfile::tempdir().expect("folder");
        let account = folder.path().join("account.json");
        convert(format, "untp-dcc@0.7.0", &["--account", &text(&account)], &file);
        let account: Value = serde_json::from_slice(&std::fs::read(&account).expect("written")).expect("JSON");
        let records = account[0]["records"].as_array().expect("records");
        let (mut carried, mut all) = (0, 0);
        for record in records {
            let ways = record["leaves"].as_array().expect("leaves");
            let (read, out) = (&record["in"]["leaves"], &record["out"]["leaves"]);
            let places = |lines: &Value| -> Vec<String> {
                lines.as_array().expect("lines").iter().map(|line| line["source"].to_string()).collect()
            };
            let told = places(&record["leaves"]);
            assert_eq!(told, places(read), "{name}");
            assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "{name}: a place stands twice");
            for way in ways {
                all += 1;
                let targets = way["targets"].as_array().map_or(0, Vec::len);
                match way["class"].as_str().expect("a class") {
                    "carried" => carried += usize::from(targets > 0),
                    "kept-aside" | "implied" | "withheld" => assert_eq!(targets, 0, "{name}: {way}"),
                    _ => {}
                }
                // It ends where the way out of the record ends.
                for target in way["targets"].as_array().into_iter().flatten() {
                    let ends = |line: &&Value| line["targets"].as_array().is_some_and(|all| all.contains(target));
                    assert!(out.as_array().expect("lines").iter().any(|line| ends(&line)), "{name}: {target}");
                }
            }
        }
        assert!(carried > records.len() && carried < all, "{name}: {carried} of {all}");
        if std::path::Path::new(name).extension().is_some_and(|end| end == "xlsx") {
            let way = |header: &str| {
                let ways = records[0]["leaves"].as_array().expect("leaves");
                ways.iter().find(|way| way["source"]["field"] == header).unwrap_or_else(|| panic!("{header}")).clone()
            };
            let number = way("证书号码");
            assert_eq!((&number["class"], &number["targets"][0]), (&"carried".into(), &"credentialSubject/id".into()));
            assert_eq!(
                (&way("联系电话")["class"], &way("联系电话")["source"]["sheet"]),
                (&"withheld".into(), &"证书信息表".into())
            );
        }
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) if !items.is_empty() => items.iter().map(leaves).sum(),
        Value::Object(members) if !members.is_empty() => members.values().map(leaves).sum(),
        _ => 1,
    }
}

#[test]
fn with_a_key_every_credential_bears_a_proof_that_holds() {
    let house = House::init("cn-signing");
    let file = sample(house.folder.path(), "cnca-ccc@1", "ccc.json", 3);
    let config = house.config();
    let plain = convert("cnca-ccc@1", "untp-dcc@0.7.0", &["--config", &config], &file).ends(0);
    let signed = convert("cnca-ccc@1", "untp-dcc@0.7.0", &["--sign", "--config", &config], &file).ends(0);
    let pem = std::fs::read_to_string(house.path("house/keys/credential.pem")).expect("key");
    let key = SigningKey::from_pem(&pem).expect("key");
    let key = Key::verifying(key.key_id(), key.public_key().clone(), KeyWindow::ALWAYS);
    let keys = PublishedKeys {
        controller: "did:web:cn-signing.example".into(),
        keys: KeySet::new(vec![key]).expect("one key"),
    };
    let at: Timestamp = "2026-11-21T00:00:00Z".parse().expect("a time");
    let (plain, signed) = (documents(&plain.out), documents(&signed.out));
    assert_eq!((plain.len(), signed.len()), (3, 3));
    for (plain, signed) in plain.iter().zip(signed) {
        assert_eq!(signed["proof"]["cryptosuite"], "eddsa-jcs-2022");
        assert_eq!(signed["issuer"]["id"], "did:web:cn-signing.example");
        verify_proof(&signed, &keys, &Expectation::assertion(at)).expect("the proof holds");
        let mut bent = signed.clone();
        bent["name"] = "bent".into();
        assert!(verify_proof(&bent, &keys, &Expectation::assertion(at)).is_err());
        let mut bare = signed;
        bare.as_object_mut().expect("object").remove("proof");
        assert_eq!(*plain, bare, "the proof is all that signing adds");
    }
    let other = ["--sign", "--config", &config, "--issuer", "did:web:other.example"];
    convert("cnca-ccc@1", "untp-dcc@0.7.0", &other, &file).ends(2).says("cannot sign as");
    convert("cnca-ccc@1", "untp-dcc@0.7.0", &["--sign"], &file).ends(2);
}

#[test]
fn foreign_credentials_go_through_and_a_format_that_there_is_not_is_a_slip_of_the_caller() {
    let folder = tempfile::tempdir().expect("folder");
    let file = sample(folder.path(), "untp-dcc@0.7.0", "foreign.ndjson", 4);
    let base = ["--base", "https://registry.nz.example"];
    let answer = convert("untp-dcc@0.7.0", "certbridge-status@1", &base, &file).ends(0);
    assert_eq!(documents(&answer.out).len(), 4);
    convert("cnca-ccc@1", "untp-dcc@9", &[], &file).ends(2).says("untp-dcc@0.7.0");
    convert("cnca-ccc@1", "untp-dcc@0.7.0", &[], Path::new("/nowhere")).ends(3);
}

#[test]
fn what_the_receiver_will_not_see_is_shown_by_reason() {
    let folder = tempfile::tempdir().expect("folder");
    let file = sample(folder.path(), "cnca-report@2016", "report.xlsx", 2);
    let answer = convert("cnca-report@2016", "untp-dcc@0.7.0", &["--report"], &file).ends(0);
    assert_eq!(answer.out.lines().count(), 2, "the documents stand alone on standard output");
    for words in ["withheld by the policy", "no place of its own in the format", "证书信息表"] {
        assert!(answer.err.contains(words), "{words}: {}", answer.err);
    }
    let output = text(&folder.path().join("out.jsonl"));
    let apart = convert("cnca-report@2016", "untp-dcc@0.7.0", &["--report", "-o", &output], &file).ends(0);
    assert!(apart.out.contains("withheld by the policy"), "{}", apart.out);
}

#[test]
fn a_file_of_another_format_is_refused_with_the_nearest_named() {
    let folder = tempfile::tempdir().expect("folder");
    let file = sample(folder.path(), "cnca-ccc@1", "ccc.json", 3);
    let answer = convert("untp-dcc@0.7.0", "iaf-certsearch@2", &[], &file).ends(1);
    assert!(answer.err.contains("format/does-not-fit") && answer.err.contains("cnca-ccc@1"), "{}", answer.err);
}

#[test]
fn a_folder_gets_a_file_of_each_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = sample(folder.path(), "cnca-report@2016", "report.xlsx", 3);
    let one_a_line = documents(&convert("cnca-report@2016", "untp-dcc@0.7.0", &[], &file).out);
    let out = folder.path().join("credentials");
    let named = format!("{}/", text(&out));
    let answer = convert("cnca-report@2016", "untp-dcc@0.7.0", &["-o", &named], &file);
    answer.ends(0).says("3 documents of untp-dcc@0.7.0");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&out).expect("made").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert_eq!(files.len(), one_a_line.len());
    for document in &one_a_line {
        let number =
            document["credentialSubject"]["id"].as_str().and_then(|id| id.rsplit('/').next()).expect("its number");
        let bytes = std::fs::read(out.join(format!("{number}.json"))).expect(number);
        assert_eq!(&serde_json::from_slice::<Value>(&bytes).expect("JSON"), document);
    }

    // XML has no lines: several documents in one file would be none.
    let xml = folder.path().join("certificates.xml");
    let answer = convert("cnca-report@2016", "wco-document@3.6", &["-o", &text(&xml)], &file);
    answer.ends(2).says("several XML documents do not stand in one file: name a folder");
    assert!(!xml.exists(), "what is not whole is not there");
    let named = format!("{}/xml/", text(folder.path()));
    convert("cnca-report@2016", "wco-document@3.6", &["-o", &named], &file).ends(0);
    for entry in std::fs::read_dir(&named).expect("made") {
        let path = entry.expect("an entry").path();
        let sender = ["--sender", "cnca-approval:CNCA-R-2099-001"];
        let read = ["validate", "--format", "wco-document@3.6"].into_iter().chain(sender);
        run(read.chain([text(&path).as_str()])).ends(0).says("1 records accepted");
    }

    // A format that has all records in one document needs a file for it.
    let answer = convert("cnca-report@2016", "cnca-report@2016", &["-o", &text(&out)], &file);
    answer.ends(2).says("all records go into one document: name a file");
}

/// The sender's lines are still coming when the conversion is ended.
#[cfg(unix)]
#[test]
fn a_conversion_that_is_interrupted_leaves_nothing_half_written() {
    use std::io::Write as _;
    use std::os::unix::process::ExitStatusExt as _;
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().expect("folder");
    let elsewhere = tempfile::tempdir().expect("folder");
    let file = elsewhere.path().join("ccc.ndjson");
    run(["sample", "--format", "cnca-ccc@1", "--count", "5", "-o", &text(&file)]).ends(0);
    let sample = std::fs::read_to_string(&file).expect("a sample");
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let out = folder.path().join(format!("{name}.ndjson"));
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_certbridge"))
            .args(["convert", "--from", "cnca-ccc@1", "--to", "untp-dcc@0.7.0", "-o", &text(&out), "-"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("started");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(sample.as_bytes()).expect("written");
        let files = || std::fs::read_dir(folder.path()).expect("a folder").count();
        let begun = Instant::now();
        while files() == 0 && begun.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(files(), 1, "the part is there");
        let told = std::process::Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        assert!(told.expect("told").success());
        let ended = child.wait().expect("ended");
        assert_eq!(ended.signal(), Some(number));
        assert_eq!(files(), 0, "nothing is left");
        drop(pipe);
    }
}
