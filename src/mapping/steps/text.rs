//! `text`: cleaning of what people and spreadsheets leave around a text. Printed as is; a text that cleaning would change is
//! outside the domain, because it would not come back.

use std::borrow::Cow;

use super::{Mid, Notes, Outside, Unreadable};

/// Which cleanings, in the order in which they are done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextStep {
    pub(crate) invisible: bool,
    pub(crate) width: bool,
    pub(crate) breaks: bool,
    pub(crate) upper: bool,
    pub(crate) trim: bool,
    pub(crate) from_number: bool,
}

impl TextStep {
    pub(crate) fn print(self, mid: Mid<'_>) -> Result<Mid<'_>, Outside> {
        match mid {
            Mid::Text(text) if !text.is_empty() && matches!(self.clean(&text), Cow::Borrowed(_)) => Ok(Mid::Text(text)),
            Mid::Text(_) => Err(Outside),
            other => Ok(other),
        }
    }

    pub(crate) fn read<'a>(self, mid: Mid<'a>, notes: &mut Notes) -> Result<Option<Mid<'a>>, Unreadable> {
        match mid {
            Mid::Text(text) => {
                let cleaned = match self.clean(&text) {
                    Cow::Borrowed(_) => None,
                    Cow::Owned(cleaned) => Some(cleaned),
                };
                let text = match cleaned {
                    Some(cleaned) => {
                        notes.respelt = true;
                        notes.cleaned |= !cleaned.is_empty();
                        Cow::Owned(cleaned)
                    }
                    None => text,
                };
                Ok((!text.is_empty()).then_some(Mid::Text(text)))
            }
            Mid::Number(text) if self.from_number => {
                let whole = text.strip_suffix(".0").unwrap_or(&text).to_owned();
                if whole.len() > 15 || !whole.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(Unreadable::NumberForText);
                }
                notes.respelt = true;
                notes.cleaned = true;
                Ok(Some(Mid::text(whole)))
            }
            // Whether a number will do is for the steps behind to say: a date or a number may want it, a text does not.
            other => Ok(Some(other)),
        }
    }

    /// Borrowed where nothing had to be cleaned.
    pub(crate) fn clean(self, text: &str) -> Cow<'_, str> {
        // Printable ASCII with no blank at either end is clean, and most cells are that or plain Chinese.
        let mut doubtful = false;
        for c in text.chars() {
            doubtful |= match c {
                ' '..='~' => self.upper && c.is_ascii_lowercase(),
                '\t' | '\n' | '\r' => self.breaks,
                _ => (self.invisible && is_invisible(c)) || (self.width && narrow(c).is_some()),
            };
        }
        let trimmed = self.trim && (text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace));
        if !doubtful && !trimmed {
            return Cow::Borrowed(text);
        }
        let mut cleaned: String = text
            .chars()
            .filter(|c| !(self.invisible && is_invisible(*c)))
            .map(|c| if self.width { narrow(c).unwrap_or(c) } else { c })
            .map(|c| if self.upper { c.to_ascii_uppercase() } else { c })
            .collect();
        if self.breaks {
            cleaned = unbreak(&cleaned);
        }
        if self.trim {
            cleaned = cleaned.trim().to_owned();
        }
        Cow::Owned(cleaned)
    }
}

/// Characters that show nothing: zero width, joiners, direction marks, byte order mark, soft hyphen, controls.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
        || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// The ASCII character behind a full-width one.
fn narrow(c: char) -> Option<char> {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        '\u{3000}' | '\u{a0}' => Some(' '),
        _ => None,
    }
}

/// Tabs and line breaks go: to one blank between ASCII characters, to nothing beside Chinese.
fn unbreak(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\t', '\n', '\r']) {
        cleaned.push_str(rest[..at].trim_end());
        rest = rest[at..].trim_start();
        let beside = |c: Option<char>| c.is_some_and(|c| c.is_ascii());
        if beside(cleaned.chars().next_back()) && beside(rest.chars().next()) {
            cleaned.push(' ');
        }
    }
    cleaned.push_str(rest);
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_takes_away_what_nobody_meant_and_nothing_else() {
        let all = TextStep { invisible: true, width: true, breaks: true, upper: true, trim: true, from_number: true };
        for (text, clean) in [
            ("９０１２６ｑ01 ", "90126Q01"),
            ("\u{feff}A1\u{200b}", "A1"),
            ("浙江省\t\n宁波市", "浙江省宁波市"),
            ("No 1\r\nRoad", "NO 1 ROAD"),
            ("\u{3000}甲\u{3000}", "甲"),
        ] {
            assert_eq!(all.clean(text), clean, "{text:?}");
            assert_eq!(all.clean(clean), clean);
        }
        let plain = TextStep { trim: true, ..TextStep::default() };
        assert!(matches!(plain.clean("（甲） ｂ"), Cow::Borrowed(_)));
    }
}
