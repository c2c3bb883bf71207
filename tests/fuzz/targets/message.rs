//! The envelope with its signature: header fields as they came, an empty line, the body. Nothing is believed but what the
//! sender signed.

use std::sync::LazyLock;

use certbridge::clock::Timestamp;
use certbridge::crypto::{KeySet, SigningKey};
use certbridge::message::{Envelope, Fields, Freshness, MessageError, Request, SigningTime, open, seal};

use super::{Target, keys_of, signer, told};
use crate::mutation::Shape;

pub(crate) const TARGET: Target =
    Target { name: "message", hold, seeds, shape: Shape::Text(TOKENS), inputs: 6_000, most_bytes: 8 << 10 };

const TOKENS: &[&str] = &[
    "\n",
    ": ",
    ", ",
    "; ",
    "=",
    ":",
    "\"",
    "\\",
    "(",
    ")",
    "certbridge-",
    "certbridge-message-id: ",
    "certbridge-face: status",
    "certbridge-version: 3",
    "certbridge-previous-version: ",
    "certbridge-replaces: ",
    "certbridge-answers: ",
    "certbridge-x: y",
    "content-type: a/b",
    "content-digest: sha-256=:",
    "content-encoding: gzip",
    "signature-input: a=(\"@method\")",
    "signature: a=:AA==:",
    ";created=1795161600",
    ";expires=1",
    ";keyid=\"cn-2026\"",
    ";alg=\"ed25519\"",
    ";tag=\"certbridge\"",
    ";nonce=\"n\"",
    "\"@method\"",
    "\"@path\"",
    "\"@query\"",
    "\"@authority\"",
    ";sf",
    ";req",
    ";bs",
    "%E4%B8",
    "%",
    "sha-512=:",
    "?1",
    "999999999999999",
    "-1",
    "0",
    "9007199254740992",
    "SIGNATURE",
    "\t",
];

const PATH: &str = "/exchange/v1/messages";
const BODY: &[u8] = "{\"证书\":\"00123Q30001R0M\"}".as_bytes();

fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().expect("a time")
}

fn key() -> SigningKey {
    signer(7, "cn-2026")
}

static KEYS: LazyLock<KeySet> = LazyLock::new(|| keys_of(&key()));

/// What was signed with that key, and nothing else was.
static SEALED: LazyLock<Vec<(Fields, Envelope)>> = LazyLock::new(|| {
    let texts = [
        "certbridge-message-id: 01932c07-209f-7a1b-8c3d-0123456789ab\ncertbridge-message-type: certificate-upsert\ncertbridge-sender: urn%3Aregistry%3A%E4%B8%AD\ncertbridge-recipient: nz-registry\ncertbridge-subject: cnca-approval:CNCA-R-2002-001/00123Q30001R0M\ncertbridge-face: certificate\ncertbridge-version: 3\ncertbridge-previous-version: 1\ncertbridge-format: untp-dcc@0.7.0\ncontent-type: application/vc+ld+json",
        "certbridge-message-id: 01932c07-209f-7a1b-8c3d-0123456789ac\ncertbridge-message-type: status-change\ncertbridge-sender: cn\ncertbridge-recipient: nz\ncertbridge-subject: gln:1/2\ncertbridge-face: status\ncertbridge-version: 2\ncertbridge-replaces: 01932c07-209f-7a1b-8c3d-0123456789ad\ncertbridge-format: certbridge-status@1\ncontent-type: application/json",
    ];
    let seal_one = |text: &str| {
        let envelope = Envelope::from_fields(&fields(text.as_bytes()).expect("fields")).expect("an envelope");
        let fields = seal(&envelope, BODY, "POST", PATH, None, &key(), &SigningTime::at(now())).expect("sealed");
        (fields, envelope)
    };
    texts.iter().map(|text| seal_one(text)).collect()
});

fn seeds() -> Vec<Vec<u8>> {
    let text = |fields: &Fields| {
        let lines = fields.iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<Vec<_>>().concat();
        [lines.as_bytes(), b"\n", BODY].concat()
    };
    SEALED.iter().map(|(fields, _)| text(fields)).collect()
}

/// Header fields, one a line.
fn fields(head: &[u8]) -> Result<Fields, MessageError> {
    let lines = head.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((str::from_utf8(&line[..colon]).ok()?, &line[colon + 1..]))
    });
    Fields::received(lines.take(100))
}

fn hold(bytes: &[u8]) {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (bytes, &b""[..]),
    };
    let fields = match fields(head) {
        Ok(fields) => fields,
        Err(error) => return refused(&error),
    };
    match Envelope::from_fields(&fields) {
        Ok(envelope) => {
            let back = envelope.to_fields().expect("what was read can be written");
            assert_eq!(Envelope::from_fields(&back).expect("what was written can be read"), envelope);
            signed_afresh(&envelope, body);
        }
        Err(error) => refused(&error),
    }
    let request = Request { method: "POST", path: PATH, query: None, fields: &fields, body };
    match open(&request, &KEYS, &Freshness::default(), now()) {
        Ok(opened) => {
            assert_eq!(body, BODY, "a body that nobody signed is believed");
            let known = SEALED.iter().any(|(_, envelope)| *envelope == opened.envelope);
            assert!(known, "an envelope that nobody signed is believed: {:?}", opened.envelope);
        }
        Err(error) => refused(&error),
    }
}

/// Whatever can be said can be signed, and then it is believed.
fn signed_afresh(envelope: &Envelope, body: &[u8]) {
    let fields = seal(envelope, body, "POST", PATH, None, &key(), &SigningTime::at(now())).expect("sealed");
    let request = Request { method: "POST", path: PATH, query: None, fields: &fields, body };
    let opened = open(&request, &KEYS, &Freshness::default(), now()).expect("opened");
    assert_eq!(&opened.envelope, envelope);
    let elsewhere = Request { path: "/elsewhere", ..request };
    refused(&open(&elsewhere, &KEYS, &Freshness::default(), now()).expect_err("signed for another path"));
}

fn refused(error: &MessageError) {
    let finding = error.finding();
    // A contradiction is between fields, and so at none of them.
    if finding.code() != "message/contradiction" {
        told(&finding);
    }
}
