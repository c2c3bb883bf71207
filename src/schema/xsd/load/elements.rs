//! Elements and attributes as they are declared, and the groups and wildcards that they stand in.

use std::collections::HashMap;
use std::sync::Arc;

use super::constructs::not_judged;
use super::{Builder, Here, LoadError, Sort};
use crate::schema::xsd::automaton::{Particle, Term};
use crate::schema::xsd::model::{Attribute, Content, Element, Kind, Namespaces, Process, Wildcard};
use crate::schema::xsd::name::{Name, XML};
use crate::schema::xsd::simple::{Facet, Simple};
use crate::schema::xsd::value::{Builtin, Value};

/// How often a particle may stand.
pub(super) fn occurs(here: Here<'_>) -> Result<(u32, Option<u32>), LoadError> {
    let count = |text: &str| text.parse::<u32>().map_err(|_| here.error(format_args!("`{text}` is no count")));
    let least = here.attribute("minOccurs").map_or(Ok(1), count)?;
    let most = match here.attribute("maxOccurs") {
        None => Some(1),
        Some("unbounded") => None,
        Some(text) => Some(count(text)?),
    };
    if most.is_some_and(|most| most < least) {
        return Err(here.error("minOccurs is above maxOccurs"));
    }
    Ok((least, most))
}

/// A wildcard of elements or attributes.
pub(super) fn wildcard(here: Here<'_>) -> Result<Wildcard, LoadError> {
    let target = here.module.target.as_str();
    let namespaces = match here.attribute("namespace").unwrap_or("##any") {
        "##any" => Namespaces::Any,
        "##other" => Namespaces::Other(target.into()),
        listed => {
            let one = |name: &str| match name {
                "##local" => Ok("".into()),
                "##targetNamespace" => Ok(target.into()),
                "##any" | "##other" => Err(here.error(format_args!("`{name}` in a list of namespaces"))),
                uri => Ok(uri.into()),
            };
            Namespaces::Listed(listed.split_ascii_whitespace().map(one).collect::<Result<_, _>>()?)
        }
    };
    let process = match here.attribute("processContents") {
        None | Some("strict") => Process::Strict,
        Some("lax") => Process::Lax,
        Some("skip") => Process::Skip,
        Some(other) => return Err(here.error(format_args!("processContents `{other}`"))),
    };
    Ok(Wildcard { namespaces, process })
}

impl<'d> Builder<'d> {
    /// An element where it is declared or referred to.
    pub(super) fn element(&mut self, here: Here<'d>) -> Result<usize, LoadError> {
        if let Some(name) = here.attribute("ref") {
            let name = here.qname(name)?;
            let declared = self.find(Sort::Element, &name, here)?;
            return self.element(declared);
        }
        let key = (here.module.index, here.node.id());
        if let Some(known) = self.elements.get(&key) {
            return Ok(*known);
        }
        let spelt = here.attribute("name").ok_or_else(|| here.error("an element without a name"))?;
        let is_global = here.node.parent() == Some(here.module.document.root_element());
        let qualified = match here.attribute("form") {
            Some(form) => form == "qualified",
            None => is_global || here.module.qualified_elements,
        };
        let name = if qualified { here.named(spelt) } else { Name::new("", spelt) };
        // Entered before its type is read, in which it may stand itself.
        let index = self.model.elements.len();
        self.elements.insert(key, index);
        let any = self.any_type();
        let fixed = here.node.attribute("fixed").map(str::to_owned);
        let default = here.node.attribute("default").map(str::to_owned);
        if fixed.is_some() && default.is_some() {
            return Err(here.error("an element has a default or a fixed value, and not both"));
        }
        self.model.elements.push(Element {
            name,
            kind: Kind::Complex(any),
            nillable: here.flag("nillable"),
            is_abstract: here.flag("abstract"),
            fixed,
            default,
            substitutes: Vec::new(),
        });
        // Its type is read when all that is around it has been: it may hold the element again.
        self.pending.push((index, here));
        Ok(index)
    }

    /// Reads the types of the elements that were found, and of those that are found in them.
    pub(super) fn types(&mut self) -> Result<(), LoadError> {
        let mut heirs: Vec<(usize, usize)> = Vec::new();
        while let Some((index, here)) = self.pending.pop() {
            let kind = match (here.attribute("type"), here.child(&["simpleType", "complexType"])) {
                (Some(_), Some(_)) => return Err(here.error("an element with two types")),
                (Some(name), None) => self.kind(&here.qname(name)?, here)?,
                (None, Some(own)) if own.tag() == "simpleType" => Kind::Simple(self.simple_type(own, "…".to_owned())?),
                (None, Some(own)) => Kind::Complex(self.complex_inline(own)?),
                (None, None) => {
                    // Without one, it has the type of the element that it stands for.
                    if let Some(head) = here.attribute("substitutionGroup") {
                        let declared = self.find(Sort::Element, &here.qname(head)?, here)?;
                        heirs.push((index, self.element(declared)?));
                    }
                    continue;
                }
            };
            if let Some(element) = self.model.elements.get_mut(index) {
                element.kind = kind;
            }
        }
        // As many rounds as there are heirs reach the end of the longest chain.
        for _ in 0..heirs.len() {
            for (heir, head) in &heirs {
                let kind = self.model.elements.get(*head).map(|head| head.kind.clone());
                if let (Some(element), Some(kind)) = (self.model.elements.get_mut(*heir), kind) {
                    element.kind = kind;
                }
            }
        }
        for here in self.elements_with_values() {
            self.check_value(here)?;
        }
        Ok(())
    }

    /// Global and local elements that state a default or a fixed value.
    fn elements_with_values(&self) -> Vec<(usize, Here<'d>)> {
        let mut found = Vec::new();
        for module in self.modules {
            for node in module
                .document
                .descendants()
                .filter(|node| node.has_attribute("fixed") || node.has_attribute("default"))
            {
                if let Some(index) = self.elements.get(&(module.index, node.id())) {
                    found.push((*index, Here { module, node }));
                }
            }
        }
        found
    }

    /// A value that an element states must be one of its type, or documents that leave it out would be taken unseen.
    fn check_value(&self, (index, here): (usize, Here<'d>)) -> Result<(), LoadError> {
        let Some(element) = self.model.elements.get(index) else { return Ok(()) };
        let kind = match &element.kind {
            Kind::Simple(kind) => kind,
            Kind::Complex(index) => match self.model.complex.get(*index).map(|complex| &complex.content) {
                Some(Content::Simple(kind)) => kind,
                Some(Content::Elements { mixed: true, .. }) => return Ok(()),
                _ => return Err(here.error("a default or a fixed value where no text may stand")),
            },
        };
        match element.fixed.as_ref().or(element.default.as_ref()) {
            Some(value) if kind.check(value).is_err() => {
                Err(here.error(format_args!("the value `{value}` is no {}", kind.name)))
            }
            _ => Ok(()),
        }
    }

    /// Which elements stand for which, once all are known; with those that stand for these in turn.
    pub(super) fn substitutions(&mut self) -> Result<(), LoadError> {
        let mut direct: HashMap<Name, Vec<(usize, Name)>> = HashMap::new();
        let mut heads: HashMap<Name, Here<'d>> = HashMap::new();
        for module in self.modules {
            for here in module.root().children().filter(|here| here.tag() == "element") {
                let Some(spelt) = here.attribute("name") else { continue };
                let name = here.named(spelt);
                heads.insert(name.clone(), here);
                if let Some(head) = here.attribute("substitutionGroup") {
                    let head = here.qname(head)?;
                    self.find(Sort::Element, &head, here)?;
                    let index = self.element(here)?;
                    direct.entry(head).or_default().push((index, name));
                }
            }
        }
        for (head, here) in heads {
            let mut found: Vec<usize> = Vec::new();
            let mut open: Vec<&Name> = vec![&head];
            while let Some(name) = open.pop() {
                for (index, member) in direct.get(name).into_iter().flatten() {
                    if !found.contains(index) {
                        found.push(*index);
                        open.push(member);
                    }
                }
            }
            if found.is_empty() {
                continue;
            }
            let root = here.module.root();
            let block = here.attribute("block").or_else(|| root.attribute("blockDefault")).unwrap_or_default();
            let words: Vec<&str> = block.split_ascii_whitespace().collect();
            if words.contains(&"substitution") || words.contains(&"#all") {
                continue;
            }
            if !words.is_empty() {
                return Err(not_judged(here, "a block on derivation at the head of a substitution group"));
            }
            let index = self.element(here)?;
            if let Some(element) = self.model.elements.get_mut(index) {
                element.substitutes = found;
            }
        }
        Ok(())
    }

    /// A particle; nothing where it may not stand at all.
    pub(super) fn particle(&mut self, here: Here<'d>) -> Result<Option<Particle>, LoadError> {
        let (least, most) = occurs(here)?;
        self.deeper(here)?;
        self.grow(1, here)?;
        let term = match here.tag() {
            "element" => Term::Element(self.element(here)?),
            "any" => Term::Any(wildcard(here)?),
            "group" => {
                let declared = self.referred_group(here)?;
                let name = declared.attribute("name").map(|name| declared.named(name));
                let name = name.ok_or_else(|| here.error("no group is named"))?;
                self.group(&name, declared)?
            }
            "all" => return Err(not_judged(here, "xs:all within other content")),
            tag => {
                let mut parts = Vec::new();
                for child in here.children() {
                    parts.extend(self.particle(child)?);
                }
                if tag == "choice" { Term::Choice(parts) } else { Term::Sequence(parts) }
            }
        };
        self.depth -= 1;
        Ok((most != Some(0)).then_some(Particle { term, least, most }))
    }

    /// The group that a reference means.
    pub(super) fn referred_group(&self, here: Here<'d>) -> Result<Here<'d>, LoadError> {
        let name = here.attribute("ref").ok_or_else(|| here.error("no group is named"))?;
        self.find(Sort::Group, &here.qname(name)?, here)
    }

    /// A group by its name.
    pub(super) fn group(&mut self, name: &Name, declared: Here<'d>) -> Result<Term, LoadError> {
        let content = declared.children().next().ok_or_else(|| declared.error("a group of nothing"))?;
        if content.tag() == "all" {
            // Read where it is all that a type holds; here, so that its elements are looked at.
            for member in content.children() {
                self.element(member)?;
            }
            return Ok(Term::Sequence(Vec::new()));
        }
        self.open(Sort::Group, name, declared)?;
        let particle = self.particle(content)?;
        self.close(Sort::Group, name);
        // Nothing where it may stand no time at all.
        Ok(Term::Sequence(particle.into_iter().collect()))
    }

    /// An attribute where it is declared or referred to.
    pub(super) fn attribute(&mut self, here: Here<'d>) -> Result<(Name, Attribute), LoadError> {
        let required = here.attribute("use") == Some("required");
        let own_fixed = here.node.attribute("fixed").map(str::to_owned);
        if let Some(name) = here.attribute("ref") {
            let name = here.qname(name)?;
            let mut referred = match self.table.get(&(Sort::Attribute, name.clone())).copied() {
                Some(declared) => self.attribute(declared)?.1,
                None if *name.namespace == *XML => Attribute { kind: of_xml(&name, here)?, required, fixed: None },
                None => return Err(here.error(format_args!("`{name}` is not declared"))),
            };
            referred.required = required;
            if own_fixed.is_some() {
                referred.fixed = own_fixed;
            }
            checked(&referred, here)?;
            return Ok((name, referred));
        }
        let spelt = here.attribute("name").ok_or_else(|| here.error("an attribute without a name"))?;
        let is_global = here.node.parent() == Some(here.module.document.root_element());
        let qualified = match here.attribute("form") {
            Some(form) => form == "qualified",
            None => is_global || here.module.qualified_attributes,
        };
        let name = if qualified { here.named(spelt) } else { Name::new("", spelt) };
        let kind = match (here.attribute("type"), here.child(&["simpleType"])) {
            (Some(_), Some(_)) => return Err(here.error("an attribute with two types")),
            (Some(name), None) => self.simple_named(&here.qname(name)?, here)?,
            (None, Some(own)) => self.simple_type(own, "…".to_owned())?,
            (None, None) => Arc::new(Simple::builtin("anySimpleType", Builtin::AnySimple)),
        };
        let attribute = Attribute { kind, required, fixed: own_fixed };
        checked(&attribute, here)?;
        Ok((name, attribute))
    }
}

fn checked(attribute: &Attribute, here: Here<'_>) -> Result<(), LoadError> {
    match &attribute.fixed {
        Some(fixed) if attribute.kind.check(fixed).is_err() => {
            Err(here.error(format_args!("the fixed value `{fixed}` is no {}", attribute.kind.name)))
        }
        _ => Ok(()),
    }
}

/// The attributes of the namespace `xml`.
fn of_xml(name: &Name, here: Here<'_>) -> Result<Arc<Simple>, LoadError> {
    Ok(Arc::new(match &*name.local {
        // Empty to say that no language is meant.
        "lang" => {
            let empty = Simple {
                facets: vec![Facet::Enumeration(vec![(String::new(), Value::Text(String::new()))])],
                ..Simple::builtin("string", Builtin::String)
            };
            let members = vec![Arc::new(Simple::builtin("language", Builtin::Language)), Arc::new(empty)];
            let blanks = crate::schema::xsd::value::Blanks::Collapse;
            let variety = crate::schema::xsd::simple::Variety::Union(members);
            Simple { name: "xml:lang".to_owned(), variety, blanks, facets: Vec::new() }
        }
        "space" => {
            let values = ["default", "preserve"].map(|word| (word.to_owned(), Value::Text(word.to_owned())));
            Simple { facets: vec![Facet::Enumeration(values.to_vec())], ..Simple::builtin("NCName", Builtin::NcName) }
        }
        "base" => Simple::builtin("anyURI", Builtin::AnyUri),
        "id" => Simple::builtin("ID", Builtin::Id),
        _ => return Err(here.error(format_args!("`{name}` is not declared"))),
    }))
}
