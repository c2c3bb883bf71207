//! What a partner that asks is told of one face of a record: the same bytes that would be sent to it, or why there are none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::registry::Held;
use crate::store::Face;

use super::exchange::Exchange;
use super::partner::Partner;
use super::render::{Rendered, Unsendable, render};

/// What a partner is told of one face.
#[derive(Debug)]
pub struct Told {
    /// Which face.
    pub face: Face,
    /// Its version.
    pub version: u32,
    /// The document; an error where the record does not go into the partner's format.
    pub document: Result<Rendered, Unsendable>,
}

impl Told {
    /// As feeds and snapshots write it: a JSON document as it is, another in base64.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("face".into(), self.face.word().into());
        members.insert("version".into(), self.version.into());
        match &self.document {
            Ok(rendered) => {
                members.insert("format".into(), rendered.format.as_str().into());
                members.insert("contentType".into(), rendered.content_type.into());
                match serde_json::from_slice::<Value>(&rendered.body) {
                    Ok(document) => members.insert("document".into(), document),
                    Err(_) => members.insert("payload".into(), STANDARD.encode(&rendered.body).into()),
                };
            }
            Err(Unsendable::Findings { format, findings }) => {
                members.insert("format".into(), format.as_str().into());
                members.insert("findings".into(), json!(findings));
            }
            // What is wrong with us is nobody else's business.
            Err(Unsendable::Ours(_)) => {
                members.insert("findings".into(), json!([]));
            }
        }
        members
    }
}

impl Exchange {
    /// One face of a version of a record, as this partner gets it.
    pub(super) fn tell(&self, partner: &Partner, held: &Held, face: Face) -> Told {
        let version = if face == Face::Status { held.status_version } else { held.certificate_version };
        let catalogue = self.catalogue();
        let document = render(&self.house, &catalogue, self.computed.as_ref(), partner, &held.record, face, self.now());
        if let Err(Unsendable::Ours(error)) = &document {
            tracing::error!(%error, subject = %held.subject, "a record could not be rendered through our own fault");
        }
        Told { face, version, document }
    }
}
