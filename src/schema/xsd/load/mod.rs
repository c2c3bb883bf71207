//! A schema read: files into modules, modules into one model. Whatever is not judged in full is refused here, by the name of
//! its construct (`constructs`), so that no document is taken for valid which is not.

mod complex;
mod constructs;
mod elements;
mod modules;
mod simple;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use self::complex::Parts;
use self::modules::Module;
use super::model::Model;
use super::name::{Name, XML, XS};
use super::simple::Simple;
use super::unit::Unit;

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub(crate) struct LoadError {
    /// The file of the unit.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: u32,
    /// What is wrong, or which construct is not judged here.
    pub(crate) message: String,
}

/// Components that may be made of one another; each takes some kilobytes of the stack.
const DEEPEST: usize = 64;
/// Elements and groups that the content of all types may come to, written out.
const MOST_PARTICLES: usize = 200_000;

/// Reads a schema.
pub(super) fn load(unit: &Unit) -> Result<Model, LoadError> {
    let documents = modules::parse(unit)?;
    let modules = modules::gather(unit, &documents)?;
    modules::check(&modules)?;
    let mut builder = Builder::new(&modules);
    builder.tables()?;
    builder.all()?;
    Ok(builder.model)
}

/// What a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sort {
    Element,
    Attribute,
    /// Simple and complex types share their names.
    Type,
    Group,
    AttributeGroup,
}

/// An element of a schema file, with the module that it is read in.
#[derive(Clone, Copy)]
struct Here<'d> {
    module: &'d Module<'d>,
    node: roxmltree::Node<'d, 'd>,
}

impl<'d> Here<'d> {
    fn tag(&self) -> &'d str {
        self.node.tag_name().name()
    }

    fn attribute(&self, name: &str) -> Option<&'d str> {
        self.node.attribute(name).map(|value| value.trim_matches([' ', '\t', '\n', '\r']))
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.attribute(name), Some("true" | "1"))
    }

    /// The elements of XML Schema in it, but for annotations.
    fn children(&self) -> impl Iterator<Item = Here<'d>> + use<'d> {
        let module = self.module;
        self.node
            .children()
            .filter(|node| {
                node.is_element() && node.tag_name().namespace() == Some(XS) && node.tag_name().name() != "annotation"
            })
            .map(move |node| Here { module, node })
    }

    fn child(&self, tags: &[&str]) -> Option<Here<'d>> {
        self.children().find(|child| tags.contains(&child.tag()))
    }

    fn error(&self, message: impl fmt::Display) -> LoadError {
        self.module.error(self.node, message)
    }

    /// A name of the target namespace.
    fn named(&self, name: &str) -> Name {
        Name::new(&self.module.target, name)
    }

    /// The name that a prefixed one means.
    fn qname(&self, text: &str) -> Result<Name, LoadError> {
        let (prefix, local) = text.split_once(':').map_or((None, text), |(prefix, local)| (Some(prefix), local));
        match (self.node.lookup_namespace_uri(prefix), prefix) {
            // This prefix nobody declares.
            (_, Some("xml")) => Ok(Name::new(XML, local)),
            (Some(namespace), _) if !namespace.is_empty() => Ok(Name::new(namespace, local)),
            (_, Some(prefix)) => Err(self.error(format_args!("the prefix `{prefix}` is not declared"))),
            // A file without a namespace takes that of the one that includes it.
            _ if self.module.adopted => Ok(self.named(local)),
            _ => Ok(Name::new("", local)),
        }
    }
}

/// The model as it is being made.
struct Builder<'d> {
    modules: &'d [Module<'d>],
    table: HashMap<(Sort, Name), Here<'d>>,
    model: Model,
    simple: HashMap<Name, Arc<Simple>>,
    complex: HashMap<Name, usize>,
    /// What complex types are made of, once that is known; by the index of the type.
    parts: Vec<Option<Parts>>,
    /// Elements that were read already, by file, target namespace and place.
    elements: HashMap<(usize, roxmltree::NodeId), usize>,
    /// Components that are being read: one that is found again is part of itself.
    open: HashSet<(Sort, Name)>,
    any: Option<usize>,
    /// How many components are being read, each for the one before.
    depth: usize,
    /// Elements and groups that content was made of.
    particles: usize,
    /// Elements whose types are still to be read.
    pending: Vec<(usize, Here<'d>)>,
}

impl<'d> Builder<'d> {
    fn new(modules: &'d [Module<'d>]) -> Self {
        Self {
            modules,
            table: HashMap::new(),
            model: Model::default(),
            simple: HashMap::new(),
            complex: HashMap::new(),
            parts: Vec::new(),
            elements: HashMap::new(),
            open: HashSet::new(),
            any: None,
            depth: 0,
            particles: 0,
            pending: Vec::new(),
        }
    }

    /// Enters every component under its name.
    fn tables(&mut self) -> Result<(), LoadError> {
        for module in self.modules {
            for here in module.root().children() {
                let sort = match here.tag() {
                    "element" => Sort::Element,
                    "attribute" => Sort::Attribute,
                    "simpleType" | "complexType" => Sort::Type,
                    "group" => Sort::Group,
                    "attributeGroup" => Sort::AttributeGroup,
                    _ => continue,
                };
                let name = here.attribute("name").ok_or_else(|| here.error("a component without a name"))?;
                if self.table.insert((sort, here.named(name)), here).is_some() {
                    return Err(here.error(format_args!("`{name}` is declared twice")));
                }
            }
        }
        Ok(())
    }

    /// Reads every component, used or not, so that what is wrong with any shows at once.
    fn all(&mut self) -> Result<(), LoadError> {
        for module in self.modules {
            for here in module.root().children() {
                let Some(name) = here.attribute("name").map(|name| here.named(name)) else { continue };
                match here.tag() {
                    "element" => {
                        let index = self.element(here)?;
                        self.model.globals.insert(name, index);
                    }
                    "attribute" => {
                        let (_, attribute) = self.attribute(here)?;
                        self.model.attributes.insert(name, attribute);
                    }
                    "simpleType" => drop(self.simple_named(&name, here)?),
                    "complexType" => drop(self.complex_named(&name, here)?),
                    "group" => drop(self.group(&name, here)?),
                    "attributeGroup" => drop(self.attribute_group(&name, here)?),
                    _ => {}
                }
            }
        }
        self.types()?;
        self.substitutions()
    }

    /// Goes one component further down, by nesting or by reference; the reader goes down with it.
    fn deeper(&mut self, here: Here<'d>) -> Result<(), LoadError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(here.error(format_args!("components are made of one another more than {DEEPEST} deep")));
        }
        Ok(())
    }

    /// Counts elements and groups of content: groups that hold others twice grow beyond everything in a few lines.
    fn grow(&mut self, particles: usize, here: Here<'d>) -> Result<(), LoadError> {
        self.particles = self.particles.saturating_add(particles);
        if self.particles > MOST_PARTICLES {
            return Err(here.error(format_args!("content of more than {MOST_PARTICLES} elements and groups")));
        }
        Ok(())
    }

    /// Begins to read a component that must not be part of itself.
    fn open(&mut self, sort: Sort, name: &Name, here: Here<'d>) -> Result<(), LoadError> {
        if self.open.insert((sort, name.clone())) {
            Ok(())
        } else {
            Err(here.error(format_args!("`{name}` is made of itself")))
        }
    }

    fn close(&mut self, sort: Sort, name: &Name) {
        self.open.remove(&(sort, name.clone()));
    }

    fn find(&self, sort: Sort, name: &Name, here: Here<'d>) -> Result<Here<'d>, LoadError> {
        self.table
            .get(&(sort, name.clone()))
            .copied()
            .ok_or_else(|| here.error(format_args!("`{name}` is not declared")))
    }
}
