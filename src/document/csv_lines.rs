//! Where the records of a CSV file end, told byte by byte without reading their cells: of UTF-8, and of GB18030, whose second
//! and later bytes are never those of a comma, a quote or a line break.

/// What stands at the byte that was looked at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The beginning of a cell.
    Begin,
    Plain,
    Quoted,
    /// A quote within a quoted cell: its end, or the first of two.
    Quote,
    /// The CR that ends a record.
    Return,
}

/// Why the lines below cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// A quote is not closed, or something stands behind a closing one.
    Quote,
    /// A quoted cell has more line breaks than it may have.
    Lines,
}

/// Looks for the ends of records.
#[derive(Clone, Debug)]
pub(super) struct Records {
    at: At,
    /// Line of the text, from 1.
    pub(super) line: u32,
    /// Line on which the quote that is open was opened.
    pub(super) opened: u32,
    breaks: u32,
    most_breaks: u32,
    /// Was the last byte of a quoted cell a CR, so that an LF ends no further line?
    after_return: bool,
}

impl Records {
    pub(super) fn new(most_breaks: u32) -> Self {
        Self { at: At::Begin, line: 1, opened: 0, breaks: 0, most_breaks, after_return: false }
    }

    /// Looks at bytes until a record ends: gives how many belong to it, with its line break, or nothing where it goes on
    /// behind them. A record that ends in a CR goes on: its LF may follow.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Astray> {
        for (index, byte) in bytes.iter().enumerate() {
            match (self.at, byte) {
                (At::Return, b'\n') => {
                    self.begin();
                    return Ok(Some(index + 1));
                }
                (At::Return, _) => {
                    self.begin();
                    return Ok(Some(index));
                }
                (At::Begin | At::Plain | At::Quote, b'\n') => {
                    self.begin();
                    return Ok(Some(index + 1));
                }
                (At::Begin | At::Plain | At::Quote, b'\r') => self.at = At::Return,
                (At::Begin | At::Plain | At::Quote, b',') => self.at = At::Begin,
                (At::Begin, b'"') => (self.at, self.opened, self.breaks) = (At::Quoted, self.line, 0),
                (At::Quote, b'"') => self.at = At::Quoted,
                (At::Quote, _) => return Err(Astray::Quote),
                (At::Begin | At::Plain, _) => self.at = At::Plain,
                (At::Quoted, b'"') => (self.at, self.after_return) = (At::Quote, false),
                (At::Quoted, b'\n') if self.after_return => self.after_return = false,
                (At::Quoted, b'\r' | b'\n') => {
                    self.after_return = *byte == b'\r';
                    self.line = self.line.saturating_add(1);
                    self.breaks += 1;
                    if self.breaks > self.most_breaks {
                        return Err(Astray::Lines);
                    }
                }
                (At::Quoted, _) => self.after_return = false,
            }
        }
        Ok(None)
    }

    fn begin(&mut self) {
        self.at = At::Begin;
        self.line = self.line.saturating_add(1);
    }

    /// The text has ended, within a quote or not.
    pub(super) fn finish(&self) -> Result<(), Astray> {
        if self.at == At::Quoted { Err(Astray::Quote) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The records of a text that comes in pieces of some bytes.
    fn records(text: &str, piece: usize) -> Result<Vec<String>, Astray> {
        let mut found = Vec::new();
        let mut lines = Records::new(200);
        let (mut begun, mut at) = (0, 0);
        let bytes = text.as_bytes();
        while at < bytes.len() {
            let to = bytes.len().min(at + piece);
            if let Some(length) = lines.end(&bytes[at..to])? {
                at += length;
                found.push(text[begun..at].to_owned());
                begun = at;
            } else {
                at = to;
            }
        }
        lines.finish()?;
        if begun < text.len() {
            found.push(text[begun..].to_owned());
        }
        Ok(found)
    }

    #[test]
    fn a_record_ends_at_a_line_break_outside_quotes() {
        for piece in [1, 2, 1_000] {
            let found = records("a,b\r\n\"x,\r\n\"\"\ny\",z\rq\n\n\"\"\n5\" s", piece);
            assert_eq!(found.expect("records"), ["a,b\r\n", "\"x,\r\n\"\"\ny\",z\r", "q\n", "\n", "\"\"\n", "5\" s"]);
            assert_eq!(records("a\n\"x\ny", piece), Err(Astray::Quote));
            assert_eq!(records("a\n\"x\"y\n", piece), Err(Astray::Quote));
            assert_eq!(records(&format!("\"{}", "x\n".repeat(201)), piece), Err(Astray::Lines));
        }
    }

    proptest! {
        #[test]
        fn records_end_where_the_reader_of_cells_ends_them(text in "[a\",\r\n]{0,40}") {
            let limits = super::super::Limits::default();
            let read = super::super::csv::parse(text.as_bytes(), &limits);
            let found = records(&text, 3);
            prop_assert_eq!(read.is_ok(), found.is_ok());
            if let (Ok((node, _)), Ok(found)) = (read, found) {
                let super::super::Value::Workbook(book) = &node.value else { panic!("a workbook") };
                let filled: Vec<u32> = book.sheets[0].rows.iter().map(|row| row.number).collect();
                let holds = |record: &String| record.chars().any(|c| !matches!(c, ',' | '\r' | '\n'))
                    && super::super::csv::parse(record.as_bytes(), &limits).is_ok_and(|(node, _)| {
                        matches!(&node.value, super::super::Value::Workbook(book) if !book.sheets[0].rows.is_empty())
                    });
                let told: Vec<u32> = (1..).zip(&found).filter(|(_, record)| holds(record)).map(|(at, _)| at).collect();
                prop_assert_eq!(filled, told);
            }
        }
    }
}
