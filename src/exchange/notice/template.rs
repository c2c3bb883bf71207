//! A beginning for each kind of notice: every member that its schema knows, to be filled in or taken out.

use serde_json::{Value, json};

use crate::message::MessageType;

/// The document of a notice of this kind, without `type` and `subject`; nothing where nobody writes one by hand. Lists are
/// those of China, under the arrangement with New Zealand.
#[must_use]
pub fn template(kind: MessageType) -> Option<Value> {
    match kind {
        MessageType::NonRecognitionNotice => Some(json!({
            "decided_on": "2026-11-20",
            "from": "2026-11-21",
            "until": "2027-11-20",
            "reasons": [{
                "code": "outside-scope",
                "text": {"en": "The product is not in the list of the arrangement", "zh": "该产品不在互认安排的产品目录内"}
            }],
            "legal_basis": "…",
            "remedy": {"en": "…", "zh": "…"},
            "contact": "…",
            "reference": "…"
        })),
        MessageType::NonConformityNotice => Some(json!({
            "found_on": "2026-11-20",
            "place": {"country": "NZ", "name": "Port of Auckland"},
            "product": {
                "name": {"en": "Room air conditioner"},
                "model": "KFR-35GW",
                "batch": "…",
                "quantity": 120,
                "declaration": "…"
            },
            "requirement": {"standard": "GB 4706.32-2012", "clause": "22.101"},
            "finding": {"en": "Live parts are accessible", "zh": "带电部件可触及"},
            "risk": "serious",
            "measures": ["sampled", "detained"],
            "contact": "…",
            "reference": "…"
        })),
        MessageType::CorrectionRequest => Some(json!({
            "about": [{
                "field": "/credentialSubject/issuedToParty/name",
                "stands": "…",
                "ought": "…",
                "text": {"en": "…"}
            }],
            "evidence": {"en": "…"},
            "contact": "…",
            "reference": "…"
        })),
        MessageType::CorrectionOutcome => Some(json!({
            "outcome": "corrected",
            "decided_on": "2026-11-20",
            "version": 2,
            "text": {"en": "…", "zh": "…"},
            "contact": "…",
            "reference": "…"
        })),
        MessageType::DesignationList => Some(json!({
            "arrangement": "CN-NZ-EEE/CN-to-NZ",
            "as_of": "2026-11-20",
            "designations": [{
                "body": "cnca-approval:CNCA-R-2099-001",
                "list": "CCC",
                "codes": ["0703"],
                "status": "designated",
                "from": "2026-01-01",
                "until": "2030-12-31"
            }],
            "contact": "…",
            "reference": "…"
        })),
        MessageType::RecognitionRows => Some(json!({
            "arrangement": "CN-NZ-EEE/NZ-to-CN",
            "as_of": "2026-11-20",
            "rows": [{
                "id": "cn/0703",
                "list": "CCC",
                "code": "0703",
                "part": "test-report",
                "deviations": [{"zh": "…", "en": "…"}],
                "from": "2026-01-01",
                "until": "2030-12-31"
            }],
            "contact": "…",
            "reference": "…"
        })),
        MessageType::Query => Some(json!({
            "goodsItem": [{
                "sequenceNumeric": 1,
                "importCountry": "NZ",
                "modelDesignation": "KFR-35GW",
                "dates": {"declarationAcceptance": "2026-11-20"},
                "additionalDocument": [{"id": "2024800703226336"}]
            }]
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Limits, parse_json};
    use crate::schema::Schemas;

    #[test]
    fn every_template_is_what_its_schema_takes() {
        let kinds =
            MessageType::ALL.iter().filter(|kind| kind.notice_format().is_some() && **kind != MessageType::Answer);
        for kind in kinds {
            let mut document = template(*kind).expect("a template");
            let format = kind.notice_format().expect("a format");
            if *kind == MessageType::Query {
                document["requestId"] = "1".into();
                let read = crate::registry::verification::read(
                    document.to_string().as_bytes(),
                    &crate::registry::verification::Limits::default(),
                );
                assert!(read.is_ok(), "{read:?}");
                continue;
            }
            document["type"] = format.replace('@', "/").into();
            if kind.needs_subject() || *kind == MessageType::CorrectionOutcome {
                document["subject"] = json!({"form": "number", "issuer": {"scheme": "s", "value": "i"}, "number": "1"});
            }
            let node = parse_json(document.to_string().as_bytes(), 0, &Limits::default()).expect("JSON");
            assert_eq!(Schemas::bundled().validate(format, &node).expect("a schema"), [], "{kind}");
            // Every member that the schema knows is in it.
            let schema: Value =
                serde_json::from_str(Schemas::bundled().schema(format).expect("a schema").text()).expect("JSON");
            for member in schema["properties"].as_object().expect("members").keys() {
                assert!(document.get(member).is_some(), "{kind}: {member}");
            }
        }
    }
}
