//! The small parts of a workbook: relationships, the list of sheets, number formats.

use std::collections::HashMap;

use super::super::limits::broken;
use super::super::serial::{self, Epoch};
use super::super::xml::Xml;
use super::package::Package;
use crate::finding::Finding;

/// The relationships of a part to others inside the package. Those that point outside are left out, so nothing follows
/// them.
#[derive(Debug, Default)]
pub(super) struct Relations(Vec<Relation>);

#[derive(Debug)]
struct Relation {
    id: String,
    /// The last segment of the type's URI, which the transitional and the strict schema share.
    kind: String,
    part: String,
}

impl Relations {
    /// The part that has this kind of relationship.
    pub(super) fn by_type(&self, kind: &str) -> Option<&str> {
        self.0.iter().find(|relation| relation.kind == kind).map(|relation| relation.part.as_str())
    }

    /// Kind and part of the relationship with this id.
    pub(super) fn by_id(&self, id: &str) -> Option<(&str, &str)> {
        self.0
            .iter()
            .find(|relation| relation.id == id)
            .map(|relation| (relation.kind.as_str(), relation.part.as_str()))
    }
}

/// The relationships of a part; of the package for an empty name.
pub(super) fn relations(package: &mut Package<'_>, part: &str) -> Result<Relations, Finding> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let slash = if folder.is_empty() { "" } else { "/" };
    let name = format!("{folder}{slash}_rels/{file}.rels");
    let mut relations = Relations::default();
    if !package.has(&name) {
        return Ok(relations);
    }
    let most = package.limits.zip_entries;
    let mut events = package.events(&name)?;
    loop {
        let place = events.place();
        let unreadable = |reason: String| Finding::new("document/unreadable", place.clone()).with("reason", reason);
        match events.next()? {
            Xml::Eof => return Ok(relations),
            Xml::Start(element) if element.name() == "Relationship" => {
                let attribute = |name: &str| element.attribute(name).map_err(unreadable);
                let outside = attribute("TargetMode")?.is_some_and(|mode| mode.eq_ignore_ascii_case("External"));
                let (Some(id), Some(kind), Some(target)) = (attribute("Id")?, attribute("Type")?, attribute("Target")?)
                else {
                    continue;
                };
                if outside {
                    continue;
                }
                if relations.0.len() as u64 >= most {
                    return Err(broken("document/too-many-entries", most, place));
                }
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                relations.0.push(Relation { id, kind, part: resolve(folder, &target) });
            }
            _ => {}
        }
    }
}

/// The part that a target names, seen from a folder. It can name nothing but an entry of the package.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in target.split('/') {
        match segment {
            ".." => _ = segments.pop(),
            "." | "" => {}
            _ => segments.push(segment),
        }
    }
    segments.join("/")
}

/// What the workbook part says.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) epoch: Epoch,
    /// Name and relationship id of each sheet, in their order.
    pub(super) sheets: Vec<(String, String)>,
}

/// Reads the workbook part.
pub(super) fn book(package: &mut Package<'_>, part: &str) -> Result<Book, Finding> {
    let most = package.limits.sheets;
    let mut events = package.events(part)?;
    let mut book = Book::default();
    loop {
        let place = events.place();
        let unreadable = |reason: String| Finding::new("document/unreadable", place.clone()).with("reason", reason);
        match events.next()? {
            Xml::Eof => return Ok(book),
            Xml::Start(element) => match element.name() {
                "workbookPr" => {
                    let flag = element.attribute("date1904").map_err(unreadable)?;
                    if flag.is_some_and(|flag| matches!(flag.as_str(), "1" | "true")) {
                        book.epoch = Epoch::Year1904;
                    }
                }
                "sheet" => {
                    let name = element.attribute("name").map_err(unreadable)?;
                    let id = element.prefixed_attribute("id").map_err(unreadable)?;
                    if book.sheets.len() as u64 >= most {
                        return Err(broken("document/too-many-sheets", most, place));
                    }
                    if let (Some(name), Some(id)) = (name, id) {
                        book.sheets.push((name, id));
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// Which cell formats show dates.
#[derive(Debug, Default)]
pub(super) struct Styles {
    dates: Vec<bool>,
}

impl Styles {
    /// True where cells of this format (`s`) show a date or a time.
    pub(super) fn is_date(&self, format: usize) -> bool {
        self.dates.get(format).copied().unwrap_or(false)
    }
}

/// Excel's own bound on cell formats.
const MOST_FORMATS: usize = 65_490;

/// Reads the styles part.
pub(super) fn styles(package: &mut Package<'_>, part: &str) -> Result<Styles, Finding> {
    let mut events = package.events(part)?;
    let mut codes: HashMap<u32, bool> = HashMap::new();
    let mut formats = Vec::new();
    let (mut depth, mut inside) = (0_u32, None);
    loop {
        let place = events.place();
        let unreadable = |reason: String| Finding::new("document/unreadable", place.clone()).with("reason", reason);
        match events.next()? {
            Xml::Eof => break,
            Xml::End => {
                depth = depth.saturating_sub(1);
                inside = inside.filter(|at| depth >= *at);
            }
            Xml::Text(_) => {}
            Xml::Start(element) => {
                depth += 1;
                let id = |text: Option<String>| text.and_then(|text| text.parse::<u32>().ok());
                match element.name() {
                    "numFmt" if codes.len() < MOST_FORMATS => {
                        let number = id(element.attribute("numFmtId").map_err(unreadable)?);
                        let code = element.attribute("formatCode").map_err(unreadable)?;
                        if let (Some(number), Some(code)) = (number, code) {
                            codes.insert(number, serial::is_date_code(&code));
                        }
                    }
                    // `xf` also stands in `cellStyleXfs`, which cells do not point to.
                    "cellXfs" => inside = Some(depth),
                    "xf" if inside.is_some() && formats.len() < MOST_FORMATS => {
                        formats.push(id(element.attribute("numFmtId").map_err(unreadable)?).unwrap_or(0));
                    }
                    _ => {}
                }
            }
        }
    }
    let is_date = |id: u32| codes.get(&id).copied().unwrap_or_else(|| serial::is_builtin_date(id));
    Ok(Styles { dates: formats.into_iter().map(is_date).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_seen_from_the_folder_of_its_part() {
        for (folder, target, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/styles.xml", "xl/styles.xml"),
            ("xl/worksheets", "../sharedStrings.xml", "xl/sharedStrings.xml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl", "../../../etc/passwd", "etc/passwd"),
        ] {
            assert_eq!(resolve(folder, target), part);
        }
    }
}
