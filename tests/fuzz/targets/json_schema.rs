//! JSON Schema: an operator's own schema and a document. The document's own tree is judged as a plain JSON value would be.

use certbridge::document::{Limits, Syntax, parse};
use certbridge::schema::{SchemaError, Schemas};

use super::{Target, parts, told};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "json-schema",
    hold,
    seeds: seeds::json_schemas,
    shape: Shape::Text(TOKENS),
    inputs: 1_500,
    most_bytes: 16 << 10,
};

const TOKENS: &[&str] = &[
    "\"type\":\"object\"",
    "\"type\":[\"string\",\"null\"]",
    "\"properties\":{",
    "\"required\":[\"a\"]",
    "\"additionalProperties\":false",
    "\"unevaluatedProperties\":false",
    "\"items\":{",
    "\"prefixItems\":[",
    "\"contains\":{",
    "\"minItems\":1",
    "\"uniqueItems\":true",
    "\"enum\":[1,1.0,\"a\"]",
    "\"const\":1e2",
    "\"pattern\":\"^(a+)+$\"",
    "\"pattern\":\"\\\\p{L}\"",
    "\"format\":\"date-time\"",
    "\"format\":\"uri\"",
    "\"minLength\":2",
    "\"multipleOf\":0.01",
    "\"minimum\":-0",
    "\"exclusiveMaximum\":1e400",
    "\"$ref\":\"#\"",
    "\"$ref\":\"#/$defs/a\"",
    "\"$ref\":\"http://example.com/x\"",
    "\"$defs\":{\"a\":",
    "\"$dynamicRef\":\"#a\"",
    "\"$anchor\":\"a\"",
    "\"$id\":\"urn:a\"",
    "\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"",
    "\"$schema\":\"http://json-schema.org/draft-07/schema#\"",
    "\"if\":{",
    "\"then\":{",
    "\"else\":false",
    "\"allOf\":[",
    "\"anyOf\":[",
    "\"oneOf\":[",
    "\"not\":{",
    "\"dependentRequired\":{\"a\":[\"b\"]}",
    "\"propertyNames\":{",
    "\"patternProperties\":{\"^a\":",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\"",
    "true",
    "false",
    "null",
    "1",
    "-0",
    "0.1",
    "1e308",
    "9007199254740993",
    "12345678901234567890",
    "\n=== document\n",
];

fn hold(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut parts = parts(text).into_iter();
    let schema = parts.next().map(|(_, content)| content).unwrap_or_default();
    let schemas = match Schemas::default().with_installed("t@1", schema.to_owned(), None) {
        Ok(schemas) => schemas,
        Err(SchemaError::Unusable { reason, .. }) => return assert!(!reason.is_empty()),
        Err(other) => panic!("{other}"),
    };
    let plain: serde_json::Value = serde_json::from_str(schema).expect("compiled a moment ago");
    let other =
        jsonschema::options().should_validate_formats(true).offline().build(&plain).expect("compiled a moment ago");
    let documents = parts.map(|(_, content)| content).take(4).chain(["{}", "[1,\"a\"]", "\"a\""]);
    for document in documents {
        let Ok(parsed) = parse(document.as_bytes(), Syntax::Json, &Limits::default()) else { continue };
        let found = schemas.validate("t@1", &parsed.document.root).expect("compiled a moment ago");
        for finding in &found {
            told(finding);
            assert!(finding.code().starts_with("schema/"), "{finding}");
        }
        assert_eq!(
            found.is_empty(),
            other.is_valid(&parsed.document.root.to_json()),
            "{schema}\n{document}\n{found:?}"
        );
    }
}
