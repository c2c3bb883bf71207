//! HTTP message signatures (RFC 9421) in one small profile: method, path, query if there is one, digest, content type
//! and every `certbridge-*` field are covered, nothing else is, and everything once. `@authority` is not covered: the
//! recipient field binds the destination, and the proof survives a proxy and a move.

use super::digest::check_content_digest;
use super::error::MessageError;
use super::fields::{Fields, is_covered};
use super::structured::{Bare, InnerList, Item, Member, bytes, dictionary, is_string};
use crate::clock::Timestamp;
use crate::crypto::{Algorithm, Digest, KeySet, Signer, Verifier};
use crate::trust::CLOCK_SKEW_SECONDS;

/// The tag by which a signature of this profile is known among others.
pub const SIGNATURE_TAG: &str = "certbridge";

/// The label under which we put our signatures; of others we read any label.
const LABEL: &str = "certbridge";

/// A request as both ends see it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path of the address, as it travels.
    pub path: &'a str,
    /// The query without its question mark; none where the address has no question mark.
    pub query: Option<&'a str>,
    /// The header fields.
    pub fields: &'a Fields,
    /// The body.
    pub body: &'a [u8],
}

/// The times of a signature to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningTime {
    /// When it is made; counted in whole seconds.
    pub created: Timestamp,
    /// When it expires, if the recipient's window is to be narrowed.
    pub expires: Option<Timestamp>,
    /// A value that makes it one of a kind.
    pub nonce: Option<String>,
}

impl SigningTime {
    /// Made at this instant.
    #[must_use]
    pub fn at(created: Timestamp) -> Self {
        Self { created, expires: None, nonce: None }
    }
}

/// How old a signature may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// How far the clocks may differ, in seconds.
    pub skew: i64,
    /// How long after it was made a signature is accepted, in seconds; a retry is signed afresh.
    pub age: i64,
}

impl Default for Freshness {
    fn default() -> Self {
        Self { skew: CLOCK_SKEW_SECONDS, age: CLOCK_SKEW_SECONDS }
    }
}

/// The two fields that carry a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFields {
    /// Value of `Signature-Input`.
    pub input: String,
    /// Value of `Signature`.
    pub signature: String,
}

/// A signature that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// Name of the key.
    pub key_id: String,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// When it was made, as it says.
    pub created: Timestamp,
    /// When it expires, if it says so.
    pub expires: Option<Timestamp>,
    /// The value that makes it one of a kind, if there is one.
    pub nonce: Option<String>,
    /// What was signed: for evidence, which keeps it beside the body.
    pub base: String,
    /// The signature itself.
    pub signature: Vec<u8>,
}

impl VerifiedSignature {
    /// The digest of the signature's bytes, by which a receipt names it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::sha256(&self.signature)
    }
}

/// Signs the request; its fields must already hold the digest.
///
/// # Errors
/// Where a field that is covered is missing or stands twice, or the key does not sign.
pub fn sign(request: &Request<'_>, signer: &dyn Signer, time: &SigningTime) -> Result<SignatureFields, MessageError> {
    let text = |text: &str| Bare::Text(text.to_owned());
    let name = |name: &str| Item { bare: text(name), parameters: Vec::new() };
    let list =
        InnerList { items: mandatory(request)?.iter().map(|wanted| name(wanted)).collect(), ..InnerList::default() };
    input_and_signature(list, signer, time, |list| base(request, list))
}

/// Adds the parameters of a signature to the components, signs the base that they make, and writes both fields.
pub(super) fn input_and_signature(
    mut list: InnerList,
    signer: &dyn Signer,
    time: &SigningTime,
    base: impl FnOnce(&InnerList) -> Result<String, MessageError>,
) -> Result<SignatureFields, MessageError> {
    let text = |text: &str| Bare::Text(text.to_owned());
    list.parameters.push(("created".to_owned(), Bare::Integer(time.created.unix())));
    if let Some(expires) = time.expires {
        list.parameters.push(("expires".to_owned(), Bare::Integer(expires.unix())));
    }
    let texts = [
        ("keyid", Some(signer.key_id())),
        ("alg", Some(signer.algorithm().http_name())),
        ("nonce", time.nonce.as_deref()),
        ("tag", Some(SIGNATURE_TAG)),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            if !is_string(value) {
                return Err(MessageError::SignatureMalformed { reason: format!("{name} is not printable ASCII") });
            }
            list.parameters.push((name.to_owned(), text(value)));
        }
    }
    let base = base(&list)?;
    let signature = signer.sign(base.as_bytes()).map_err(MessageError::CannotSign)?;
    Ok(SignatureFields {
        input: format!("{LABEL}={}", list.text()),
        signature: format!("{LABEL}={}", bytes(&signature)),
    })
}

/// Checks the digest and the signature of a request.
///
/// # Errors
/// What is wrong; nothing of the request may be believed then.
pub fn verify(
    request: &Request<'_>,
    keys: &KeySet,
    freshness: &Freshness,
    now: Timestamp,
) -> Result<VerifiedSignature, MessageError> {
    if request.fields.one("content-encoding")?.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(MessageError::ContentEncoded);
    }
    let (list, signature) = ours(request.fields)?;
    let covered = components(&list)?;
    let wanted = mandatory(request)?;
    if let Some(name) = wanted.iter().find(|wanted| !covered.contains(&wanted.as_str())) {
        return Err(MessageError::ComponentMissing { name: name.clone() });
    }
    // A query that is not there may be covered (its value is then "?"); a field that is not there may not.
    if let Some(name) = covered.iter().find(|name| **name != "@query" && !wanted.iter().any(|wanted| wanted == *name)) {
        return Err(MessageError::ComponentUnknown { name: (*name).to_owned() });
    }
    let parameters = Parameters::read(&list)?;
    parameters.check(freshness, now)?;
    let key = keys.verifier_at(&parameters.key_id, parameters.created).map_err(MessageError::Signature)?;
    let algorithm = key.algorithm();
    if parameters.algorithm != algorithm.http_name() {
        return Err(MessageError::AlgorithmMismatch { named: parameters.algorithm, key: algorithm.http_name() });
    }
    let base = base(request, &list)?;
    key.verify(base.as_bytes(), &signature).map_err(MessageError::Signature)?;
    check_content_digest(request.fields.required("content-digest")?, request.body)?;
    let Parameters { key_id, created, expires, nonce, .. } = parameters;
    Ok(VerifiedSignature { key_id, algorithm, created, expires, nonce, base, signature })
}

/// What a signature of this request must cover, in the order in which we sign it.
fn mandatory(request: &Request<'_>) -> Result<Vec<String>, MessageError> {
    let mut wanted = vec!["@method".to_owned(), "@path".to_owned()];
    if request.query.is_some() {
        wanted.push("@query".to_owned());
    }
    request.fields.required("content-digest")?;
    request.fields.required("content-type")?;
    for (name, _) in request.fields.iter().filter(|(name, _)| is_covered(name)) {
        request.fields.one(name)?;
        wanted.push(name.to_owned());
    }
    Ok(wanted)
}

/// The one signature with our tag.
fn ours(fields: &Fields) -> Result<(InnerList, Vec<u8>), MessageError> {
    let malformed = |reason: String| MessageError::SignatureMalformed { reason };
    let read = |name: &str| -> Result<Vec<(String, Member)>, MessageError> {
        let text = fields.joined(name).ok_or(MessageError::SignatureMissing)?;
        dictionary(&text).map_err(|error| malformed(format!("{name}: {error}")))
    };
    let (inputs, signatures) = (read("signature-input")?, read("signature")?);
    let tag = ("tag".to_owned(), Bare::Text(SIGNATURE_TAG.to_owned()));
    let mut tagged = inputs.into_iter().filter_map(|(label, member)| match member {
        Member::List(list) if list.parameters.contains(&tag) => Some((label, list)),
        _ => None,
    });
    let (label, list) = tagged.next().ok_or(MessageError::SignatureMissing)?;
    if tagged.next().is_some() {
        return Err(malformed(format!("two signatures have the tag {SIGNATURE_TAG}")));
    }
    match signatures.into_iter().find(|(other, _)| *other == label).map(|(_, member)| member) {
        Some(Member::Item(Item { bare: Bare::Bytes(signature), parameters })) if parameters.is_empty() => {
            Ok((list, signature))
        }
        Some(_) => Err(malformed(format!("the signature {label} is no byte sequence"))),
        None => Err(MessageError::SignatureMissing),
    }
}

/// The names of the covered components; parameters on them (`;bs`, `;req` …) have no place in this profile.
fn components(list: &InnerList) -> Result<Vec<&str>, MessageError> {
    let mut names: Vec<&str> = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let Bare::Text(name) = &item.bare else {
            return Err(MessageError::SignatureMalformed { reason: "a component is no string".to_owned() });
        };
        if !item.parameters.is_empty() {
            return Err(MessageError::ComponentUnknown { name: format!("{name} with parameters") });
        }
        if names.contains(&name.as_str()) {
            return Err(MessageError::ComponentTwice { name: name.clone() });
        }
        names.push(name);
    }
    Ok(names)
}

struct Parameters {
    created: Timestamp,
    expires: Option<Timestamp>,
    key_id: String,
    algorithm: String,
    nonce: Option<String>,
}

impl Parameters {
    fn read(list: &InnerList) -> Result<Self, MessageError> {
        let malformed = |reason: String| MessageError::SignatureMalformed { reason };
        let (mut created, mut expires, mut key_id, mut algorithm, mut nonce) = (None, None, None, None, None);
        for (name, value) in &list.parameters {
            match (name.as_str(), value) {
                ("created", Bare::Integer(seconds)) => created = Timestamp::from_unix(*seconds),
                ("expires", Bare::Integer(seconds)) => {
                    let instant = Timestamp::from_unix(*seconds);
                    expires = Some(instant.ok_or_else(|| malformed("expires is no instant".to_owned()))?);
                }
                ("keyid", Bare::Text(text)) => key_id = Some(text.clone()),
                ("alg", Bare::Text(text)) => algorithm = Some(text.clone()),
                ("nonce", Bare::Text(text)) => nonce = Some(text.clone()),
                ("tag", Bare::Text(_)) => {}
                _ => return Err(malformed(format!("the parameter {name} has no place here, or no such value"))),
            }
        }
        let missing = |name: &str| malformed(format!("the parameter {name} is missing or no instant"));
        Ok(Self {
            created: created.ok_or_else(|| missing("created"))?,
            expires,
            key_id: key_id.ok_or_else(|| missing("keyid"))?,
            algorithm: algorithm.ok_or_else(|| missing("alg"))?,
            nonce,
        })
    }

    fn check(&self, freshness: &Freshness, now: Timestamp) -> Result<(), MessageError> {
        let created = self.created;
        if created > now.plus_seconds(freshness.skew) {
            return Err(MessageError::SignatureFromTheFuture { created });
        }
        if created.plus_seconds(freshness.age) < now {
            return Err(MessageError::SignatureTooOld { created });
        }
        match self.expires {
            Some(expires) if expires < now || expires <= created => Err(MessageError::SignatureExpired { expires }),
            _ => Ok(()),
        }
    }
}

/// The signature base (RFC 9421, 2.5) of the components of this profile.
fn base(request: &Request<'_>, list: &InnerList) -> Result<String, MessageError> {
    let mut lines = Vec::with_capacity(list.items.len());
    for name in components(list)? {
        let value = match name {
            "@method" => request.method.to_owned(),
            // RFC 9421, 2.2.6: an empty path is "/".
            "@path" if request.path.is_empty() => "/".to_owned(),
            "@path" => request.path.to_owned(),
            // RFC 9421, 2.2.7: with its question mark, which stands even where there is no query.
            "@query" => format!("?{}", request.query.unwrap_or_default()),
            field => request.fields.required(field)?.to_owned(),
        };
        // A line end in a value would make a line of its own.
        if value.bytes().any(|byte| byte < 0x20) || !value.is_ascii() {
            return Err(MessageError::malformed(name, "not printable ASCII"));
        }
        lines.push((Item { bare: Bare::Text(name.to_owned()), parameters: Vec::new() }, value));
    }
    Ok(text_of(&lines, list))
}

/// The lines of a signature base: each component with its value, and last the parameters.
pub(super) fn text_of(lines: &[(Item, String)], list: &InnerList) -> String {
    let mut text: String = lines.iter().map(|(item, value)| [&item.text(), ": ", value, "\n"].concat()).collect();
    text.push_str("\"@signature-params\": ");
    text.push_str(&list.text());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{PublicKey, SigningKey};

    /// RFC 9421, appendix B.1.4.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
";

    #[test]
    fn the_ed25519_example_of_rfc_9421_holds() {
        // Appendix B.2.6. It covers other components than our profile, so only base and signature are compared.
        let input = "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
                     ;created=1618884473;keyid=\"test-key-ed25519\"";
        let signature =
            "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:";
        let Some((_, Member::List(list))) = dictionary(input).expect("a dictionary").pop() else { panic!("a list") };
        let values = ["Tue, 20 Apr 2021 02:07:55 GMT", "POST", "/foo", "example.com", "application/json", "18"];
        let lines: Vec<_> = list.items.iter().cloned().zip(values.map(ToOwned::to_owned)).collect();
        let base = text_of(&lines, &list);
        assert_eq!(
            base,
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
             \"@method\": POST\n\
             \"@path\": /foo\n\
             \"@authority\": example.com\n\
             \"content-type\": application/json\n\
             \"content-length\": 18\n\
             \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
             ;created=1618884473;keyid=\"test-key-ed25519\""
        );
        let Some((_, Member::Item(Item { bare: Bare::Bytes(expected), .. }))) =
            dictionary(signature).expect("a dictionary").pop()
        else {
            panic!("bytes")
        };
        let key = SigningKey::from_pem(PRIVATE).expect("a key");
        assert_eq!(key.sign(base.as_bytes()).expect("a signature"), expected);
        let public = PublicKey::from_pem(PUBLIC).expect("a key");
        assert_eq!(public.verify(base.as_bytes(), &expected), Ok(()));
    }
}
