//! `serve` with an operator's listener: what is told there, to a plain HTTP client, and what is not let in.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::partners::entry_of;
use super::reload::Serving;
use super::*;

/// The value of a sample, by the beginning of its line.
#[track_caller]
fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {sample} in {text}")).parse().expect("a number")
}

fn ask(address: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

#[test]
fn whoever_operates_it_is_told_what_ends_and_what_waits() {
    let (house, other) = (House::init("cn-metrics"), House::init("nz-metrics"));
    let file = entry_of(&other, "nz-metrics", "[subscription]\nkinds = [\"compulsory-product\"]\n");
    house.run(&format!("partner add {}", file.display())).ends(0);
    house.run("partner suspend nz-metrics --reason audit").ends(0);
    let sample = house.path("ccc.json").display().to_string();
    run(["sample", "--format", "cnca-ccc@1", "--count", "3", "-o", &sample]).ends(0);
    house.run(&format!("import --format cnca-ccc@1 {sample}")).ends(0);
    let config = house.path("house/certbridge.toml");
    let text = std::fs::read_to_string(&config).expect("config").replace(":8443", ":0").replace(":8444", ":0");
    std::fs::write(&config, format!("{text}\n[operator]\naddress = \"127.0.0.1:0\"\n")).expect("written");
    let serving = Serving::start(&house);
    serving.says("serving");
    let address = serving.operator_address();

    let (head, text) = ask(&address, "/metrics");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/plain; version=0.0.4"), "{head}");
    let due = value(&text, "certbridge_outbox_messages{partner=\"nz-metrics\",state=\"due\"}");
    let said = house.run("outbox list --json --partner nz-metrics --state due").ends(0).json();
    assert!(due > 0.0, "{text}");
    let listed = said["messages"].as_array().expect("messages").len();
    assert_eq!(listed.to_string(), due.to_string(), "{said:#}");
    assert!(value(&text, "certbridge_outbox_oldest_seconds{partner=\"nz-metrics\"}") >= 0.0);
    assert!(value(&text, "certbridge_ledger_events") >= due);
    assert!(value(&text, "certbridge_store_full").abs() < f64::EPSILON);
    let ends = |kind: &str, partner: &str| {
        let start = format!("certbridge_expiry_days{{kind=\"{kind}\",partner=\"{partner}\"");
        let line = text.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no {start} in {text}"));
        line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok()).expect("a number")
    };
    assert!(
        ends("certificate", "") > 30.0
            && ends("ca", "nz-metrics") > 300.0
            && ends("revocation-list", "nz-metrics") > 0.0
    );
    // Every sample is of a family that was described before, and nothing else stands there.
    let mut family = "";
    for line in text.lines() {
        match line.strip_prefix("# TYPE ") {
            Some(rest) => family = rest.split(' ').next().unwrap_or_default(),
            None => assert!(line.starts_with("# HELP ") || line.starts_with(family), "{line}"),
        }
    }
    assert!(ask(&address, "/v1/verifications").0.starts_with("HTTP/1.1 404"));
    serving.signal("-TERM");
    serving.says("stopping");
}

#[test]
fn the_operators_listener_is_of_this_machine_alone() {
    let house = House::init("cn-operator");
    let config = house.path("house/certbridge.toml");
    let text = std::fs::read_to_string(&config).expect("config").replace(":8443", ":0").replace(":8444", ":0");
    std::fs::write(&config, format!("{text}\n[operator]\naddress = \"0.0.0.0:0\"\n")).expect("written");
    house.run("serve").ends(3).says("loopback");
}
