//! Names with their namespaces, in schemas and in documents.

use std::fmt;

/// The namespace of XML Schema itself.
pub(super) const XS: &str = "http://www.w3.org/2001/XMLSchema";
/// The namespace of attributes that tell a schema processor something.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The namespace of the prefix `xml`.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A name in a namespace; the empty one where it has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) namespace: Box<str>,
    pub(super) local: Box<str>,
}

impl Name {
    pub(super) fn new(namespace: &str, local: &str) -> Self {
        Self { namespace: namespace.into(), local: local.into() }
    }

    pub(super) fn is(&self, namespace: &str, local: &str) -> bool {
        // Asked of every name that may stand there; most that are as long end otherwise.
        self.local.as_bytes().last() == local.as_bytes().last()
            && *self.local == *local
            && *self.namespace == *namespace
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.local)
        } else {
            write!(f, "{{{}}}{}", self.namespace, self.local)
        }
    }
}
