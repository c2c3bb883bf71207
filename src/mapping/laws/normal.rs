//! Plain, leaf by leaf: a leaf that was carried comes back as its own rule's steps have it, computed from the leaf alone and
//! not by what the whole machine makes of it.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::super::plan::{By, Construct, Leaf, Plan, Prefer};
use super::super::put::is_absent;
use super::super::steps::{Chain, Notes, Surroundings};
use super::super::view::absent_wire;
use super::super::wire::Wire;
use super::super::{Account, Class};
use crate::document::{Document, Spot};

/// Holds what was written plain of a record against the document that it was made from.
pub(super) struct Normal<'n> {
    pub(super) plan: &'n Plan,
    /// The issuing as it was when the document was read.
    pub(super) issue: &'n Value,
    classes: HashMap<String, Class>,
    broken: Option<String>,
}

impl<'n> Normal<'n> {
    pub(super) fn new(plan: &'n Plan, issue: &'n Value, document: &Document, account: &Account) -> Self {
        let by_place: BTreeMap<_, _> = account.leaves.iter().map(|line| (&line.source, line.class)).collect();
        let mut classes = HashMap::new();
        document.leaves(|spot, _| {
            let (Spot::Value { trail, .. } | Spot::Element { trail, .. }) = spot else { return };
            if let Some(class) = by_place.get(&spot.place()) {
                classes.insert(trail.pointer(), *class);
            }
        });
        Self { plan, issue, classes, broken: None }
    }

    /// The first leaf that came back as something else.
    pub(super) fn broken(mut self, document: &Wire, plain: &Wire) -> Option<String> {
        let base = self.plan.xml.as_ref().map(|xml| format!("/{}", pointed(&xml.root))).unwrap_or_default();
        self.rules(&self.plan.rules, document, &base, plain);
        self.broken
    }

    fn around(&self) -> Surroundings<'n> {
        Surroundings { issue: self.issue, batch: &Value::Null, record: None, shown: None }
    }

    fn rules(&mut self, rules: &'n [Construct], wire: &Wire, at: &str, plain: &Wire) {
        for rule in rules {
            match rule {
                Construct::Leaf(rule) => {
                    if let Some(leaf) = self.carried(wire, at, &rule.wire) {
                        let wanted = self.of_leaf(rule, &leaf);
                        self.hold(wanted, plain.get(&rule.wire, false), &leaf, &rule.wire.text);
                    }
                }
                Construct::Prefer(rule) => {
                    if let Some(leaf) = self.carried(wire, at, &rule.wire) {
                        let wanted = self.of_prefer(rule, &leaf);
                        self.hold(wanted, plain.get(&rule.wire, false), &leaf, &rule.wire.text);
                    }
                }
                Construct::Group(group) => self.rules(&group.rules, wire, at, plain),
                Construct::When(when) => self.rules(&when.rules, wire, at, plain),
                Construct::Pick(pick) => self.rules(&pick.rules, wire, at, plain),
                Construct::Each(each) if each.nested.is_none() => {
                    let (Some(Wire::List(items)), Some(Wire::List(shown))) =
                        (wire.get(&each.wire, false), plain.get(&each.wire, false))
                    else {
                        continue;
                    };
                    let at = below(at, &each.wire.segments);
                    for (index, (item, shown)) in items.iter().zip(shown).enumerate() {
                        self.rules(&each.rules, item, &format!("{at}/{index}"), shown);
                    }
                }
                // Rows and nested lists come back in another order; that they come back is for the other laws.
                Construct::Implied(_) | Construct::Each(_) | Construct::Rows(_) => {}
            }
        }
    }

    /// The leaf, or tree, of a rule, where it was carried.
    fn carried(&self, wire: &Wire, at: &str, path: &super::super::path::WirePath) -> Option<Wire> {
        let flat = path.flat.as_deref().filter(|_| wire.get(path, true).is_some());
        let place = match flat {
            Some(name) => format!("{at}/{}", pointed(name)),
            None => below(at, &path.segments),
        };
        let under = |pointer: &str| {
            pointer.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let class = match self.classes.get(&place) {
            Some(class) => *class,
            None => *self.classes.iter().find(|(pointer, _)| under(pointer))?.1,
        };
        (class == Class::Carried).then(|| wire.get(path, flat.is_some()).cloned()).flatten()
    }

    fn of_leaf(&self, rule: &Leaf, leaf: &Wire) -> Option<Option<Wire>> {
        // Where there is a default, it stands for no value; and an item of a list is there though it says nothing.
        let silent = rule.otherwise.is_none() && !rule.record.is_node();
        let default = || silent.then(|| absent_wire(&rule.absent));
        if rule.whole.is_some() {
            let value = leaf.to_json();
            let none = value.is_null()
                || value == serde_json::json!([])
                || (value == serde_json::json!({}) && !rule.empty_counts);
            return if none { default() } else { Some(Some(Wire::of(&value))) };
        }
        let node = leaf.to_node();
        if is_absent(&node, &rule.absent) {
            return default();
        }
        match self.through(&rule.chain, leaf) {
            Some(wire) => Some(Some(wire)),
            None => default(),
        }
    }

    fn of_prefer(&self, rule: &Prefer, leaf: &Wire) -> Option<Option<Wire>> {
        let default = || rule.otherwise.is_none().then(|| absent_wire(&rule.absent));
        let node = leaf.to_node();
        if is_absent(&node, &rule.absent) {
            return default();
        }
        let slot = match rule.by {
            By::Domain => {
                let reads = |chain: &Chain| chain.read(&node, &mut Notes::default(), self.around()).is_ok();
                rule.slots.iter().find(|slot| reads(&slot.chain))
            }
            By::Script => {
                let han = leaf.show().chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c));
                rule.slots.iter().find(|slot| slot.han == han).or(rule.slots.first())
            }
        };
        match slot.and_then(|slot| self.through(&slot.chain, leaf)) {
            Some(wire) => Some(Some(wire)),
            None => default(),
        }
    }

    /// Back by the steps and out again; nothing where the leaf says nothing.
    fn through(&self, chain: &Chain, leaf: &Wire) -> Option<Wire> {
        let read = chain.read(&leaf.to_node(), &mut Notes::default(), self.around());
        // What reads as a value that nothing prints comes back as a text that no leaf has.
        let printed = |value: &Value| chain.print(value, self.around()).unwrap_or(Wire::Text("(not printed)".into()));
        read.ok()?.as_ref().map(printed)
    }

    fn hold(&mut self, wanted: Option<Option<Wire>>, found: Option<&Wire>, leaf: &Wire, place: &str) {
        let Some(wanted) = wanted else { return };
        if self.broken.is_none() && wanted.as_ref().map(Wire::to_json) != found.map(Wire::to_json) {
            let show =
                |wire: Option<&Wire>| wire.map_or_else(|| "nothing".to_owned(), |wire| wire.to_json().to_string());
            let (leaf, wanted, found) = (leaf.to_json(), show(wanted.as_ref()), show(found));
            self.broken = Some(format!("{place}: {leaf} should come back as {wanted}, and is {found}"));
        }
    }
}

fn below(at: &str, segments: &[std::sync::Arc<str>]) -> String {
    segments.iter().fold(at.to_owned(), |at, segment| format!("{at}/{}", pointed(segment)))
}

fn pointed(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
