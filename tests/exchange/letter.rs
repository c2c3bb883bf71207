//! A message made by hand, so that each part of it can be wrong.

use certbridge::clock::{Clock, SystemClock, SystemEntropy, Timestamp};
use certbridge::crypto::{Signer, SigningKey};
use certbridge::exchange::outbox::MESSAGES;
use certbridge::message::{Envelope, Face, FaceVersion, Fields, MessageId, MessageType, SigningTime, seal};
use certbridge::record::SubjectKey;
use reqwest::Client;
use serde_json::Value;

use crate::caller::read;
use crate::house::{CN, Credentials, House, NZ};
use crate::papers;

/// A message of New Zealand to China.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) envelope: Envelope,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Timestamp,
}

impl Letter {
    /// A certificate with a proof.
    pub(crate) fn certificate(nz: &Credentials, number: &str, version: u64) -> Self {
        let document = papers::dcc(papers::BODY, number);
        Self::of(&papers::nz_key(papers::BODY, number), &sign(nz, document), version)
    }

    /// Any document about any certificate.
    pub(crate) fn of(key: &SubjectKey, document: &Value, version: u64) -> Self {
        let envelope = Envelope {
            id: MessageId::new(&SystemClock, &SystemEntropy),
            kind: MessageType::CertificateUpsert,
            sender: NZ.id.into(),
            recipient: CN.id.into(),
            subject: Some(key.clone()),
            state: Some(FaceVersion { face: Face::Certificate, version, previous: None }),
            format: "untp-dcc@0.7.0".into(),
            content_type: "application/vc".into(),
            replaces: None,
            answers: None,
        };
        Self { envelope, body: document.to_string().into_bytes(), at: SystemClock.now() }
    }

    /// A status history of a certificate.
    pub(crate) fn status(number: &str, version: u64, status: &str, from: &str) -> Self {
        let key = papers::nz_key(papers::BODY, number);
        let body = serde_json::json!({
            "type": "certbridge-status/1",
            "subject": {"form": "number", "issuer": {"scheme": key.issuer.scheme, "value": key.issuer.value}, "number": number},
            "version": version,
            "history": [{"id": format!("act-{version}"), "status": status, "from": from}],
        });
        let mut letter = Self::of(&key, &body, version);
        letter.envelope.kind = MessageType::StatusChange;
        letter.envelope.state = Some(FaceVersion { face: Face::Status, version, previous: None });
        letter.envelope.format = "certbridge-status@1".into();
        letter.envelope.content_type = "application/json".into();
        letter
    }

    /// Sends it, signed by this key under the name that the partner registered.
    pub(crate) async fn send(&self, client: &Client, to: &House, key: &SigningKey) -> (u16, Value) {
        self.send_with(client, to, key, |request| request).await
    }

    /// The same, to an address.
    pub(crate) async fn send_to(&self, client: &Client, address: &str, key: &SigningKey) -> (u16, Value) {
        self.post(client, address, key, |request| request).await
    }

    /// The same, with something done to the request after it was signed.
    pub(crate) async fn send_with(
        &self,
        client: &Client,
        to: &House,
        key: &SigningKey,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> (u16, Value) {
        self.post(client, &to.address(), key, change).await
    }

    /// The header fields with which it leaves.
    pub(crate) fn fields(&self, key: &SigningKey) -> Fields {
        let time = SigningTime::at(self.at);
        seal(&self.envelope, &self.body, "POST", MESSAGES, None, &named(key), &time).unwrap()
    }

    async fn post(
        &self,
        client: &Client,
        address: &str,
        key: &SigningKey,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> (u16, Value) {
        let fields = self.fields(key);
        let mut request = client.post(format!("{address}{MESSAGES}")).body(self.body.clone());
        for (name, value) in fields.iter() {
            request = request.header(name, value);
        }
        read(change(request).send().await.unwrap()).await
    }
}

/// A key under the name by which partners know it: its multikey.
pub(crate) fn named(key: &SigningKey) -> SigningKey {
    SigningKey::from_pem(&key.to_pem().unwrap()).unwrap().named(key.public_key().multikey())
}

/// A document with the proof of New Zealand's registry.
pub(crate) fn sign(nz: &Credentials, document: Value) -> Value {
    papers::signed(document, NZ, &named(&nz.credential), SystemClock.now())
}
