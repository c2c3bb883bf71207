//! A document judged by a schema: the tree that is mapped is the tree that is judged, so there is no second reading of it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value as Json;

use super::automaton::Leaf;
use super::model::{Complex, Content, Element, Kind, Model, Process, Rule};
use super::name::{Name, XSI};
use super::simple::Simple;
use super::value::{Builtin, Value};
use crate::document::xml_key_parts;
use crate::finding::{Finding, Place};
use crate::schema::violation::{MOST_FINDINGS, more};

/// Where an element stands: the way down to it.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    around: Option<&'a Trail<'a>>,
    key: &'a str,
    index: Option<usize>,
}

impl Trail<'_> {
    fn pointer(&self) -> String {
        let mut pointer = self.around.map(Trail::pointer).unwrap_or_default();
        if self.around.is_some() || !self.key.is_empty() {
            pointer.push('/');
            pointer.push_str(&self.key.replace('~', "~0").replace('/', "~1"));
        }
        if let Some(index) = self.index {
            // Writing to a String cannot fail.
            _ = write!(pointer, "/{index}");
        }
        pointer
    }

    fn place(&self) -> Place {
        Place::pointer(self.pointer())
    }

    fn within(&self, key: &str) -> Place {
        Place::pointer(format!("{}/{}", self.pointer(), key.replace('~', "~0").replace('/', "~1")))
    }
}

/// The key of a name in an element of a namespace.
fn key_of(name: &Name, around: &str) -> String {
    if *name.namespace == *around { name.local.to_string() } else { name.to_string() }
}

/// An element of the document that stands in another.
struct Child<'j> {
    namespace: &'j str,
    local: &'j str,
    key: &'j str,
    index: Option<usize>,
    node: &'j Json,
}

/// What one document says, as it is judged.
pub(super) struct Walk<'m> {
    model: &'m Model,
    pub(super) findings: Vec<Finding>,
    ids: HashMap<String, String>,
    references: Vec<(String, Place)>,
}

impl<'m> Walk<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        Self { model, findings: Vec::new(), ids: HashMap::new(), references: Vec::new() }
    }

    /// Judges what stands below the root element, whose declaration is given.
    pub(super) fn content(&mut self, element: &'m Element, node: &Json) {
        let trail = Trail { around: None, key: "", index: None };
        self.element(element, node, &element.name.namespace, &trail);
        self.finish();
    }

    /// Judges a document, an object with the root element alone in it: by the global element of its name, or by `other`
    /// where that has its name.
    pub(super) fn document(&mut self, document: &Json, other: Option<&'m Element>) {
        let root = document.as_object().and_then(|members| members.iter().next());
        let Some((key, node)) = root else {
            self.say(Finding::new("schema/no-declaration", Place::Whole).with("name", "-"));
            return;
        };
        let (namespace, local) = xml_key_parts(key);
        let namespace = namespace.unwrap_or_default();
        let trail = Trail { around: None, key, index: None };
        let global =
            self.model.globals.get(&Name::new(namespace, local)).and_then(|index| self.model.elements.get(*index));
        match global.or(other.filter(|element| element.name.is(namespace, local))) {
            Some(element) => self.element(element, node, namespace, &trail),
            None => self.say(Finding::new("schema/no-declaration", trail.place()).with("name", key)),
        }
        self.finish();
    }

    fn finish(&mut self) {
        for (id, place) in std::mem::take(&mut self.references) {
            if !self.ids.contains_key(&id) {
                self.say(Finding::new("schema/no-such-id", place).with("value", id));
            }
        }
    }

    fn say(&mut self, finding: Finding) {
        match self.findings.len().cmp(&MOST_FINDINGS) {
            Ordering::Less => self.findings.push(finding),
            Ordering::Equal => self.findings.push(more(finding.place())),
            Ordering::Greater => {}
        }
    }

    fn element(&mut self, element: &'m Element, node: &Json, namespace: &str, trail: &Trail<'_>) {
        if element.is_abstract {
            self.say(Finding::new("schema/abstract", trail.place()).with("name", &element.name.local));
            return;
        }
        let Some((attributes, text, children)) = taken_apart(node, namespace) else {
            let finding = Finding::new("schema/type", trail.place());
            self.say(finding.with("value", shown(node)).with("expected", &element.name.local));
            return;
        };
        if attributes.iter().any(|(_, namespace, local, _)| *namespace == XSI && *local == "type") {
            // What the prefix of its value means is not kept in the tree, so what it asks for is not known.
            self.say(Finding::new("schema/xsi-type", trail.place()));
            return;
        }
        let nil = attributes.iter().find(|(_, namespace, local, _)| *namespace == XSI && *local == "nil");
        let mut is_nil = false;
        if let Some((key, .., value)) = nil {
            match Builtin::Boolean.value(value.trim_matches([' ', '\t', '\n', '\r'])) {
                Some(Value::Truth(truth)) => is_nil = truth,
                _ => self.say(
                    Finding::new("schema/type", trail.within(key)).with("value", value).with("expected", "xs:boolean"),
                ),
            }
            if !element.nillable {
                self.say(Finding::new("schema/not-nillable", trail.place()).with("name", &element.name.local));
            } else if is_nil && (!children.is_empty() || !text.is_empty() || element.fixed.is_some()) {
                self.say(Finding::new("schema/nil-content", trail.place()).with("name", &element.name.local));
            }
        }
        // Where there is nothing, the default stands.
        let stands = || element.fixed.as_ref().or(element.default.as_ref()).map(String::as_str);
        let text = if text.is_empty() && children.is_empty() { stands().unwrap_or("") } else { text };
        let in_text = || match node {
            Json::Object(members) if members.contains_key("#text") => trail.within("#text"),
            _ => trail.place(),
        };
        match &element.kind {
            Kind::Simple(kind) => {
                for (key, _, local, _) in attributes.iter().filter(|(_, namespace, ..)| *namespace != XSI) {
                    self.say(Finding::new("schema/attribute-unexpected", trail.within(key)).with("name", local));
                }
                self.none_of(&children, trail);
                if !is_nil {
                    self.text(kind, text, element.fixed.as_deref(), in_text);
                }
            }
            Kind::Complex(index) => {
                let Some(complex) = self.model.complex.get(*index) else { return };
                if complex.is_abstract {
                    self.say(Finding::new("schema/abstract", trail.place()).with("name", &complex.name));
                    return;
                }
                self.attributes(complex, &attributes, trail);
                if is_nil {
                    return;
                }
                match &complex.content {
                    Content::Simple(kind) => {
                        self.none_of(&children, trail);
                        self.text(kind, text, element.fixed.as_deref(), in_text);
                    }
                    Content::Empty => {
                        self.none_of(&children, trail);
                        if !text.is_empty() {
                            self.say(Finding::new("schema/text-unexpected", in_text()).with("value", text));
                        }
                    }
                    Content::Elements { rule, mixed } => {
                        let blank = text.trim_matches([' ', '\t', '\n', '\r']).is_empty();
                        if !mixed && !blank {
                            self.say(Finding::new("schema/text-unexpected", in_text()).with("value", text));
                        } else if let Some(fixed) = element.fixed.as_deref()
                            && (!children.is_empty() || text != fixed)
                        {
                            let finding = Finding::new("schema/const", in_text());
                            self.say(finding.with("value", text).with("expected", fixed));
                        }
                        self.children(rule, &children, namespace, trail);
                    }
                }
            }
        }
    }

    /// Judges a text; its place is made where there is something to say.
    fn text(&mut self, kind: &Simple, text: &str, fixed: Option<&str>, place: impl Fn() -> Place) {
        match kind.check(text) {
            Err(wrong) => self.say(wrong.at(place())),
            Ok(value) => {
                if let Some(fixed) = fixed
                    && !kind.bare(fixed).is_some_and(|fixed| fixed.equals(&value))
                {
                    self.say(Finding::new("schema/const", place()).with("value", text).with("expected", fixed));
                }
                self.identify(kind, &value, place);
            }
        }
    }

    /// Notes identifiers and references to them.
    fn identify(&mut self, kind: &Simple, value: &Value, place: impl Fn() -> Place) {
        if kind.holds(Builtin::Id)
            && let Value::Text(id) = value
            && let Some(first) = self.ids.insert(id.clone(), place().to_string())
        {
            self.say(Finding::new("schema/duplicate-id", place()).with("value", id).with("first", first));
        }
        if kind.holds(Builtin::IdRef) {
            let each = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
            for one in each {
                if let Value::Text(id) = one {
                    self.references.push((id.clone(), place()));
                }
            }
        }
    }

    fn none_of(&mut self, children: &[Child<'_>], trail: &Trail<'_>) {
        if let Some(child) = children.first() {
            let at = Trail { around: Some(trail), key: child.key, index: child.index };
            let finding = Finding::new("schema/element-unexpected", at.place());
            self.say(finding.with("name", child.local).with("expected", "-"));
        }
    }

    fn attributes(&mut self, complex: &'m Complex, attributes: &[(&str, &str, &str, &str)], trail: &Trail<'_>) {
        let mut seen = 0;
        for (key, namespace, local, value) in attributes.iter().filter(|(_, namespace, ..)| *namespace != XSI) {
            let name = Name::new(namespace, local);
            let declared = match complex.attributes.get(&name) {
                Some(declared) => {
                    seen += usize::from(declared.required);
                    Some(declared)
                }
                None => match &complex.wildcard {
                    Some(wildcard) if wildcard.takes(namespace) => {
                        match (wildcard.process, self.model.attributes.get(&name)) {
                            (Process::Skip, _) | (Process::Lax, None) => continue,
                            (_, declared) => declared,
                        }
                    }
                    _ => None,
                },
            };
            match declared {
                Some(declared) => self.text(&declared.kind, value, declared.fixed.as_deref(), || trail.within(key)),
                None => self.say(Finding::new("schema/attribute-unexpected", trail.within(key)).with("name", local)),
            }
        }
        if seen == complex.attributes.values().filter(|attribute| attribute.required).count() {
            return;
        }
        for (name, _) in complex.attributes.iter().filter(|(_, attribute)| attribute.required) {
            if !attributes.iter().any(|(_, namespace, local, _)| name.is(namespace, local)) {
                let key = format!("@{}", key_of(name, ""));
                self.say(Finding::new("schema/required", trail.within(&key)).with("name", key));
            }
        }
    }

    fn children(&mut self, rule: &'m Rule, children: &[Child<'_>], namespace: &str, trail: &Trail<'_>) {
        match rule {
            Rule::All(members, optional) => self.in_any_order(members, *optional, children, namespace, trail),
            Rule::Order(automaton) => {
                let mut position = automaton.begin();
                for child in children {
                    let step = automaton.step(&position, |leaf| self.takes(leaf, child.namespace, child.local));
                    let Some((leaf, next)) = step else {
                        let expected = self.told(&automaton.expected(&position), namespace);
                        let at = Trail { around: Some(trail), key: child.key, index: child.index };
                        let finding = Finding::new("schema/element-unexpected", at.place());
                        self.say(finding.with("name", child.local).with("expected", expected));
                        return;
                    };
                    position = next;
                    self.child(leaf, child, trail);
                }
                if !automaton.may_end(&position) {
                    let open = automaton.expected(&position);
                    let expected = self.told(&open, namespace);
                    let first = open.iter().find_map(|leaf| match leaf {
                        Leaf::Element(index) => self.model.elements.get(*index),
                        Leaf::Any(_) => None,
                    });
                    let place =
                        first.map_or_else(|| trail.place(), |first| trail.within(&key_of(&first.name, namespace)));
                    self.say(Finding::new("schema/element-missing", place).with("expected", expected));
                }
            }
        }
    }

    fn in_any_order(
        &mut self,
        members: &'m [(usize, bool)],
        optional: bool,
        children: &[Child<'_>],
        namespace: &str,
        trail: &Trail<'_>,
    ) {
        let mut seen = vec![false; members.len()];
        for child in children {
            let at = Trail { around: Some(trail), key: child.key, index: child.index };
            let found = members
                .iter()
                .position(|(index, _)| self.takes(&Leaf::Element(*index), child.namespace, child.local))
                .filter(|position| !seen[*position]);
            let Some(position) = found else {
                let open: Vec<Leaf> = members
                    .iter()
                    .zip(&seen)
                    .filter(|(_, seen)| !**seen)
                    .map(|((index, _), _)| Leaf::Element(*index))
                    .collect();
                let expected = self.told(&open.iter().collect::<Vec<_>>(), namespace);
                let finding = Finding::new("schema/element-unexpected", at.place());
                self.say(finding.with("name", child.local).with("expected", expected));
                continue;
            };
            seen[position] = true;
            self.child(&Leaf::Element(members[position].0), child, trail);
        }
        if optional && children.is_empty() {
            return;
        }
        for ((index, required), seen) in members.iter().zip(seen) {
            if *required
                && !seen
                && let Some(element) = self.model.elements.get(*index)
            {
                let place = trail.within(&key_of(&element.name, namespace));
                self.say(Finding::new("schema/element-missing", place).with("expected", &element.name.local));
            }
        }
    }

    /// Judges an element that a leaf has taken.
    fn child(&mut self, leaf: &Leaf, child: &Child<'_>, trail: &Trail<'_>) {
        let at = Trail { around: Some(trail), key: child.key, index: child.index };
        let declared = match leaf {
            Leaf::Element(index) => self.declared(*index, child.namespace, child.local),
            Leaf::Any(wildcard) => {
                let name = Name::new(child.namespace, child.local);
                let global = self.model.globals.get(&name).and_then(|index| self.model.elements.get(*index));
                match (wildcard.process, global) {
                    (Process::Skip, _) | (Process::Lax, None) => return,
                    (_, global) => global,
                }
            }
        };
        match declared {
            Some(element) => self.element(element, child.node, child.namespace, &at),
            None => self.say(Finding::new("schema/no-declaration", at.place()).with("name", child.local)),
        }
    }

    /// The element of a leaf, or the one that stands in its place.
    fn declared(&self, index: usize, namespace: &str, local: &str) -> Option<&'m Element> {
        let element = self.model.elements.get(index)?;
        if element.name.is(namespace, local) {
            return Some(element);
        }
        let mut others = element.substitutes.iter().filter_map(|index| self.model.elements.get(*index));
        others.find(|other| other.name.is(namespace, local))
    }

    fn takes(&self, leaf: &Leaf, namespace: &str, local: &str) -> bool {
        match leaf {
            Leaf::Element(index) => self.declared(*index, namespace, local).is_some(),
            Leaf::Any(wildcard) => wildcard.takes(namespace),
        }
    }

    fn told(&self, leaves: &[&Leaf], namespace: &str) -> String {
        let mut names: Vec<String> = leaves
            .iter()
            .map(|leaf| match leaf {
                Leaf::Element(index) => {
                    self.model.elements.get(*index).map(|one| key_of(&one.name, namespace)).unwrap_or_default()
                }
                Leaf::Any(_) => "*".to_owned(),
            })
            .collect();
        names.dedup();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    }
}

type Attributes<'j> = Vec<(&'j str, &'j str, &'j str, &'j str)>;

/// The attributes (key, namespace, name, value), the text and the elements of an element; nothing where it is none.
fn taken_apart<'j>(node: &'j Json, around: &'j str) -> Option<(Attributes<'j>, &'j str, Vec<Child<'j>>)> {
    let members = match node {
        Json::String(text) => return Some((Vec::new(), text, Vec::new())),
        Json::Object(members) => members,
        _ => return None,
    };
    let (mut attributes, mut text, mut children) = (Vec::new(), "", Vec::new());
    for (key, member) in members {
        if key == "#text" {
            text = member.as_str()?;
        } else if let Some(name) = key.strip_prefix('@') {
            let (namespace, local) = xml_key_parts(name);
            attributes.push((key.as_str(), namespace.unwrap_or(""), local, member.as_str()?));
        } else {
            let (namespace, local) = xml_key_parts(key);
            let namespace = namespace.unwrap_or(around);
            match member {
                Json::Array(items) => children.extend(items.iter().enumerate().map(|(index, node)| Child {
                    namespace,
                    local,
                    key,
                    index: Some(index),
                    node,
                })),
                node => children.push(Child { namespace, local, key, index: None, node }),
            }
        }
    }
    Some((attributes, text, children))
}

fn shown(node: &Json) -> &'static str {
    match node {
        Json::Array(_) => "[…]",
        Json::Null => "null",
        _ => "…",
    }
}
