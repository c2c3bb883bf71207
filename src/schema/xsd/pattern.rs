//! Regular expressions of XML Schema (Part 2, appendix F), written in the words of the `regex` crate.
//!
//! They match whole values, `^` and `$` are plain characters, `\i` and `\c` are those of names, and a class may have
//! another taken away: `[a-z-[aeiou]]`. What stands in neither language is refused.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// Characters that a name may begin with, within a class.
pub(super) const BEGINS: &str = r":A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}";
/// Characters that a name may go on with, within a class, beside those that it may begin with.
pub(super) const GOES_ON: &str = r"\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040}";

/// Blocks of Unicode by their names in `\p{Is…}`, as far as we know them.
const BLOCKS: &[(&str, &str)] = &[
    ("BasicLatin", r"\x{0}-\x{7F}"),
    ("Latin-1Supplement", r"\x{80}-\x{FF}"),
    ("LatinExtended-A", r"\x{100}-\x{17F}"),
    ("LatinExtended-B", r"\x{180}-\x{24F}"),
    ("Greek", r"\x{370}-\x{3FF}"),
    ("Cyrillic", r"\x{400}-\x{4FF}"),
    ("Hebrew", r"\x{590}-\x{5FF}"),
    ("Arabic", r"\x{600}-\x{6FF}"),
    ("GeneralPunctuation", r"\x{2000}-\x{206F}"),
    ("CJKSymbolsandPunctuation", r"\x{3000}-\x{303F}"),
    ("Hiragana", r"\x{3040}-\x{309F}"),
    ("Katakana", r"\x{30A0}-\x{30FF}"),
    ("CJKUnifiedIdeographs", r"\x{4E00}-\x{9FFF}"),
    ("HalfwidthandFullwidthForms", r"\x{FF00}-\x{FFEF}"),
];

/// Compiles a pattern.
///
/// # Errors
/// What of it is no regular expression of XML Schema, or cannot be used here.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let mut out = String::from(r"\A(?:");
    let mut reader = Reader { rest: pattern.chars().peekable(), depth: 0 };
    reader.expression(&mut out)?;
    out.push_str(r")\z");
    Regex::new(&out).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => other.to_string().lines().last().unwrap_or_default().to_owned(),
    })
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    depth: u32,
}

impl Reader<'_> {
    fn expression(&mut self, out: &mut String) -> Result<(), String> {
        // True where something stands before that a quantifier may follow.
        let mut atom = false;
        while let Some(character) = self.rest.next() {
            match character {
                '(' => {
                    if self.rest.peek() == Some(&'?') {
                        return Err("`(?` begins no group".into());
                    }
                    self.depth += 1;
                    if self.depth > 50 {
                        return Err("groups nest too deeply".into());
                    }
                    out.push_str("(?:");
                    atom = false;
                }
                ')' if self.depth == 0 => return Err("`)` without `(`".into()),
                ')' => {
                    self.depth -= 1;
                    out.push(')');
                    atom = true;
                }
                '|' => {
                    out.push('|');
                    atom = false;
                }
                '?' | '*' | '+' | '{' if !atom => return Err(format!("`{character}` follows nothing")),
                '?' | '*' | '+' => {
                    out.push(character);
                    atom = false;
                }
                '{' => {
                    out.push('{');
                    loop {
                        match self.rest.next() {
                            Some('}') => break,
                            Some(inner) if inner.is_ascii_digit() || inner == ',' => out.push(inner),
                            _ => return Err("a quantity in braces is wrong".into()),
                        }
                    }
                    out.push('}');
                    atom = false;
                }
                '.' => {
                    out.push_str(r"[^\n\r]");
                    atom = true;
                }
                '[' => {
                    self.class(out)?;
                    atom = true;
                }
                ']' | '}' => return Err(format!("`{character}` stands alone")),
                '\\' => {
                    out.push_str(&self.escape(false)?);
                    atom = true;
                }
                other => {
                    out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4])));
                    atom = true;
                }
            }
        }
        if self.depth == 0 { Ok(()) } else { Err("a group does not end".into()) }
    }

    /// What stands behind a backslash; a class of its own, unless it stands in one already.
    fn escape(&mut self, within: bool) -> Result<String, String> {
        let character = self.rest.next().ok_or("a backslash at the end")?;
        let wrapped = |inner: &str, negated: bool| format!("[{}{inner}]", if negated { "^" } else { "" });
        Ok(match character {
            'n' => r"\n".into(),
            'r' => r"\r".into(),
            't' => r"\t".into(),
            's' => wrapped(r" \t\n\r", false),
            'S' => wrapped(r" \t\n\r", true),
            'd' => r"\p{Nd}".into(),
            'D' => r"\P{Nd}".into(),
            'w' => wrapped(r"\p{P}\p{Z}\p{C}", true),
            'W' => wrapped(r"\p{P}\p{Z}\p{C}", false),
            'i' => wrapped(BEGINS, false),
            'I' => wrapped(BEGINS, true),
            'c' => wrapped(&format!("{BEGINS}{GOES_ON}"), false),
            'C' => wrapped(&format!("{BEGINS}{GOES_ON}"), true),
            'p' | 'P' => {
                if self.rest.next() != Some('{') {
                    return Err(format!("`\\{character}` without a name in braces"));
                }
                let name: String = self.rest.by_ref().take_while(|next| *next != '}').collect();
                let negated = character == 'P';
                match name.strip_prefix("Is") {
                    Some(block) => match BLOCKS.iter().find(|(known, _)| *known == block) {
                        Some((_, range)) => wrapped(range, negated),
                        None => return Err(format!("the block `{name}` is not known here")),
                    },
                    None if is_category(&name) => format!("\\{character}{{{name}}}"),
                    None => return Err(format!("there is no category `{name}`")),
                }
            }
            '\\' | '|' | '.' | '-' | '^' | '?' | '*' | '+' | '{' | '}' | '(' | ')' | '[' | ']' => {
                let _ = within;
                format!("\\{character}")
            }
            other => return Err(format!("`\\{other}` is no escape")),
        })
    }

    /// A class, behind its `[`.
    fn class(&mut self, out: &mut String) -> Result<(), String> {
        self.depth += 1;
        if self.depth > 50 {
            return Err("classes nest too deeply".into());
        }
        out.push('[');
        if self.rest.peek() == Some(&'^') {
            self.rest.next();
            // The negation covers what stands before a class that is taken away, and no more.
            out.push_str("[^");
        } else {
            out.push('[');
        }
        let mut empty = true;
        loop {
            let character = self.rest.next().ok_or("a class does not end")?;
            match character {
                ']' if empty => return Err("a class is empty".into()),
                ']' => {
                    out.push_str("]]");
                    break;
                }
                '-' if self.rest.peek() == Some(&'[') => {
                    if empty {
                        return Err("a class is empty".into());
                    }
                    self.rest.next();
                    out.push_str("]--");
                    self.class(out)?;
                    if self.rest.next() != Some(']') {
                        return Err("something stands behind a class that is taken away".into());
                    }
                    out.push(']');
                    break;
                }
                '[' => return Err("`[` within a class".into()),
                '-' => {
                    // First, last, or between the ends of a range.
                    let last = self.rest.peek() == Some(&']');
                    out.push_str(if empty || last { r"\-" } else { "-" });
                }
                '\\' => out.push_str(&self.escape(true)?),
                other if other.is_ascii() && !other.is_ascii_alphanumeric() && !other.is_ascii_whitespace() => {
                    out.push('\\');
                    out.push(other);
                }
                other => out.push(other),
            }
            empty = false;
        }
        self.depth -= 1;
        Ok(())
    }
}

fn is_category(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
    ];
    KNOWN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_value_and_nothing_else() {
        for (pattern, fits, other) in [
            ("a|b", &["a", "b"][..], &["ab", "", "xa"][..]),
            ("^a$", &["^a$"], &["a"]),
            ("[a-z-[aeiou]]+", &["xyz"], &["a", "xa"]),
            ("[^a-c-[x]]", &["d", "y"], &["a", "x"]),
            (".", &["证", "\t"], &["\n", "\r", ""]),
            (r"\p{L}+", &["证书", "Ab"], &["1", "证1"]),
            (r"\i\c*", &["证-1", "a:b"], &["1a", "-"]),
            (r"[\i-[:]][\c-[:]]*", &["ab"], &["a:b"]),
            (r"\w+", &["a1证+"], &["a b", "a.b", "a_b"]),
            (r"\d{3}", &["123", "１２３"], &["12", "1234"]),
            (r"[&&a~]", &["&", "a", "~"], &["b"]),
            (r"[-+]?[0-9]{1,2}", &["-1", "+12", "3"], &["--1", "123"]),
            (r"[a\-z]", &["a", "-", "z"], &["b"]),
            (r"\p{IsBasicLatin}*", &["ab"], &["é"]),
            (r".*[^\s].*", &[" a "], &[" ", ""]),
            ("", &[""], &["a"]),
        ] {
            let compiled = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            for value in fits {
                assert!(compiled.is_match(value), "{pattern} {value}");
            }
            for value in other {
                assert!(!compiled.is_match(value), "{pattern} {value}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in [
            "(?i)a",
            "a**",
            "a??",
            "*a",
            "(a",
            "a)",
            "[]",
            "[a",
            "a{x}",
            r"\q",
            r"\p{Han}",
            r"\p{IsKlingon}",
            "]",
            r"\b",
            "[a-[b]c]",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
