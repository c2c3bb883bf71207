//! Any document, judged by every schema of the corpus of constructs: every finding has words and a place, and what is
//! only form changes no verdict.

use std::sync::LazyLock;

use certbridge::document::{Limits, Syntax, parse};
use certbridge::schema::Schemas;

use super::{Target, again, told, xml};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "xsd-document",
    hold,
    seeds: seeds::xsd_documents,
    shape: Shape::Text(xml::TOKENS),
    inputs: 1_500,
    most_bytes: 8 << 10,
};

static SCHEMAS: LazyLock<Vec<Schemas>> = LazyLock::new(seeds::xsd_schemas);

fn hold(bytes: &[u8]) {
    let Ok(parsed) = parse(bytes, Syntax::Xml, &Limits::default()) else { return };
    let back = again(&parsed.document.write().expect("XML is written"), Syntax::Xml);
    for schema in SCHEMAS.iter().flat_map(Schemas::iter) {
        let found = schema.validate_document(&parsed.document).expect("compiled");
        found.iter().for_each(told);
        let again = schema.validate_document(&back).expect("compiled");
        let codes = |all: &[certbridge::finding::Finding]| {
            all.iter().map(certbridge::finding::Finding::code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&again), codes(&found), "one document, one verdict");
    }
}
