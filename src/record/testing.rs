//! Records for tests: a plain certificate of each common kind, and one with every field filled.

use serde_json::{Map, Value, json};

use super::Record;

/// The record that a JSON text stands for.
pub(crate) fn record(value: Value) -> Record {
    serde_json::from_value(value).expect("a record")
}

/// A management system certificate as the report brings it: audited, decided, issued, valid.
pub(crate) fn management_system() -> Record {
    record(json!({
        "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "number": "90126Q01002R0S"},
        "kind": "management-system",
        "issuer": {},
        "holder": {
            "id": {"scheme": "uscc", "value": "91350100M000100Y43"},
            "name": {"zh": "示例机械有限公司"},
            "country": "CN",
            "addresses": [{"text": "福建省福州市样本路1号"}]
        },
        "scheme": {"item_code": "A010101"},
        "standards_text": "GB/T 19001-2016 / ISO 9001:2015",
        "sectors": [{"list": "cnca-scope", "code": "12.04.01"}],
        "multi_site": false,
        "dates": {"first_issued": "2026-10-03", "issued": "2026-10-03", "valid_until": "2029-10-02", "zone": "+08:00"},
        "status": {"history": [{"status": "valid"}]},
        "process": [
            {"type": "audit", "activity": "initial", "from": "2026-08-17", "until": "2026-09-06"},
            {"type": "audit-stage", "stage": "initial-1", "from": "2026-08-17", "until": "2026-08-17", "team": [{"name": "甲"}]},
            {"type": "audit-stage", "stage": "initial-2", "from": "2026-09-03", "until": "2026-09-06", "team": [{"name": "甲"}]},
            {"type": "decision", "from": "2026-09-09", "team": [{"name": "乙", "role": "decision-maker"}]}
        ]
    }))
}

/// A compulsory product certificate as the CCC data bring it.
pub(crate) fn compulsory_product() -> Record {
    record(json!({
        "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "number": "2024800703226336"},
        "kind": "compulsory-product",
        "issuer": {"name": {"zh": "示例认证有限公司"}},
        "holder": {"id": {"scheme": "uscc", "value": "91350100M000100Y43"}, "name": {"zh": "示例电器有限公司"}, "country": "CN"},
        "standards_text": "GB 4706.1-2005；GB 4706.32-2012",
        "products": [{"role": "main", "name": {"zh": "分体热泵型房间空气调节器"}, "category": "空调器",
            "models_text": "KC-2000W Pro, KFRd-350A(A1)、KFR-10NA：220V~ 50Hz；KFR-65□\n（型号中“□”可为0～9或A～Z的任意字符，表示外观颜色）"}],
        "dates": {"first_issued": "2024-09-28", "issued": "2024-09-28", "valid_until": "2029-09-27", "zone": "+08:00"},
        "status": {"history": [{"status": "valid"}]}
    }))
}

/// A record with every field of the schema filled, each text leaf with a marker of its own (`«path»`), and residue on
/// every node that may have some. Values that a type holds to a form (dates, codes, decimals) carry no marker.
pub(crate) fn every_field() -> Value {
    let root = super::schema();
    let mut value = fill(&root, &root, "");
    value["record_format"] = json!(super::RECORD_FORMAT);
    value
}

fn fill(root: &Value, node: &Value, path: &str) -> Value {
    if let Some(target) = node.get("$ref").and_then(Value::as_str) {
        let found = root.pointer(target.trim_start_matches('#')).expect("a definition");
        if node.get("x-residue").is_some() {
            return json!({"cnca-report@2016": {"kept": [{"place": "x", "leaf": format!("«{path}»")}]}});
        }
        return fill(root, found, path);
    }
    if let Some(first) = node.get("enum").and_then(|choices| choices.get(0)) {
        return first.clone();
    }
    if let Some(first) = node.pointer("/oneOf/0/const") {
        return first.clone();
    }
    match node.get("type").and_then(Value::as_str) {
        Some("object") => match node.get("properties").and_then(Value::as_object) {
            Some(properties) => {
                let filled: Map<String, Value> = properties
                    .iter()
                    .map(|(name, child)| {
                        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                        (name.clone(), fill(root, child, &path))
                    })
                    .collect();
                Value::Object(filled)
            }
            None => json!({"zh": format!("«{path}»")}),
        },
        Some("array") => json!([fill(root, node.get("items").unwrap_or(&Value::Null), &format!("{path}[]"))]),
        Some("string") if node["format"] == "date" => json!("2026-01-02"),
        Some("string") if node["format"] == "date-time" => json!("2026-01-02T03:04:05Z"),
        Some("string") if node.get("pattern").is_some() => json!("7"),
        Some("boolean") => json!(true),
        Some("integer") => json!(7),
        _ => json!(format!("«{path}»")),
    }
}

#[test]
fn the_filled_record_is_a_record() {
    let value = every_field();
    let read = record(value.clone());
    assert_eq!(serde_json::to_value(read).expect("written"), value);
}
