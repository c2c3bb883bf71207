//! `schema`: the owner's own in place of ours, sealed, pinned, and gone again.

use super::*;

const WCO: &str = "wco-document@3.6";
const OFFICIAL: &str = "reference/formats/wco-dec";
const PLACE: &str = "Declaration/GoodsShipment/GovernmentAgencyGoodsItem/AdditionalDocument";

/// A schema of two files, narrower than ours: numbers have at most `most` characters.
fn schema(most: u32) -> [(&'static str, String); 2] {
    let parts = format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:wco:datamodel:WCO:Declaration_DS:DMS:2"
    elementFormDefault="qualified">
  <xs:simpleType name="Number"><xs:restriction base="xs:token"><xs:maxLength value="{most}"/></xs:restriction></xs:simpleType>
  <xs:complexType name="Time"><xs:sequence><xs:element name="DateTimeString"><xs:complexType><xs:simpleContent>
    <xs:extension base="xs:string"><xs:attribute name="formatCode" fixed="102" use="required"/></xs:extension>
  </xs:simpleContent></xs:complexType></xs:element></xs:sequence></xs:complexType>
</xs:schema>"#
    );
    let whole = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ds="urn:wco:datamodel:WCO:Declaration_DS:DMS:2"
    targetNamespace="urn:wco:datamodel:WCO:DEC-DMS:2" elementFormDefault="qualified">
  <xs:import namespace="urn:wco:datamodel:WCO:Declaration_DS:DMS:2" schemaLocation="parts/types.xsd"/>
  <xs:element name="AdditionalDocument"><xs:complexType><xs:sequence>
    <xs:element name="CategoryCode" minOccurs="0"/><xs:element name="EffectiveDateTime" type="ds:Time" minOccurs="0"/>
    <xs:element name="ID" type="ds:Number"/><xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"#;
    [("whole.xsd", whole.to_owned()), ("parts/types.xsd", parts)]
}

fn written(folder: &Path, files: &[(&str, String)]) {
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, content).expect("written");
    }
}

fn install(from: &Path, formats: &Path, more: &[&str]) -> Answer {
    let (from, formats) = (text(from), text(formats));
    run(["schema", "install", &from, "--for", WCO, "--formats", &formats].into_iter().chain(more.iter().copied()))
}

/// Certificates as customs documents, judged by what is installed in a folder.
fn converted(formats: &Path, certificates: &Path) -> Answer {
    let out = format!("{}/out/", text(certificates.parent().expect("a folder")));
    let (formats, certificates) = (text(formats), text(certificates));
    let first = ["convert", "--from", "cnca-ccc@1", "--to", WCO, "--at", DATA_DAY, "--formats", &formats];
    run(first.into_iter().chain(["-o", &out, &certificates]))
}

#[test]
fn an_installed_schema_of_many_files_judges_in_place_of_ours_until_it_is_removed() {
    let folder = tempfile::tempdir().expect("folder");
    let (owner, formats) = (folder.path().join("owner"), folder.path().join("formats"));
    let certificates = folder.path().join("ccc.json");
    run(["sample", "--format", "cnca-ccc@1", "--count", "2", "-o", &text(&certificates)]).ends(0);
    std::fs::create_dir_all(&formats).expect("made");
    converted(&formats, &certificates).ends(0);

    written(&owner, &schema(5));
    written(&owner, &[("not-referred-to.xsd", "no schema at all".to_owned())]);
    install(&owner.join("whole.xsd"), &formats, &["--digest", &"0".repeat(64)]).ends(3).says("has the digest");
    let answer = install(&owner.join("whole.xsd"), &formats, &[]).ends(0);
    answer.says("2 files, SHA-256 ");
    let digest = answer.out.rsplit(' ').next().expect("a digest").trim().to_owned();
    let listed = run(["schema", "list", "--json", "--formats", &text(&formats)]).ends(0).json();
    let of =
        |listed: &Value| listed.as_array().expect("list").iter().find(|one| one["format"] == WCO).cloned().expect(WCO);
    let one = of(&listed);
    assert_eq!((&one["origin"], &one["language"]), (&"installed".into(), &"xsd".into()));
    assert_eq!((one["digest"].as_str(), one["files"].as_array().map(Vec::len)), (Some(digest.as_str()), Some(2)));
    run(["schema", "show", WCO, "--formats", &text(&formats)]).ends(0).says("parts/types.xsd");
    run(["schema", "show", WCO, "--file", "parts/types.xsd", "--formats", &text(&formats)]).ends(0).says("maxLength");

    // What goes out is judged by it, at the field of the record.
    let refused = converted(&formats, &certificates).ends(1);
    refused.says("schema/max-length");

    // Another takes its place only when that is asked for; its own digest holds it.
    written(&owner, &schema(70));
    install(&owner.join("whole.xsd"), &formats, &[]).ends(2).says("--replace");
    install(&owner.join("whole.xsd"), &formats, &["--replace"]).ends(0);
    converted(&formats, &certificates).ends(0);

    let sealed = formats.join("schemas/wco-document/3.6/files/parts/types.xsd");
    assert!(std::fs::metadata(&sealed).expect("file").permissions().readonly());
    let right = std::fs::read_to_string(&sealed).expect("text");
    std::fs::remove_file(&sealed).expect("removed");
    std::fs::write(&sealed, right.replace("70", "71")).expect("written");
    converted(&formats, &certificates).ends(3).says("has the digest");
    run(["schema", "list", "--formats", &text(&formats)]).ends(3).says("schemas/wco-document/3.6/schema.toml");

    run(["schema", "remove", WCO, "--formats", &text(&formats)]).ends(0).says("judges again");
    run(["schema", "remove", WCO, "--formats", &text(&formats)]).ends(2);
    assert_eq!(
        of(&run(["schema", "list", "--json", "--formats", &text(&formats)]).ends(0).json())["origin"],
        "bundled"
    );
    converted(&formats, &certificates).ends(0);
}

#[test]
fn what_leaves_the_folder_or_is_not_judged_in_full_is_refused_with_its_line() {
    let folder = tempfile::tempdir().expect("folder");
    let formats = folder.path().join("formats");
    std::fs::create_dir_all(&formats).expect("made");
    for (what, with, words) in [
        ("schemaLocation=\"parts/types.xsd\"", "schemaLocation=\"../types.xsd\"", "leaves the schema"),
        ("schemaLocation=\"parts/types.xsd\"", "schemaLocation=\"http://a.example/types.xsd\"", "whole.xsd:3: "),
        ("schemaLocation=\"parts/types.xsd\"", "schemaLocation=\"parts/other.xsd\"", "is missing"),
        ("type=\"ds:Number\"", "type=\"xs:QName\"", "xs:QName is not judged here"),
        ("</xs:element>\n</xs:schema>", "<xs:key name=\"k\"/></xs:element>\n</xs:schema>", "xs:key"),
        ("<xs:schema ", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><xs:schema ", "DTD"),
    ] {
        let owner = folder.path().join("owner");
        let mut files = schema(5);
        assert!(files[0].1.contains(what), "{what}");
        files[0].1 = files[0].1.replacen(what, with, 1);
        written(&owner, &files);
        install(&owner.join("whole.xsd"), &formats, &[]).ends(3).says(words);
        assert!(!formats.join("schemas").exists(), "nothing is left behind");
        run(["schema", "check", "--schema", &text(&owner.join("whole.xsd"))]).ends(1).says(words);
    }
    run(["schema", "install", &text(folder.path()), "--for", "../x@1", "--formats", &text(&formats)]).ends(2);
}

#[test]
fn the_two_official_schemas_of_customs_load_together_and_judge_the_samples() {
    let Some(official) = shared(OFFICIAL) else { return };
    let folder = official.join("schemas/wco/declaration");
    let both = [
        "schema",
        "check",
        "--schema",
        &text(&folder),
        "--entry",
        "DocumentMetaData_2_DMS.xsd",
        "--entry",
        "WCO_DEC_2_DMS.xsd",
    ]
    .map(str::to_owned);
    let sample = |name: &str| text(&official.join(name));
    run(both.iter().cloned().chain([sample("TT_EX002b.xml")])).ends(0).says("1 of 1 documents valid");
    run(both.iter().cloned().chain([sample("TT_EX002a.xml")])).ends(1).says("document/xml");
    let alone = &both[..6];
    run(alone.iter().cloned().chain([sample("TT_EX002b.xml")])).ends(1).says("schema/no-declaration");

    let home = tempfile::tempdir().expect("folder");
    let formats = home.path().join("formats");
    install(&folder, &formats, &["--entry", "WCO_DEC_2_DMS.xsd", "--root", "Declaration/Nothing"]).ends(3);
    install(&folder, &formats, &["--entry", "WCO_DEC_2_DMS.xsd", "--root", PLACE]).ends(0);
    let Some(certificates) = shared("data/open/ccc-certificates.json") else { return };
    let answer = converted(&formats, &certificates);
    assert!(!answer.err.contains("schema/") && !answer.out.contains("schema/"), "{}", answer.err);
    let one = home.path().join("one.xml");
    let document = |id: &str| {
        format!(
            "<AdditionalDocument xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"><CategoryCode>C</CategoryCode><ID>{id}</ID><TypeCode>002</TypeCode></AdditionalDocument>"
        )
    };
    std::fs::write(&one, document("1")).expect("written");
    let check = ["schema", "check", "--for", WCO, "--formats", &text(&formats), &text(&one)].map(str::to_owned);
    // Ours is narrower here: the category is N.
    run(&check).ends(0).says("1 judged otherwise by the bundled schema");
    std::fs::write(&one, document(&"9".repeat(71))).expect("written");
    run(&check).ends(1).says("line 1 /AdditionalDocument/ID");
}

#[test]
fn an_official_json_schema_is_pinned_by_its_own_digest() {
    let Some(official) = shared("reference/formats/untp-dcc-0.7.0/ConformityCredential.schema.json") else { return };
    let home = tempfile::tempdir().expect("folder");
    let formats = text(home.path());
    let install =
        ["schema", "install", &text(&official), "--for", "untp-dcc@0.7.0", "--formats", &formats].map(str::to_owned);
    run(&install).ends(0).says("1 files, SHA-256 ");
    let listed = run(["schema", "list", "--json", "--formats", &formats]).ends(0).json();
    let one = listed.as_array().expect("list").iter().find(|one| one["format"] == "untp-dcc@0.7.0").expect("listed");
    assert_eq!((one["origin"].as_str(), one["language"].as_str()), (Some("installed"), Some("json-schema")));
    let shown = run(["schema", "show", "untp-dcc@0.7.0", "--formats", &formats]).ends(0).out;
    assert_eq!(shown.trim(), std::fs::read_to_string(&official).expect("text").trim());
}
