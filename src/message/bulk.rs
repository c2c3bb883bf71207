//! The notice of an event that touches many certificates: one act, and whom it concerns.
//!
//! Members stand under their issuer, each as its name, the version that the act has given its status face, and the version
//! that this recipient was told before; both halves are written as in a subject.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::strict_json;
use super::error::MessageError;
use crate::record::{StatusEntry, SubjectKey};

/// The format of a notice.
pub const BULK_FORMAT: &str = "certbridge-bulk@1";
/// The form of its body.
const FORM: &str = "certbridge-bulk/1";

/// A notice.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkNotice {
    /// Id of the event.
    pub event: String,
    /// Which of the notices about it to this recipient it is, from 1, and how many there are.
    pub part: (u32, u32),
    /// The act, as an entry of a status history.
    pub act: StatusEntry,
    /// Legal basis.
    pub basis: Option<String>,
    /// The condition that the members meet, in words of the sender.
    pub condition: Option<Value>,
    /// The certificates.
    pub members: Vec<BulkNoticeMember>,
}

/// One certificate of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkNoticeMember {
    /// The certificate.
    pub subject: SubjectKey,
    /// The version of its status face.
    pub version: u32,
    /// The version that the recipient was told before; none if there was none to tell.
    pub previous: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "type")]
    form: String,
    event: String,
    part: u32,
    of: u32,
    act: StatusEntry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
    members: IndexMap<String, Vec<(String, u32, Option<u32>)>>,
}

impl BulkNotice {
    /// The body.
    ///
    /// # Errors
    /// It has no JSON form: our bug.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut members: IndexMap<String, Vec<(String, u32, Option<u32>)>> = IndexMap::new();
        for member in &self.members {
            let text = member.subject.to_string();
            let (issuer, name) = text.split_once('/').unwrap_or((&text, ""));
            let of_issuer = match members.get_mut(issuer) {
                Some(of_issuer) => of_issuer,
                None => members.entry(issuer.to_owned()).or_default(),
            };
            of_issuer.push((name.to_owned(), member.version, member.previous));
        }
        serde_json::to_vec(&Wire {
            form: FORM.into(),
            event: self.event.clone(),
            part: self.part.0,
            of: self.part.1,
            act: self.act.clone(),
            basis: self.basis.clone(),
            condition: self.condition.clone(),
            members,
        })
    }

    /// The notice of a body.
    ///
    /// # Errors
    /// It is none, or says what no notice may: no act, an act on a part, a certificate twice.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let malformed = |reason: String| MessageError::NoticeMalformed { reason };
        let value = strict_json(body).map_err(|error| malformed(error.to_string()))?;
        let wire: Wire = serde_json::from_value(value).map_err(|error| malformed(error.to_string()))?;
        let Wire { form, event, part, of, act, basis, condition, members } = wire;
        if form != FORM {
            return Err(malformed(format!("type is not {FORM}")));
        }
        if event.is_empty() || part == 0 || part > of {
            return Err(malformed("event, part and of do not say which notice it is".into()));
        }
        if act.id.is_empty() || act.status.is_none() || act.claimed.is_some() || act.from.is_none() {
            return Err(malformed("act is no act with an id, a status and a day of effect".into()));
        }
        if act.affected_scope.is_some() || act.corrects.is_some() {
            return Err(malformed("act concerns a part, or corrects another: that is told of each certificate".into()));
        }
        let mut seen = std::collections::HashSet::new();
        let mut read = Vec::new();
        for (issuer, of_issuer) in members {
            for (name, version, previous) in of_issuer {
                let subject: SubjectKey = format!("{issuer}/{name}")
                    .parse()
                    .map_err(|error: crate::record::MalformedSubject| malformed(error.to_string()))?;
                if version == 0 || previous.is_some_and(|previous| previous == 0 || previous >= version) {
                    return Err(malformed(format!("the versions of {subject} are not in order")));
                }
                if !seen.insert(subject.clone()) {
                    return Err(malformed(format!("{subject} stands twice")));
                }
                read.push(BulkNoticeMember { subject, version, previous });
            }
        }
        if read.is_empty() {
            return Err(malformed("it names no certificate".into()));
        }
        Ok(Self { event, part: (part, of), act, basis, condition, members: read })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body() -> Value {
        json!({
            "type": "certbridge-bulk/1", "event": "bulk-1", "part": 1, "of": 1,
            "act": {"id": "bulk-1", "status": "suspended", "from": "2026-11-20", "reason": {"class": "rule-change"}},
            "basis": "Announcement 25 of 2025",
            "members": {
                "register:NZ-CAB-901": [["NZ-1", 3, 1], ["NZ-2", 2, null]],
                "did:did:web:x.example": [["<https://x.example/1>", 2, null]],
            },
        })
    }

    #[test]
    fn a_notice_is_read_back_as_it_was_written() {
        let notice = BulkNotice::parse(body().to_string().as_bytes()).expect("a notice");
        assert_eq!(notice.members.len(), 3);
        assert_eq!(notice.members[0].previous, Some(1));
        assert_eq!(BulkNotice::parse(&notice.to_json().expect("written")).expect("a notice"), notice);
    }

    #[test]
    fn what_no_notice_may_say_is_refused() {
        let wrong: [(&str, Value); 10] = [
            ("/type", json!("certbridge-bulk/2")),
            ("/part", json!(2)),
            ("/event", json!("")),
            ("/act/status", Value::Null),
            ("/act/from", Value::Null),
            ("/act/affected_scope", json!({"kind": "model", "values": ["A"]})),
            ("/act/corrects", json!("act-1")),
            ("/members", json!({})),
            ("/members/register:NZ-CAB-901/1", json!(["NZ-1", 4, null])),
            ("/members/register:NZ-CAB-901/0/2", json!(3)),
        ];
        for (place, value) in wrong {
            let mut body = body();
            let (above, name) = place.rsplit_once('/').expect("a pointer");
            match body.pointer_mut(above).expect("there") {
                Value::Object(object) if value.is_null() => drop(object.remove(name)),
                Value::Object(object) => drop(object.insert(name.to_owned(), value)),
                node => node[name.parse::<usize>().expect("an index")] = value,
            }
            assert!(BulkNotice::parse(body.to_string().as_bytes()).is_err(), "{place}");
        }
        let twice = body().to_string().replacen("\"part\":1", "\"part\":1,\"part\":1", 1);
        assert!(BulkNotice::parse(twice.as_bytes()).is_err(), "a name stands twice");
    }
}
