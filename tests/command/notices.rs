//! `notice`: templates, what is refused before it is written down, and the list.

use super::*;

#[test]
fn a_notice_begins_with_a_template_and_is_written_down_where_it_can_be_sent() {
    let (house, other) = (House::init("cn-notes"), House::init("nz-notes"));
    let entry = std::fs::read_to_string(other.path("house/share/nz-notes.toml")).expect("an entry");
    let entry = entry.replace("legal_basis = \"\"", "legal_basis = \"Arrangement of 2026 (fictive)\"");
    std::fs::write(other.path("house/share/nz-notes.toml"), entry).expect("written");
    house.run(&format!("partner add {}", text(&other.path("house/share/nz-notes.toml")))).ends(0);

    let about = "--number NZ-1 --issuer register:NZ-CAB-901";
    for kind in ["non-recognition-notice", "non-conformity-notice", "correction-request", "query"] {
        let template = words(&format!("notice template {kind}")).ends(0);
        let file = house.path(&format!("{kind}.json"));
        std::fs::write(&file, &template.out).expect("written");
        let about = if kind == "query" { "" } else { about };
        let sent = house.run(&format!("notice send --json --to nz-notes --type {kind} {about} {}", text(&file)));
        let sent = sent.ends(0).json();
        let shown = house.run(&format!("notice show {} --json", sent["id"].as_str().expect("an id"))).ends(0).json();
        assert_eq!((&shown["message_type"], &shown["message_state"]), (&kind.into(), &"due".into()));
        let expected = if kind == "query" { Value::Null } else { "register:NZ-CAB-901/NZ-1".into() };
        assert_eq!(shown["subject"], expected);
    }
    house.run("notice list").ends(0).says("non-conformity-notice");
    assert_eq!(house.run("notice list --open --json").ends(0).json()["notices"], Value::Array(Vec::new()));
    let listed = house.run("notice list --json --type query").ends(0).json();
    assert_eq!(listed["notices"].as_array().map(Vec::len), Some(1));

    let file = house.path("wrong.json");
    std::fs::write(&file, r#"{"found_on": "yesterday"}"#).expect("written");
    let send = |to: &str, about: &str| {
        house.run(&format!("notice send --to {to} --type non-conformity-notice {about} {}", text(&file)))
    };
    let wrong = send("nz-notes", about).ends(1);
    wrong.says("schema/required");
    wrong.says("schema/format");
    send("nobody", about).ends(2).says("nobody");
    send("nz-notes", "").ends(2).says("--number");
    send("nz-notes", "--number NZ-1").ends(2).says("--issuer");
    house.run("notice show 01932c07-209f-7a1b-8c3d-0123456789ab").ends(1);
    house.run("notice done 01932c07-209f-7a1b-8c3d-0123456789ab --note x").ends(1);
    house.run("notice answer 01932c07-209f-7a1b-8c3d-0123456789ab --outcome declined --text-en x").ends(1);
    assert_eq!(house.run("notice list --json").json()["notices"].as_array().map(Vec::len), Some(4));
}
