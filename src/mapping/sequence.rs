//! The order of the elements of an XML document, which the tree of it does not judge.

use super::plan::XmlLayout;
use crate::document::{Node, element_place};
use crate::finding::Finding;

/// The first element that stands behind one that it should stand before, if there is one. Elements that the crosswalk's
/// `sequence` does not name may stand anywhere.
pub(super) fn broken(layout: &XmlLayout, root: &Node) -> Option<Finding> {
    let element = root.get(&layout.root)?;
    let way = format!("/{}", layout.root.replace('~', "~0").replace('/', "~1"));
    within(layout, root, element, &[], &way)
}

fn within(layout: &XmlLayout, root: &Node, element: &Node, path: &[&str], way: &str) -> Option<Finding> {
    let names: Vec<&str> = element.as_object()?.keys().map(|key| &**key).collect();
    let place = |name: &str| {
        layout.sequence.iter().position(|wire| {
            let mut segments = wire.segments.iter().map(|segment| &**segment);
            path.iter().all(|above| segments.next() == Some(above)) && segments.next() == Some(name)
        })
    };
    let mut last: Option<(usize, &str)> = None;
    for name in names {
        let way = format!("{way}/{}", name.replace('~', "~0").replace('/', "~1"));
        if let Some(at) = place(name) {
            if let Some((before, other)) = last
                && at < before
            {
                return Some(
                    Finding::new("mapping/out-of-sequence", element_place(root, &way))
                        .with("element", local(name))
                        .with("other", local(other)),
                );
            }
            last = Some((at, name));
        }
        let below: Vec<&str> = path.iter().copied().chain([name]).collect();
        let inner = element.get(name).and_then(|inner| within(layout, root, inner, &below, &way));
        if inner.is_some() {
            return inner;
        }
    }
    None
}

/// A name without its namespace.
fn local(name: &str) -> &str {
    name.rsplit_once('}').map_or(name, |(_, local)| local)
}
