//! A case as one JSON tree, and its shrinking: whatever can be taken away without the failure going away is taken away.

use std::fmt;
use std::sync::Arc;

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::draw::Draw;

/// Cases by a function from chance to a JSON object.
#[derive(Clone)]
pub(super) struct Cases(pub(super) Arc<dyn Fn(&mut Draw<'_>) -> Value>);

impl fmt::Debug for Cases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cases")
    }
}

impl Strategy for Cases {
    type Tree = Shrinking;
    type Value = Value;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let case = (self.0)(&mut Draw(runner.rng()));
        Ok(Shrinking { case, before: None, at: 0 })
    }
}

/// A case with one part after the other taken away, the greater ones first.
pub(super) struct Shrinking {
    case: Value,
    before: Option<Value>,
    at: usize,
}

impl ValueTree for Shrinking {
    type Value = Value;

    fn current(&self) -> Value {
        self.case.clone()
    }

    fn simplify(&mut self) -> bool {
        let mut smaller = self.case.clone();
        let mut left = self.at;
        if !take_away(&mut smaller, &mut left, 0) {
            self.before = None;
            return false;
        }
        self.before = Some(std::mem::replace(&mut self.case, smaller));
        true
    }

    fn complicate(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        self.case = before;
        self.at += 1;
        self.simplify()
    }
}

/// Removes the n-th part in reading order; the members of the case itself stay.
fn take_away(value: &mut Value, left: &mut usize, depth: usize) -> bool {
    match value {
        Value::Object(members) => {
            let keys: Vec<String> = members.keys().cloned().collect();
            for key in keys {
                if depth > 0 {
                    if *left == 0 {
                        members.remove(&key);
                        return true;
                    }
                    *left -= 1;
                }
                let Some(member) = members.get_mut(&key) else { continue };
                let taken = match member {
                    // Residue is of one piece: half a form says what no document said.
                    Value::Array(items) if matches!(key.as_str(), "forms" | "kept") => {
                        let taken = *left < items.len();
                        if taken {
                            items.remove(*left);
                        } else {
                            *left -= items.len();
                        }
                        taken
                    }
                    member => take_away(member, left, depth + 1),
                };
                if taken {
                    return true;
                }
            }
            false
        }
        Value::Array(items) => {
            for at in 0..items.len() {
                if *left == 0 {
                    items.remove(at);
                    return true;
                }
                *left -= 1;
                if take_away(&mut items[at], left, depth + 1) {
                    return true;
                }
            }
            false
        }
        _ => false,
    }
}
