//! `partner` and `outbox`.

use super::*;

/// Another house's entry for our book, with its agreement filled in.
pub(super) fn entry_of(other: &House, id: &str, more: &str) -> PathBuf {
    let file = other.path(&format!("house/share/{id}.toml"));
    let entry = std::fs::read_to_string(&file).expect("an entry");
    let entry = entry.replace("legal_basis = \"\"", "legal_basis = \"Arrangement of 2026 (fictive)\"");
    std::fs::write(&file, format!("{entry}\n{more}")).expect("written");
    file
}

#[test]
fn a_partner_is_added_listed_suspended_and_resumed() {
    let (house, other) = (House::init("cn-book"), House::init("nz-book"));
    let share = text(&other.path("house/share/nz-book.toml"));
    house.run(&format!("partner add {share}")).ends(1).says("legal_basis");
    assert_eq!(house.run("partner list --json").ends(0).json(), Value::Array(Vec::new()));

    let file = entry_of(&other, "nz-book", "[subscription]\nkinds = [\"compulsory-product\"]\n");
    house.run(&format!("partner add {}", text(&file))).ends(0);
    let listed = house.run("partner list --json").ends(0).json();
    assert_eq!((&listed[0]["id"], &listed[0]["standing"]), (&"nz-book".into(), &"active".into()));
    house.run("partner show nz-book").ends(0).says("Arrangement of 2026");
    house.run("partner check").ends(0);
    house.run(&format!("partner add {}", text(&file))).ends(1).says("--replace");
    house.run(&format!("partner add --replace {}", text(&file))).ends(0);
    house.run("partner show nobody").ends(2);
    house.run("partner show ../../etc/passwd").ends(2);

    house.run("partner suspend nz-book --reason key-lost").ends(0);
    assert_eq!(house.run("partner list --json").json()[0]["standing"], "suspended");
    let kept = std::fs::read_to_string(house.path("house/partners/nz-book.toml")).expect("entry");
    assert!(kept.contains("# The keys that we sign"), "comments stay");
    house.run("partner suspend nz-book --reason again").ends(0).says("key-lost");
    house.run("partner resume nz-book").ends(0);
    assert_eq!(house.run("partner list --json").json()[0]["standing"], "active");
    let resumed = std::fs::read_to_string(house.path("house/partners/nz-book.toml")).expect("entry");
    assert_eq!(resumed, std::fs::read_to_string(&file).expect("entry"));
    let folder = std::fs::read_dir(house.path("house")).expect("folder").filter_map(Result::ok);
    assert!(folder.into_iter().all(|entry| !entry.file_name().to_string_lossy().contains("trial")));
}

#[test]
fn an_entry_that_cannot_be_used_is_refused_with_every_reason_and_changes_nothing() {
    let (house, other) = (House::init("cn-refuses"), House::init("nz-refused"));
    let file = entry_of(&other, "nz-refused", "");
    let good = std::fs::read_to_string(&file).expect("entry");
    for (from, to, reason) in [
        ("id = \"nz-refused\"", "id = \"cn-refuses\"", "our own"),
        ("id = \"nz-refused\"", "id = \"../nz\"", "id"),
        ("country = \"CN\"", "country = \"New Zealand\"", "country"),
        ("format = \"untp-dcc@0.7.0\"", "format = \"untp-dcc@0.8\"", "did you mean"),
        ("address = \"https://", "address = \"http://", "https://"),
        ("nz-refused-ca.pem", "missing.pem", "missing.pem"),
        ("nz-refused-ca.pem", "../share/nz-refused-ca.pem", "beside"),
        ("multikey = \"z6Mk", "multikey = \"z7Mk", "keys"),
        ("crl_hours = 720", "crl_hrs = 720", "crl_hrs"),
    ] {
        assert!(good.contains(from), "{from}");
        std::fs::write(&file, good.replacen(from, to, 1)).expect("written");
        house.run(&format!("partner add {}", text(&file))).ends(1).says(reason);
        assert_eq!(house.run("partner list --json").ends(0).json(), Value::Array(Vec::new()), "{to}");
    }
    // Two partners with one CA and one name could not be told apart.
    std::fs::write(&file, &good).expect("written");
    house.run(&format!("partner add {}", text(&file))).ends(0);
    let twin = file.with_file_name("nz-twin.toml");
    std::fs::write(&twin, good.replacen("id = \"nz-refused\"", "id = \"nz-twin\"", 1)).expect("written");
    house.run(&format!("partner add {}", text(&twin))).ends(1);
    house.run("partner check").ends(0);
    std::fs::remove_file(house.path("house/partners/nz-refused-ca.pem")).expect("removed");
    house.run("partner check").ends(1).says("nz-refused-ca.pem");
    assert_eq!(house.run("partner check --json").ends(1).json()[0]["partner"], "nz-refused");
}

#[test]
fn what_a_subscription_covers_is_due_in_the_outbox_and_can_be_dropped() {
    let (house, other) = (House::init("cn-outbox"), House::init("nz-outbox"));
    let file = entry_of(&other, "nz-outbox", "[subscription]\nkinds = [\"compulsory-product\"]\n");
    house.run(&format!("partner add {}", text(&file))).ends(0);
    let sample = text(&house.path("ccc.json"));
    run(["sample", "--format", "cnca-ccc@1", "--count", "3", "-o", &sample]).ends(0);
    let report = text(&house.path("report.xlsx"));
    run(["sample", "--format", "cnca-report@2016", "--count", "3", "-o", &report]).ends(0);
    let taken = house.run(&format!("import --json --format cnca-ccc@1 {sample}")).ends(0).json();
    assert!(taken["summary"]["messages"].as_u64().expect("messages") >= 3, "{taken:#}");
    let none = house.run(&format!("import --json --format cnca-report@2016 {report}")).ends(0).json();
    assert_eq!(none["summary"]["messages"], 0, "the subscription does not cover these");

    let listed = house.run("outbox list --json --partner nz-outbox --state due").ends(0).json();
    let messages = listed["messages"].as_array().expect("messages");
    assert_eq!(messages.len() as u64, taken["summary"]["messages"].as_u64().expect("messages"));
    assert_eq!(listed["counts"][0]["partner"], "nz-outbox");
    let id = messages[0]["id"].as_str().expect("an id");
    assert_eq!(house.run(&format!("outbox show --json {id}")).ends(0).json()["state"], "due");
    house.run(&format!("outbox show --body {id}")).ends(1).says("not been rendered");
    house.run(&format!("outbox retry {id}")).ends(1).says("it is due");
    house.run(&format!("outbox drop {id}")).ends(0);
    assert_eq!(house.run(&format!("outbox show --json {id}")).json()["state"], "dropped");
    house.run(&format!("outbox drop {id}")).ends(1);
    house.run("outbox show nothing").ends(1);
    house.run("outbox list --state nowhere").ends(2);
}

#[test]
fn a_partners_new_key_stands_beside_its_old_one_which_gets_an_end() {
    let (house, other, third) = (House::init("cn-rotate"), House::init("nz-rotate"), House::init("au-rotate"));
    house.run(&format!("partner add {}", text(&entry_of(&other, "nz-rotate", "")))).ends(0);
    let entry: toml::Table =
        toml::from_str(&std::fs::read_to_string(third.path("house/share/au-rotate.toml")).expect("an entry"))
            .expect("TOML");
    let new = entry["message_keys"][0]["multikey"].as_str().expect("a key").to_owned();
    let rotate = format!("partner rotate nz-rotate --message-key {new} --from 2026-12-01T00:00:00Z --overlap 24");
    house.run(&rotate).ends(0).says("2026-12-02T00:00:00Z");
    let shown = house.run("partner show --json nz-rotate").ends(0).json();
    let keys = shown["partner"]["message_keys"].as_array().expect("keys");
    assert_eq!((keys.len(), &keys[0]["until"]), (2, &"2026-12-02T00:00:00Z".into()));
    assert_eq!((&keys[1]["multikey"], &keys[1]["from"]), (&new.as_str().into(), &"2026-12-01T00:00:00Z".into()));
    assert_eq!(shown["partner"]["credential_keys"][0]["until"], Value::Null, "another list is left as it is");
    let kept = std::fs::read_to_string(house.path("house/partners/nz-rotate.toml")).expect("entry");
    assert!(kept.contains("# The keys that we sign"), "comments stay");
    house.run("partner check").ends(0);
    house.run(&rotate).ends(2).says("already");
    house.run("partner rotate nz-rotate --message-key z6Mkxyz").ends(2);
    house.run("partner rotate nz-rotate").ends(2);

    // A new CA with its list: both stand beside the old ones, and the old one gets an end.
    let (ca, list) = (third.path("house/share/au-rotate-ca.pem"), third.path("house/share/au-rotate-crl.pem"));
    let rotate = format!("partner rotate nz-rotate --ca {} --from 2026-12-01T00:00:00Z --overlap 48", text(&ca));
    house.run(&format!("{rotate} --crl {}", text(&list))).ends(0).says("2026-12-03T00:00:00Z");
    let shown = house.run("partner show --json nz-rotate").ends(0).json();
    let anchors = shown["partner"]["anchors"].as_array().expect("CAs");
    assert_eq!(
        (&anchors[0]["file"], &anchors[0]["until"]),
        (&"nz-rotate-ca.pem".into(), &"2026-12-03T00:00:00Z".into())
    );
    assert_eq!((anchors.len(), &anchors[1]["from"]), (2, &"2026-12-01T00:00:00Z".into()));
    assert_eq!(shown["partner"]["crls"].as_array().map(Vec::len), Some(2));
    let kept = std::fs::read_to_string(house.path("house/partners/nz-rotate.toml")).expect("entry");
    assert!(kept.contains("# The name in our TLS certificates"), "comments stay");
    house.run("partner check").ends(0);
    house.run(&rotate).ends(2).says("already");
    house.run(&format!("partner rotate nz-rotate --ca {}", text(&list))).ends(2);
    house.run(&format!("partner rotate nobody --message-key {new}")).ends(2);
}

#[test]
fn the_link_to_a_partner_is_walked_and_told_in_both_languages() {
    let (house, other) = (House::init("cn-test"), House::init("nz-test"));
    let file = entry_of(&other, "nz-test", "[subscription]\nkinds = [\"compulsory-product\"]\n");
    let entry = std::fs::read_to_string(&file).expect("an entry");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("address").port();
    let address = entry.lines().find(|line| line.starts_with("address")).expect("an address").to_owned();
    let entry = entry.replace(&address, &format!("address = \"https://localhost:{closed}\""));
    std::fs::write(&file, entry).expect("written");
    house.run(&format!("partner add {}", text(&file))).ends(0);
    let told = house.run("partner test nz-test").ends(3);
    told.says("✓ 名称解析 / name");
    told.says("✗ 连接 / connection");
    told.says("无法连通");
    told.says("is not reached");
    told.says("0 certificates and about 0 changes a week");
    let json = house.run("partner test --json nz-test").ends(3).json();
    assert_eq!(json["steps"][1]["findings"][0]["code"], "link/not-reached");
    assert_eq!(json["subscription"]["certificates"], 0);
    house.run("partner test nobody").ends(2);
}
