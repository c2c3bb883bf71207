//! Characters that are not what they seem. Identifiers are compared and looked up: there what cannot be seen is an error, and so
//! is a letter of another script among Latin ones. Names are read by people, in every script: there only what changes or hides
//! what they see is told of, and nothing refuses a record. `docs/rules.md` has the table.
//!
//! Not here: which characters a scheme of identifiers allows (`record::identifier`); what a crosswalk cleans before.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::at;
use crate::finding::Finding;
use crate::record::{Identifier, LangMap, Record, Residue};

pub(super) fn check(record: &Record, findings: &mut Vec<Finding>) {
    identifiers(record, &mut |path, value| identifier(path, value, findings));
    texts(record, &mut |path, value| text(path, value, findings));
    removed(record, findings);
}

/// What a crosswalk has taken away on the way: the spelling of the sender, which is kept, shows it.
fn removed(record: &Record, findings: &mut Vec<Finding>) {
    // By what each stands for; the first of several.
    let mut forms: HashMap<&str, &str> = HashMap::new();
    for form in residues(record).flat_map(|residue| residue.0.values().flat_map(|part| &part.forms)) {
        let texts = form.leaf.as_ref().and_then(Value::as_str).zip(form.stood_for.as_ref().and_then(Value::as_str));
        if let Some((leaf, stood_for)) = texts.filter(|(leaf, _)| leaf.chars().any(|c| taken(c).is_some())) {
            forms.entry(stood_for).or_insert(leaf);
        }
    }
    if forms.is_empty() {
        return;
    }
    let mut tell = |path: &str, value: &str| {
        let Some(leaf) = forms.get(value) else { return };
        let kept: HashSet<char> = value.chars().filter(|c| taken(*c).is_some()).collect();
        let gone = |c: &char| taken(*c).is_some() && !kept.contains(c);
        if let Some((index, c)) = leaf.chars().enumerate().find(|(_, c)| gone(c)) {
            findings.push(found("rule/characters-removed", path, index, c));
        }
    };
    identifiers(record, &mut tell);
    texts(record, &mut tell);
}

/// A character that no crosswalk takes away but because nobody sees it; breaks of lines and tabs are layout.
fn taken(c: char) -> Option<Sort> {
    Sort::of(c).filter(|_| !matches!(c, '\t' | '\n' | '\r'))
}

/// Where spellings are kept, near the values that are looked at here.
fn residues(record: &Record) -> impl Iterator<Item = &Residue> {
    let single =
        [&record.residue, &record.key.residue, &record.issuer.residue, &record.holder.residue, &record.scope.residue];
    let manufacturer = record.manufacturer.iter().map(|party| &party.residue);
    let factories = record.factories.iter().map(|factory| &factory.residue);
    let sites = record.sites.iter().map(|site| &site.residue);
    let products = record.products.iter().map(|product| &product.residue);
    single.into_iter().chain(manufacturer).chain(factories).chain(sites).chain(products)
}

/// Every identifier of the record by which somebody or something is found.
fn identifiers(record: &Record, visit: &mut dyn FnMut(&str, &str)) {
    let mut one = |path: &str, id: Option<&Identifier>| {
        if let Some(id) = id {
            visit(path, &id.value);
        }
    };
    one("key.issuer", Some(&record.key.issuer));
    one("holder.id", record.holder.id.as_ref());
    for (index, id) in record.holder.other_ids.iter().enumerate() {
        one(&format!("holder.other_ids[{index}]"), Some(id));
    }
    for (index, id) in record.issuer.other_ids.iter().enumerate() {
        one(&format!("issuer.other_ids[{index}]"), Some(id));
    }
    one("manufacturer.id", record.manufacturer.as_ref().and_then(|party| party.id.as_ref()));
    for (index, factory) in record.factories.iter().enumerate() {
        one(&format!("factories[{index}].id"), factory.id.as_ref());
    }
    for (index, site) in record.sites.iter().enumerate() {
        one(&format!("sites[{index}].id"), site.id.as_ref());
    }
    let mut plain = |path: &str, value: Option<&String>| {
        if let Some(value) = value {
            visit(path, value);
        }
    };
    plain("key.number", record.key.number.as_ref());
    plain("key.uri", record.key.uri.as_ref());
    for (index, product) in record.products.iter().enumerate() {
        plain(&format!("products[{index}].gtin"), product.gtin.as_ref());
    }
}

/// Names, and what says which goods and activities a certificate covers.
fn texts(record: &Record, visit: &mut dyn FnMut(&str, &str)) {
    let mut named = |path: &str, name: Option<&LangMap>| {
        for (language, text) in name.iter().flat_map(|name| &name.0) {
            visit(&format!("{path}.{language}"), text);
        }
    };
    named("issuer.name", record.issuer.name.as_ref());
    named("holder.name", Some(&record.holder.name));
    named("holder.former_name", record.holder.former_name.as_ref());
    named("manufacturer.name", record.manufacturer.as_ref().and_then(|party| party.name.as_ref()));
    for (index, factory) in record.factories.iter().enumerate() {
        named(&format!("factories[{index}].name"), factory.name.as_ref());
    }
    named("scope.text", record.scope.text.as_ref());
    for (index, product) in record.products.iter().enumerate() {
        named(&format!("products[{index}].name"), product.name.as_ref());
    }
    let mut plain = |path: &str, text: Option<&String>| {
        if let Some(text) = text {
            visit(path, text);
        }
    };
    plain("holder.trading_name", record.holder.trading_name.as_ref());
    for (index, address) in record.holder.addresses.iter().enumerate() {
        plain(&format!("holder.addresses[{index}].text"), Some(&address.text));
    }
    plain("standards_text", record.standards_text.as_ref());
    for (index, site) in record.sites.iter().enumerate() {
        plain(&format!("sites[{index}].name"), site.name.as_ref());
    }
    for (index, product) in record.products.iter().enumerate() {
        plain(&format!("products[{index}].brand"), product.brand.as_ref());
        plain(&format!("products[{index}].models_text"), product.models_text.as_ref());
    }
}

/// What a character is, beside a letter, a digit, a mark or a blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// A control (NUL among them), a noncharacter, a tag, or the sign of a character that was lost.
    Control,
    /// Changes the direction of writing.
    Direction,
    /// Shows nothing.
    Hidden,
    /// Chooses a form of the character before it.
    Variant,
    /// What it shows is for sender and receiver to agree.
    PrivateUse,
}

impl Sort {
    fn of(c: char) -> Option<Self> {
        Some(match c {
            ' '..='~' | '\u{4e00}'..='\u{9fff}' => return None,
            '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Self::Direction,
            '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}' => Self::Hidden,
            '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Self::Variant,
            '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}' => Self::PrivateUse,
            '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffd}' | '\u{fdd0}'..='\u{fdef}' | '\u{e0000}'..='\u{e007f}' => {
                Self::Control
            }
            c if c.is_control() || u32::from(c) & 0xfffe == 0xfffe => Self::Control,
            _ => return None,
        })
    }
}

fn found(code: &'static str, path: &str, index: usize, c: char) -> Finding {
    at(code, path).with("position", index + 1).with("character", format!("U+{:04X}", u32::from(c)))
}

/// The first of each kind of doubt; one is enough to look at the whole.
fn identifier(path: &str, value: &str, findings: &mut Vec<Finding>) {
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    if let Some((index, c)) = value.chars().enumerate().find(|(_, c)| Sort::of(*c).is_some()) {
        findings.push(found("rule/identifier-hidden-character", path, index, c));
    }
    let told =
        |code, (index, c, read): (usize, char, char)| found(code, path, index, c).with("written", c).with("read", read);
    // Numbers of some countries are written in Cyrillic or Greek: a letter that is of no other script shows it.
    let of_script = |c: char| matches!(c, '\u{370}'..='\u{52f}') && c.is_alphabetic() && latin_like(c).is_none();
    let (first, mixed) = lookalikes(value);
    if let Some(mixed) = mixed {
        findings.push(told("rule/identifier-lookalike", mixed));
    } else if let Some(first) = first.filter(|_| !value.chars().any(of_script)) {
        findings.push(told("rule/identifier-other-script", first));
    }
    if let Some(other) = value.chars().enumerate().find_map(|(index, c)| Some((index, c, plain_form(c)?))) {
        findings.push(told("rule/identifier-other-form", other));
    }
}

/// A character with its place and the Latin letter that it looks like.
type Lookalike = (usize, char, char);

/// The first character that looks like a Latin letter, and the first that stands in one word with Latin letters; a word is of
/// letters and digits of whatever script.
fn lookalikes(value: &str) -> (Option<Lookalike>, Option<Lookalike>) {
    let (mut first, mut of_word, mut latin) = (None, None, false);
    for (index, c) in value.chars().enumerate() {
        if !c.is_alphanumeric() {
            (of_word, latin) = (None, false);
            continue;
        }
        latin |= c.is_ascii_alphabetic();
        if let Some(read) = latin_like(c) {
            first = first.or(Some((index, c, read)));
            of_word = of_word.or(Some((index, c, read)));
        }
        if latin && of_word.is_some() {
            return (first, of_word);
        }
    }
    (first, None)
}

fn text(path: &str, value: &str, findings: &mut Vec<Finding>) {
    let mut told: [bool; 4] = [false; 4];
    let mut before = None;
    for (index, c) in value.chars().enumerate() {
        let joins =
            matches!(c, '\u{200c}' | '\u{200d}') && before.is_some_and(|c: char| !c.is_ascii() && c.is_alphabetic());
        before = Some(c);
        // Breaks of lines are layout; joiners and variants belong to the writing of a language.
        let (slot, code) = match Sort::of(c) {
            None | Some(Sort::Variant) => continue,
            Some(_) if joins || matches!(c, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}') => continue,
            Some(Sort::Direction) => (0, "rule/text-direction"),
            Some(Sort::Control) => (1, "rule/text-control"),
            Some(Sort::Hidden) => (2, "rule/text-hidden"),
            Some(Sort::PrivateUse) => (3, "rule/text-private-use"),
        };
        if let Some(told) = told.get_mut(slot).filter(|told| !**told) {
            *told = true;
            findings.push(found(code, path, index, c));
        }
    }
}

/// The Latin letter that a Cyrillic or Greek one looks like.
fn latin_like(c: char) -> Option<char> {
    Some(match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Ѵ' => 'V',
        'Ԝ' => 'W',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' | 'Ү' => 'Y',
        'Ζ' => 'Z',
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' | 'ϳ' => 'j',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'ν' | 'ѵ' => 'v',
        'ԝ' => 'w',
        'х' => 'x',
        'у' => 'y',
        _ => return None,
    })
}

/// The character of ASCII that this one is another form of: a full-width, mathematical or raised one, a long dash.
fn plain_form(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}') {
        return Some('-');
    }
    let mut forms = std::iter::once(c).nfkc();
    let form = forms.next().filter(|form| forms.next().is_none() && matches!(form, ' '..='~'));
    // Blanks of other widths divide as a blank does.
    form.filter(|form| *form != ' ')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::testing::{management_system, record};

    fn said(record: &Record) -> Vec<String> {
        let mut findings = Vec::new();
        check(record, &mut findings);
        findings
            .iter()
            .map(|finding| format!("{} {} {}", finding.severity(), finding.code(), finding.place()))
            .collect()
    }

    fn with(pointer: &str, value: &str) -> Record {
        let mut json = serde_json::to_value(management_system()).expect("JSON");
        *json.pointer_mut(pointer).expect("a field") = Value::from(value);
        record(json)
    }

    /// Each with what is nearest to it and good.
    #[test]
    fn what_cannot_be_seen_in_an_identifier_is_an_error() {
        for c in [
            '\0',
            '\u{1}',
            '\t',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{2028}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fffd}',
            '\u{fdd0}',
            '\u{ffff}',
            '\u{e000}',
            '\u{f8ff}',
            '\u{e0041}',
            '\u{f0000}',
            '\u{e0100}',
            '\u{10fffd}',
            '\u{10fffe}',
        ] {
            let found = said(&with("/key/number", &format!("90126Q{c}01002R0S")));
            assert_eq!(found, ["error rule/identifier-hidden-character key.number"], "{c:?}");
        }
        for number in ["90126Q01002R0S", "90126Q 01002-R0S/1", "国认证字2026第1号", "ÄÖ-1", "ΔΣ-1", "〇一二"]
        {
            assert_eq!(said(&with("/key/number", number)), [""; 0], "{number}");
        }
        let uri = with("/key/number", "https://a.example/\u{200b}1");
        assert_eq!(said(&uri).len(), 1);
    }

    #[test]
    fn a_letter_of_another_script_among_latin_ones_is_an_error_and_alone_a_warning() {
        for (number, wanted) in [
            // Cyrillic А, О; Greek Ο.
            ("90126QА1002R0S", &["error rule/identifier-lookalike key.number"][..]),
            ("9О126Q01002R0S", &["error rule/identifier-lookalike key.number"]),
            ("CNCΑ-1", &["error rule/identifier-lookalike key.number"]),
            ("А-1234", &["warning rule/identifier-other-script key.number"]),
            ("1234-Ο", &["warning rule/identifier-other-script key.number"]),
            // A number of the Eurasian Economic Union: Я is of no other script.
            ("ЕАЭС RU С-CN.АЯ46.В.12345", &[]),
            ("A-1234", &[]),
        ] {
            assert_eq!(said(&with("/key/number", number)), wanted, "{number}");
        }
    }

    #[test]
    fn another_form_of_a_letter_or_digit_is_a_warning() {
        for c in ['０', '９', 'Ａ', 'ｚ', '－', '–', '—', '−', '𝐀', '①', '²', '／'] {
            let found = said(&with("/key/number", &format!("90126Q{c}")));
            assert_eq!(found, ["warning rule/identifier-other-form key.number"], "{c:?}");
        }
    }

    #[test]
    fn a_name_is_told_of_by_what_a_reader_would_not_see() {
        for (c, wanted) in [
            ('\u{202e}', "warning rule/text-direction holder.name.zh"),
            ('\u{200f}', "warning rule/text-direction holder.name.zh"),
            ('\u{2067}', "warning rule/text-direction holder.name.zh"),
            ('\0', "warning rule/text-control holder.name.zh"),
            ('\u{8}', "warning rule/text-control holder.name.zh"),
            ('\u{fffd}', "warning rule/text-control holder.name.zh"),
            ('\u{fffe}', "warning rule/text-control holder.name.zh"),
            ('\u{e0041}', "warning rule/text-control holder.name.zh"),
            ('\u{200b}', "note rule/text-hidden holder.name.zh"),
            ('\u{feff}', "note rule/text-hidden holder.name.zh"),
            ('\u{ad}', "note rule/text-hidden holder.name.zh"),
            ('\u{e001}', "note rule/text-private-use holder.name.zh"),
            ('\u{f0001}', "note rule/text-private-use holder.name.zh"),
        ] {
            assert_eq!(said(&with("/holder/name/zh", &format!("示例{c}机械{c}"))), [wanted], "{c:?}");
        }
        // Scripts as they are written: Cyrillic, full-width letters, joiners of Persian, forms of a character, lines.
        for name in ["ООО Пример", "ＡＢＣ公司", "می\u{200c}خواهم", "葛\u{e0100}城", "甲\n乙", "Société", "𠮷田", "名①"]
        {
            assert_eq!(said(&with("/holder/name/zh", name)), [""; 0], "{name}");
        }
    }

    #[test]
    fn what_a_crosswalk_took_away_is_told_of_and_layout_is_not() {
        let spelt = |leaf: &str, value: &str| {
            let mut json = serde_json::to_value(management_system()).expect("JSON");
            let form = json!({"place": "x", "leaf": leaf, "for": value});
            json["key"]["residue"] = json!({"a@1": {"forms": [form]}});
            json["holder"]["residue"] = json["key"]["residue"].clone();
            said(&record(json))
        };
        for c in ['\0', '\u{200b}', '\u{202e}', '\u{feff}'] {
            let found = spelt(&format!("90126Q01002{c}R0S"), "90126Q01002R0S");
            assert_eq!(found, ["note rule/characters-removed key.number"], "{c:?}");
            let found = spelt(&format!("示例{c}机械有限公司"), "示例机械有限公司");
            assert_eq!(found, ["note rule/characters-removed holder.name.zh"], "{c:?}");
        }
        assert_eq!(spelt("90126q01002R0S ", "90126Q01002R0S"), [""; 0]);
        assert_eq!(spelt("90126Q01002\tR0S\n", "90126Q01002R0S"), [""; 0]);
        assert_eq!(spelt("\u{200b}other", "other"), [""; 0]);
    }

    #[test]
    fn every_identifier_and_every_name_is_looked_at() {
        let id = || json!({"scheme": "unstated", "value": "1\u{200b}"});
        let name = || json!({"en": "a\u{202e}"});
        let mut json = serde_json::to_value(management_system()).expect("JSON");
        json["key"]["issuer"] = id();
        json["holder"] = json!({"id": id(), "other_ids": [id()], "name": name(), "former_name": name(), "trading_name": "\u{202e}", "addresses": [{"text": "\u{202e}"}]});
        json["issuer"] = json!({"other_ids": [id()], "name": name()});
        json["manufacturer"] = json!({"id": id(), "name": name()});
        json["factories"] = json!([{"id": id(), "name": name()}]);
        json["sites"] = json!([{"id": id(), "name": "\u{202e}"}]);
        json["scope"] = json!({"text": name()});
        json["standards_text"] = json!("\u{202e}");
        json["products"] = json!([{"role": "main", "gtin": "1\u{200b}", "name": name(), "brand": "\u{202e}", "models_text": "\u{202e}"}]);
        let found = said(&record(json));
        let count = |code: &str| found.iter().filter(|said| said.contains(code)).count();
        assert_eq!((count("rule/identifier-hidden-character"), count("rule/text-direction")), (8, 13), "{found:#?}");
    }

    /// Whoever sends them decides how many there are: looked through once for each, half a million would take minutes.
    #[test]
    fn a_long_identifier_is_looked_through_once() {
        let many = 500_000;
        assert_eq!(lookalikes(&"А".repeat(many)), (Some((0, 'А', 'A')), None));
        let mixed = format!("{}x", "А ".repeat(many));
        assert_eq!(lookalikes(&mixed).1, None);
        assert_eq!(lookalikes(&format!("{mixed}А")).1, Some((many * 2 + 1, 'А', 'A')));
        let kept = format!("{}{}", "a".repeat(many), "\u{200b}".repeat(many));
        let mut record = management_system();
        record.holder.name = LangMap::of("zh", kept.clone());
        record.holder.residue = serde_json::from_value(json!({"x@1": {"forms": [
            {"place": "n", "leaf": format!(" {kept}\u{202e}"), "for": kept},
        ]}}))
        .expect("residue");
        let mut findings = Vec::new();
        removed(&record, &mut findings);
        assert_eq!(findings.len(), 1, "the one that is not kept");
    }
}
