//! `remap`: kept documents read again by a mended crosswalk.

use super::*;

#[test]
fn a_mended_crosswalk_makes_a_new_version_only_where_it_reads_something_else() {
    let house = House::init("cn-remap");
    let file = house.path("house/certbridge.toml");
    let config = std::fs::read_to_string(&file).expect("config");
    std::fs::write(&file, format!("formats = \"formats\"\n{config}")).expect("written");
    let folder = house.path("house/formats/cnca-ccc");
    std::fs::create_dir_all(&folder).expect("folder");
    run(["sample", "--format", "cnca-ccc@1", "--count", "10", "-o", &text(&house.path("ccc.json"))]).ends(0);
    let new = house.run("import --json --format cnca-ccc@1 ccc.json").ends(0).json()["summary"]["new"].clone();
    assert_eq!(new, 10);
    let size = || house.run("ledger verify --json").ends(0).json()["size"].clone();
    let before = size();
    let remap = |more: &str| house.run(&format!("remap --json --format cnca-ccc@1 {more}")).ends(0).json();
    assert_eq!(remap("")["summary"]["current"], new);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/cnca-ccc/1.yaml");
    let bundled = std::fs::read_to_string(path).expect("crosswalk");
    std::fs::write(folder.join("1.yaml"), format!("{bundled}# a word more\n")).expect("written");
    let same = remap("")["summary"].clone();
    assert_eq!((&same["documents"], &same["unchanged"], &same["changed"]), (&1.into(), &new, &0.into()));

    let without: String =
        bundled.lines().filter(|line| !line.contains("wire: 生产者.地址")).collect::<Vec<_>>().join("\n");
    assert_ne!(without, bundled);
    std::fs::write(folder.join("1.yaml"), &without).expect("written");
    let refused = house.run("remap --json --format cnca-ccc@1").ends(3);
    assert!(refused.err.contains("1.yaml:") && refused.err.contains("`not-read:`"), "{}", refused.err);
    let without = without.replacen("not-read: []", "not-read: [生产者.地址, 生产者地址]", 1);
    std::fs::write(folder.join("1.yaml"), without).expect("written");
    assert_eq!(remap("--dry-run")["summary"]["changed"], new);
    assert_eq!(size(), before, "a dry run changes nothing");
    let done = remap("");
    assert_eq!(done["summary"]["changed"], new);
    assert_ne!(size(), before);
    assert_eq!(remap("")["summary"]["current"], new, "read once by a crosswalk, read enough");

    let subject = done["changed"][0].as_str().expect("a subject").to_owned();
    let number = subject.split('/').nth(1).expect("a number");
    let trace = house.run(&format!("trace --json --number {number}")).ends(0).json();
    let versions = trace["result"]["versions"].as_array().expect("versions").clone();
    assert_eq!(versions.len(), 2);
    let provenance = versions[1]["provenance"].as_array().expect("provenance");
    let of = |name: &str| provenance.iter().map(|one| one[name].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>();
    assert_eq!(provenance.len(), 2, "{provenance:#?}");
    let (crosswalks, payloads) = (of("crosswalk_digest"), of("payload_digest"));
    assert_ne!(crosswalks[0], crosswalks[1]);
    assert_eq!(payloads[0], payloads[1]);
    assert_eq!(crosswalks[1], done["crosswalk"].as_str().expect("a digest"));

    house.run("remap --format cnca-ccc@2").ends(2);
    house.run("remap --format cnca-report@2016").ends(0).says("0 documents read again");
}

#[test]
fn a_remap_that_is_killed_is_finished_by_the_next_and_nothing_is_done_twice() {
    const ALL: u64 = 120;
    let house = House::init("cn-killed");
    let file = house.path("house/certbridge.toml");
    let config = std::fs::read_to_string(&file).expect("config");
    std::fs::write(&file, format!("formats = \"formats\"\n{config}")).expect("written");
    let folder = house.path("house/formats/cnca-ccc");
    std::fs::create_dir_all(&folder).expect("folder");
    run(["sample", "--format", "cnca-ccc@1", "--count", "120", "-o", &text(&house.path("ccc.json"))]).ends(0);
    house.run("import --json --format cnca-ccc@1 ccc.json").ends(0);
    let number = |answer: &Value, name: &str| answer[name].as_u64().expect("a number");
    let before = number(&house.run("ledger verify --json").ends(0).json(), "size");
    house.run("status --number 2025850703700000 --set suspended --from 2026-11-20 --reason sanction").ends(0);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/cnca-ccc/1.yaml");
    let bundled = std::fs::read_to_string(path).expect("crosswalk");
    let mended: String =
        bundled.lines().filter(|line| !line.contains("wire: 生产者.地址")).collect::<Vec<_>>().join("\n");
    let mended = mended.replacen("not-read: []", "not-read: [生产者.地址, 生产者地址]", 1);
    std::fs::write(folder.join("1.yaml"), mended).expect("written");
    for delay in [200, 400, 600] {
        let mut child = binary()
            .args(["remap", "--config", &house.config(), "--format", "cnca-ccc@1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(delay));
        child.kill().expect("SIGKILL");
        child.wait().expect("gone");
    }
    let done = house.run("remap --json --format cnca-ccc@1").ends(0).json();
    let summary = &done["summary"];
    assert_eq!(number(summary, "changed") + number(summary, "current"), ALL, "{summary}");
    assert_eq!(number(summary, "refused"), 0);
    let again = house.run("remap --json --format cnca-ccc@1").ends(0).json();
    assert_eq!(number(&again["summary"], "current"), ALL);
    let after = number(&house.run("ledger verify --json").ends(0).json(), "size");
    assert_eq!(
        after,
        before + 1 + ALL,
        "one leaf for the suspension, and one for each certificate that was read again"
    );

    // What came later than the document stays: the act is on the history that was read again.
    let trace = house.run("trace --json --number 2025850703700000").ends(0).json();
    let history = trace["result"]["status"].as_array().expect("a history");
    assert_eq!(history.last().expect("an entry")["status"], "suspended", "{history:#?}");
    assert_eq!(trace["result"]["versions"].as_array().expect("versions").len(), 3);
}
