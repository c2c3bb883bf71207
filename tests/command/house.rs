//! A gateway of one's own: set up, import, ask, change, trace, ledger, doctor.

use super::*;

const NUMBER: &str = "证书编号";

/// Ten compulsory product certificates in a file; the number of one that is valid, with a model of it.
fn ccc(house: &House) -> (String, String) {
    let file = house.path("ccc.json");
    run(["sample", "--format", "cnca-ccc@1", "--count", "10", "-o", &text(&file)]).ends(0);
    let rows: Value = serde_json::from_slice(&std::fs::read(&file).expect("sample")).expect("JSON");
    let row = rows.as_array().expect("rows").iter().find(|row| row["证书状态"] == "有效").expect("a valid one");
    let number = row[NUMBER].as_str().expect("a number").to_owned();
    (text(&file), number)
}

#[test]
fn a_gateway_is_set_up_once_and_its_keys_are_its_own() {
    let house = House::init("cn-init");
    for key in ["keys/credential.pem", "keys/message.pem", "keys/ledger.pem", "tls/gateway-key.pem", "tls/ca-key.pem"] {
        let path = house.path("house").join(key);
        assert!(path.is_file(), "{key}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("metadata").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{key}");
        }
    }
    let key = std::fs::read(house.path("house/keys/message.pem")).expect("key");
    let again = ["init", "--dir", &text(&house.path("house")), "--id", "x", "--country", "CN", "--name", "x"];
    run(again).ends(3).says("nothing is overwritten");
    assert_eq!(std::fs::read(house.path("house/keys/message.pem")).expect("key"), key);
    run(again.into_iter().chain(["--force"])).ends(0);
    assert_ne!(std::fs::read(house.path("house/keys/message.pem")).expect("key"), key);
    let kept = std::fs::read_dir(house.path("house/keys")).expect("folder").filter_map(Result::ok).any(|entry| {
        entry.file_name().to_string_lossy().starts_with("message.pem.old-")
            && std::fs::read(entry.path()).expect("key") == key
    });
    assert!(kept, "the old key is kept beside the new one");

    let dir = text(&house.path("other"));
    for bad in [["--id", "CN Registry"], ["--country", "China"], ["--base", "http://x"], ["--did", "x"]] {
        let mut words = vec!["init", "--dir", &dir, "--name", "x"];
        for (flag, good) in [("--id", "x"), ("--country", "CN")] {
            if bad[0] != flag {
                words.extend([flag, good]);
            }
        }
        words.extend(bad);
        run(words).ends(2);
    }
    assert!(!house.path("other").exists(), "a slip of the caller leaves nothing");
}

#[test]
fn a_report_is_taken_in_and_the_same_file_twice_changes_nothing() {
    let house = House::init("cn-import");
    let file = house.path("report.xlsx");
    run(["sample", "--format", "cnca-report@2016", "--count", "24", "--dirty", "-o", &text(&file)]).ends(0);
    let validated = run(["validate", "--json", "--format", "cnca-report@2016", &text(&file)]).ends(1);
    let first = house.run("import --json --format cnca-report@2016 report.xlsx").ends(1).json();
    let summary = &first["summary"];
    let (new, refused) = (summary["new"].as_u64().expect("new"), summary["refused"].as_u64().expect("refused"));
    assert!(new > 12 && refused > 0, "{first:#}");
    assert!(validated.err.starts_with(&format!("{new} records accepted, {refused} refused")), "{}", validated.err);
    assert!(first["findings"][0]["place"].is_object() && first["findings"][0]["file"] == "report.xlsx");
    let size = house.run("ledger verify --json").ends(0).json()["size"].as_u64().expect("size");
    assert_eq!(size, new);

    let again = house.run("import --json --format cnca-report@2016 report.xlsx").ends(1).json();
    assert_eq!(again["summary"]["unchanged"], new);
    assert_eq!((&again["summary"]["new"], &again["summary"]["changed"]), (&0.into(), &0.into()));
    assert_eq!(house.run("ledger verify --json").ends(0).json()["size"], size);
    house.run("import --format cnca-report@2016 report.xlsx").says("the registry is as it was");
    house.run("import --format cnca-report@2017 report.xlsx").ends(2);
    house.run("import --format cnca-report@2016 nowhere.xlsx").ends(3);
}

#[test]
fn a_certificate_is_asked_about_changed_and_traced() {
    let house = House::init("cn-ask");
    let (file, number) = ccc(&house);
    house.run(&format!("import --format cnca-ccc@1 {file}")).ends(0);
    let before = "2000-01-01T00:00:00Z";

    let answer = house.run(&format!("verify --json --number {number}")).ends(0).json();
    assert_eq!(answer["answer"][0]["result"], "confirmed");
    assert!(answer["signature"].is_object() && answer["answer"][0]["ledger"]["index"].is_u64());
    house.run(&format!("verify --number {number} --model NO-SUCH-MODEL")).ends(1).says("product: contradicted");
    house.run(&format!("verify --number {number} --importer EU")).ends(0).says("requirement: other-evidence-required");
    house.run("verify --number 2099010703999999").ends(1).says("not determinable");
    let mistyped = number.replacen('0', "O", 1);
    house.run(&format!("verify --number {mistyped}")).ends(1).says(&number);
    house.run(&format!("verify --number {number} --importer Europe")).ends(2);
    let issuer = house.run(&format!("trace --json --number {number}")).json()["subject"].as_str().map(str::to_owned);
    let issuer = issuer.expect("a subject").split('/').next().expect("an issuer").to_owned();
    house.run(&format!("verify --number {number} --issuer {issuer}")).ends(0);

    let suspend = format!(
        "status --json --number {number} --set suspended --from 2026-01-10 --reason sanction --text 监督不合格"
    );
    let changed = house.run(&suspend).ends(0).json();
    assert_eq!((&changed["outcome"], &changed["version"]), (&"changed".into(), &2.into()));
    assert_eq!(house.run(&suspend).ends(0).json()["outcome"], "unchanged");
    house.run(&format!("verify --number {number}")).ends(1).says("suspended");
    house.run(&format!("verify --number {number} --on 2026-01-09")).ends(0).says("valid");

    let trace = house.run(&format!("trace --json --number {number} --on 2026-01-09")).ends(0).json();
    for part in ["rule", "process", "result"] {
        assert!(trace[part].is_object(), "{part}");
    }
    assert_eq!(trace["statusAsked"]["validity"], "valid");
    assert_eq!(trace["result"]["validity"], "suspended");
    assert_eq!(trace["result"]["versions"].as_array().map(Vec::len), Some(2));
    let tree = house.run(&format!("trace --number {number} --known-at {before}")).ends(0);
    for heading in ["规则 / rule", "过程 / process", "结果 / result", "no record of it was held"] {
        tree.says(heading);
    }
    house.run("trace --number 2099010703999999").ends(1).says("does not mean that it is false");

    // A withdrawal is final.
    house.run(&format!("status --number {number} --set withdrawn --from 2026-02-01")).ends(0);
    house.run(&format!("status --number {number} --set valid --from 2026-03-01")).ends(1).says("--corrects");
    house.run(&format!("status --number {number} --set withdrawn --from 2026-02-01 --until 2026-03-01")).ends(2);
    house.run(&format!("status --number {number} --set gone --from 2026-02-01")).ends(2);
    house.run("status --number 2099010703999999 --set suspended --from 2026-01-10").ends(1);
}

#[test]
fn a_model_alone_can_be_suspended() {
    let house = House::init("cn-model");
    let (file, number) = ccc(&house);
    house.run(&format!("import --format cnca-ccc@1 {file}")).ends(0);
    let other = house.run(&format!("verify --json --number {number} --model NO-SUCH-MODEL")).ends(1).json();
    let product = other["answer"][0]["assertion"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["name"] == "product"))
        .expect("the product is judged");
    let models: Vec<&str> =
        product["onCertificate"].as_array().expect("models").iter().filter_map(Value::as_str).collect();
    let [first, .., last] = models.as_slice() else { panic!("{models:?}") };
    house.run(&format!("status --number {number} --set suspended --from 2026-01-10 --model {first}")).ends(0);
    house.run(&format!("verify --number {number} --model {first}")).ends(1);
    house.run(&format!("verify --number {number} --model {last}")).ends(0);
}

#[test]
fn certificates_are_found_by_their_holder() {
    let house = House::init("cn-find");
    let (file, _) = ccc(&house);
    house.run(&format!("import --format cnca-ccc@1 {file}")).ends(0);
    let rows: Value = serde_json::from_slice(&std::fs::read(&file).expect("sample")).expect("JSON");
    let holder = &rows[0]["认证委托人"];
    let (name, code) = (holder["名称"].as_str().expect("name"), holder["统一社会信用代码"].as_str().expect("code"));
    for asked in [name, code, &format!("uscc:{code}")] {
        let found = house.run(&format!("find --json --holder {asked}")).ends(0).json();
        assert!(found.as_array().expect("an array").iter().any(|one| one["number"] == rows[0][NUMBER]), "{asked}");
    }
    house.run("find --holder nobody-at-all").ends(1);
}

#[test]
fn the_ledger_is_replayed_and_what_was_changed_behind_its_back_is_found() {
    let house = House::init("cn-ledger");
    let (file, number) = ccc(&house);
    house.run("ledger verify").ends(3).says("there is no store yet");
    house.run(&format!("import --format cnca-ccc@1 {file}")).ends(0);
    let report = house.run("ledger verify --json").ends(0).json();
    assert_eq!((&report["sound"], &report["size"], &report["keptOutside"]), (&true.into(), &10.into(), &10.into()));
    house.run("ledger checkpoint").ends(0).says("cn-ledger.example/ledger\n10\n");

    let proofs = house.run(&format!("ledger prove --number {number}")).ends(0).json();
    let index = proofs[0]["proof"]["index"].as_u64().expect("an index");
    assert!(proofs[0]["event"]["subject"].as_str().expect("a subject").ends_with(&number));
    let one = house.run(&format!("ledger prove --index {index}")).ends(0).json();
    assert_eq!(one, proofs[0]);
    assert!(one["proof"]["checkpoint"].is_string() && one["proof"]["hashes"].is_array());
    house.run("ledger prove --index 4711").ends(1);
    house.run("ledger prove").ends(2);

    // A restored backup: the store is behind what was signed for.
    let (store, backup) = (house.path("house/certbridge.db"), house.path("backup.db"));
    std::fs::copy(&store, &backup).expect("a backup");
    house.run(&format!("status --number {number} --set suspended --from 2026-01-10")).ends(0);
    for left in ["house/certbridge.db-wal", "house/certbridge.db-shm"] {
        let _ = std::fs::remove_file(house.path(left));
    }
    std::fs::copy(&backup, &store).expect("restored");
    let behind = house.run("ledger verify --json").ends(1).json();
    assert_eq!((&behind["sound"], &behind["firstBad"]["index"]), (&false.into(), &10.into()));
    let again = house.run("ledger verify --json").ends(1).json();
    assert_eq!(again, behind, "looking at it heals nothing");
    house.run(&format!("import --format cnca-ccc@1 {file}")).ends(3).says("behind");
    house.run("doctor").ends(1).says("ledger");
    std::fs::remove_file(house.path("house/checkpoint.txt")).expect("removed");
    house.run("ledger verify").ends(0);

    // Another hand in the store.
    let connection = rusqlite::Connection::open(&store).expect("opened");
    let bent = connection.execute("UPDATE ledger_event SET kind = 'certificate-erased' WHERE leaf_index = 4", []);
    assert_eq!(bent.expect("bent"), 1);
    drop(connection);
    let bent = house.run("ledger verify --json").ends(1).json();
    assert_eq!(bent["firstBad"]["index"], 4);
}

#[test]
fn the_doctor_says_what_is_wrong_and_the_way_out() {
    let house = House::init("cn-doctor");
    let config = std::fs::read_to_string(house.config()).expect("configuration");
    let free = config.replace("127.0.0.1:8443", "127.0.0.1:0").replace("127.0.0.1:8444", "127.0.0.1:0");
    std::fs::write(house.config(), &free).expect("written");
    let sound = house.run("doctor --json").ends(0).json();
    assert!(sound.as_array().expect("checks").iter().all(|check| check["state"] == "ok"), "{sound:#}");
    for check in sound.as_array().expect("checks") {
        assert!(check["what"]["zh"].is_string() && check["what"]["en"].is_string(), "{check:#}");
    }
    for looked_at in ["configuration", "key", "certificate", "store", "partners", "formats", "port", "clock"] {
        let named = sound.as_array().expect("checks").iter().any(|check| check["check"] == looked_at);
        assert!(named, "{looked_at} was not looked at");
    }

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("address").to_string();
    std::fs::write(house.config(), free.replacen("127.0.0.1:0", &address, 1)).expect("written");
    let checks = house.run("doctor --json").ends(0).json();
    let port = checks.as_array().expect("checks").iter().find(|check| check["state"] == "warning").expect("a warning");
    assert!(
        port["check"] == "port" && port["way_out"]["zh"].is_string() && port["way_out"]["en"].is_string(),
        "{port:#}"
    );
    std::fs::write(house.config(), &free).expect("written");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = house.path("house/keys/message.pem");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("set");
        house.run("doctor").ends(0).says("chmod 600");
    }
    std::fs::remove_file(house.path("house/keys/credential.pem")).expect("removed");
    house.run("doctor").ends(1).says("credential.pem");
    house.run("verify --number 1").ends(3).says("credential.pem");
    std::fs::write(house.config(), format!("{free}nmae = 'x'\n")).expect("written");
    house.run("doctor").ends(1).says("nmae");
    words("doctor --config /nowhere/certbridge.toml").ends(1).says("certbridge init");
    words("trace --config /nowhere/certbridge.toml --number 1").ends(3).says("certbridge init");

    let other = House::init("cn-rows");
    let rows = other.path("house/recognition");
    std::fs::create_dir_all(&rows).expect("made");
    std::fs::write(rows.join("own.yaml"), "designations: [{body: x}]\n").expect("written");
    other.run("doctor").ends(1).says("own.yaml:1");
    std::fs::remove_file(rows.join("own.yaml")).expect("taken out");
    other.run("doctor").ends(0).says("arrangements");
}
