//! Complex types as they are declared: content, attributes, and what they take over from their base.

use std::sync::Arc;

use indexmap::IndexMap;

use super::constructs::not_judged;
use super::simple::restrict;
use super::{Builder, Here, LoadError, Sort};
use crate::schema::xsd::automaton::{Automaton, Particle, Term};
use crate::schema::xsd::model::{Attribute, Complex, Content, Kind, Namespaces, Process, Rule, Wildcard};
use crate::schema::xsd::name::{Name, XS};
use crate::schema::xsd::simple::{Simple, Variety};
use crate::schema::xsd::value::Builtin;

/// What a complex type is made of: enough to derive others from it.
#[derive(Clone)]
pub(super) struct Parts {
    content: Made,
    attributes: IndexMap<Name, Attribute>,
    wildcard: Option<Wildcard>,
}

/// Content before it is compiled.
#[derive(Clone)]
enum Made {
    Empty,
    Simple(Arc<Simple>),
    Order(Particle, bool),
    /// Elements and whether each must stand there, whether all of it may be missing, and whether text may stand there.
    All(Vec<(usize, bool)>, bool, bool),
}

/// Attributes of a declaration, with the names that it forbids.
#[derive(Clone, Default)]
pub(super) struct Uses {
    attributes: IndexMap<Name, Attribute>,
    prohibited: Vec<Name>,
    wildcard: Option<Wildcard>,
}

impl<'d> Builder<'d> {
    /// A complex type by its name.
    pub(super) fn complex_named(&mut self, name: &Name, here: Here<'d>) -> Result<usize, LoadError> {
        if name.is(XS, "anyType") {
            return Ok(self.any_type());
        }
        if let Some(known) = self.complex.get(name) {
            return Ok(*known);
        }
        let declared = self.find(Sort::Type, name, here)?;
        if declared.tag() != "complexType" {
            return Err(here.error(format_args!("`{name}` is no complex type")));
        }
        let index = self.reserve();
        self.complex.insert(name.clone(), index);
        self.complex_type(declared, name.local.to_string(), index)?;
        Ok(index)
    }

    /// A complex type without a name.
    pub(super) fn complex_inline(&mut self, here: Here<'d>) -> Result<usize, LoadError> {
        let index = self.reserve();
        self.complex_type(here, "…".to_owned(), index)?;
        Ok(index)
    }

    fn reserve(&mut self) -> usize {
        self.model.complex.push(Complex::default());
        self.parts.push(None);
        self.parts.len() - 1
    }

    /// The type that everything fits.
    pub(super) fn any_type(&mut self) -> usize {
        if let Some(any) = self.any {
            return any;
        }
        let index = self.reserve();
        self.any = Some(index);
        let wildcard = Wildcard { namespaces: Namespaces::Any, process: Process::Lax };
        let particle = Particle { term: Term::Any(wildcard.clone()), least: 0, most: None };
        let parts =
            Parts { content: Made::Order(particle, true), attributes: IndexMap::new(), wildcard: Some(wildcard) };
        // One wildcard always compiles.
        _ = self.finish(index, "xs:anyType".to_owned(), parts, false);
        index
    }

    fn finish(&mut self, index: usize, name: String, parts: Parts, is_abstract: bool) -> Result<(), String> {
        let content = match &parts.content {
            Made::Empty => Content::Empty,
            Made::Simple(kind) => Content::Simple(Arc::clone(kind)),
            Made::Order(particle, mixed) => {
                let automaton = Automaton::compile(particle)?;
                Content::Elements { rule: Rule::Order(Arc::new(automaton)), mixed: *mixed }
            }
            Made::All(members, optional, mixed) => {
                Content::Elements { rule: Rule::All(members.clone(), *optional), mixed: *mixed }
            }
        };
        let (attributes, wildcard) = (parts.attributes.clone(), parts.wildcard.clone());
        if let Some(place) = self.model.complex.get_mut(index) {
            *place = Complex { name, content, attributes, wildcard, is_abstract };
        }
        if let Some(place) = self.parts.get_mut(index) {
            *place = Some(parts);
        }
        Ok(())
    }

    fn complex_type(&mut self, here: Here<'d>, name: String, index: usize) -> Result<(), LoadError> {
        self.deeper(here)?;
        let parts = match here.child(&["simpleContent", "complexContent"]) {
            None => {
                let uses = self.uses(here)?;
                let content = self.own_content(here, here.flag("mixed"))?;
                Parts { content, attributes: uses.attributes, wildcard: uses.wildcard }
            }
            Some(how) => {
                let step = how.child(&["restriction", "extension"]).ok_or_else(|| how.error("no base is named"))?;
                let base = step.attribute("base").ok_or_else(|| step.error("no base is named"))?;
                let base = step.qname(base)?;
                let mixed = how.attribute("mixed").map_or_else(|| here.flag("mixed"), |_| how.flag("mixed"));
                match (how.tag(), step.tag()) {
                    ("simpleContent", "extension") => self.extend_simple(step, &base)?,
                    ("simpleContent", _) => self.restrict_simple(step, &base, &name)?,
                    (_, "extension") => self.extend_complex(step, &base, mixed)?,
                    _ => self.restrict_complex(step, &base, mixed)?,
                }
            }
        };
        self.depth -= 1;
        self.finish(index, name, parts, here.flag("abstract")).map_err(|construct| not_judged(here, &construct))
    }

    fn base(&mut self, name: &Name, here: Here<'d>) -> Result<Parts, LoadError> {
        let index = self.complex_named(name, here)?;
        let parts = self.parts.get(index).and_then(Option::as_ref).cloned();
        let parts = parts.ok_or_else(|| here.error(format_args!("`{name}` is made of itself")))?;
        if let Made::Order(particle, _) = &parts.content {
            self.grow(particle.size(), here)?;
        }
        Ok(parts)
    }

    fn is_simple(&self, name: &Name) -> bool {
        if *name.namespace == *XS {
            return &*name.local != "anyType";
        }
        self.table.get(&(Sort::Type, name.clone())).is_some_and(|declared| declared.tag() == "simpleType")
    }

    fn extend_simple(&mut self, step: Here<'d>, base: &Name) -> Result<Parts, LoadError> {
        let uses = self.uses(step)?;
        if self.is_simple(base) {
            let content = Made::Simple(self.simple_named(base, step)?);
            return Ok(Parts { content, attributes: uses.attributes, wildcard: uses.wildcard });
        }
        let base = self.base(base, step)?;
        if !matches!(base.content, Made::Simple(_)) {
            return Err(step.error("the base holds no text alone"));
        }
        widened(base.clone(), base.content, uses, step)
    }

    fn restrict_simple(&mut self, step: Here<'d>, base: &Name, name: &str) -> Result<Parts, LoadError> {
        let uses = self.uses(step)?;
        let base = self.base(base, step)?;
        let of_base = match &base.content {
            Made::Simple(kind) => Arc::clone(kind),
            _ => return Err(not_judged(step, "xs:simpleContent that restricts mixed content")),
        };
        let kind = match step.child(&["simpleType"]) {
            Some(own) => self.simple_type(own, name.to_owned())?,
            None => of_base,
        };
        if matches!(kind.variety, Variety::Atomic(Builtin::AnySimple)) && step.children().next().is_some() {
            return Err(not_judged(step, "a restriction of xs:anySimpleType"));
        }
        let kind = restrict(&kind, step, kind.name.clone())?;
        Ok(narrowed(base, Made::Simple(Arc::new(kind)), uses))
    }

    fn extend_complex(&mut self, step: Here<'d>, base: &Name, mixed: bool) -> Result<Parts, LoadError> {
        if self.is_simple(base) {
            return Err(step.error(format_args!("`{base}` is no complex type")));
        }
        let uses = self.uses(step)?;
        let base = self.base(base, step)?;
        let own = self.own_content(step, mixed)?;
        let content = match (&base.content, own) {
            (kept, Made::Empty) => kept.clone(),
            (Made::Empty, own) => own,
            (Made::Order(first, was_mixed), Made::Order(second, mixed)) => {
                // An own content of nothing but text, where the base holds elements as well as text, changes nothing.
                if *was_mixed != mixed {
                    return Err(
                        step.error("an extension of mixed content must be mixed, and of other content must not")
                    );
                }
                let both = Term::Sequence(vec![first.clone(), second]);
                Made::Order(Particle { term: both, least: 1, most: Some(1) }, mixed)
            }
            (Made::Simple(_), _) => return Err(step.error("the base holds text alone")),
            _ => return Err(step.error("xs:all can be no part of an extension")),
        };
        widened(base.clone(), content, uses, step)
    }

    fn restrict_complex(&mut self, step: Here<'d>, base: &Name, mixed: bool) -> Result<Parts, LoadError> {
        if self.is_simple(base) {
            return Err(step.error(format_args!("`{base}` is no complex type")));
        }
        let uses = self.uses(step)?;
        let base = self.base(base, step)?;
        let content = self.own_content(step, mixed)?;
        if matches!(base.content, Made::Simple(_)) {
            return Err(step.error("the base holds text alone"));
        }
        Ok(narrowed(base, content, uses))
    }

    /// The elements that a type or a step of derivation declares.
    fn own_content(&mut self, here: Here<'d>, mixed: bool) -> Result<Made, LoadError> {
        let nothing = || Particle { term: Term::Sequence(Vec::new()), least: 1, most: Some(1) };
        let Some(content) = here.child(&["sequence", "choice", "all", "group"]) else {
            return Ok(if mixed { Made::Order(nothing(), true) } else { Made::Empty });
        };
        // A group may be all there is, and may be one of `xs:all`.
        let (all, bounds) = match content.tag() {
            "all" => (Some(content), content),
            "group" => (self.referred_group(content)?.child(&["all"]), content),
            _ => (None, content),
        };
        if let Some(all) = all {
            let (least, most) = super::elements::occurs(bounds)?;
            if most != Some(1) || all.attribute("maxOccurs").is_some_and(|most| most != "1") {
                return Err(not_judged(bounds, "xs:all that repeats"));
            }
            let mut members = Vec::new();
            for member in all.children() {
                let (required, most) = super::elements::occurs(member)?;
                match most {
                    Some(0) => continue,
                    Some(1) => {}
                    _ => return Err(not_judged(member, "an element of xs:all that repeats")),
                }
                members.push((self.element(member)?, required > 0));
            }
            let optional = least == 0 || all.attribute("minOccurs") == Some("0");
            return Ok(if members.is_empty() && !mixed { Made::Empty } else { Made::All(members, optional, mixed) });
        }
        let particle = self.particle(content)?;
        let empty = match &particle {
            None => true,
            Some(Particle { term: Term::Sequence(parts), .. }) => parts.is_empty(),
            Some(Particle { term: Term::Choice(parts), least: 0, .. }) => parts.is_empty(),
            Some(_) => false,
        };
        if empty {
            return Ok(if mixed { Made::Order(nothing(), true) } else { Made::Empty });
        }
        Ok(Made::Order(particle.unwrap_or_else(nothing), mixed))
    }

    /// The attributes that a type, a step of derivation or an attribute group declares.
    pub(super) fn uses(&mut self, here: Here<'d>) -> Result<Uses, LoadError> {
        let mut uses = Uses::default();
        for child in here.children() {
            match child.tag() {
                "attribute" => {
                    let (name, attribute) = self.attribute(child)?;
                    if child.attribute("use") == Some("prohibited") {
                        uses.prohibited.push(name);
                    } else if uses.attributes.insert(name.clone(), attribute).is_some() {
                        return Err(child.error(format_args!("the attribute `{name}` is declared twice")));
                    }
                }
                "attributeGroup" => {
                    let name = child.attribute("ref").ok_or_else(|| child.error("no attribute group is named"))?;
                    let name = child.qname(name)?;
                    let declared = self.find(Sort::AttributeGroup, &name, child)?;
                    let of_group = self.attribute_group(&name, declared)?;
                    for (name, attribute) in of_group.attributes {
                        if uses.attributes.insert(name.clone(), attribute).is_some() {
                            return Err(child.error(format_args!("the attribute `{name}` is declared twice")));
                        }
                    }
                    uses.prohibited.extend(of_group.prohibited);
                    merge(&mut uses.wildcard, of_group.wildcard, child)?;
                }
                "anyAttribute" => {
                    let own = super::elements::wildcard(child)?;
                    merge(&mut uses.wildcard, Some(own), child)?;
                }
                _ => {}
            }
        }
        Ok(uses)
    }

    /// An attribute group by its name.
    pub(super) fn attribute_group(&mut self, name: &Name, declared: Here<'d>) -> Result<Uses, LoadError> {
        self.open(Sort::AttributeGroup, name, declared)?;
        self.deeper(declared)?;
        let uses = self.uses(declared)?;
        self.depth -= 1;
        self.close(Sort::AttributeGroup, name);
        Ok(uses)
    }

    /// The type of an element, by the name of the type.
    pub(super) fn kind(&mut self, name: &Name, here: Here<'d>) -> Result<Kind, LoadError> {
        if self.is_simple(name) {
            return Ok(Kind::Simple(self.simple_named(name, here)?));
        }
        Ok(Kind::Complex(self.complex_named(name, here)?))
    }
}

/// Two wildcards of one declaration take what both take; we compare them, and work out nothing.
fn merge(held: &mut Option<Wildcard>, more: Option<Wildcard>, here: Here<'_>) -> Result<(), LoadError> {
    match (&held, more) {
        (_, None) => {}
        (None, more) => *held = more,
        (Some(one), Some(other)) if *one == other => {}
        _ => return Err(not_judged(here, "an xs:anyAttribute beside another that differs")),
    }
    Ok(())
}

/// A base with more.
fn widened(base: Parts, content: Made, uses: Uses, here: Here<'_>) -> Result<Parts, LoadError> {
    let mut attributes = base.attributes;
    for (name, attribute) in uses.attributes {
        if attributes.insert(name.clone(), attribute).is_some() {
            return Err(here.error(format_args!("the attribute `{name}` is one of the base already")));
        }
    }
    let mut wildcard = base.wildcard;
    merge(&mut wildcard, uses.wildcard, here)?;
    Ok(Parts { content, attributes, wildcard })
}

/// A base with less.
fn narrowed(base: Parts, content: Made, uses: Uses) -> Parts {
    let mut attributes = base.attributes;
    attributes.retain(|name, _| !uses.prohibited.contains(name));
    attributes.extend(uses.attributes);
    Parts { content, attributes, wildcard: uses.wildcard }
}
