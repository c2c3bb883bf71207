//! `bulk`: one act on many certificates, from the command line.

use super::*;

/// A house with certificates of two kinds; the condition that the first meet, and how many do.
fn house() -> (House, String, u64) {
    let house = House::init("cn-bulk");
    let file = text(&house.path("ccc.json"));
    run(["sample", "--format", "cnca-ccc@1", "--count", "12", "-o", &file]).ends(0);
    run(["sample", "--format", "cnca-report@2016", "--count", "4", "-o", &text(&house.path("report.ndjson"))]).ends(0);
    house.run("import --format cnca-ccc@1 ccc.json").ends(0);
    house.run("import --format cnca-report@2016 report.ndjson").ends(0);
    let rows: Value = serde_json::from_slice(&std::fs::read(&file).expect("sample")).expect("JSON");
    let rows = rows.as_array().expect("rows");
    let body = rows[0]["发证机构批准号"].as_str().expect("a body").to_owned();
    let of_body = rows.iter().filter(|row| row["发证机构批准号"] == body.as_str()).count();
    (house, format!("--body cnca-approval:{body}"), of_body as u64)
}

#[test]
fn an_order_is_previewed_carried_out_once_and_shown() {
    let (house, condition, of_body) = house();
    let line = format!(
        "bulk apply {condition} --set withdrawn --from 2026-11-01 --reason rule-change --basis Announcement-25"
    );
    let size = || house.run("ledger verify --json").ends(0).json()["size"].as_u64().expect("a size");
    let before = size();
    let preview = house.run(&format!("{line} --dry-run --json")).ends(0).json();
    let members = preview["members"].as_u64().expect("members");
    let skipped = preview["skipped"].as_array().expect("a list");
    assert!(members + skipped.len() as u64 >= of_body, "{preview:#}");
    assert!(members > 0 && !preview["examples"].as_array().expect("examples").is_empty());
    house.run(&format!("{line} --dry-run")).ends(0).says("nothing was written");
    assert_eq!(size(), before);
    house.run("bulk list").ends(0).says("no bulk events");

    let done = house.run(&format!("{line} --json")).ends(0).json();
    assert_eq!(
        (&done["members"], &done["before"], &done["event"]),
        (&members.into(), &false.into(), &preview["event"])
    );
    assert_eq!(size(), before + 1 + members, "a leaf of the event, and one for each");
    let event = done["event"].as_str().expect("an id").to_owned();
    let shown = house.run(&format!("bulk show {event} --members --json")).ends(0).json();
    assert_eq!((&shown["state"], &shown["basis"]), (&"settled".into(), &"Announcement-25".into()));
    assert_eq!(
        (&shown["act"]["status"], &shown["act"]["reason"]["class"]),
        (&"withdrawn".into(), &"rule-change".into())
    );
    let certificates = shown["certificates"].as_array().expect("certificates");
    assert_eq!(certificates.len() as u64, members);
    let number = certificates[0]["subject"].as_str().and_then(|subject| subject.split('/').nth(1)).expect("a number");
    house.run(&format!("verify --number {number}")).ends(1).says("withdrawn");
    house.run(&format!("trace --json --number {number}")).ends(0).says(&event);
    house.run(&format!("bulk show {event}")).ends(0).says("Announcement-25");
    house.run("bulk list").ends(0).says(&event);

    let again = house.run(&format!("{line} --json")).ends(0).json();
    assert_eq!((&again["before"], &again["effectiveAt"]), (&true.into(), &done["effectiveAt"]));
    assert_eq!(size(), before + 1 + members);
    // A withdrawal is final, and is said so of each.
    let suspend = line.replace("withdrawn", "suspended");
    house.run(&suspend).ends(1).says("it is withdrawn, and that is final");
    house.run("doctor --json");
}

#[test]
fn an_order_without_a_condition_or_without_grounds_is_none() {
    let house = House::init("cn-bulk-usage");
    for line in [
        "bulk apply --set withdrawn --from 2026-11-01 --basis x",
        "bulk apply --set withdrawn --from 2026-11-01 --rule R",
        "bulk apply --set withdrawn --from 2026-11-01 --basis x --edition 2018",
        "bulk apply --set valid --from 2026-11-01 --basis x --rule R",
        "bulk apply --set withdrawn --from 2026-11-01 --basis x --rule R --until 2026-12-01",
    ] {
        house.run(line).ends(2);
    }
    house.run("bulk apply --set withdrawn --from 2026-11-01 --basis x --rule R").ends(1);
    house.run("bulk show nothing").ends(1);
    house.run("bulk drop nothing").ends(1).says("no event nothing");
}
