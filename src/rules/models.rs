//! Reading the text of models (规格型号) of a product certificate, which runs to thousands of characters.
//!
//! The text is a list of groups, each `model、model，model：rating；`. A rating may itself hold colons, semicolons and
//! commas (`输入：5V⎓3A，9V⎓2A；输出：…`), so a segment that begins with a parameter goes on with the rating before it.
//! Notes in brackets on lines of their own declare wild cards: `型号中“□”可为…` (one character), `后缀x=…` (a suffix).

use crate::record::ModelKind;

/// A model read from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadModel {
    /// The model; `?` stands for one character, `*` for any number of them.
    pub pattern: String,
    /// How it is to be matched.
    pub kind: ModelKind,
    /// The rating that the text attaches to its group.
    pub rating: Option<String>,
}

/// Wild cards that the notes of a text declare.
#[derive(Default)]
struct Notation {
    /// A sign that stands for one character.
    signs: Vec<char>,
    /// Letters that stand for any suffix, or none.
    suffixes: Vec<char>,
}

/// Reads the models that a text names, in its order, each once.
#[must_use]
pub fn read(text: &str) -> Vec<ReadModel> {
    let mut notation = Notation { signs: vec!['□'], suffixes: Vec::new() };
    let mut lines = Vec::new();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if is_note(line) {
            notation.declare(line);
        } else if index > 0 && is_remark(line) {
            // A remark in words names no model.
        } else {
            lines.push(line);
        }
    }
    let mut models: Vec<ReadModel> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for line in lines {
        for (names, rating) in groups(line) {
            for name in names {
                let model = notation.model(name, rating.clone());
                if !model.pattern.is_empty() && seen.insert(model.pattern.clone()) {
                    models.push(model);
                }
            }
        }
    }
    models
}

/// True where a model matches: exactly, by its wild cards, or as a member of a series (begins with it). Case and width
/// count: makers tell models apart by them.
#[must_use]
pub fn matches_model(pattern: &str, kind: ModelKind, asked: &str) -> bool {
    match kind {
        ModelKind::Exact => pattern == asked,
        ModelKind::Series => asked.starts_with(pattern),
        ModelKind::Pattern => {
            let pattern: Vec<char> = pattern.chars().collect();
            let asked: Vec<char> = asked.chars().collect();
            glob(&pattern, &asked)
        }
    }
}

/// Greedy matching with one point to come back to: linear in practice, never exponential.
fn glob(pattern: &[char], asked: &[char]) -> bool {
    let (mut p, mut a) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while a < asked.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p, a));
                p += 1;
            }
            Some(c) if *c == '?' || asked.get(a) == Some(c) => {
                p += 1;
                a += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    p = star + 1;
                    a = from + 1;
                    back = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

impl Notation {
    fn declare(&mut self, note: &str) {
        let signs = note.split(['“', '"', '「']).skip(1).filter_map(|rest| {
            let mut characters = rest.chars();
            let sign = characters.next()?;
            matches!(characters.next(), Some('”' | '"' | '」')).then_some(sign)
        });
        self.signs.extend(signs.filter(|sign| !sign.is_ascii_alphanumeric()));
        let suffixes = note.split("后缀").skip(1).filter_map(|rest| {
            let mut characters = rest.trim_start_matches(['“', '"']).chars();
            let letter = characters.next().filter(char::is_ascii_alphanumeric)?;
            matches!(characters.next(), Some('=' | '＝' | '可' | '为' | '”' | '"')).then_some(letter)
        });
        self.suffixes.extend(suffixes);
    }

    fn model(&self, name: &str, rating: Option<String>) -> ReadModel {
        let name = name.trim();
        if let Some(series) = name.strip_suffix("系列") {
            return ReadModel { pattern: series.trim().to_owned(), kind: ModelKind::Series, rating };
        }
        let mut wild = name.contains('*');
        let mut pattern: String = name
            .chars()
            .map(|c| {
                if self.signs.contains(&c) {
                    wild = true;
                    '?'
                } else {
                    c
                }
            })
            .collect();
        if pattern.ends_with(self.suffixes.as_slice()) {
            pattern.pop();
            pattern.push('*');
            wild = true;
        }
        let kind = if wild { ModelKind::Pattern } else { ModelKind::Exact };
        ReadModel { pattern, kind, rating }
    }
}

/// A line that stands in brackets as a whole.
fn is_note(line: &str) -> bool {
    (line.starts_with('（') && line.ends_with('）') || line.starts_with('(') && line.ends_with(')'))
        && split(line, |_| false).len() == 1
        && line.chars().filter(|c| is_han(*c)).count() > 4
}

/// A line of words: what stands before its first colon is Chinese and nothing else.
fn is_remark(line: &str) -> bool {
    line.split_once('：').is_some_and(|(head, _)| !head.is_empty() && head.chars().all(is_han))
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// The groups of a line: names, and the rating that stands behind them.
fn groups(line: &str) -> Vec<(Vec<&str>, Option<String>)> {
    let mut groups: Vec<(Vec<&str>, Option<String>)> = Vec::new();
    for segment in split(line, |c| matches!(c, '；' | ';')) {
        let segment = segment.trim();
        if segment.is_empty() {
            continue;
        }
        let (head, rating) = match segment.split_once('：') {
            Some((head, rating)) => (head, Some(rating)),
            None => (segment, None),
        };
        if let Some((_, Some(before))) = groups.last_mut()
            && goes_on(segment)
        {
            before.push('；');
            before.push_str(segment);
            continue;
        }
        let names = split(head, |c| matches!(c, '、' | '，' | ','));
        let rating = rating.map(str::trim).filter(|rating| !rating.is_empty()).map(str::to_owned);
        groups.push((names, rating));
    }
    groups
}

/// True for a segment that goes on with a rating: it begins with a parameter (`输出：`, `Ue:`), or with a word.
fn goes_on(segment: &str) -> bool {
    match segment.find(['：', ':']) {
        Some(colon) => {
            let head = &segment[..colon];
            let letters = head.chars().count() <= 4 && head.chars().all(|c| c.is_ascii_alphabetic());
            !head.is_empty() && (letters || head.chars().all(is_han))
        }
        // `噪声≤41dB(A)`: one thing, and it begins with a word. Models begin with letters or digits.
        None => {
            segment.starts_with(is_han) && split(segment, |c| matches!(c, '、' | '，' | ',')).len() == 1
                || segment.chars().all(|c| is_han(c) || matches!(c, '、' | '，'))
        }
    }
}

/// Splits at separators that do not stand in brackets.
fn split(text: &str, separates: impl Fn(char) -> bool) -> Vec<&str> {
    // A bracket that is never closed would swallow all that follows: then brackets are read as plain characters.
    let count = |brackets: [char; 4]| text.chars().filter(|c| brackets.contains(c)).count();
    let balanced = count(['（', '(', '[', '【']) == count(['）', ')', ']', '】']);
    let mut pieces = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (position, c) in text.char_indices() {
        match c {
            '（' | '(' | '[' | '【' if balanced => depth += 1,
            '）' | ')' | ']' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 && separates(c) => {
                pieces.push(&text[start..position]);
                start = position + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shared;

    fn shown(text: &str) -> Vec<String> {
        read(text)
            .into_iter()
            .map(|model| {
                let rating = model.rating.map(|rating| format!(" [{rating}]")).unwrap_or_default();
                format!("{} {}{rating}", model.kind.code(), model.pattern)
            })
            .collect()
    }

    #[test]
    fn separators_of_every_sort_part_the_models_and_a_rating_belongs_to_its_group() {
        assert_eq!(
            shown("KC-2000W Pro, KFRd-350A(A1)、KFR-10NA，KFR-15Sα：220V~ 50Hz；60227 IEC 02(RV)-200X_01"),
            [
                "exact KC-2000W Pro [220V~ 50Hz]",
                "exact KFRd-350A(A1) [220V~ 50Hz]",
                "exact KFR-10NA [220V~ 50Hz]",
                "exact KFR-15Sα [220V~ 50Hz]",
                "exact 60227 IEC 02(RV)-200X_01",
            ]
        );
    }

    #[test]
    fn a_rating_may_hold_colons_semicolons_and_commas() {
        assert_eq!(
            shown(
                "A-1：输入：5V⎓3A，9V⎓2A；输出：5V⎓3A 37Wh；B-2：In:16A,20A；Ue:400V；Icu:35kA；C-3：适用年龄：3岁以上；材质：ABS、PP；D-4"
            ),
            [
                "exact A-1 [输入：5V⎓3A，9V⎓2A；输出：5V⎓3A 37Wh]",
                "exact B-2 [In:16A,20A；Ue:400V；Icu:35kA]",
                "exact C-3 [适用年龄：3岁以上；材质：ABS、PP]",
                "exact D-4",
            ]
        );
    }

    #[test]
    fn notes_declare_wild_cards_and_name_no_model() {
        assert_eq!(
            shown("KFR-65□、KFR-70\n（型号中“□”可为0～9或A～Z的任意字符，表示外观颜色，不影响安全）"),
            ["pattern KFR-65?", "exact KFR-70"]
        );
        assert_eq!(shown("CD-18x、CD-19\n（后缀x=A～Z或空白，代表市场销售区别）"), ["pattern CD-18*", "exact CD-19"]);
        assert_eq!(shown("CD-18x"), ["exact CD-18x"]);
        assert_eq!(
            shown("ZXP-32K(Y)\n含生僻字：𠮷祥牌、㐂悦牌；“双引号”和\"半角引号\"、逗号,分号;"),
            ["exact ZXP-32K(Y)"]
        );
        assert_eq!(shown("YBX3系列、KFR-35GW/*"), ["series YBX3", "pattern KFR-35GW/*"]);
    }

    #[test]
    fn nothing_and_nearly_nothing_name_no_model() {
        for text in ["", " ", "；；，", "\n", "：", "（", "）））"] {
            assert!(read(text).len() <= 1, "{text:?}");
        }
        assert_eq!(shown("A-1、A-1"), ["exact A-1"]);
    }

    #[test]
    fn models_match_as_their_kind_says() {
        assert!(matches_model("AX-100", ModelKind::Exact, "AX-100"));
        assert!(!matches_model("AX-100", ModelKind::Exact, "AX-200"));
        assert!(matches_model("KFR-35GW/*", ModelKind::Pattern, "KFR-35GW/B1"));
        assert!(matches_model("CD-18*", ModelKind::Pattern, "CD-18"));
        assert!(!matches_model("KFR-65?", ModelKind::Pattern, "KFR-65"));
        assert!(matches_model("a*b*c", ModelKind::Pattern, "axxbyybzc"));
        assert!(!matches_model("a*b*c", ModelKind::Pattern, "axxbyybz"));
        assert!(matches_model("YBX3", ModelKind::Series, "YBX3-100A"));
    }

    #[test]
    fn every_model_text_of_the_test_data_is_read_whole() {
        let Some(path) = shared("data/open/ccc-certificates.json") else { return };
        let certificates: Vec<serde_json::Value> =
            serde_json::from_slice(&std::fs::read(path).expect("certificates")).expect("JSON");
        let mut count = 0;
        for certificate in certificates {
            let text = certificate["规格型号"].as_str().expect("a text");
            for model in read(text) {
                count += 1;
                let plausible = model.pattern.contains('-') && !model.pattern.contains(['，', '、', '；', '：', '\n']);
                assert!(plausible && model.pattern.chars().count() <= 40, "{:?}", model.pattern);
                assert!(!model.pattern.chars().any(is_han), "{:?}", model.pattern);
            }
        }
        assert!(count > 3000, "{count}");
    }
}
