//! The constructs that are judged in full. Whatever stands in a schema beside them is refused by its name: a construct that
//! is read past would let invalid documents through.

use super::Here;
use super::LoadError;
use super::modules::Module;
use crate::schema::xsd::name::XS;

/// Elements of XML Schema that may hold a construct of a schema, with what may stand in them: attributes, then elements.
const KNOWN: &[(&str, &[&str], &[&str])] = &[
    (
        "schema",
        &["targetNamespace", "elementFormDefault", "attributeFormDefault", "blockDefault", "finalDefault", "version"],
        &[
            "include",
            "import",
            "element",
            "attribute",
            "complexType",
            "simpleType",
            "group",
            "attributeGroup",
            "notation",
        ],
    ),
    ("include", &["schemaLocation"], &[]),
    ("import", &["namespace", "schemaLocation"], &[]),
    (
        "element",
        &[
            "name",
            "ref",
            "type",
            "minOccurs",
            "maxOccurs",
            "nillable",
            "default",
            "fixed",
            "form",
            "abstract",
            "substitutionGroup",
            "block",
            "final",
        ],
        &["simpleType", "complexType"],
    ),
    ("attribute", &["name", "ref", "type", "use", "default", "fixed", "form"], &["simpleType"]),
    (
        "complexType",
        &["name", "mixed", "abstract", "block", "final"],
        &[
            "simpleContent",
            "complexContent",
            "group",
            "all",
            "choice",
            "sequence",
            "attribute",
            "attributeGroup",
            "anyAttribute",
        ],
    ),
    ("simpleContent", &[], &["restriction", "extension"]),
    ("complexContent", &["mixed"], &["restriction", "extension"]),
    ("extension", &["base"], &["group", "all", "choice", "sequence", "attribute", "attributeGroup", "anyAttribute"]),
    (
        "restriction",
        &["base"],
        &[
            "group",
            "all",
            "choice",
            "sequence",
            "attribute",
            "attributeGroup",
            "anyAttribute",
            "simpleType",
            "length",
            "minLength",
            "maxLength",
            "pattern",
            "enumeration",
            "whiteSpace",
            "minInclusive",
            "maxInclusive",
            "minExclusive",
            "maxExclusive",
            "totalDigits",
            "fractionDigits",
        ],
    ),
    ("group", &["name", "ref", "minOccurs", "maxOccurs"], &["all", "choice", "sequence"]),
    ("sequence", &["minOccurs", "maxOccurs"], &["element", "group", "choice", "sequence", "any"]),
    ("choice", &["minOccurs", "maxOccurs"], &["element", "group", "choice", "sequence", "any"]),
    ("all", &["minOccurs", "maxOccurs"], &["element"]),
    ("any", &["namespace", "processContents", "minOccurs", "maxOccurs"], &[]),
    ("anyAttribute", &["namespace", "processContents"], &[]),
    ("attributeGroup", &["name", "ref"], &["attribute", "attributeGroup", "anyAttribute"]),
    ("simpleType", &["name", "final"], &["restriction", "list", "union"]),
    ("list", &["itemType"], &["simpleType"]),
    ("union", &["memberTypes"], &["simpleType"]),
    ("notation", &["name", "public", "system"], &[]),
    ("length", FACET, &[]),
    ("minLength", FACET, &[]),
    ("maxLength", FACET, &[]),
    ("pattern", FACET, &[]),
    ("enumeration", FACET, &[]),
    ("whiteSpace", FACET, &[]),
    ("minInclusive", FACET, &[]),
    ("maxInclusive", FACET, &[]),
    ("minExclusive", FACET, &[]),
    ("maxExclusive", FACET, &[]),
    ("totalDigits", FACET, &[]),
    ("fractionDigits", FACET, &[]),
];

const FACET: &[&str] = &["value", "fixed"];

/// Attributes of a namespace that choose among parts of a schema by the version of its reader.
const VERSIONING: &str = "http://www.w3.org/2007/XMLSchema-versioning";

/// Refuses what is not known, at its line.
pub(super) fn check<'d>(module: &'d Module<'d>) -> Result<(), LoadError> {
    let mut open = vec![module.root()];
    while let Some(here) = open.pop() {
        let Some((_, attributes, children)) = KNOWN.iter().find(|(name, ..)| *name == here.tag()) else {
            return Err(not_judged(here, &format!("xs:{}", here.tag())));
        };
        for attribute in here.node.attributes() {
            match attribute.namespace() {
                None if attribute.name() == "id" || attributes.contains(&attribute.name()) => {}
                None => return Err(not_judged(here, &format!("xs:{}/@{}", here.tag(), attribute.name()))),
                Some(VERSIONING) => return Err(not_judged(here, "a part for some versions of a reader")),
                Some(_) => {}
            }
        }
        for node in here.node.children().filter(roxmltree::Node::is_element) {
            let child = Here { module, node };
            if node.tag_name().namespace() != Some(XS) {
                return Err(not_judged(
                    child,
                    &format!("the element `{}` of another language", node.tag_name().name()),
                ));
            }
            if node.tag_name().name() == "annotation" {
                continue;
            }
            if !children.contains(&child.tag()) {
                return Err(not_judged(child, &format!("xs:{} in xs:{}", child.tag(), here.tag())));
            }
            open.push(child);
        }
    }
    Ok(())
}

/// The refusal of a construct.
pub(super) fn not_judged(here: Here<'_>, construct: &str) -> LoadError {
    here.error(format_args!("{construct} is not judged here; a schema that has it cannot be used"))
}
