//! A violation of a schema as findings in our words: each kind that the validator knows has a code of its own,
//! `schema/<keyword>`; the place is a JSON Pointer.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::finding::{Finding, Place};

/// Findings of one document, or of one record in it; what breaks a schema so often is not mended by reading more of them.
pub(super) const MOST_FINDINGS: usize = 1_000;

/// The last finding, where there are more: at the first that is not told.
pub(super) fn more(place: &Place) -> Finding {
    Finding::new("schema/more", place.clone()).with("most", MOST_FINDINGS)
}

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
        Kind::AdditionalProperties { unexpected } => {
            let one = |name: &String| Finding::new("schema/additional-properties", member(name)).with("name", name);
            return unexpected.iter().map(one).collect();
        }
        Kind::UnevaluatedProperties { unexpected } => {
            let one = |name: &String| Finding::new("schema/unevaluated-properties", member(name)).with("name", name);
            return unexpected.iter().map(one).collect();
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
        Kind::AdditionalItems { limit } => Finding::new("schema/additional-items", place()).with("limit", limit),
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
        Kind::AnyOf { context } => return with_nearest(Finding::new("schema/any-of", place()), context),
        Kind::OneOfNotValid { context } => return with_nearest(Finding::new("schema/one-of", place()), context),
        Kind::OneOfMultipleValid { .. } => Finding::new("schema/one-of-several", place()),
        Kind::Not { .. } => Finding::new("schema/not", place()),
        Kind::FalseSchema => Finding::new("schema/false", place()),
        Kind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            Finding::new("schema/property-names", member(name)).with("name", name)
        }
        Kind::UnevaluatedItems { .. } => Finding::new("schema/unevaluated-items", place()),
        Kind::ContentEncoding { content_encoding } => {
            Finding::new("schema/content-encoding", place()).with("encoding", content_encoding)
        }
        Kind::ContentMediaType { content_media_type } => {
            Finding::new("schema/content-media-type", place()).with("type", content_media_type)
        }
        Kind::FromUtf8 { .. } => Finding::new("schema/content-not-text", place()),
        // The value asks more of the expression than is granted: it is refused, and not because it does not match.
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            Finding::new("schema/pattern-not-judged", place()).with("value", value)
        }
        Kind::Custom { keyword, .. } => Finding::new("schema/custom", place()).with("keyword", keyword),
        Kind::Referencing(_) => Finding::new("schema/reference", place()),
    };
    vec![one]
}

/// A choice of shapes, with what is wrong with the one that comes nearest: that is what to mend.
fn with_nearest(choice: Finding, branches: &[Vec<ValidationError<'_>>]) -> Vec<Finding> {
    let nearest = branches.iter().min_by_key(|branch| branch.len());
    std::iter::once(choice).chain(nearest.into_iter().flatten().flat_map(findings)).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        other => other.to_string(),
    }
}
