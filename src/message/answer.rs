//! The signature of an answer that is no receipt (RFC 9421, 2.4): bound to the address that was asked, so that a page of a
//! feed cannot be taken for another. Receipts sign themselves (`receipt`).

use super::digest::content_digest;
use super::error::MessageError;
use super::fields::{Fields, is_covered};
use super::signature::{SigningTime, input_and_signature, text_of};
use super::structured::{Bare, InnerList, Item};
use crate::crypto::Signer;

/// What was asked, as both ends see it: the path of the address, and its query without the question mark.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Path.
    pub path: &'a str,
    /// Query; none where the address has no question mark.
    pub query: Option<&'a str>,
}

/// The header fields of a signed answer with this status and body: those given, which hold the content type, with digest and
/// signature. Covered are the status, the address that was asked (`;req`), and every field that a message would cover.
///
/// # Errors
///
/// A field stands twice or has no place in a header, or the key does not sign.
pub fn seal_answer(
    asked: Asked<'_>,
    status: u16,
    mut fields: Fields,
    body: &[u8],
    signer: &dyn Signer,
    time: &SigningTime,
) -> Result<Fields, MessageError> {
    fields.push("content-digest", &content_digest(body))?;
    let of_the_request = || vec![("req".to_owned(), Bare::Boolean(true))];
    let mut covered = vec![
        ("@status".to_owned(), Vec::new(), status.to_string()),
        ("@path".to_owned(), of_the_request(), asked.path.to_owned()),
    ];
    if let Some(query) = asked.query {
        covered.push(("@query".to_owned(), of_the_request(), format!("?{query}")));
    }
    for (name, _) in fields.iter().filter(|(name, _)| is_covered(name)) {
        covered.push((name.to_owned(), Vec::new(), fields.required(name)?.to_owned()));
    }
    let list = InnerList {
        items: covered
            .iter()
            .map(|(name, parameters, _)| Item { bare: Bare::Text(name.clone()), parameters: parameters.clone() })
            .collect(),
        ..InnerList::default()
    };
    let lines: Vec<(Item, String)> = list.items.iter().cloned().zip(covered.into_iter().map(|(.., v)| v)).collect();
    let made = input_and_signature(list, signer, time, |list| Ok(text_of(&lines, list)))?;
    fields.push("signature-input", &made.input)?;
    fields.push("signature", &made.signature)?;
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;
    use crate::clock::Timestamp;
    use crate::crypto::{SigningKey, Verifier as _};

    /// RFC 9421, appendix B.1.4.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
";

    #[test]
    fn the_signature_covers_status_address_digest_and_cursor() {
        let key = SigningKey::from_pem(PRIVATE).expect("a key").named("k1");
        let at: Timestamp = "2025-11-20T08:00:00Z".parse().expect("a time");
        let mut fields = Fields::new();
        fields.push("certbridge-cursor", "57").expect("a field");
        fields.push("content-type", "text/csv").expect("a field");
        let asked = Asked { path: "/exchange/v1/changes", query: Some("after=3") };
        let sealed = seal_answer(asked, 200, fields, b"", &key, &SigningTime::at(at)).expect("sealed");
        let covered = "(\"@status\" \"@path\";req \"@query\";req \"certbridge-cursor\" \"content-type\" \"content-digest\")\
                       ;created=1763625600;keyid=\"k1\";alg=\"ed25519\";tag=\"certbridge\"";
        assert_eq!(sealed.required("signature-input"), Ok(format!("certbridge={covered}").as_str()));
        let base = format!(
            "\"@status\": 200\n\
             \"@path\";req: /exchange/v1/changes\n\
             \"@query\";req: ?after=3\n\
             \"certbridge-cursor\": 57\n\
             \"content-type\": text/csv\n\
             \"content-digest\": sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:\n\
             \"@signature-params\": {covered}"
        );
        let value = sealed.required("signature").expect("a signature");
        let encoded = value.trim_start_matches("certbridge=:").trim_end_matches(':');
        let signature = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
        assert_eq!(key.public_key().verify(base.as_bytes(), &signature), Ok(()));
    }
}
