//! Loads the rows and checks them: ids unique, dates in order, references resolved, reason codes with words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use super::data::{
    Arrangement, ArrangementKind, DesignationRow, DocumentType, EffectRow, ListRow, RequirementRow, Signatory,
    StandardRow,
};
use super::source::{LoadError, Sections, Sourced};
use super::standard::{Edition, Editions};
use crate::clock::Day;
use crate::finding::catalogue;
use crate::record::{Identifier, Kind};

static REQUIREMENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings/requirements");
static ARRANGEMENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings/arrangements");
static EFFECTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings/effects");

static BUNDLED: LazyLock<Recognition> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the rows are ours and compiled in; a test loads every one of them")]
    Recognition::load(bundled_files()).expect("the bundled rows are sound")
});

/// The data that decisions rest on: requirements, arrangements, signatories, designations, standards, effects.
#[derive(Clone, Debug)]
pub struct Recognition {
    pub(super) requirements: Vec<RequirementRow>,
    pub(super) arrangements: Vec<Arrangement>,
    pub(super) list_rows: Vec<ListRow>,
    pub(super) signatories: Vec<Signatory>,
    pub(super) designations: Vec<DesignationRow>,
    pub(super) editions: Editions,
    pub(super) effects: Vec<EffectRow>,
    document_types: BTreeMap<(String, String), Vec<Kind>>,
}

/// The files that are compiled in: name and text.
pub fn bundled_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (folder, dir) in [("requirements", &REQUIREMENTS), ("arrangements", &ARRANGEMENTS), ("effects", &EFFECTS)] {
        for file in dir.files().filter(|file| file.path().extension().is_some_and(|e| e == "yaml")) {
            let name = format!("mappings/{folder}/{}", file.path().display());
            files.push((name, file.contents_utf8().unwrap_or_default().to_owned()));
        }
    }
    files
}

impl Recognition {
    /// The rows that are compiled in.
    #[must_use]
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// The rows of these files (name, text) and no others. An operator's folder is handed in after
    /// [`bundled_files`]; a file of the same name stands in place of the bundled one.
    ///
    /// # Errors
    /// Every mistake of the data, with file and line: whoever wrote the file mends it.
    pub fn load(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<LoadError>> {
        let mut by_name: Vec<(String, String)> = Vec::new();
        for (name, text) in files {
            match by_name.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = text,
                None => by_name.push((name, text)),
            }
        }
        let mut errors = Vec::new();
        let mut rows = Loaded::default();
        for (name, text) in &by_name {
            match Sections::read(name, text) {
                Ok(mut sections) => {
                    rows.requirements.append(&mut sections.take("requirements", &mut errors));
                    rows.arrangements.append(&mut sections.take("arrangements", &mut errors));
                    rows.list_rows.append(&mut sections.take("list_rows", &mut errors));
                    rows.signatories.append(&mut sections.take("signatories", &mut errors));
                    rows.designations.append(&mut sections.take("designations", &mut errors));
                    rows.standards.append(&mut sections.take("standards", &mut errors));
                    rows.effects.append(&mut sections.take("effects", &mut errors));
                    rows.document_types.append(&mut sections.take("document_types", &mut errors));
                    sections.finish(&mut errors);
                }
                Err(e) => errors.push(e),
            }
        }
        rows.check(&mut errors);
        let editions = rows.editions(&mut errors);
        if !errors.is_empty() {
            errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            return Err(errors);
        }
        Ok(Self {
            requirements: bare(rows.requirements),
            arrangements: bare(rows.arrangements),
            list_rows: bare(rows.list_rows),
            signatories: bare(rows.signatories),
            designations: bare(rows.designations),
            editions,
            effects: bare(rows.effects),
            document_types: bare(rows.document_types)
                .into_iter()
                .map(|row: DocumentType| ((row.list, row.code), row.kinds))
                .collect(),
        })
    }

    /// Every requirement row, for a view of what a party asks for.
    #[must_use]
    pub fn requirements(&self) -> &[RequirementRow] {
        &self.requirements
    }

    /// Every arrangement.
    #[must_use]
    pub fn arrangements(&self) -> &[Arrangement] {
        &self.arrangements
    }

    /// Every row of a product list.
    #[must_use]
    pub fn list_rows(&self) -> &[ListRow] {
        &self.list_rows
    }

    /// Adds a designation, such as one from a signed list that a partner sent.
    pub fn designate(&mut self, row: DesignationRow) {
        self.designations.push(row);
    }

    /// The kinds of certificate that a code of a document's type stands for; none where the code is not known.
    #[must_use]
    pub fn kinds_of_document(&self, list: &str, code: &str) -> Option<&[Kind]> {
        // A map by pairs of owned texts; the look-up table is short, so it is walked without making such a pair.
        self.document_types
            .iter()
            .find(|((known_list, known_code), _)| known_list == list && known_code == code)
            .map(|(_, kinds)| kinds.as_slice())
    }

    pub(super) fn arrangement(&self, id: &str) -> Option<&Arrangement> {
        self.arrangements.iter().find(|row| row.id == id)
    }

    pub(super) fn designations_of<'a>(
        &'a self,
        body: &'a Identifier,
        arrangement: &'a str,
    ) -> impl Iterator<Item = &'a DesignationRow> {
        self.designations.iter().filter(move |row| row.body == *body && row.arrangement == arrangement)
    }
}

#[derive(Default)]
struct Loaded {
    requirements: Vec<Sourced<RequirementRow>>,
    arrangements: Vec<Sourced<Arrangement>>,
    list_rows: Vec<Sourced<ListRow>>,
    signatories: Vec<Sourced<Signatory>>,
    designations: Vec<Sourced<DesignationRow>>,
    standards: Vec<Sourced<StandardRow>>,
    effects: Vec<Sourced<EffectRow>>,
    document_types: Vec<Sourced<DocumentType>>,
}

fn bare<T>(rows: Vec<Sourced<T>>) -> Vec<T> {
    rows.into_iter().map(|sourced| sourced.row).collect()
}

fn unique<T>(rows: &[Sourced<T>], id: impl Fn(&T) -> String, errors: &mut Vec<LoadError>) {
    let mut seen = BTreeSet::new();
    for sourced in rows {
        let id = id(&sourced.row);
        if !seen.insert(id.clone()) {
            errors.push(sourced.error(format!("{id} stands here a second time")));
        }
    }
}

fn in_order<T>(rows: &[Sourced<T>], window: impl Fn(&T) -> (Option<Day>, Option<Day>), errors: &mut Vec<LoadError>) {
    for sourced in rows {
        if let (Some(from), Some(until)) = window(&sourced.row)
            && until < from
        {
            errors.push(sourced.error(format!("ends on {until}, before it begins on {from}")));
        }
    }
}

impl Loaded {
    fn check(&self, errors: &mut Vec<LoadError>) {
        unique(&self.requirements, |row| row.id.clone(), errors);
        unique(&self.arrangements, |row| row.id.clone(), errors);
        unique(&self.list_rows, |row| row.id.clone(), errors);
        unique(&self.document_types, |row| format!("{} {}", row.list, row.code), errors);
        unique(
            &self.effects,
            |row| format!("{} in {}: {} {}", row.scheme, row.jurisdiction, row.status.code(), row.act),
            errors,
        );
        in_order(&self.requirements, |row| (row.from, row.until), errors);
        in_order(&self.arrangements, |row| (row.from, row.operates_until), errors);
        in_order(&self.list_rows, |row| (row.from, row.until), errors);
        in_order(&self.signatories, |row| (row.from, row.until), errors);
        in_order(&self.designations, |row| (row.from, row.until), errors);
        self.references(errors);
        self.reasons(errors);
    }

    fn references(&self, errors: &mut Vec<LoadError>) {
        let arrangements: BTreeMap<&str, &Arrangement> =
            self.arrangements.iter().map(|sourced| (sourced.row.id.as_str(), &sourced.row)).collect();
        for sourced in &self.arrangements {
            let row = &sourced.row;
            if let Some(successor) = &row.succeeded_by
                && !arrangements.contains_key(successor.as_str())
            {
                errors.push(sourced.error(format!("{} is succeeded by {successor}, which is not loaded", row.id)));
            }
            if row.kind == ArrangementKind::Government && (row.exporter.is_none() || row.importer.is_none()) {
                errors.push(sourced.error(format!("{} needs an exporter and an importer", row.id)));
            }
            if row.kind == ArrangementKind::Negative && (row.parties.is_empty() || row.refuses.is_empty()) {
                errors.push(sourced.error(format!("{} needs parties and what it refuses", row.id)));
            }
        }
        for sourced in &self.list_rows {
            let row = &sourced.row;
            match arrangements.get(row.arrangement.as_str()) {
                None => errors.push(sourced.error(format!("no arrangement is called {}", row.arrangement))),
                Some(arrangement) => {
                    if !arrangement.parts.contains(&row.part) {
                        errors.push(sourced.error(format!("{} does not recognise {}", arrangement.id, row.part)));
                    }
                    if arrangement.importer.as_ref() != Some(&row.owner) {
                        errors.push(sourced.error(format!("{} belongs to the importing party", row.id)));
                    }
                }
            }
        }
        for sourced in &self.signatories {
            let row = &sourced.row;
            match arrangements.get(row.arrangement.as_str()) {
                None => errors.push(sourced.error(format!("no arrangement is called {}", row.arrangement))),
                Some(arrangement) => {
                    if !arrangement.main_scopes.contains(&row.main) {
                        errors.push(sourced.error(format!("{} has no main scope {}", arrangement.id, row.main)));
                    }
                    for sub in row.sub.iter().filter(|sub| !arrangement.sub_scopes.contains(sub)) {
                        errors.push(sourced.error(format!("{} has no sub-scope {sub}", arrangement.id)));
                    }
                }
            }
        }
        for sourced in &self.designations {
            if !arrangements.contains_key(sourced.row.arrangement.as_str()) {
                errors.push(sourced.error(format!("no arrangement is called {}", sourced.row.arrangement)));
            }
        }
        for sourced in &self.requirements {
            let row = &sourced.row;
            if row.list.is_some() == row.subject.is_some() || row.list.is_some() == row.codes.is_empty() {
                errors.push(sourced.error(format!("{} is about codes of a list, or about a kind", row.id)));
            }
            for same in row.same_products.iter().filter(|same| !same.contains(':')) {
                errors.push(sourced.error(format!("{same} is not LIST:CODE")));
            }
        }
    }

    fn reasons(&self, errors: &mut Vec<LoadError>) {
        let words = catalogue();
        let mut check = |sourced: LoadError, code: Option<&String>| {
            if let Some(code) = code
                && !words.contains_key(code)
            {
                errors.push(LoadError { message: format!("the reason {code} has no words"), ..sourced });
            }
        };
        for sourced in &self.requirements {
            check(sourced.error(""), sourced.row.reason.as_ref());
        }
        for sourced in &self.arrangements {
            check(sourced.error(""), sourced.row.reason.as_ref());
        }
        for sourced in &self.effects {
            check(sourced.error(""), Some(&sourced.row.reason));
        }
    }

    fn editions(&self, errors: &mut Vec<LoadError>) -> Editions {
        let mut editions = Editions::default();
        for sourced in &self.standards {
            let row = &sourced.row;
            let Some(international) = Edition::parse(&row.international) else {
                errors.push(sourced.error(format!("{} names no edition", row.international)));
                continue;
            };
            let domestic = row.domestic.as_deref().map(Edition::parse);
            match (domestic, row.degree) {
                (Some(None), _) => errors.push(sourced.error("the domestic standard names no edition")),
                (Some(Some(_)), None) => errors.push(sourced.error("two standards correspond to some degree")),
                (Some(Some(domestic)), Some(degree)) => {
                    editions.correspond(domestic, international, degree, row.superseded_until);
                }
                (None, _) => editions.know(international, row.superseded_until),
            }
        }
        editions
    }
}
