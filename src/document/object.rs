//! Objects: members in the order of their source, found by name. A small one, as nearly all are, is looked through; a table of
//! names is made only for one with many, so that no sender makes a look-up slow. Not here: nodes (`node`).

use std::collections::HashMap;
use std::fmt;

use super::{Name, Node};

/// Members up to which an object is looked through from its first.
pub(super) const SMALL: usize = 16;

/// An object: its members in the order of the source, each name once.
#[derive(Clone, Default)]
pub struct Object {
    names: Vec<Name>,
    /// The value of each name.
    values: Vec<Node>,
    /// Where each name stands, once there are more than [`SMALL`]. Hashed with a seed of the process.
    table: Option<Box<Table>>,
}

pub(super) type Table = HashMap<Name, usize, foldhash::fast::RandomState>;

impl Object {
    /// As many names, known to be distinct, as values; with the table of the names where there is one already.
    pub(super) fn of_distinct(names: Vec<Name>, values: Vec<Node>, table: Option<Box<Table>>) -> Self {
        let mut object = Self { names, values, table };
        object.tabulate();
        object
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Where a member stands, from 0.
    pub fn get_index_of(&self, name: &str) -> Option<usize> {
        match &self.table {
            None => self.names.iter().position(|own| **own == *name),
            Some(table) => table.get(name).copied(),
        }
    }

    /// A member.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.values.get(self.get_index_of(name)?)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        let at = self.get_index_of(name)?;
        self.values.get_mut(at)
    }

    /// True where there is such a member.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get_index_of(name).is_some()
    }

    /// The first member.
    pub fn first(&self) -> Option<(&Name, &Node)> {
        self.iter().next()
    }

    /// Puts a member at the end, or in place of the one of that name, which it gives back.
    pub fn insert(&mut self, name: Name, node: Node) -> Option<Node> {
        if let Some(old) = self.get_mut(&name) {
            return Some(std::mem::replace(old, node));
        }
        self.push(name, node);
        None
    }

    /// Puts a member at the end whose name is not among them.
    pub(super) fn push(&mut self, name: Name, node: Node) {
        if let Some(table) = &mut self.table {
            table.insert(name.clone(), self.names.len());
        }
        self.names.push(name);
        self.values.push(node);
        self.tabulate();
    }

    /// The value that stands there, to change it.
    pub(super) fn value_mut(&mut self, at: usize) -> Option<&mut Node> {
        self.values.get_mut(at)
    }

    /// The members.
    pub fn iter(&self) -> Members<'_> {
        self.names.iter().zip(&self.values)
    }

    /// Their names.
    pub fn keys(&self) -> std::slice::Iter<'_, Name> {
        self.names.iter()
    }

    /// Their values.
    pub fn values(&self) -> std::slice::Iter<'_, Node> {
        self.values.iter()
    }

    fn tabulate(&mut self) {
        if self.table.is_none() && self.names.len() > SMALL {
            let names = self.names.iter().enumerate().map(|(at, name)| (name.clone(), at));
            self.table = Some(Box::new(names.collect()));
        }
    }
}

/// The members of an object, in their order.
pub type Members<'a> = std::iter::Zip<std::slice::Iter<'a, Name>, std::slice::Iter<'a, Node>>;

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, node)| other.get(name) == Some(node))
    }
}

impl FromIterator<(Name, Node)> for Object {
    fn from_iter<I: IntoIterator<Item = (Name, Node)>>(members: I) -> Self {
        let mut object = Self::default();
        object.extend(members);
        object
    }
}

impl Extend<(Name, Node)> for Object {
    fn extend<I: IntoIterator<Item = (Name, Node)>>(&mut self, members: I) {
        let members = members.into_iter();
        let more = members.size_hint().0;
        self.names.reserve_exact(more);
        self.values.reserve_exact(more);
        members.for_each(|(name, node)| _ = self.insert(name, node));
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a Name, &'a Node);
    type IntoIter = Members<'a>;

    fn into_iter(self) -> Members<'a> {
        self.iter()
    }
}

impl IntoIterator for Object {
    type Item = (Name, Node);
    type IntoIter = std::iter::Zip<std::vec::IntoIter<Name>, std::vec::IntoIter<Node>>;

    fn into_iter(self) -> Self::IntoIter {
        self.names.into_iter().zip(self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(names: impl IntoIterator<Item = usize>) -> Object {
        names.into_iter().map(|number| (format!("n{number}").as_str().into(), Node::text(number.to_string()))).collect()
    }

    #[test]
    fn a_member_is_found_on_both_sides_of_the_bound() {
        for many in [0, 1, SMALL - 1, SMALL, SMALL + 1, SMALL * 8] {
            let mut object = object(0..many);
            assert_eq!((object.len(), object.is_empty(), object.table.is_some()), (many, many == 0, many > SMALL));
            for number in 0..many {
                let name = format!("n{number}");
                assert_eq!(object.get_index_of(&name), Some(number));
                assert_eq!(object.get(&name).and_then(Node::as_text), Some(&*number.to_string()));
            }
            assert!(!object.contains_key("n") && object.get("other").is_none());
            // A name that stands already keeps its place.
            if many > 0 {
                let last = format!("n{}", many - 1);
                assert!(object.insert(last.as_str().into(), Node::null()).is_some());
                assert_eq!((object.len(), object.get_index_of(&last)), (many, Some(many - 1)));
                assert_eq!(object.get(&last), Some(&Node::null()));
            }
            assert!(object.insert("other".into(), Node::null()).is_none());
            assert_eq!(object.get_index_of("other"), Some(many));
            let names: Vec<String> = object.iter().map(|(name, _)| name.to_string()).collect();
            let wanted: Vec<String> = (0..many).map(|n| format!("n{n}")).chain(["other".to_owned()]).collect();
            assert_eq!(names, wanted);
        }
    }

    #[test]
    fn objects_are_equal_whatever_the_order_of_their_members() {
        for many in [3, SMALL * 2] {
            assert_eq!(object(0..many), object((0..many).rev()));
            assert_ne!(object(0..many), object(1..=many));
            assert_ne!(object(0..many), object(0..many - 1));
        }
    }
}
