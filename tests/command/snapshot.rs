//! `snapshot`: what a partner's subscription covers, out of one house and into another.

use super::*;

/// Another house's entry for our book, with its agreement filled in.
fn entry_of(other: &House, id: &str, more: &str) -> String {
    let file = other.path(&format!("house/share/{id}.toml"));
    let entry = std::fs::read_to_string(&file).expect("an entry");
    let entry = entry.replace("legal_basis = \"\"", "legal_basis = \"Arrangement of 2026 (fictive)\"");
    let entry = entry.replace("delivery = \"push\"", "delivery = \"pull\"");
    std::fs::write(&file, format!("{entry}\n{more}")).expect("written");
    text(&file)
}

/// A house with certificates and a partner that subscribes to those of its products, and that partner.
fn houses() -> (House, House, String) {
    let (cn, nz) = (House::init("cn-snap"), House::init("nz-snap"));
    cn.run(&format!("partner add {}", entry_of(&nz, "nz-snap", "[subscription]\nkinds = [\"compulsory-product\"]\n")))
        .ends(0);
    nz.run(&format!(
        "partner add {}",
        entry_of(&cn, "cn-snap", "[[asserts]]\nscheme = \"cnca-approval\"\nvalue = \"*\"\n")
    ))
    .ends(0);
    let (file, report) = (text(&cn.path("ccc.json")), text(&cn.path("report.ndjson")));
    run(["sample", "--format", "cnca-ccc@1", "--count", "8", "-o", &file]).ends(0);
    run(["sample", "--format", "cnca-report@2016", "--count", "4", "-o", &report]).ends(0);
    cn.run(&format!("import --format cnca-ccc@1 {file}")).ends(0);
    cn.run(&format!("import --format cnca-report@2016 {report}")).ends(0);
    let rows: Value = serde_json::from_slice(&std::fs::read(&file).expect("sample")).expect("JSON");
    let valid = rows.as_array().expect("rows").iter().find(|row| row["证书状态"] == "有效").expect("a valid one");
    let number = valid["证书编号"].as_str().expect("a number").to_owned();
    cn.run(&format!("status --number {number} --set suspended --from 2026-01-10")).ends(0);
    (cn, nz, number)
}

#[test]
fn a_new_partner_takes_over_what_its_subscription_covers_and_twice_is_once() {
    let (cn, nz, number) = houses();
    let folder = text(&cn.path("snapshot"));
    let exported = cn.run(&format!("snapshot export --json --partner nz-snap {folder}")).ends(0).json();
    assert_eq!(exported["cursor"], 13, "eight certificates, four of another kind, one act: {exported:#}");
    let rows = exported["rows"].as_u64().expect("rows");
    assert!((9..=16).contains(&rows), "eight certificates, and a status where there is one to tell: {exported:#}");
    cn.run(&format!("snapshot export --partner nz-snap {folder}")).ends(3).says("whole snapshot");
    cn.run(&format!("snapshot export --partner nobody {folder}")).ends(2);

    let first = nz.run(&format!("snapshot import --json --partner cn-snap {folder}")).ends(0).json();
    assert_eq!((&first["taken"], &first["cursor"]), (&rows.into(), &13.into()), "{first:#}");
    nz.run(&format!("verify --number {number}")).ends(1).says("suspended");
    let size = nz.run("ledger verify --json").ends(0).json()["size"].clone();
    let again = nz.run(&format!("snapshot import --json --partner cn-snap {folder}")).ends(0).json();
    assert_eq!((&again["taken"], &again["held"]), (&0.into(), &rows.into()));
    assert_eq!(nz.run("ledger verify --json").ends(0).json()["size"], size);
}

#[test]
fn a_snapshot_that_is_not_what_was_signed_is_refused_whole() {
    let (cn, nz, number) = houses();
    let folder = cn.path("snapshot");
    let import = format!("snapshot import --partner cn-snap {}", text(&folder));
    nz.run(&import).ends(3).says("manifest.json");
    cn.run(&format!("snapshot export --partner nz-snap {}", text(&folder))).ends(0);
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    let part = std::fs::read_dir(&folder).expect("folder").filter_map(Result::ok).map(|entry| entry.path());
    let part = part.into_iter().find(|path| path.extension().is_some_and(|end| end == "gz")).expect("a part");
    let bytes = std::fs::read(&part).expect("a part");

    std::fs::write(&part, &bytes[..bytes.len() - 9]).expect("written");
    nz.run(&import).ends(3).says("digest");
    std::fs::write(&part, &bytes).expect("written");
    for (from, to) in
        [("\"cursor\": 13", "\"cursor\": 12"), ("nz-snap", "au-snap"), ("\"sender\"", "\"sender\": 1, \"sender\"")]
    {
        std::fs::write(folder.join("manifest.json"), manifest.replacen(from, to, 1)).expect("written");
        nz.run(&import).ends(3).says("manifest.json");
    }
    std::fs::write(folder.join("manifest.json"), &manifest).expect("written");
    nz.run(&format!("verify --number {number}")).ends(1).says("not determinable");
    assert!(!nz.path("house/certbridge.db").exists() || nz.run("ledger verify --json").json()["size"] == 0);

    // Somebody who may not speak for these bodies: each row is refused, with its reason.
    let book = nz.path("house/partners/cn-snap.toml");
    let entry = std::fs::read_to_string(&book).expect("entry");
    std::fs::write(&book, entry.replace("cnca-approval", "another-scheme")).expect("written");
    let refused = nz.run(&import.replace("import", "import --json")).ends(1).json();
    assert_eq!(refused["taken"], 0);
    assert_eq!(refused["refused"][0]["findings"][0]["code"], "exchange/not-yours-to-assert", "{refused:#}");
}

#[test]
fn an_export_that_was_stopped_goes_on_as_it_began() {
    let (cn, nz, number) = houses();
    let folder = cn.path("snapshot");
    let export = format!("snapshot export --json --partner nz-snap {}", text(&folder));
    cn.run(&export).ends(0);
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    // As a run leaves it that is killed before the manifest: begun, with a part that is whole.
    std::fs::remove_file(folder.join("manifest.json")).expect("removed");
    let begun = serde_json::json!({
        "recipient": "nz-snap", "cursor": 13, "subscription": manifest["subscription"], "format": "untp-dcc@0.7.0",
    });
    std::fs::write(folder.join("begun.json"), begun.to_string()).expect("written");
    cn.run(&format!("status --number {number} --set withdrawn --from 2026-02-10")).ends(0);
    let resumed = cn.run(&export).ends(0).json();
    assert_eq!((&resumed["cursor"], &resumed["kept"]), (&13.into(), &1.into()), "the cursor is the one it began with");
    let again = std::fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    let again: Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!(again["parts"], manifest["parts"]);
    nz.run(&format!("snapshot import --partner cn-snap {}", text(&folder))).ends(0);

    // On other terms it does not go on.
    std::fs::remove_file(folder.join("manifest.json")).expect("removed");
    std::fs::write(folder.join("begun.json"), begun.to_string().replace("untp-dcc@0.7.0", "x@1")).expect("written");
    cn.run(&export).ends(3).says("other terms");
}
