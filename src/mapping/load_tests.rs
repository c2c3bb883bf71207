//! What is refused when a crosswalk is loaded, and where.

use super::report_tests::load;

/// The errors of a crosswalk with these rules, which begin at line 4.
fn errors(rules: &str) -> Vec<String> {
    let text = format!("format: t@1\nsyntax: json\nrules:\n{rules}");
    match load(&text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error| format!("{} {}", error.line, error.message)).collect(),
    }
}

#[test]
fn each_mistake_is_named_with_its_line() {
    for (rules, line, words) in [
        ("- {record: risk, wire: x}\n- {record: standards_text, wire: x}", 5, "two rules own the wire place `x`"),
        ("- {record: risk, wire: x}\n- {record: risk, wire: y}", 5, "two rules own the record place `risk`"),
        ("- {record: risk, wire: x}\n- {record: standards_text, wire: x.y}", 5, "two rules own the wire place `x/y`"),
        ("- {record: risk, wire: x, step: []}", 4, "a rule knows no `step`"),
        ("- {record: risk, wire: x, steps: [{shout: 1}]}", 4, "`shout` is no step; "),
        ("- {record: risk, wire: x, steps: [{texxt: [trim]}]}", 4, "`texxt` is no step (did you mean `text`?)"),
        ("- {record: holder.nmae, wire: x}", 4, "the record has no `holder.nmae` (did you mean `holder.name`?)"),
        ("- {record: risk, wire: x, steps: [{text: [shout]}]}", 4, "`text` knows no `shout`"),
        ("- {record: risk, wire: x, steps: [{codes: no/such}]}", 4, "there is no code table `no/such`"),
        ("- {record: risk, wire: x, steps: [{codes: {a: \"1\", b: \"1\"}}]}", 4, "say under `back:`"),
        ("- {record: risk, wire: x, steps: [{codes: {a: \"1\", back: {\"1\": b}}}]}", 4, "codes must come back"),
        (
            "- {record: multi_site, wire: x, steps: [{codes: {true: \"1\"}}]}\n- {record: kind, wire: k, steps: [{codes: {service: s}}]}",
            5,
            "no wire code for: management-system",
        ),
        ("- {record: risk, wire: x, steps: [digest]}", 4, "cannot be read back"),
        ("- {record: holder.id, wire: x}", 4, "is no single value"),
        ("- {record: holder.id, wire: x, steps: [{template: \"{scheme}{value}\"}]}", 4, "two variables meet"),
        (
            "- {record: holder.id, wire: x, steps: [{template: \"{scheme}:{valeu}\"}]}",
            4,
            "the record has no `valeu` here",
        ),
        (
            "- {record: holder.id, wire: x, steps: [{template: [{as: \"{value}\"}, {as: \"a{value}\"}]}]}",
            4,
            "is never read",
        ),
        ("- when: {risk: a}\n  rules:\n  - {record: standards_text, wire: x}", 6, "which no rule above it reads"),
        ("- when: {risk: a}\n  rules:\n  - {record: risk, wire: x}", 6, "inside its own branch"),
        (
            "- each: {record: sites, wire: s, key: [name]}\n  rules:\n  - {record: address.text, wire: x}",
            6,
            "which no rule of this list reads",
        ),
        ("- each: {record: sites, wire: s}\n  rules: [{record: name, wire: x}]", 4, "`each` needs `key:`"),
        ("- {record: risk, wire: x, required: maybe}", 4, "knows no `maybe`; there are: wire, record, both"),
        ("- {record: risk, wire: x, otherwise: {derive: nowhere}}", 4, "there is no block `nowhere`"),
        (
            "- pick: {record: status.history, latest: true}\n  rules:\n  - {wire: x, implied: {const: a}}",
            6,
            "does not stand inside `pick`",
        ),
        ("- include: gone", 4, "there is no file `gone`"),
        ("- {record: risk, wire: Reg. No.}", 4, "a dot that belongs to the name is written `Reg\\. No\\.`"),
        (
            "- {record: dates.issued, wire: x, steps: [{text: [trim]}, {date: [yyyymmdd]}]}",
            4,
            "`text` would get a day; put `date` above it",
        ),
        (
            "- {record: sites, wire: x, steps: [{template: \"{name}\"}]}",
            4,
            "would get a list; put `join` above it, or use `each`",
        ),
        ("- {record: holder.employees, wire: x, steps: [{limit: 3}]}", 4, "would get a number; put `number` above it"),
        ("- {record: multi_site, wire: x, steps: [{encode: pct}]}", 4, "would get true or false; put `codes:"),
        (
            "- {record: holder.id, wire: x, steps: [{codes: {a: b}}]}",
            4,
            "would get a node with fields; put a `template` above it",
        ),
        ("- {record: risk, wire: x, steps: [{join: ;}]}", 4, "would get a text; this step does not take texts"),
        (
            "- {record: kind, wire: k, steps: [{codes: {servic: s, not-carried: [accreditation]}}]}",
            4,
            "`servic` is no code of the record there; the codes are: ",
        ),
        ("- {record: risk, wire: x, steps: [{codes: {a: b, not-carried: [a]}}]}", 4, "take it out of one"),
        (
            "- {record: holder.id, wire: x, steps: [{template: [{as: \"{value}\", set: {scheme: 4}}]}]}\n- {record: key, wire: k, steps: [{template: [{as: \"{number}\", set: {form: nubmer}}]}]}",
            5,
            "`set:` cannot make `form` nubmer",
        ),
        (
            "- {record: kind, wire: k}\n- {when: {kind: servcie}, rules: [{record: risk, wire: x}]}",
            5,
            "`kind` is never `servcie`; there are: management-system",
        ),
        (
            "- {record: multi_site, wire: k}\n- {when: {multi_site: \"1\"}, rules: [{record: risk, wire: x}]}",
            5,
            "is never `1`; there are: true, false",
        ),
        (
            "- prefer: {wire: x, by: domain}\n  slots: [{record: risk}, {record: standards_text}]",
            4,
            "`risk` reads every text, so no place below it is ever read",
        ),
        (
            "- each: {record: sites, wire: s, key: [name]}\n  rules:\n  - {record: name, wire: x, steps: [{limit: 4}]}",
            6,
            "may print alike for two items",
        ),
        (
            "- {record: risk, wire: x, otherwise: {derive: {call: oracle}}}",
            4,
            "nothing computes `oracle`; there are: assurance-level",
        ),
        (
            "- {record: dates.issued, wire: x, steps: [{date: [yyyymmddhhmmss]}]}",
            4,
            "is read and never written; put another form first",
        ),
        ("- {record: risk, wire: x, absent: {a: b}}", 4, "`absent` is a text or a list of texts, not a map"),
        ("- {wire: x}", 4, "this is no construct"),
    ] {
        let found = errors(rules);
        let wanted = format!("{line} ");
        assert!(found.iter().any(|e| e.starts_with(&wanted) && e.contains(words)), "{rules}\n{found:#?}");
    }
}

#[test]
fn the_title_of_a_column_is_not_taken_for_a_nested_place() {
    let text = "format: t@1\nsyntax: csv\nrules: [{record: key.number, wire: Cert.no}]";
    let errors = load(text).map(drop).expect_err("refused");
    assert!(errors[0].line == 3 && errors[0].message.contains("written `Cert\\.no`"), "{errors:#?}");
    load(&text.replace("Cert.no", "Cert\\.no")).expect("loads");
    load(&text.replace("rules:", "layout: {flat: ''}\nrules:")).expect("loads");
}

#[test]
fn branches_that_exclude_each_other_may_share_a_place() {
    let found = errors(
        "- pick: {record: status.history, latest: true}\n  rules:\n  - {record: status, wire: s, steps: [{codes: {suspended: a, withdrawn: b, not-carried: [valid, cancelled, superseded, invalid-reason-not-stated]}}]}\n  - {when: {status: suspended}, rules: [{record: from, wire: d}]}\n  - {when: {status: withdrawn}, rules: [{record: from, wire: d}]}",
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_no_yaml_is_said_with_its_line() {
    for text in ["format: [", "a: 1\na: 2", "format: t@1\n---\nformat: u@1"] {
        assert!(load(text).is_err(), "{text}");
    }
    assert!(load("format: t\nrules: []").is_err());
}

#[test]
fn included_rules_take_prefixes_and_parameters() {
    let schema = crate::record::schema();
    let file = |name: &str| (name == "party").then(|| "- {record: \"name{en}\", wire: $(field)}".to_owned());
    let library = super::Library { codes: &super::NoTables, includes: &file, record: &schema };
    let text = "format: t@1\nrules: [{include: party, record: holder, wire: owner, with: {field: label}}]";
    let crosswalk = super::Crosswalk::parse(text, "t.yaml", &library).expect("loads");
    assert_eq!(crosswalk.fields(), ["owner/label"]);
}

#[test]
fn a_default_that_looks_at_a_later_one_is_refused() {
    let later = "- {wire: n, implied: {copy: 'title{en}'}}\n- prefer: {records: ['title{en}', 'title{zh}'], wire: name, by: script}\n  otherwise: {derive: [{else: x}]}";
    let found = errors(later);
    assert!(
        found.iter().any(|e| e.starts_with("4 ") && e.contains("settled later (line 5); put this rule below it")),
        "{found:#?}"
    );
    let inside = "- {record: risk, wire: risk, otherwise: {derive: [{else: x}]}}\n- each: {record: sites, wire: sites, key: [name]}\n  rules:\n  - {record: name, wire: name}\n  - {wire: of, implied: {copy: risk}}";
    let found = errors(inside);
    assert!(found.iter().any(|e| e.starts_with("8 ") && e.contains("settled after the items")), "{found:#?}");
}

/// What is missing in a crosswalk beside a schema of its documents.
fn missing(text: &str, schema: &serde_json::Value) -> Vec<String> {
    let record = crate::record::schema();
    let crosswalk = load(text).expect("loads");
    crosswalk
        .missing("t.yaml", Some(schema), &record)
        .iter()
        .map(|error| format!("{} {}", error.line, error.message))
        .collect()
}

#[test]
fn a_crosswalk_is_held_against_the_schema_of_its_documents() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["number", "since"],
        "properties": {
            "number": {"type": "string"},
            "status": {"enum": ["a", "b", "c"]},
            "since": {"type": "string"},
            "sites": {"type": "array", "items": {"$ref": "#/$defs/site"}},
        },
        "$defs": {"site": {"type": "object", "required": ["id"], "properties": {"id": {}, "name": {}}}},
    });
    let text = |rules: &str| format!("format: t@1\nnot-carried: ['*']\nnot-read: [sites.name]\nrules:\n{rules}");
    let status = "- pick: {record: status.history, latest: true}\n  rules:\n  - {record: status, wire: status, steps: [{codes: {suspended: a, withdrawn: b, unread: [c], not-carried: [valid, cancelled, superseded, invalid-reason-not-stated]}}]}";
    let sites = "- each: {record: sites, wire: sites, key: [id.value]}\n  rules: [{record: id.value, wire: id}]";
    let whole =
        format!("- {{record: key.number, wire: number}}\n{status}\n{sites}\n- {{record: dates.issued, wire: since}}");
    assert_eq!(missing(&text(&whole), &schema), Vec::<String>::new());
    for (rules, wanted) in [
        (whole.replace("wire: number", "wire: nmuber"), "5 the schema of t@1 has no `nmuber` there"),
        (whole.replace("wire: number", "wire: nmuber"), "the schema of t@1 requires `number`, which no rule writes"),
        (whole.replace(", unread: [c]", ""), "8 the schema lists c, which is not read"),
        (whole.replace("withdrawn: b", "withdrawn: d"), "8 d is written, which the schema does not list"),
        (whole.replace("wire: id}", "wire: name}"), "requires `id`, which no rule writes"),
        (whole.replace("wire: id}", "wire: name}"), "3 no rule reads `sites.id`, which the schema knows"),
        (
            whole.replace(
                "- {record: dates.issued, wire: since}",
                "- when: {key.number: x}\n  rules: [{record: dates.issued, wire: since}]",
            ),
            "`since`, which is written only under a condition",
        ),
    ] {
        let found = missing(&text(&rules), &schema);
        assert!(found.iter().any(|error| error.contains(wanted)), "{wanted}\n{found:#?}");
    }
}

#[test]
fn a_format_that_is_read_says_which_certificate_it_is_about() {
    let none = serde_json::json!({});
    let text = "format: t@1\nnot-carried: ['*']\nrules:\n- {record: risk, wire: x}";
    let found = missing(text, &none);
    assert!(
        found.len() == 1 && found[0].starts_with("4 no rule reads the number of the certificate; write one"),
        "{found:#?}"
    );
    assert_eq!(missing(&text.replace("rules:", "direction: out\nrules:"), &none), Vec::<String>::new());
    assert_eq!(missing(&text.replace("risk", "key.uri"), &none), Vec::<String>::new());
}

#[test]
fn items_told_apart_by_their_place_are_carried_whole() {
    let head = "format: t@1\nnot-carried: ['*']\nrules:\n- {record: key.number, wire: n}\n";
    let each =
        "- each: {record: holder.other_ids, wire: ids, position: true}\n  rules:\n  - {record: value, wire: v}\n";
    let none = serde_json::json!({});
    let found = missing(&format!("{head}{each}"), &none);
    assert!(
        found.len() == 1
            && found[0].starts_with("7 items of `holder.other_ids`")
            && found[0].contains("carries `scheme`, which would move"),
        "{found:#?}"
    );
    assert_eq!(missing(&format!("{head}{each}  - {{record: scheme, wire: s}}\n"), &none), Vec::<String>::new());
}

#[test]
fn what_is_said_to_be_left_out_is_there_and_left_out() {
    let schema = serde_json::json!({"properties": {"n": {}, "list": {"items": {"properties": {"x": {}}}}}});
    let text = |more: &str| format!("format: t@1\n{more}\nrules: [{{record: key.number, wire: n}}]");
    let all = "not-carried: ['*']\nnot-read:";
    assert_eq!(
        missing(&text(&format!("{all} [list.x]")), &schema),
        ["3 no rule reads `list`, which the schema knows; add a rule, or list it under `not-read:`"]
    );
    assert_eq!(missing(&text(&format!("{all} [list]")), &schema), Vec::<String>::new());
    let found = missing(&text(&format!("{all} [list, lists]")), &schema);
    assert_eq!(found, ["3 the schema of t@1 has no `lists`; take it out of `not-read:`"]);
    let found = missing(&text("not-carried: [key, '*']"), &schema);
    assert!(found.is_empty(), "{found:#?}");
    let found = missing(&text("not-carried: [key]"), &schema);
    assert!(
        found.iter().any(|e| e.starts_with("2 `not-carried:` names `key`, but a rule carries `key.number`")),
        "{found:#?}"
    );
}

#[test]
fn every_field_of_the_record_is_carried_or_said_not_to_be() {
    let missing = |text: &str| missing(text, &serde_json::json!({}));
    let all = missing("format: t@1\nnot-carried: [claims]\nrules: [{record: key.number, wire: n}]");
    let [one] = all.as_slice() else { panic!("one error a crosswalk: {all:#?}") };
    assert!(one.starts_with("2 no rule carries `version`, `key.form`, "), "{one}");
    assert!(one.contains(" more; write a rule for each, or list it under `not-carried:`"), "{one}");
    assert!(!one.contains("`key.number`"), "{one}");
    let some = "not-carried: [version, identity_number, title, languages, key.form, key.uri, key.issuer]";
    let named =
        missing(&format!("format: t@1\n{some}\nrules: [{{record: key.number, wire: n}}, {{record: kind, wire: k}}]"));
    assert!(named[0].starts_with("2 no rule carries `issuer."), "{named:#?}");
    assert_eq!(
        missing("format: t@1\nnot-carried: ['*']\nrules: [{record: key.number, wire: n}]"),
        Vec::<String>::new()
    );
}
