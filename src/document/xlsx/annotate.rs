//! A sender's own workbook with comments on its cells. Every entry is copied as it stands, compressed bytes and all, but for
//! the list of content types, the relationships of the sheets that get comments, and one element in each of these sheets,
//! which spreadsheet programs need to show them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use quick_xml::escape::escape;
use quick_xml::events::Event;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::package::Package;
use super::parts;
use crate::document::Limits;
use crate::document::limits::broken;
use crate::document::note::{AnnotateError, Note};
use crate::finding::{Finding, Place, column_letters};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
/// Ids of our relationships; nobody else's begin so.
const COMMENTS_ID: &str = "certbridgeComments";
const DRAWING_ID: &str = "certbridgeDrawing";
/// Bytes of a sheet that is held whole to find the end of its cells.
const LONGEST_SHEET: u64 = 64 << 20;
/// What may stand behind the drawing of comments in a sheet (ECMA-376-1, CT_Worksheet).
const BEHIND: [&str; 8] =
    ["legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst"];

/// Characters of one comment that a spreadsheet program shows.
const LONGEST_COMMENT: usize = 32_000;

/// Adds comments.
pub(in crate::document) fn annotate(bytes: &[u8], notes: &[Note], limits: &Limits) -> Result<Vec<u8>, AnnotateError> {
    let mut package = Package::open(bytes, limits)?;
    let roots = parts::relations(&mut package, "")?;
    let not_a_workbook = || Finding::new("document/not-a-workbook", Place::Whole);
    let book_part = roots.by_type("officeDocument").ok_or_else(not_a_workbook)?.to_owned();
    let relations = parts::relations(&mut package, &book_part)?;
    let book = parts::book(&mut package, &book_part)?;
    let mut by_sheet: BTreeMap<usize, Vec<&Note>> = BTreeMap::new();
    for note in notes {
        // What stands nowhere stands on the first sheet.
        let found = book.sheets.iter().position(|(name, _)| *name == note.sheet).unwrap_or(0);
        by_sheet.entry(found).or_default().push(note);
    }
    // What takes the place of an entry, and what comes new.
    let (mut changed, mut added): (BTreeMap<String, String>, Vec<(String, String)>) = (BTreeMap::new(), Vec::new());
    let mut types = String::new();
    for (number, (index, notes)) in by_sheet.into_iter().enumerate() {
        let Some((name, id)) = book.sheets.get(index) else { continue };
        let Some(("worksheet", part)) = relations.by_id(id) else { return Err(AnnotateError::Sheet(name.clone())) };
        let own = parts::relations(&mut package, part)?;
        if own.by_type("comments").is_some() || own.by_type("vmlDrawing").is_some() {
            return Err(AnnotateError::OwnComments(name.clone()));
        }
        let sheet = text(&mut package, part)?;
        let with_drawing = with_drawing(&sheet).ok_or_else(|| AnnotateError::Sheet(name.clone()))?;
        let (comments, drawing) = (
            free(&package, number, "xl/certbridge/comments", "xml"),
            free(&package, number, "xl/certbridge/comments", "vml"),
        );
        let of_part = relations_part(part);
        let ours = format!(
            "<Relationship xmlns=\"{RELATIONS}\" Id=\"{COMMENTS_ID}\" Type=\"{OFFICE}/comments\" Target=\"/{comments}\"/>\
             <Relationship xmlns=\"{RELATIONS}\" Id=\"{DRAWING_ID}\" Type=\"{OFFICE}/vmlDrawing\" Target=\"/{drawing}\"/>"
        );
        if package.has(&of_part) {
            let before = text(&mut package, &of_part)?;
            changed.insert(of_part, within_root(&before, &ours).ok_or_else(|| AnnotateError::Sheet(name.clone()))?);
        } else {
            let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
            added.push((of_part, format!("{head}<Relationships xmlns=\"{RELATIONS}\">{ours}</Relationships>")));
        }
        _ = write!(
            types,
            "<Override xmlns=\"{TYPES}\" PartName=\"/{comments}\" \
             ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml\"/>\
             <Override xmlns=\"{TYPES}\" PartName=\"/{drawing}\" \
             ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>"
        );
        let cells = merged(&notes);
        added.push((comments, comments_part(&cells)));
        added.push((drawing, drawing_part(&cells)));
        changed.insert(part.to_owned(), with_drawing);
    }
    let list = "[Content_Types].xml";
    let before = text(&mut package, list)?;
    changed.insert(list.to_owned(), within_root(&before, &types).ok_or_else(not_a_workbook)?);
    package_with(package, &changed, &added)
}

/// Writes the package anew: entries as they stand, or changed, and the new ones behind them.
fn package_with(
    mut package: Package<'_>,
    changed: &BTreeMap<String, String>,
    added: &[(String, String)],
) -> Result<Vec<u8>, AnnotateError> {
    let failed = |error: &dyn std::fmt::Display| AnnotateError::Write(error.to_string());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let archive = package.archive();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| failed(&error))?;
        let name = entry.name().map_err(|error| failed(&error))?.into_owned();
        match changed.iter().find(|(part, _)| part.eq_ignore_ascii_case(&name)) {
            Some((_, text)) => {
                drop(entry);
                writer.start_file(name, options).map_err(|error| failed(&error))?;
                writer.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
            }
            None => writer.raw_copy_file(entry).map_err(|error| failed(&error))?,
        }
    }
    for (name, text) in added {
        writer.start_file(name.as_str(), options).map_err(|error| failed(&error))?;
        writer.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    }
    Ok(writer.finish().map_err(|error| failed(&error))?.into_inner())
}

fn text(package: &mut Package<'_>, part: &str) -> Result<String, AnnotateError> {
    let bytes = package.whole(part, LONGEST_SHEET)?;
    let unreadable = || Finding::new("document/unreadable", Place::Part(part.to_owned())).with("reason", "no UTF-8");
    Ok(String::from_utf8(bytes).map_err(|_| unreadable())?)
}

/// A name for a part that there is not yet.
fn free(package: &Package<'_>, number: usize, stem: &str, ending: &str) -> String {
    let mut number = number + 1;
    loop {
        let name = format!("{stem}{number}.{ending}");
        if !package.has(&name) {
            return name;
        }
        number += 1_000;
    }
}

fn relations_part(part: &str) -> String {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}_rels/{file}.rels")
}

/// A text with more at the end of its root element.
fn within_root(text: &str, more: &str) -> Option<String> {
    let end = text.rfind("</")?;
    Some(format!("{}{more}{}", text.get(..end)?, text.get(end..)?))
}

/// A sheet with the drawing of its comments, at the place that the schema gives it; nothing where the sheet has one, or is
/// of another schema.
fn with_drawing(sheet: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(sheet);
    let (mut depth, mut place) = (0_u32, None);
    loop {
        let begin = usize::try_from(reader.buffer_position()).ok()?;
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                if depth == 0 && !tag.attributes().flatten().any(|one| &*one.value == MAIN) {
                    return None;
                }
                if depth == 1 && place.is_none() && BEHIND.contains(&tag.local_name().into_inner()) {
                    place = Some(begin);
                }
                if depth == 1 && tag.local_name().into_inner() == "legacyDrawing" {
                    return None;
                }
                depth += 1;
            }
            Event::Empty(tag) if depth == 1 => {
                if tag.local_name().into_inner() == "legacyDrawing" {
                    return None;
                }
                if place.is_none() && BEHIND.contains(&tag.local_name().into_inner()) {
                    place = Some(begin);
                }
            }
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let at = place.unwrap_or(begin);
                    let ours = format!("<legacyDrawing xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\" r:id=\"{DRAWING_ID}\"/>");
                    return Some(format!("{}{ours}{}", sheet.get(..at)?, sheet.get(at..)?));
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// The comment of each cell: all that is said of it, by row and column.
fn merged(notes: &[&Note]) -> BTreeMap<(u32, u32), String> {
    let mut cells: BTreeMap<(u32, u32), String> = BTreeMap::new();
    for note in notes {
        let text = cells.entry((note.row.max(1), note.column.max(1))).or_default();
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let left = LONGEST_COMMENT.saturating_sub(text.chars().count());
        // What XML does not allow has no place in a comment either.
        let allowed = |c: &char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        text.extend(note.text.chars().filter(allowed).take(left));
    }
    cells
}

fn comments_part(cells: &BTreeMap<(u32, u32), String>) -> String {
    let mut part = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><comments xmlns=\"{MAIN}\"><authors><author>certbridge</author></authors><commentList>"
    );
    for ((row, column), text) in cells {
        _ = write!(
            part,
            "<comment ref=\"{}{row}\" authorId=\"0\"><text><r><t xml:space=\"preserve\">{}</t></r></text></comment>",
            column_letters(*column),
            escape(text.as_str())
        );
    }
    part.push_str("</commentList></comments>");
    part
}

/// The boxes in which comments are shown: hidden until a cell is pointed at.
fn drawing_part(cells: &BTreeMap<(u32, u32), String>) -> String {
    let mut part = String::from(
        "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
         xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"1\"/>\
         </o:shapelayout><v:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" \
         path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/>\
         </v:shapetype>",
    );
    for (number, ((row, column), text)) in cells.iter().enumerate() {
        let lines = u32::try_from(text.chars().count() / 36 + text.lines().count() + 1).unwrap_or(60).min(60);
        _ = write!(
            part,
            "<v:shape id=\"_x0000_s{}\" type=\"#_x0000_t202\" style=\"position:absolute;visibility:hidden\" \
             fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\" \
             obscured=\"t\"/><v:path o:connecttype=\"none\"/><v:textbox style=\"mso-direction-alt:auto\"><div \
             style=\"text-align:left\"/></v:textbox><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>\
             <x:Anchor>{}, 15, {}, 2, {}, 31, {}, 4</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{}</x:Row>\
             <x:Column>{}</x:Column></x:ClientData></v:shape>",
            number + 1025,
            column,
            row.saturating_sub(2),
            column + 4,
            row.saturating_sub(2) + lines,
            row - 1,
            column - 1
        );
    }
    part.push_str("</xml>");
    part
}

impl Package<'_> {
    /// A part as a whole.
    fn whole(&mut self, part: &str, most: u64) -> Result<Vec<u8>, Finding> {
        use std::io::Read as _;
        let place = || Place::Part(part.to_owned());
        let index =
            self.index(part).ok_or_else(|| Finding::new("document/missing-part", place()).with("part", part))?;
        let unreadable =
            |reason: &dyn std::fmt::Display| Finding::new("document/unreadable", place()).with("reason", reason);
        let entry = self.archive().by_index(index).map_err(|error| unreadable(&error))?;
        let mut bytes = Vec::new();
        entry.take(most + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        if bytes.len() as u64 > most {
            return Err(broken("document/entry-too-large", most, place()));
        }
        Ok(bytes)
    }
}
