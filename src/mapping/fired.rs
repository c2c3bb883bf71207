//! For tests: which rules, steps and conditions did something, and in which direction.

use std::cell::RefCell;
use std::collections::HashSet;

use super::plan::{Plan, RuleId};

/// How a part of a plan was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Way {
    Get,
    Put,
    GetFails,
    PutFails,
}

thread_local! {
    static FIRED: RefCell<HashSet<(usize, Way)>> = RefCell::default();
}

pub(crate) fn address<T>(part: &T) -> usize {
    std::ptr::from_ref(part) as usize
}

/// A part of a plan did something.
pub(crate) fn note<T>(part: &T, way: Way) {
    FIRED.with_borrow_mut(|fired| fired.insert((address(part), way)));
}

/// A rule did something.
pub(crate) fn rule(plan: &Plan, id: RuleId, way: Way) {
    if let Some(name) = plan.names.get(usize::from(id)) {
        note(name, way);
    }
}

/// All that has done something on this thread since the last call.
pub(crate) fn take() -> HashSet<(usize, Way)> {
    FIRED.take()
}
