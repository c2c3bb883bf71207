//! A violation of a schema as findings in our words: code `schema/<keyword>`, place as a JSON Pointer.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::finding::{Finding, Place};

/// The findings of one violation. A missing or a superfluous member is placed at its own name, not at its parent.
pub(super) fn findings(error: &ValidationError<'_>) -> Vec<Finding> {
    let pointer = error.instance_path().as_str();
    let place = || Place::pointer(pointer);
    let member = |name: &str| Place::pointer(format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")));
    let value = shown(error.instance());
    let one = match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            Finding::new("schema/required", member(name)).with("name", name)
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            return unexpected
                .iter()
                .map(|name| Finding::new("schema/additional-properties", member(name)).with("name", name))
                .collect();
        }
        Kind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(", "),
            };
            Finding::new("schema/type", place()).with("expected", expected).with("value", value)
        }
        Kind::Enum { options } => {
            let expected = match options.as_ref() {
                Value::Array(options) => options.iter().map(shown).collect::<Vec<_>>().join(", "),
                other => shown(other),
            };
            Finding::new("schema/enum", place()).with("expected", expected).with("value", value)
        }
        Kind::Constant { expected_value } => {
            Finding::new("schema/const", place()).with("expected", shown(expected_value)).with("value", value)
        }
        Kind::Format { format } => Finding::new("schema/format", place()).with("format", format).with("value", value),
        Kind::Pattern { pattern } => {
            Finding::new("schema/pattern", place()).with("pattern", pattern).with("value", value)
        }
        Kind::MinLength { limit } => Finding::new("schema/min-length", place()).with("limit", limit),
        Kind::MaxLength { limit } => Finding::new("schema/max-length", place()).with("limit", limit),
        Kind::MinItems { limit } => Finding::new("schema/min-items", place()).with("limit", limit),
        Kind::MaxItems { limit } => Finding::new("schema/max-items", place()).with("limit", limit),
        Kind::AdditionalItems { limit } => Finding::new("schema/max-items", place()).with("limit", limit),
        Kind::MinProperties { limit } => Finding::new("schema/min-properties", place()).with("limit", limit),
        Kind::MaxProperties { limit } => Finding::new("schema/max-properties", place()).with("limit", limit),
        Kind::Minimum { limit } => Finding::new("schema/minimum", place()).with("limit", limit).with("value", value),
        Kind::Maximum { limit } => Finding::new("schema/maximum", place()).with("limit", limit).with("value", value),
        Kind::ExclusiveMinimum { limit } => {
            Finding::new("schema/exclusive-minimum", place()).with("limit", limit).with("value", value)
        }
        Kind::ExclusiveMaximum { limit } => {
            Finding::new("schema/exclusive-maximum", place()).with("limit", limit).with("value", value)
        }
        Kind::MultipleOf { multiple_of } => {
            Finding::new("schema/multiple-of", place()).with("limit", multiple_of).with("value", value)
        }
        Kind::UniqueItems => Finding::new("schema/unique-items", place()),
        Kind::Contains => Finding::new("schema/contains", place()),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let one = Finding::new("schema/one-of", place());
            // The shape that comes nearest tells what to mend.
            let nearest = context.iter().min_by_key(|branch| branch.len());
            return std::iter::once(one).chain(nearest.into_iter().flatten().flat_map(findings)).collect();
        }
        Kind::OneOfMultipleValid { .. } => Finding::new("schema/one-of-several", place()),
        Kind::Not { .. } | Kind::FalseSchema => Finding::new("schema/not", place()),
        Kind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            Finding::new("schema/property-names", member(name)).with("name", name)
        }
        Kind::UnevaluatedItems { .. } => Finding::new("schema/unevaluated-items", place()),
        Kind::ContentEncoding { content_encoding } => {
            Finding::new("schema/content-encoding", place()).with("encoding", content_encoding)
        }
        Kind::ContentMediaType { content_media_type } => {
            Finding::new("schema/content-encoding", place()).with("encoding", content_media_type)
        }
        Kind::FromUtf8 { .. } => Finding::new("schema/content-encoding", place()).with("encoding", "UTF-8"),
        Kind::BacktrackLimitExceeded { .. }
        | Kind::RegexEngineFailure { .. }
        | Kind::Custom { .. }
        | Kind::Referencing(_) => Finding::new("schema/other", place()).with("keyword", error.kind().keyword()),
    };
    vec![one]
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        other => other.to_string(),
    }
}
