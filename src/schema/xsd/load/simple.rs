//! Simple types as they are declared: restrictions, lists and unions.

use std::sync::Arc;

use super::constructs::not_judged;
use super::{Builder, Here, LoadError, Sort};
use crate::schema::xsd::name::{Name, XS};
use crate::schema::xsd::pattern;
use crate::schema::xsd::simple::{Facet, Simple, Variety};
use crate::schema::xsd::value::{Blanks, Builtin, Value, builtin};

/// Types that a union may come to, those of its members included.
const MOST_MEMBERS: usize = 1_000;

impl<'d> Builder<'d> {
    /// A simple type by its name.
    pub(super) fn simple_named(&mut self, name: &Name, here: Here<'d>) -> Result<Arc<Simple>, LoadError> {
        if let Some(known) = self.simple.get(name) {
            return Ok(Arc::clone(known));
        }
        let made = if *name.namespace == *XS {
            Arc::new(built_in(&name.local, here)?)
        } else {
            let declared = self.find(Sort::Type, name, here)?;
            if declared.tag() != "simpleType" {
                return Err(here.error(format_args!("`{name}` is no simple type")));
            }
            self.open(Sort::Type, name, here)?;
            let made = self.simple_type(declared, name.local.to_string())?;
            self.close(Sort::Type, name);
            made
        };
        self.simple.insert(name.clone(), Arc::clone(&made));
        Ok(made)
    }

    /// A simple type where it is declared.
    pub(super) fn simple_type(&mut self, here: Here<'d>, name: String) -> Result<Arc<Simple>, LoadError> {
        let how = here.children().next().ok_or_else(|| here.error("a simple type that says nothing"))?;
        self.deeper(here)?;
        let made = match how.tag() {
            "restriction" => {
                let base = match how.attribute("base") {
                    Some(base) => self.simple_named(&how.qname(base)?, how)?,
                    None => self.inline(how)?,
                };
                if matches!(base.variety, Variety::Atomic(Builtin::AnySimple)) {
                    return Err(not_judged(how, "a restriction of xs:anySimpleType"));
                }
                restrict(&base, how, name)?
            }
            "list" => {
                let item = match how.attribute("itemType") {
                    Some(item) => self.simple_named(&how.qname(item)?, how)?,
                    None => self.inline(how)?,
                };
                list(item, name)
            }
            _ => {
                let mut members = Vec::new();
                for member in how.attribute("memberTypes").unwrap_or_default().split_ascii_whitespace() {
                    members.push(self.simple_named(&how.qname(member)?, how)?);
                }
                for member in how.children() {
                    members.push(self.simple_type(member, "…".to_owned())?);
                }
                if members.is_empty() {
                    return Err(how.error("a union of nothing"));
                }
                // Each member sees to the blanks in its own way.
                let made =
                    Simple { name, variety: Variety::Union(members), blanks: Blanks::Preserve, facets: Vec::new() };
                // A value is held against every member of every member.
                if made.members() > MOST_MEMBERS {
                    return Err(how.error(format_args!("a union of more than {MOST_MEMBERS} types")));
                }
                made
            }
        };
        self.depth -= 1;
        Ok(Arc::new(made))
    }

    fn inline(&mut self, here: Here<'d>) -> Result<Arc<Simple>, LoadError> {
        let child = here.child(&["simpleType"]).ok_or_else(|| here.error("no type is named"))?;
        self.simple_type(child, "…".to_owned())
    }
}

fn list(item: Arc<Simple>, name: String) -> Simple {
    Simple { name, variety: Variety::List(item), blanks: Blanks::Collapse, facets: Vec::new() }
}

fn built_in(name: &str, here: Here<'_>) -> Result<Simple, LoadError> {
    let listed = match name {
        "NMTOKENS" => Some("NMTOKEN"),
        "IDREFS" => Some("IDREF"),
        _ => None,
    };
    if let Some(item) = listed {
        let item = Arc::new(built_in(item, here)?);
        return Ok(Simple { facets: vec![Facet::MinLength(1)], ..list(item, format!("xs:{name}")) });
    }
    match (builtin(name), name) {
        (Some(kind), _) => Ok(Simple::builtin(name, kind)),
        // What prefixes mean is not kept in a document's tree, and documents have no declarations.
        (None, "QName" | "NOTATION" | "ENTITY" | "ENTITIES") => Err(not_judged(here, &format!("xs:{name}"))),
        (None, _) => Err(here.error(format_args!("there is no type xs:{name}"))),
    }
}

/// A type with the facets of a restriction asked on top.
pub(super) fn restrict(base: &Arc<Simple>, here: Here<'_>, name: String) -> Result<Simple, LoadError> {
    let mut made = Simple { name, variety: base.variety.clone(), blanks: base.blanks, facets: base.facets.clone() };
    let (mut patterns, mut values) = (Vec::new(), Vec::new());
    for facet in here.children() {
        let tag = facet.tag();
        if !is_facet(tag) {
            continue;
        }
        let text = facet.node.attribute("value").ok_or_else(|| facet.error("a facet without a value"))?;
        if !applies(tag, base) {
            return Err(not_judged(facet, &format!("xs:{tag} on {}", base.name)));
        }
        let count = || text.trim().parse::<usize>().map_err(|_| facet.error(format_args!("`{text}` is no count")));
        // A bound need not lie within the bounds of the base, but must be a value of its kind.
        let bound = || -> Result<(String, Value), LoadError> {
            let value = base.bare(text).ok_or_else(|| facet.error(format_args!("`{text}` is no {}", base.name)))?;
            Ok((text.to_owned(), value))
        };
        match tag {
            "pattern" => {
                let compiled = pattern::compile(text)
                    .map_err(|reason| facet.error(format_args!("the pattern `{text}`: {reason}")))?;
                patterns.push((text.to_owned(), compiled));
            }
            "enumeration" => {
                let value = base.check(text).map_err(|_| facet.error(format_args!("`{text}` is no {}", base.name)))?;
                values.push((text.to_owned(), value));
            }
            "whiteSpace" => {
                let blanks = match text {
                    "preserve" => Blanks::Preserve,
                    "replace" => Blanks::Replace,
                    "collapse" => Blanks::Collapse,
                    _ => return Err(facet.error(format_args!("`{text}` says nothing of blanks"))),
                };
                if blanks < base.blanks {
                    return Err(facet.error("blanks that the base takes away cannot be kept"));
                }
                made.blanks = blanks;
            }
            "length" => made.facets.push(Facet::Length(count()?)),
            "minLength" => made.facets.push(Facet::MinLength(count()?)),
            "maxLength" => made.facets.push(Facet::MaxLength(count()?)),
            "totalDigits" => made.facets.push(Facet::TotalDigits(count()?)),
            "fractionDigits" => made.facets.push(Facet::FractionDigits(count()?)),
            "minInclusive" => bound().map(|(text, value)| made.facets.push(Facet::MinInclusive(text, value)))?,
            "maxInclusive" => bound().map(|(text, value)| made.facets.push(Facet::MaxInclusive(text, value)))?,
            "minExclusive" => bound().map(|(text, value)| made.facets.push(Facet::MinExclusive(text, value)))?,
            _ => bound().map(|(text, value)| made.facets.push(Facet::MaxExclusive(text, value)))?,
        }
    }
    if !patterns.is_empty() {
        made.facets.push(Facet::Patterns(patterns));
    }
    if !values.is_empty() {
        made.facets.push(Facet::Enumeration(values));
    }
    Ok(made)
}

fn is_facet(tag: &str) -> bool {
    !matches!(
        tag,
        "simpleType" | "attribute" | "attributeGroup" | "anyAttribute" | "sequence" | "choice" | "all" | "group"
    )
}

/// True where a facet can be asked of values of a type.
fn applies(tag: &str, base: &Simple) -> bool {
    match (&base.variety, tag) {
        (_, "pattern" | "enumeration") => true,
        (Variety::Union(_), _) => false,
        (Variety::List(_), _) => matches!(tag, "length" | "minLength" | "maxLength" | "whiteSpace"),
        (Variety::Atomic(_), "whiteSpace") => true,
        (Variety::Atomic(kind), "length" | "minLength" | "maxLength") => kind.has_length(),
        (Variety::Atomic(kind), "totalDigits" | "fractionDigits") => {
            matches!(kind, Builtin::Decimal | Builtin::Integer(..))
        }
        (Variety::Atomic(kind), _) => kind.is_ordered(),
    }
}
