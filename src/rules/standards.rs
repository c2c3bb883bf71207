//! Reading the text of certification criteria: `GB/T 19001-2016 / ISO 9001:2015`, `GB/T19001-2016 idt ISO9001:2015`,
//! and lists of these. Texts vary, so what cannot be read stays a standard by its title, and the raw piece is kept.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::record::Equivalence;

/// A standard read from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadStandard {
    /// Designation without the edition, in the usual spelling (`GB/T 19001`, `ISO/IEC 27001`), or the title.
    pub designation: String,
    /// Year or version.
    pub edition: Option<String>,
    /// The piece of text that it was read from, with its counterparts.
    pub raw: String,
    /// Counterparts that the text names: designation, edition, relation.
    pub equivalents: Vec<(String, Option<String>, Equivalence)>,
}

/// A prefix in capitals, perhaps in several parts, and a number in parts: `GB/T 20014.2-2013`, `ISO/IEC 20000-1:2018`.
static DESIGNATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?<prefix>[A-Z]{1,8}(?:/[A-Z]{1,8})*)\s*(?<number>\d+(?:\.\d+)*(?:\s*[-:：—–]\s*\d+(?:\.\d+)*)*)").ok()
});
/// A title that ends in a version: `…认证要求（V1.0）`.
static VERSION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?<title>.+?)\s*[（(](?<version>V\d+(?:\.\d+)*)[）)]$").ok());

/// Reads the standards that a text names, in its order, each once.
#[must_use]
pub fn read(text: &str) -> Vec<ReadStandard> {
    let mut read: Vec<ReadStandard> = Vec::new();
    for piece in text.split(['；', ';', '\n', '\r']).map(str::trim).filter(|piece| !piece.is_empty()) {
        for standard in in_piece(piece) {
            let known =
                |other: &ReadStandard| other.designation == standard.designation && other.edition == standard.edition;
            if !read.iter().any(known) {
                read.push(standard);
            }
        }
    }
    read
}

fn in_piece(piece: &str) -> Vec<ReadStandard> {
    let Some(form) = DESIGNATION.as_ref() else { return Vec::new() };
    // Full-width letters and digits are read as plain ones; the raw piece keeps the spelling of the source.
    let plain: String = piece.nfkc().collect();
    let mut found: Vec<ReadStandard> = Vec::new();
    let mut end = 0;
    for captures in form.captures_iter(&plain) {
        let (Some(all), Some(prefix), Some(number)) =
            (captures.get(0), captures.name("prefix"), captures.name("number"))
        else {
            continue;
        };
        let between = plain.get(end..all.start()).unwrap_or_default();
        // "V1.0" and "A4" are no designations: these start a word, in two letters at least, and have two digits at least.
        if between.ends_with(|c: char| c.is_ascii_alphanumeric()) || number.as_str().len() < 2 || prefix.len() < 2 {
            continue;
        }
        let (number, edition) = split_edition(number.as_str());
        let designation = format!("{} {number}", prefix.as_str());
        match (found.last_mut(), relation(between)) {
            (Some(last), Some(relation)) if end > 0 => {
                last.equivalents.push((designation, edition, relation));
                last.raw.push_str(between);
                last.raw.push_str(all.as_str());
            }
            _ => {
                found.push(ReadStandard {
                    designation,
                    edition,
                    raw: all.as_str().to_owned(),
                    equivalents: Vec::new(),
                });
            }
        }
        end = all.end();
    }
    match found.as_mut_slice() {
        [] => vec![titled(piece)],
        [only] => {
            piece.clone_into(&mut only.raw);
            found
        }
        _ => found,
    }
}

/// The relation that the text between two designations states; none where they are two of a list.
fn relation(between: &str) -> Option<Equivalence> {
    let words = between.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '（' | ',' | '，'));
    match words.to_ascii_lowercase().as_str() {
        "/" | "idt" | "=" | "等同" | "等同采用" => Some(Equivalence::Idt),
        "mod" | "修改采用" => Some(Equivalence::Mod),
        "neq" | "非等效" | "非等效采用" => Some(Equivalence::Neq),
        _ => None,
    }
}

/// The last part of a number is its edition where it is a year.
fn split_edition(number: &str) -> (String, Option<String>) {
    let parts: Vec<&str> = number.split(['-', ':', '：', '—', '–']).map(str::trim).collect();
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() && is_year(last) => (rest.join("-"), Some((*last).to_owned())),
        _ => (parts.join("-"), None),
    }
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20")) && text.bytes().all(|b| b.is_ascii_digit())
}

fn titled(piece: &str) -> ReadStandard {
    let (title, version) = match VERSION.as_ref().and_then(|form| form.captures(piece)) {
        Some(found) => (
            found.name("title").map_or(piece, |title| title.as_str()),
            found.name("version").map(|version| version.as_str().to_owned()),
        ),
        None => (piece, None),
    };
    ReadStandard { designation: title.to_owned(), edition: version, raw: piece.to_owned(), equivalents: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let one = |designation: &str, edition: Option<&String>| match edition {
            Some(edition) => format!("{designation}:{edition}"),
            None => designation.to_owned(),
        };
        let standard = |standard: &ReadStandard| {
            let equivalents = standard.equivalents.iter().map(|(designation, edition, relation)| {
                format!(" {}= {}", relation.code(), one(designation, edition.as_ref()))
            });
            one(&standard.designation, standard.edition.as_ref()) + &equivalents.collect::<String>()
        };
        read(text).iter().map(standard).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn criteria_are_read_in_every_spelling_that_the_sources_use() {
        for (text, expected) in [
            ("GB/T 19001-2016 / ISO 9001:2015", "GB/T 19001:2016 idt= ISO 9001:2015"),
            ("GB/T19001-2016 idt ISO9001:2015", "GB/T 19001:2016 idt= ISO 9001:2015"),
            ("GB/T 19001-2016（idt ISO 9001:2015）", "GB/T 19001:2016 idt= ISO 9001:2015"),
            ("GB/T 22080-2025/ISO/IEC 27001:2022", "GB/T 22080:2025 idt= ISO/IEC 27001:2022"),
            ("GB/T28001-2011/OHSAS18001:2007", "GB/T 28001:2011 idt= OHSAS 18001:2007"),
            ("GB/T 19001-2016/ISO 9001:2015和GB/T 50430-2017", "GB/T 19001:2016 idt= ISO 9001:2015 | GB/T 50430:2017"),
            ("GB/T19001-2016；GB/T50430-2017", "GB/T 19001:2016 | GB/T 50430:2017"),
            ("GB 4706.1-2005、GB 4706.32-2012, GB 4343.1-2018", "GB 4706.1:2005 | GB 4706.32:2012 | GB 4343.1:2018"),
            ("ISO/IEC 20000-1:2018", "ISO/IEC 20000-1:2018"),
            ("YD/T 2583.18-2019；IEC 60335-1", "YD/T 2583.18:2019 | IEC 60335-1"),
            ("GB 4706.1-2005 MOD IEC 60335-1:2004", "GB 4706.1:2005 mod= IEC 60335-1:2004"),
            ("ＧＢ／Ｔ　１９００１－２０１６", "GB/T 19001:2016"),
            ("GB/T45001-2020", "GB/T 45001:2020"),
            ("危害分析与关键控制点（HACCP体系）认证要求（V1.0）", "危害分析与关键控制点（HACCP体系）认证要求:V1.0"),
            ("GB/T 27922-2011 商品售后服务评价体系", "GB/T 27922:2011"),
            ("T/SLZ 0017-2025 智能门锁性能要求", "T/SLZ 0017:2025"),
            ("GB/T 19001-2016; GB/T19001-2016", "GB/T 19001:2016"),
            ("", ""),
            ("；；", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn the_raw_piece_is_kept() {
        let read = read("GB/T 27922-2011 商品售后服务评价体系；GB/T 19001-2016/ISO 9001:2015和GB/T 50430-2017");
        let raw: Vec<&str> = read.iter().map(|standard| standard.raw.as_str()).collect();
        assert_eq!(raw, ["GB/T 27922-2011 商品售后服务评价体系", "GB/T 19001-2016/ISO 9001:2015", "GB/T 50430-2017"]);
    }
}
