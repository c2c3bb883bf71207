//! The laws, on a compact crosswalk that uses every construct, with generated records and documents.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::report_tests::load;
use super::super::*;
use super::cases;
use super::lens::{Lens, as_document, clean, strip};

pub(super) const COMPACT: &str = r#"
format: compact@1
syntax: json
constants: {key.form: number, dates.zone: "+08:00"}
derived:
  own: 
    - {wire: id, from: [{template: "{key.number}/own"}]}
    - {wire: criteria, each: standards, as: {name: designation}}
rules:
  - {wire: kind, implied: {const: certificate}}
  - {wire: tags, implied: {const: [a, b], match: contains}}
  - {record: key.number, wire: number, required: both, steps: [{text: &id [trim, invisible, width, upper]}]}
  - {record: $issue.id, wire: credential}
  - {record: "holder.name{zh}", wire: name.zh, steps: [{text: &t [trim, breaks]}]}
  - {record: "holder.name{en}", wire: name.en, absent: ["/", missing, ""], steps: [{text: *t}]}
  - record: holder.id
    wire: holder
    steps: [{template: [{as: "{value:[0-9A-Y]{18}}", set: {scheme: uscc}}, {as: "{value:[0-9A-Y]{8}-?[0-9X]}", set: {scheme: cn-org}},
                        {as: "did:{value:.*[^/]}", set: {scheme: did}}, {as: "{value:.*[^/]}", set: {scheme: unstated}}]}, {text: [trim]}]
  - {record: holder.country, wire: country, steps: [{codes: {CN: "156", HK: "344", aliases: {中国: CN}}}]}
  - {record: holder.employees, wire: staff, steps: [number]}
  - {record: holder.addresses, wire: address, steps: [{join: "；", also: [";"], item: [{template: [{as: "{text}（{role}）", parts: {role: [{codes: {registered: 注册, operating: 经营, not-carried: [audited]}}]}}, {as: "{text}"}]}]}]}
  - {record: sectors, where: {list: gb4754}, wire: trades, steps: [{join: "；", key: [code], item: [{template: "{code}"}]}]}
  - {record: sectors, where: {list: cnca-scope}, wire: scopes, steps: [{join: "；", key: [code], item: [{template: "{code}"}]}]}
  - {record: languages, wire: languages, whole: true}
  - {record: exemption.quantity, wire: quantity, whole: true, shape: [value, unit]}
  - {record: dates.first_issued, wire: first, steps: [{date: [yyyymmdd, yyyy-mm-dd]}]}
  - {record: dates.valid_until, wire: until, steps: [{date: [date-time], at: end}]}
  - prefer: {records: ["scope.text{en}", "scope.text{zh}"], wire: scope, by: script}
  - pick: {record: status.history, latest: true, same: [status, claimed, from]}
    rules:
      - prefer: {wire: status, by: domain}
        slots:
          - {record: claimed, steps: [{codes: {expired: "05"}}]}
          - {record: status, steps: [{codes: {valid: "01", suspended: "02", withdrawn: "03", cancelled: "04", superseded: "04", back: {"04": cancelled}, not-carried: [invalid-reason-not-stated]}}], narrows: many to one}
      - when: {status: suspended}
        rules:
          - {record: reason.code, wire: why}
          - {record: from, wire: suspended, steps: [{date: [yyyymmdd, yyyy-mm-dd]}]}
      - when: {status: withdrawn}
        rules:
          - {record: from, wire: withdrawn, steps: [{date: [yyyymmdd, yyyy-mm-dd]}]}
  - group: {flag: {wire: replaced, yes: "1", no: "0"}, record: replaces}
    rules:
      - {record: number, wire: former}
      - {record: date, wire: former_date, steps: [{date: [yyyymmdd, yyyy-mm-dd]}]}
  - {record: claims.accreditation.mark, wire: mark}
  - {record: claims.accreditation.status, wire: accredited, steps: [{codes: {accredited: "Y", unaccredited: "N"}}], otherwise: {derive: [{present: claims.accreditation.mark, then: accredited}, {else: unaccredited}]}}
  - {record: claims.assurance_level, wire: level, otherwise: {derive: {call: assurance-level}}}
  - prefer: {records: ["title{en}", "title{zh}"], wire: title, by: script}
    otherwise: {derive: {from: [{template: "Certificate {key.number}"}]}}
  - {wire: copy, implied: {copy: "holder.name{en}", optional: true}}
  - each: {record: sites, wire: sites, key: [address.text], empty: write}
    rules:
      - {record: address.text, wire: street}
      - {record: address.city, wire: city, otherwise: {derive: [{present: name, then: {path: name}}]}}
      - {record: id, wire: id, steps: [{template: [{as: "{value:.*[^/]}", set: {scheme: uri}}]}]}
      - {wire: of, implied: {copy: key.number, optional: true}}
  - each: {record: holder.other_ids, wire: ids, key: [scheme]}
    rules: [{record: scheme, wire: scheme}, {record: value, wire: value, steps: [{text: [trim]}]}]
  - each: {record: standards, group-by: scheme_name, wire: schemes, key: [scheme_name], inner: {wire: list, key: [designation]}}
    rules: [{record: scheme_name, wire: scheme}]
    inner-rules: [{record: ., wire: name, steps: [{template: [{as: "{designation:[^:]+}:{edition:[0-9]{4}}"}, {as: "{designation:[^:]+}"}]}]}]
  - each: {record: claims.assessments, wire: assessments, key: [id]}
    otherwise: {derive: own}
    rules:
      - {record: id, wire: id}
      - each: {record: criteria, wire: criteria, key: [id]}
        rules: [{record: id, wire: id}, {record: name, wire: name}]
  - rows: {wire: audits, record: process, where: {type: audit-stage}, by: [stage, from], inner: {record: team, key: [registration]}, join: {of: key.number}}
    rules:
      - {record: stage, wire: stage, steps: [{codes: {initial-1: "0101", initial-2: "0102", not-carried: [recertification, surveillance, special]}}]}
      - {record: from, wire: from, steps: [{date: [yyyymmdd, yyyy-mm-dd]}]}
    inner-rules:
      - {record: registration, wire: registration}
      - {record: name, wire: name, steps: [{text: *t}]}
not-carried: [version, kind]
"#;

fn compact() -> Crosswalk {
    match load(COMPACT) {
        Ok(crosswalk) => crosswalk,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

// ---- generated documents

fn of(values: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop::sample::select(values).prop_map(|text| json!(text)).boxed()
}

fn day_leaf() -> BoxedStrategy<Value> {
    (10..13_u8, 1..4_u8, 1..4_u8, 0..8_u8)
        .prop_map(|(y, m, d, kind)| match kind {
            0 => json!(""),
            1 => json!(format!("20{y}-{m:02}-{d:02}?")),
            2 => json!("20120230"),
            3 | 4 => json!(format!("20{y}-{m:02}-{d:02}")),
            5 => json!(null),
            _ => json!(format!("20{y}{m:02}{d:02}")),
        })
        .boxed()
}

fn word() -> BoxedStrategy<Value> {
    prop_oneof![
        6 => of(&["甲", "Acme", " pad ", "/", "", "x；y", "a\nb", "乙公司"]),
        1 => Just(json!(7)),
        1 => Just(json!({})),
        1 => Just(json!([])),
        1 => Just(json!({"odd": [1, {"x": null}]})),
    ]
    .boxed()
}

/// An object of some of the fields.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let parts: Vec<_> = fields
        .into_iter()
        .map(|(name, strategy)| prop::option::weighted(0.75, strategy).prop_map(move |value| (name, value)))
        .collect();
    parts
        .prop_map(|parts| {
            Value::Object(parts.into_iter().filter_map(|(name, value)| value.map(|v| (name.to_owned(), v))).collect())
        })
        .boxed()
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![
        10 => prop::collection::vec(item, 0..4).prop_map(Value::Array),
        1 => Just(json!("no list")),
        1 => Just(json!({"a": []})),
    ]
    .boxed()
}

fn compact_document() -> BoxedStrategy<Value> {
    let row = object(vec![
        ("of", of(&["Q1", "Q2/01", "q1"])),
        ("stage", of(&["0101", "0102", "9"])),
        ("from", day_leaf()),
        ("registration", of(&["R0", "R1", "R2", "/"])),
        ("name", word()),
        ("extra", of(&["x"])),
    ]);
    let site = object(vec![
        ("street", of(&["s1", "s2", " s1"])),
        ("city", of(&["c", "n1"])),
        ("id", of(&["u:1", "bad/"])),
        ("of", of(&["Q1", "other"])),
        ("more", of(&["m"])),
    ]);
    let scheme = object(vec![
        ("scheme", of(&["Q", "E"])),
        ("list", list(object(vec![("name", of(&["ISO 9001:2015", "ISO 14001", "a:b"])), ("x", of(&["1"]))]))),
        ("y", of(&["2"])),
    ]);
    let assessment = object(vec![
        ("id", of(&["Q1/own", "a1", "a2"])),
        ("criteria", list(object(vec![("id", of(&["c1", "c2"])), ("name", of(&["ISO 9001", "n"]))]))),
        ("left", of(&["over"])),
    ]);
    object(vec![
        ("kind", of(&["certificate", "other"])),
        ("tags", prop::collection::vec(of(&["a", "b", "c"]), 0..4).prop_map(Value::Array).boxed()),
        ("number", of(&["Q1", "Q2/01", " q1", "Ｑ1"])),
        ("credential", of(&["urn:1", "urn:2"])),
        ("name", object(vec![("zh", word()), ("en", word()), ("fr", of(&["x"]))])),
        ("holder", of(&["91350100M000100Y43", "12345678-X", "12345678X", "did:web:x", "HK-77", "bad/", " HK "])),
        ("country", of(&["156", "344", "中国", "999"])),
        ("staff", prop_oneof![Just(json!(46)), Just(json!("46")), Just(json!(46.0)), Just(json!("many"))].boxed()),
        ("address", of(&["甲路1号", "甲路（注册）", "甲（南）路（经营）；乙路", "a;b", "；"])),
        ("trades", of(&["2614", "2614；1411", "1411；", "；"])),
        ("scopes", of(&["12.04", "12.04；28.01", "28.01；12.04"])),
        (
            "languages",
            prop_oneof![Just(json!(["zh"])), Just(json!(["zh", "en"])), Just(json!("zh")), Just(json!([]))].boxed(),
        ),
        (
            "quantity",
            prop_oneof![Just(json!({"value": 6.0})), Just(json!({"unit": "kg", "x": 1})), Just(json!([1]))].boxed(),
        ),
        ("first", day_leaf()),
        ("until", of(&["2029-10-02T23:59:59+08:00", "2029-10-03T00:00:00Z", "2029-10-02", ""])),
        ("scope", word()),
        ("status", of(&["01", "02", "02", "03", "04", "05", "99", ""])),
        ("why", of(&["01"])),
        ("suspended", day_leaf()),
        ("withdrawn", day_leaf()),
        ("replaced", of(&["1", "0", "", "Y", " 1"])),
        ("former", of(&["OLD"])),
        ("former_date", day_leaf()),
        ("mark", of(&["CNAS", "UKAS", ""])),
        ("accredited", of(&["Y", "N", "?"])),
        ("level", of(&["authority-globalmra", "scheme-cab", "authority-benchmark", "bad"])),
        ("title", of(&["Certificate Q1", "T", "证书"])),
        ("copy", of(&["Acme", "B"])),
        ("sites", list(site)),
        ("ids", list(object(vec![("scheme", of(&["lei", "gln"])), ("value", of(&["1", " 2"])), ("z", of(&["3"]))]))),
        ("schemes", list(scheme)),
        ("assessments", list(assessment)),
        ("audits", list(row)),
        ("website", word()),
    ])
}

// ---- generated records

fn compact_record() -> BoxedStrategy<Value> {
    let iso = || of(&["2010-01-01", "2011-02-02", "2012-03-03"]);
    let text = || of(&["甲", "乙公司", "Acme", "B/C", "x；y", " z", "/"]);
    let languages = move || object(vec![("zh", text()), ("en", text())]);
    let entry = object(vec![
        ("id", of(&["e"])),
        ("status", of(&["valid", "suspended", "withdrawn", "cancelled", "superseded", "invalid-reason-not-stated"])),
        ("from", iso()),
        ("until", iso()),
        ("reason", object(vec![("code", of(&["01", "02"]))])),
    ]);
    let claim = object(vec![("claimed", of(&["expired"])), ("from", iso())]);
    let event = object(vec![
        ("stage", of(&["initial-1", "initial-2", "special"])),
        ("from", iso()),
        ("report_number", of(&["r"])),
        (
            "team",
            prop::collection::vec(
                object(vec![
                    ("registration", of(&["R0", "R1", "R2"])),
                    ("name", text()),
                    ("id_document", of(&["secret"]).prop_map(|number| json!({"number": number})).boxed()),
                ]),
                1..3,
            )
            .prop_map(Value::Array)
            .boxed(),
        ),
    ])
    .prop_map(|mut event| {
        event["type"] = json!("audit-stage");
        event
    });
    let other = of(&["decision", "review"]).prop_map(|kind| json!({"type": kind, "from": "2011-02-02"}));
    let process = prop::collection::vec(prop_oneof![3 => event, 1 => other], 0..4).prop_map(|events| {
        // Events are unique by stage and dates: a rule of the record.
        let mut seen = std::collections::HashSet::new();
        let key = |event: &Value| format!("{} {} {}", event["type"], event["stage"], event["from"]);
        Value::Array(events.into_iter().filter(|event| seen.insert(key(event))).collect())
    });
    let standard = object(vec![
        ("designation", of(&["ISO 9001", "ISO 14001", "a:b"])),
        ("edition", of(&["2015", "x"])),
        ("raw", of(&["r"])),
        ("scheme_name", of(&["Q", "E"])),
    ]);
    let site = object(vec![
        ("name", of(&["n1", "n2"])),
        ("address", object(vec![("text", of(&["s1", "s2", "s3"])), ("city", of(&["c", "n1"]))])),
        ("id", Just(json!({"scheme": "uri", "value": "u:9"})).boxed()),
    ]);
    let sector = (of(&["gb4754", "cnca-scope", "iaf"]), of(&["2614", "12.04", "28.01", "a；b"]), of(&["2017"]))
        .prop_map(|(list, code, version)| json!({"list": list, "code": code, "version": version}));
    let id = prop::sample::select(vec![
        json!({"scheme": "uscc", "value": "91350100M000100Y43"}),
        json!({"scheme": "cn-org", "value": "12345678-X"}),
        json!({"scheme": "unstated", "value": "HK-77"}),
        json!({"scheme": "unstated", "value": "12345678X"}),
        json!({"scheme": "lei", "value": "x"}),
    ]);
    let list = |item: BoxedStrategy<Value>| prop::collection::vec(item, 0..4).prop_map(Value::Array).boxed();
    object(vec![
        ("key", of(&["Q1", "Q2/01"]).prop_map(|number| json!({"form": "number", "number": number})).boxed()),
        (
            "holder",
            object(vec![
                ("name", languages()),
                ("id", id.boxed()),
                ("country", of(&["CN", "HK", "FR"])),
                ("employees", Just(json!(46)).boxed()),
                ("telephone", of(&["domestic"])),
                (
                    "addresses",
                    list(object(vec![
                        ("text", of(&["甲路1号", "乙；路"])),
                        ("role", of(&["registered", "audited"])),
                        ("city", of(&["c"])),
                    ])),
                ),
                ("other_ids", list(object(vec![("scheme", of(&["lei", "gln", "bpn"])), ("value", of(&["1", " 2"]))]))),
            ]),
        ),
        ("sectors", list(sector.boxed())),
        ("languages", Just(json!(["zh"])).boxed()),
        (
            "dates",
            object(vec![("first_issued", iso()), ("valid_until", iso()), ("zone", of(&["+08:00"])), ("issued", iso())]),
        ),
        ("scope", object(vec![("text", languages())])),
        ("title", languages()),
        ("status", object(vec![("history", list(prop_oneof![4 => entry, 1 => claim].boxed()))])),
        ("replaces", object(vec![("date", iso()), ("number", of(&["OLD"])), ("issuer_name", of(&["x"]))])),
        (
            "claims",
            object(vec![
                (
                    "accreditation",
                    object(vec![("mark", of(&["CNAS", "UKAS"])), ("status", of(&["accredited", "unaccredited"]))]),
                ),
                ("assurance_level", of(&["authority-globalmra", "authority-benchmark"])),
                (
                    "assessments",
                    list(object(vec![
                        ("id", of(&["a1", "a2", "Q1/own"])),
                        ("name", of(&["n"])),
                        ("criteria", list(object(vec![("id", of(&["c1", "c2"])), ("name", of(&["n"]))]))),
                    ])),
                ),
            ]),
        ),
        ("sites", list(site)),
        ("standards", list(standard)),
        ("process", process.boxed()),
    ])
    .prop_map(|record| clean(record, true))
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases() * 2, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_for_every_construct(
        stored in prop_oneof![1 => Just(json!({})), 2 => compact_record()],
        document in compact_document(),
        other in compact_record(),
    ) {
        let lens = Lens { crosswalk: compact(), issue: json!({"base": "https://r.example"}) };
        lens.laws(&stored, &as_document(&document), &other)?;
    }
}

// ---- the management-system report

fn report_row() -> BoxedStrategy<Value> {
    let days = || of(&["20261003", "2026-10-03", "2029-10-02", "20260230", "0000-00-00", "/", ""]);
    object(vec![
        ("认证机构批准号", of(&["CNCA-R-2099-001", "ｃnca-R-2099-002 ", "CNCA-R-2099-"])),
        ("证书号码", of(&["90126Q01002R0S", "90126q01002r0s", "９0126Q01/01"])),
        ("组织名称", of(&["甲公司", "甲\u{200b}公司", "乙（北京）公司\u{3000}"])),
        ("组织名称(英文)", of(&["Acme Ltd.", "/", ""])),
        ("组织机构代码/统一社会信用代码", of(&["91110115MAXDR7H2X4", "91110115maxdr7h2x4", "12345678-X", "?"])),
        ("所属行业", of(&["2614", "2614；1411", "2614;1411"])),
        ("所在国家和地区代码", prop_oneof![of(&["156", "１５６", "999"]), Just(json!(156))].boxed()),
        ("证书地址", of(&["甲路1号", "甲路\n1号", "甲路（注册地址）；乙路"])),
        ("邮编", prop_oneof![of(&["102600", "１02600"]), Just(json!(102_600))].boxed()),
        ("组织员工数", of(&["46", "46.0", "四十"])),
        ("业务范围代码", of(&["12.04.01；12.04.09", "12.04.01，28.01", "12.04.01；"])),
        ("是否多现场", of(&["0", "1", "2"])),
        ("多现场名称地址", of(&["一厂：甲路；二厂：乙路", "甲路;乙路"])),
        ("初次获证日期", days()),
        ("颁证日期", days()),
        ("证书到期日期", days()),
        ("证书状态", of(&["01", "02", "03", "04", "05", "07", "有效", "过期失效"])),
        ("暂停原因", of(&["01"])),
        ("暂停开始时间", days()),
        ("撤销日期", days()),
        ("是否换证", of(&["0", "1", "", "是"])),
        ("原证书号", of(&["old1"])),
        ("认证审核活动代码", of(&["01", "05", "09"])),
        ("审核开始日期", days()),
        ("审核人日数", of(&["6.0", "6"])),
        ("评定人员", of(&["甲；乙", "甲;乙", "甲"])),
        ("认证决定日期", days()),
        ("认可标志代码", of(&["CNAS", "无", "cnas"])),
        ("收费金额", of(&["5500.00", "五千"])),
        ("发票号", of(&["1；2", "1"])),
        ("记录类型", of(&["MS"])),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases() / 2, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_for_rows_of_the_report(first in report_row(), second in report_row()) {
        let lens = Lens { crosswalk: super::super::report_tests::report(), issue: json!({}) };
        // What an earlier document left, and a later one; and another record for what changes in between.
        let stored = lens.put(&json!({}), &as_document(&first)).record;
        let other = lens.put(&json!({}), &as_document(&second)).record;
        lens.laws(&strip(&stored), &as_document(&second), &strip(&other))?;
    }
}
