//! The caps of documents as the configuration states them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::GatewayError;
use crate::document::Limits;

/// The limits that are named, over the defaults.
///
/// # Errors
///
/// A name is none of a limit, or its value is too large.
pub fn limits(named: &BTreeMap<String, u64>) -> Result<Limits, GatewayError> {
    let named = named.iter().map(|(name, most)| (name.clone(), Value::from(*most))).collect();
    serde_json::from_value(Value::Object(named))
        .map_err(|error| GatewayError::Setting { key: "limits", reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_as_the_refusal_names_it() {
        for (_, key) in crate::document::LIMIT_CODES {
            let limits =
                limits(&BTreeMap::from([(key.to_owned(), 7)])).unwrap_or_else(|error| panic!("{key}: {error}"));
            assert_eq!(serde_json::to_value(limits).expect("plain")[key], 7, "{key}");
        }
        assert!(limits(&BTreeMap::from([("deep".to_owned(), 7)])).is_err());
        assert!(limits(&BTreeMap::from([("depth".to_owned(), u64::MAX)])).is_err());
        assert_eq!(limits(&BTreeMap::new()).expect("none"), Limits::default());
    }
}
