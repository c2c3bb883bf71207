//! What may leave the house: the zones of the record and the policy agreed with a partner.
//!
//! [`release`] is the only maker of [`Released`]. The zones are read from the published schema (`x-zone`; children
//! inherit the narrowest; residue is always domestic), and what the schema does not know is withheld. `domestic` leaves
//! under no policy. Information that points to a natural person leaves only to a partner, and only where the agreement
//! names a legal basis, a purpose and a window that covers the day; documents of identity never do.
//!
//! Not here: the formats in which a released record is written (`mapping`), counting and logging of releases.

mod answer;
mod person;
mod policy;
mod zone;

pub use answer::{lay_back, release_for_answer};
pub use policy::{Audience, PersonalBasis, Policy};
pub use zone::{Zone, zone_of};

use serde_json::{Map, Value};

use crate::clock::Day;
use crate::record::{Record, Scheme};
use zone::Node;

/// A record as it may leave under one policy. Only [`release`] makes one, so that whatever takes a `&Released` cannot
/// be handed anything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    value: Value,
    withheld: Vec<String>,
    persons: Vec<String>,
    policy: String,
}

impl Released {
    /// The record without what was withheld: the shape of the record, but with required fields missing where the
    /// policy withholds these.
    #[must_use]
    pub fn as_value(&self) -> &Value {
        &self.value
    }

    /// The same, given away.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }

    /// Paths of what was there and was withheld, with indexes, the topmost place only (`process[0].team`). Residue is
    /// no fact of the record and is not listed.
    #[must_use]
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }

    /// Name of the policy that it was released under.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The natural persons of whom something was released, each once: registration number, else name. For counting
    /// distinct persons a year; itself personal information that goes no further.
    #[must_use]
    pub fn persons(&self) -> &[String] {
        &self.persons
    }

    /// True where nothing may leave at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.as_object().is_none_or(Map::is_empty)
    }
}

impl AsRef<Value> for Released {
    fn as_ref(&self) -> &Value {
        &self.value
    }
}

/// What of a record may leave under a policy on a day (in the zone of this house).
#[must_use]
pub fn release(record: &Record, policy: &Policy, today: Day) -> Released {
    // Writing the structs of the record as a tree cannot fail: their maps have text keys. Should it ever, nothing leaves.
    let tree = serde_json::to_value(record).unwrap_or(Value::Null);
    let mut walk = Walk::of(record, policy, today);
    let value = walk.tree(tree);
    let persons = if walk.may_name_persons() { person::named_in(&value) } else { Vec::new() };
    Released { value, withheld: walk.withheld, persons, policy: policy.name.clone() }
}

/// What of a tree may leave, judged as of a record: without the defaults that a record has.
#[cfg(test)]
pub(crate) fn release_tree(tree: Value, record: &Record, policy: &Policy, today: Day) -> Value {
    Walk::of(record, policy, today).tree(tree)
}

/// What of a filed rule may leave: rules are there to be looked up by everybody, so all that the schema calls public. It
/// leaves as a record that holds nothing but its scheme.
#[must_use]
pub fn release_rule(scheme: &Scheme) -> Released {
    let policy = Policy::public();
    let mut walk = Walk {
        policy: &policy,
        personal: false,
        unpublished: false,
        audience: Audience::Public,
        sole_trader: None,
        withheld: Vec::new(),
        marks: false,
    };
    let mut tree = Map::new();
    tree.insert("scheme".to_owned(), serde_json::to_value(scheme).unwrap_or_default());
    walk.object(&mut tree, zone::root(), &mut String::new());
    Released { value: Value::Object(tree), withheld: walk.withheld, persons: Vec::new(), policy: policy.name.clone() }
}

struct Walk<'a> {
    policy: &'a Policy,
    personal: bool,
    unpublished: bool,
    audience: Audience,
    sole_trader: Option<person::SoleTrader>,
    withheld: Vec<String>,
    /// Whether items of lists remember their places.
    marks: bool,
}

impl<'a> Walk<'a> {
    fn of(record: &Record, policy: &'a Policy, today: Day) -> Self {
        Walk {
            policy,
            personal: policy.allows_personal(today),
            // A record that its source did not open to the public goes to partners only.
            unpublished: record.reporting.publishable == Some(false),
            // Without the holder's consent, where one is needed, nobody is more than the public.
            audience: policy.audience_for(record),
            sole_trader: person::SoleTrader::of(record),
            withheld: Vec::new(),
            marks: false,
        }
    }

    fn tree(&mut self, tree: Value) -> Value {
        match tree {
            Value::Object(mut object) => {
                self.object(&mut object, zone::root(), &mut String::new());
                Value::Object(object)
            }
            _ => Value::Object(Map::new()),
        }
    }

    /// Takes away what may not leave. The path grows and shrinks in one buffer on the way.
    fn object(&mut self, object: &mut Map<String, Value>, node: &Node, path: &mut String) {
        let above = path.len();
        object.retain(|name, value| {
            if above > 0 {
                path.push('.');
            }
            path.push_str(name);
            let stays = if let Some(child) = node.child(name) {
                self.value(value, child, path)
            } else {
                self.withheld.push(path.clone());
                false
            };
            path.truncate(above);
            stays
        });
    }

    /// Takes away what of a value may not leave; false where nothing of it may, or withholding has emptied it.
    fn value(&mut self, value: &mut Value, node: &Node, path: &mut String) -> bool {
        if node.residue {
            return false;
        }
        // Where persons may be named, a node that holds something of them is entered: each field is judged by itself.
        let entered = node.branches() && node.holds_personal && self.may_name_persons();
        if self.is_withheld_by_path(path) || !(entered || self.may_leave(node)) || self.is_sole_traders(value, path) {
            self.withheld.push(path.clone());
            return false;
        }
        match value {
            Value::Object(object) if node.branches() => {
                let was_empty = object.is_empty();
                self.object(object, node, path);
                was_empty || !object.is_empty()
            }
            Value::Array(items) if node.branches() => {
                let above = path.len();
                let mut index = 0;
                items.retain_mut(|item| {
                    path.push_str(&format!("[{index}]"));
                    let stays = match item {
                        Value::Object(object) => {
                            self.object(object, node, path);
                            let shown = !object.is_empty();
                            if shown && self.marks {
                                answer::mark(object, index);
                            }
                            shown
                        }
                        _ => true,
                    };
                    path.truncate(above);
                    index += 1;
                    stays
                });
                !items.is_empty()
            }
            _ => true,
        }
    }

    fn may_leave(&self, node: &Node) -> bool {
        let partner = self.audience == Audience::Partner;
        match node.zone {
            Zone::Public => partner || !self.unpublished,
            Zone::Partner => partner,
            Zone::Domestic => node.personal && self.may_name_persons(),
        }
    }

    fn may_name_persons(&self) -> bool {
        self.personal && self.audience == Audience::Partner
    }

    fn is_withheld_by_path(&self, path: &str) -> bool {
        if self.policy.withhold.is_empty() {
            return false;
        }
        let plain = without_indexes(path);
        self.policy.withhold.iter().any(|withheld| withheld.replace("[]", "") == plain)
    }

    fn is_sole_traders(&self, value: &Value, path: &str) -> bool {
        !self.may_name_persons()
            && self.sole_trader.as_ref().is_some_and(|trader| trader.is_told_by(&without_indexes(path), value))
    }
}

/// `process[2].team[0].name` as `process.team.name`.
fn without_indexes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests;
