//! Who issues what `certbridge convert` writes: from the arguments, the configuration, or neither.

use std::path::Path;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::command::Failure;
use crate::config::Config;
use crate::credential::{ASSERTION_METHOD, IssueMode, ProofOptions, add_proof, attach_mode};
use crate::crypto::{Signer as _, SigningKey};
use crate::record::Record;

/// An issuer that is nobody (RFC 2606), for trying out.
const NOBODY: (&str, &str, &str) = ("did:web:registry.example", "Example Registry", "https://registry.example");

/// Who issues.
pub(super) struct Issue {
    did: String,
    name: String,
    base: String,
    key: Option<SigningKey>,
}

impl Issue {
    /// The issuer that the arguments name; what they leave open is the house's, or nobody's.
    pub(super) fn of(
        config: Option<&Path>,
        sign: bool,
        did: Option<&str>,
        name: Option<&str>,
        base: Option<&str>,
    ) -> Result<Self, Failure> {
        let config = config.map(Config::read).transpose().map_err(|error| Failure::environment(&error))?;
        let house = config.as_ref().map(|config| &config.house);
        let key = match &config {
            Some(config) if sign => Some(credential_key(config)?),
            _ => None,
        };
        if let (Some(did), Some(house), true) = (did, house, sign)
            && did != house.did
        {
            return Err(Failure::Usage(format!(
                "--sign uses the key of {}; it cannot sign as {did}: leave --issuer out",
                house.did
            )));
        }
        let pick = |said: Option<&str>, own: Option<&String>, other: &str| {
            said.or(own.map(String::as_str)).unwrap_or(other).to_owned()
        };
        // A name that belongs to another DID is not put beside one that was named.
        let own_name = house.filter(|_| did.is_none()).map(|house| &house.name);
        let issue = Self {
            name: pick(name, own_name, did.unwrap_or(NOBODY.1)),
            did: pick(did, house.map(|house| &house.did), NOBODY.0),
            base: pick(base, house.map(|house| &house.base), NOBODY.2).trim_end_matches('/').to_owned(),
            key,
        };
        if !issue.did.starts_with("did:") && !issue.did.starts_with("https://") {
            return Err(Failure::Usage(format!("{}: an issuer is a DID, such as did:web:registry.example", issue.did)));
        }
        if !issue.base.contains("://") {
            return Err(Failure::Usage(format!("{}: a base is a URI, such as https://registry.example", issue.base)));
        }
        Ok(issue)
    }

    /// The root `$issue` of a mapping.
    pub(super) fn root(&self) -> Value {
        json!({
            "base": self.base,
            "issuer": {"id": self.did, "name": self.name},
            "mode": IssueMode::RegistryAttested,
        })
    }

    /// The document as it leaves: a credential states its mode, and has a proof where there is a key.
    pub(super) fn finish<'a>(
        &self,
        document: Value,
        records: impl Iterator<Item = &'a Record>,
        at: Timestamp,
    ) -> Result<Value, Failure> {
        if !is_credential(&document) {
            return match self.key {
                Some(_) => Err(Failure::Usage("--sign: only credentials (untp-dcc) carry a proof".into())),
                None => Ok(document),
            };
        }
        let mut document = document;
        for record in records {
            let issuer = &record.key.issuer;
            let body = format!("{}/id/{}/{}", self.base, issuer.scheme, issuer.value);
            let name = record.issuer.name.as_ref().and_then(|name| name.best(&["en", "zh"])).unwrap_or_default();
            document = attach_mode(document, IssueMode::RegistryAttested, &body, name);
        }
        let Some(key) = &self.key else { return Ok(document) };
        let method = format!("{}#{}", self.did, key.key_id());
        let options = ProofOptions { created: at, verification_method: &method, purpose: ASSERTION_METHOD };
        add_proof(document, key, &options).map_err(|error| Failure::environment(&error))
    }
}

fn is_credential(document: &Value) -> bool {
    document
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|types| types.iter().any(|kind| kind == "VerifiableCredential"))
}

/// The key that signs credentials.
pub(super) fn credential_key(config: &Config) -> Result<SigningKey, Failure> {
    let path = config.path(&config.keys.credential);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    SigningKey::from_pem(&text).map_err(|error| Failure::file(&path, &error))
}
