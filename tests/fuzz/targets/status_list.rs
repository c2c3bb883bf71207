//! Status lists: the text of a list, the credential that carries one, and the entry that points into it. What is read is
//! written and read back as the same, and no text inflates past the bound.

use certbridge::clock::Timestamp;
use certbridge::credential::{
    MalformedStatus, StatusList, StatusPurpose, status_credential, status_entry, status_references,
};
use certbridge::crypto::multibase;
use certbridge::document::Syntax;
use serde_json::{Value, json};

use super::{Target, read};
use crate::mutation::Shape;

pub(crate) const TARGET: Target = Target {
    name: "status-list",
    hold,
    seeds,
    shape: Shape::Text(TOKENS),
    // Each list has sixteen kilobytes at least, and is packed anew.
    inputs: 1_500,
    most_bytes: 8 << 10,
};

const TOKENS: &[&str] = &[
    "H4s",
    "uH4s",
    "uH4sIAAAAAAAA",
    "u",
    "z",
    "AAAA",
    "____",
    "\"statusPurpose\":\"suspension\"",
    "\"statusPurpose\":[\"revocation\",\"refresh\"]",
    "\"statusPurpose\":\"message\"",
    "\"statusSize\":2",
    "\"statusSize\":1",
    "\"statusListIndex\":\"+1\"",
    "\"statusListIndex\":18446744073709551616",
    "\"statusListIndex\":-1",
    "\"statusListIndex\":1e2",
    "\"statusListIndex\":\"131072\"",
    "\"type\":[\"BitstringStatusListEntry\"]",
    "\"type\":\"StatusList2021Entry\"",
    "\"credentialStatus\":[{},{}]",
    "\"encodedList\":\"u\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    "null",
    "\"\"",
];

const LIST: &str = "https://registry.example.org/status/1";

fn seeds() -> Vec<Vec<u8>> {
    let mut some = StatusList::new(0);
    for index in [0, 7, 9, 4_711, 131_071] {
        some.set(index, true).expect("in range");
    }
    let from: Timestamp = "2026-11-20T00:00:00Z".parse().expect("a time");
    let credential = status_credential(LIST, "did:web:r.example", StatusPurpose::Revocation, &some, from, None);
    let entry = |index: Value| {
        let mut entry = status_entry(LIST, 94_567, StatusPurpose::Suspension);
        entry["statusListIndex"] = index;
        entry
    };
    vec![
        StatusList::new(0).encode().into_bytes(),
        some.encode().split_off(1).into_bytes(),
        credential.to_string().into_bytes(),
        json!({"credentialStatus": entry(json!(94_567))}).to_string().into_bytes(),
        json!({"credentialStatus": [entry(json!("94567")), entry(json!("1"))]}).to_string().into_bytes(),
        b"raw\x80\x01\xff\0".to_vec(),
    ]
}

const PURPOSES: [StatusPurpose; 3] = [StatusPurpose::Revocation, StatusPurpose::Suspension, StatusPurpose::Refresh];

fn hold(bytes: &[u8]) {
    if let Some(bits) = bytes.strip_prefix(b"raw") {
        return set_and_found(bits);
    }
    let Ok(text) = str::from_utf8(bytes) else { return };
    judged(&StatusList::decode(text));
    // Whatever its bytes, with the beginning of a gzip stream in front.
    judged(&StatusList::decode(&multibase::base64url(&[b"\x1f\x8b\x08\0\0\0\0\0\0\x03", bytes].concat())));
    let Some(document) = read(bytes, Syntax::Json) else { return };
    let credential = document.root.to_json();
    for purpose in PURPOSES {
        judged(&StatusList::of_credential(&credential, purpose));
    }
    match status_references(&credential) {
        Ok(references) => {
            let entries = references.iter().map(|one| status_entry(&one.list, one.index, one.purpose));
            let written = json!({"credentialStatus": entries.collect::<Vec<_>>()});
            assert_eq!(status_references(&written).as_ref(), Ok(&references), "written, it says something else");
            let stated =
                credential.get("credentialStatus").is_some_and(|status| !status.is_null() && *status != json!([]));
            assert_eq!(stated, !references.is_empty(), "a status is passed over in silence");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn judged(read: &Result<StatusList, MalformedStatus>) {
    match read {
        Ok(list) => {
            assert!((131_072..=8 * (2 << 20)).contains(&list.len()), "{list:?}");
            assert_eq!(list.is_set(list.len()), Err(MalformedStatus::OutOfRange(list.len())));
            assert_eq!(StatusList::decode(&list.encode()).as_ref(), Ok(list), "written, it is another list");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Bits set where the bytes say, three of them an index, and no others.
fn set_and_found(bits: &[u8]) {
    let mut list = StatusList::new(200_000);
    let mut wanted = std::collections::BTreeSet::new();
    for bytes in bits.chunks_exact(3) {
        let index = bytes.iter().fold(0, |index, byte| index << 8 | u64::from(*byte));
        match list.set(index, true) {
            Ok(()) => _ = wanted.insert(index),
            Err(error) => assert_eq!(error, MalformedStatus::OutOfRange(index)),
        }
    }
    let back = StatusList::decode(&list.encode()).expect("what was written can be read");
    let found = (0..back.len()).filter(|index| back.is_set(*index) == Ok(true));
    assert!(found.eq(wanted.into_iter()), "other bits are set");
}
