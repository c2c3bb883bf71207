//! `format`: what there is, what each carries, and crosswalks of one's own from check to convert.

use super::*;

const OWN: &str = r#"# A list of certificates that a partner keeps.
format: acme@1
syntax: csv
rules:
  - {record: key.number, wire: Number, required: both}
  - {record: "holder.name{en}", wire: Holder}
  - {record: dates.valid_until, wire: Until, steps: [{date: [yyyymmdd]}]}
not-carried: ["*"]
"#;

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, content).expect("written");
    }
    folder
}

#[test]
fn every_format_is_listed_and_its_table_can_be_seen() {
    let all = words("format list --json").ends(0).json();
    let all = all.as_array().expect("formats").clone();
    assert!(all.len() >= 5);
    for format in &all {
        let id = format["format"].as_str().expect("an id");
        assert!(words("format list").ends(0).out.contains(id));
        let table = words(&format!("format show {id}")).ends(0).out;
        let whole = words(&format!("format show {id} --json")).ends(0).json();
        let lines = whole["correspondences"].as_array().expect("lines");
        assert!(lines.len() > 3, "{id}");
        for line in lines {
            let place = line["wire"].as_str().expect("a place");
            assert!(
                !place.is_empty() || line["record"].as_str().is_some_and(|record| !record.is_empty()),
                "{id} {line}"
            );
        }
        assert!(table.contains("record") && table.contains("wire"), "{table}");
    }
    let dcc = words("format show untp-dcc@0.7.0").ends(0).out;
    assert!(dcc.contains("not carried: "), "{dcc}");
    words("format show untp-dcc").ends(2).says("did you mean untp-dcc@0.7.0");
}

#[test]
fn errors_of_a_crosswalk_are_told_by_file_and_line() {
    let wrong = OWN.replace("dates.valid_until", "dates.valid_till").replace("key.number", "key.no");
    let folder = folder_with(&[("acme/1.yaml", &wrong)]);
    let file = folder.path().join("acme/1.yaml");
    for path in [folder.path(), &file] {
        let answer = run(["format", "check", &text(path)]).ends(1);
        let lines: Vec<&str> = answer.out.lines().collect();
        assert_eq!(lines.len(), 2, "{}", answer.out);
        assert!(lines[0].starts_with(&format!("{}:5: ", file.display())), "{}", answer.out);
        assert!(lines[1].starts_with(&format!("{}:7: ", file.display())), "{}", answer.out);
    }
    run(["format", "check", &text(&folder.path().join("nowhere"))]).ends(3);
    run(["format", "list", "--formats", &text(folder.path())]).ends(3).says("acme/1.yaml:5: ");
}

#[test]
fn a_format_of_ones_own_is_written_without_a_line_of_rust() {
    let folder = folder_with(&[("acme/1.yaml", OWN)]);
    let formats = text(folder.path());
    run(["format", "check", &formats]).ends(0).says("acme@1");
    assert!(run(["format", "list", "--formats", &formats]).ends(0).out.contains("acme@1"));
    let file = folder.path().join("examples.json");
    run(["sample", "--format", "cnca-ccc@1", "--count", "3", "-o", &text(&file)]).ends(0);
    let to = ["convert", "--from", "cnca-ccc@1", "--to", "acme@1", "--at", DATA_DAY];
    run(to.into_iter().chain([text(&file).as_str()])).ends(2).says("there is no format acme@1");
    let written = run(to.into_iter().chain(["--formats", &formats, &text(&file)])).ends(0).out;
    assert_eq!(written.lines().count(), 4, "{written}");
    assert!(
        written.starts_with("\u{feff}Number,Holder,Until") || written.starts_with("Number,Holder,Until"),
        "{written}"
    );
}

#[test]
fn a_gateway_takes_up_the_formats_of_its_configuration_or_does_not_open() {
    let house = House::init("cn-formats");
    let file = house.path("house/certbridge.toml");
    let config = std::fs::read_to_string(&file).expect("config");
    std::fs::write(&file, format!("formats = \"formats\"\n{config}")).expect("written");
    let folder = house.path("house/formats/acme");
    std::fs::create_dir_all(&folder).expect("folder");
    std::fs::write(folder.join("1.yaml"), OWN).expect("written");
    std::fs::write(house.path("list.csv"), "Number,Holder,Until\nA-1,Example Ltd,20271231\n").expect("written");
    // It is read as the format that it is; a list without an issuer names no certificate of anybody.
    house.run("import --format acme@1 list.csv").ends(1);
    std::fs::write(folder.join("1.yaml"), OWN.replace("key.number", "key.no")).expect("written");
    house.run("import --format acme@1 list.csv").ends(3).says("acme/1.yaml:5: ");
}
