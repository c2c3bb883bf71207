//! What a file is, told by its content first and by its name only where the content leaves it open.

use std::borrow::Cow;

use super::{Limits, Syntax, json, refuse_doctype, text, xls};
use crate::finding::{Finding, Place};

/// Bytes at the head of a file that are looked at.
const HEAD: usize = 4096;

/// The syntax of a file; nothing where it is none that we read. [`identify`] says why.
pub fn detect(bytes: &[u8], file_name: Option<&str>) -> Option<Syntax> {
    identify(bytes, file_name).ok()
}

/// The syntax of a file.
///
/// # Errors
///
/// The refusal of a file that is none of ours: empty, HTML under whatever name, XML with a document type declaration,
/// or of unknown content.
pub fn identify(bytes: &[u8], file_name: Option<&str>) -> Result<Syntax, Finding> {
    if bytes.trim_ascii().is_empty() {
        return Err(Finding::new("document/empty", Place::Whole));
    }
    let extension = file_name.and_then(|name| name.rsplit_once('.')).map(|(_, end)| end.to_ascii_lowercase());
    match content(bytes) {
        Content::Zip | Content::Compound => Ok(Syntax::Workbook),
        Content::Html => Err(other(Content::Html)),
        Content::Xml => refuse_doctype(bytes).map(|()| Syntax::Xml),
        Content::Binary => Err(other(Content::Binary)),
        // A list may be the whole of a file or the first line of many, so its name counts.
        Content::Json => Ok(match extension.as_deref() {
            Some("json") => Syntax::Json,
            Some("ndjson" | "jsonl") => Syntax::JsonLines,
            _ if is_one_text_a_line(bytes) => Syntax::JsonLines,
            _ => Syntax::Json,
        }),
        Content::Text => match extension.as_deref() {
            Some("json") => Ok(Syntax::Json),
            Some("ndjson" | "jsonl") => Ok(Syntax::JsonLines),
            Some("csv" | "txt") => Ok(Syntax::Csv),
            _ if text::decode(bytes).is_ok_and(|(text, _)| text.lines().next().unwrap_or("").contains(',')) => {
                Ok(Syntax::Csv)
            }
            _ => Err(other(Content::Text)),
        },
    }
}

/// Refuses bytes whose content is plainly not of the syntax that they are to be read in, with words that say what they are.
pub(super) fn refuse_other_content(bytes: &[u8], syntax: Syntax) -> Result<(), Finding> {
    let nothing = if syntax == Syntax::Csv { bytes.is_empty() } else { bytes.trim_ascii().is_empty() };
    if nothing && syntax != Syntax::JsonLines {
        return Err(Finding::new("document/empty", Place::Whole));
    }
    let found = content(bytes);
    let fits = match syntax {
        Syntax::Workbook => matches!(found, Content::Zip | Content::Compound),
        Syntax::Xml => matches!(found, Content::Xml | Content::Html),
        // What is wrong with a JSON text its reader says better.
        Syntax::Json | Syntax::JsonLines => !matches!(found, Content::Zip | Content::Compound),
        // A cell may begin with any bracket.
        Syntax::Csv => !matches!(found, Content::Zip | Content::Compound | Content::Html),
    };
    if fits { Ok(()) } else { Err(other(found)) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Zip,
    Compound,
    Html,
    Xml,
    Json,
    Text,
    Binary,
}

fn other(found: Content) -> Finding {
    let name = match found {
        Content::Zip => "zip",
        Content::Compound => "OLE",
        Content::Html => "HTML",
        Content::Xml => "XML",
        Content::Json => "JSON",
        Content::Text => "text",
        Content::Binary => "binary",
    };
    Finding::new("document/other-content", Place::Whole).with("content", name)
}

fn content(bytes: &[u8]) -> Content {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Content::Zip;
    }
    if bytes.starts_with(xls::SIGNATURE) {
        return Content::Compound;
    }
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let marked = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().any(|mark| head.starts_with(mark));
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    // UTF-16 shows every other byte as NUL where the text is ASCII, which markup is.
    let narrow: Cow<'_, [u8]> = if head.contains(&0) {
        Cow::Owned(head.iter().copied().filter(|byte| *byte != 0).collect())
    } else {
        Cow::Borrowed(head)
    };
    let start = narrow
        .get(
            if wide {
                2
            } else if marked {
                3
            } else {
                0
            }..,
        )
        .unwrap_or_default()
        .trim_ascii_start();
    let begins = |with: &str| start.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()));
    let html = ["<html", "<!doctype html", "<meta", "<table", "<head", "<body", "<script", "<style", "<div"];
    if html.iter().any(|tag| begins(tag)) {
        return Content::Html;
    }
    match start.first() {
        Some(b'<') => Content::Xml,
        Some(b'{' | b'[') if !wide => Content::Json,
        _ if !wide && head.contains(&0) => Content::Binary,
        _ => Content::Text,
    }
}

/// True where the first line that holds anything is a whole JSON text and another one follows.
fn is_one_text_a_line(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    lines.next().is_some() && json::parse_json(first, 0, &Limits::default()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_before_the_name() {
        for (bytes, name, syntax) in [
            (&b"[1,\n2]"[..], "a.txt", Some(Syntax::Json)),
            (b"{\"a\":1}\n{\"a\":2}\n", "a", Some(Syntax::JsonLines)),
            (b"{\"a\":1}\n", "a.ndjson", Some(Syntax::JsonLines)),
            (b"{\"a\":1}\n", "a", Some(Syntax::Json)),
            (b"a,b\n1,2", "a.xls", Some(Syntax::Csv)),
            (b"\xff\xfea\0,\0b\0", "a", Some(Syntax::Csv)),
            (b"\xd6\xa4,b", "a.csv", Some(Syntax::Csv)),
            (b"PK\x03\x04", "a.csv", Some(Syntax::Workbook)),
            (b"<?xml version=\"1.0\"?><a/>", "a.csv", Some(Syntax::Xml)),
            (b"<TABLE><tr>", "a.xls", None),
            (b"\xef\xbb\xbf \n<!DOCTYPE html>", "a.xml", None),
            (b"<!DOCTYPE a []><a/>", "a.xml", None),
            (b"\x7fELF\0\0", "a.json", None),
            (b" \n", "a.json", None),
        ] {
            assert_eq!(detect(bytes, Some(name)), syntax, "{name} {:?}", String::from_utf8_lossy(bytes));
        }
        let refusal = identify(b"<meta charset=x><table>", Some("a.xls")).expect_err("HTML");
        assert_eq!((refusal.code(), refusal.value("content")), ("document/other-content", Some("HTML")));
        assert_eq!(identify(b"<!DOCTYPE a []><a/>", None).expect_err("DOCTYPE").code(), "document/doctype");
    }
}
