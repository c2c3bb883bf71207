//! The files of a unit as modules: each with its target namespace and defaults, found from the entries along `xs:include`
//! and `xs:import`.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use roxmltree::{Document, Node, ParsingOptions};

use super::{Here, LoadError, constructs};
use crate::schema::xsd::name::{XML, XS};
use crate::schema::xsd::unit::{Unit, resolve};

/// Nodes of one file.
const MOST_NODES: u32 = 2_000_000;
/// Levels of elements: the schema is walked by recursion.
const DEEPEST: usize = 100;

/// One file, read for one target namespace.
pub(super) struct Module<'d> {
    pub(super) index: usize,
    pub(super) file: &'d str,
    pub(super) document: &'d Document<'d>,
    /// The target namespace; empty for none.
    pub(super) target: String,
    /// True for a file without a namespace that took that of the file that includes it.
    pub(super) adopted: bool,
    pub(super) qualified_elements: bool,
    pub(super) qualified_attributes: bool,
}

impl<'d> Module<'d> {
    pub(super) fn root(&'d self) -> Here<'d> {
        Here { module: self, node: self.document.root_element() }
    }

    pub(super) fn error(&self, node: Node<'_, '_>, message: impl fmt::Display) -> LoadError {
        let line = self.document.text_pos_at(node.range().start).row;
        LoadError { file: self.file.to_owned(), line, message: message.to_string() }
    }
}

/// Parses every file of a unit.
pub(super) fn parse(unit: &Unit) -> Result<BTreeMap<&str, Document<'_>>, LoadError> {
    let mut documents = BTreeMap::new();
    for (file, text) in &unit.files {
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let failed = |line, message: String| LoadError { file: file.clone(), line, message };
        let document = Document::parse_with_options(text.trim_start_matches('\u{feff}'), options)
            .map_err(|error| failed(error.pos().row, error.to_string()))?;
        let mut deepest = vec![(document.root_element(), 1)];
        while let Some((node, depth)) = deepest.pop() {
            if depth > DEEPEST {
                let line = document.text_pos_at(node.range().start).row;
                return Err(failed(line, format!("elements nest more than {DEEPEST} deep")));
            }
            deepest.extend(node.children().filter(Node::is_element).map(|child| (child, depth + 1)));
        }
        documents.insert(file.as_str(), document);
    }
    Ok(documents)
}

/// A file that is to be read, and why.
struct Wanted {
    file: String,
    /// The namespace that it must have; nothing for an entry.
    namespace: Option<String>,
    /// It may have none, and then takes this.
    included: bool,
}

/// The modules of a unit: its entries and all that they refer to.
pub(super) fn gather<'d>(
    unit: &Unit,
    documents: &'d BTreeMap<&str, Document<'d>>,
) -> Result<Vec<Module<'d>>, LoadError> {
    let mut modules: Vec<Module<'d>> = Vec::new();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut wanted: Vec<Wanted> =
        unit.entries.iter().rev().map(|file| Wanted { file: file.clone(), namespace: None, included: false }).collect();
    // Imports without a file in the unit: their namespaces must come from elsewhere in it.
    let mut imported: Vec<(String, LoadError)> = Vec::new();
    while let Some(next) = wanted.pop() {
        let Some((file, document)) = documents.get_key_value(next.file.as_str()) else {
            let message = "the file is not among those of the schema".to_owned();
            return Err(LoadError { file: next.file, line: 1, message });
        };
        let root = document.root_element();
        let own = root.attribute("targetNamespace").unwrap_or_default();
        let adopted =
            next.included && own.is_empty() && next.namespace.as_deref().is_some_and(|outer| !outer.is_empty());
        let target = if adopted { next.namespace.clone().unwrap_or_default() } else { own.to_owned() };
        if !seen.insert(((*file).to_owned(), target.clone())) {
            continue;
        }
        let module = Module {
            index: modules.len(),
            file,
            document,
            target: target.clone(),
            adopted,
            qualified_elements: root.attribute("elementFormDefault") == Some("qualified"),
            qualified_attributes: root.attribute("attributeFormDefault") == Some("qualified"),
        };
        if !root.has_tag_name((XS, "schema")) {
            return Err(module.error(root, "the file is no XML Schema"));
        }
        if next.namespace.as_ref().is_some_and(|namespace| *namespace != target) {
            let expected = next.namespace.unwrap_or_default();
            return Err(
                module.error(root, format_args!("the target namespace is `{target}`; `{expected}` was referred to"))
            );
        }
        for node in root.children().filter(|node| node.is_element() && node.tag_name().namespace() == Some(XS)) {
            let location = node.attribute("schemaLocation");
            match (node.tag_name().name(), location) {
                ("include", None) => return Err(module.error(node, "xs:include names no file")),
                ("include", Some(location)) => {
                    let file = resolve(file, location).map_err(|message| module.error(node, message))?;
                    if !documents.contains_key(file.as_str()) {
                        return Err(module.error(node, format_args!("the file `{file}` is missing")));
                    }
                    wanted.push(Wanted { file, namespace: Some(target.clone()), included: true });
                }
                ("import", location) => {
                    let namespace = node.attribute("namespace").unwrap_or_default().to_owned();
                    if namespace == target {
                        return Err(module.error(node, "xs:import of the file's own namespace"));
                    }
                    let found =
                        location.map_or_else(|| Err("it names no file".to_owned()), |location| resolve(file, location));
                    match found {
                        Ok(file) if documents.contains_key(file.as_str()) => {
                            wanted.push(Wanted { file, namespace: Some(namespace), included: false });
                        }
                        Ok(file) => {
                            imported
                                .push((namespace, module.error(node, format_args!("the file `{file}` is missing"))));
                        }
                        Err(message) => imported.push((namespace, module.error(node, message))),
                    }
                }
                _ => {}
            }
        }
        modules.push(module);
    }
    for (namespace, error) in imported {
        // The namespace of `xml:lang` is known to every reader.
        if namespace != XML && !modules.iter().any(|module| module.target == namespace) {
            return Err(error);
        }
    }
    Ok(modules)
}

/// Refuses modules that hold what is not judged.
pub(super) fn check(modules: &[Module<'_>]) -> Result<(), LoadError> {
    modules.iter().try_for_each(|module| constructs::check(module))
}
