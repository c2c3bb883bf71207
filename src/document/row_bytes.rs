//! A row as bytes, to be put aside and read again.

use super::{Cell, Flags, Node, Number, Row, Value};
use crate::clock::Day;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NUMBER: u8 = 3;
const TEXT: u8 = 4;
const DAY: u8 = 5;

impl Row {
    /// Appends the row to a buffer. What no cell holds (lists and objects) is left out.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_le_bytes());
        for Cell { column, node } in &self.cells {
            let (kind, text) = match &node.value {
                Value::Null => (NULL, String::new()),
                Value::Bool(truth) => (if *truth { TRUE } else { FALSE }, String::new()),
                Value::Number(number) => (NUMBER, number.to_string()),
                Value::Text(text) => (TEXT, text.clone()),
                Value::DateCell(day) => (DAY, day.to_string()),
                Value::List(_) | Value::Object(_) | Value::Workbook(_) => continue,
            };
            out.extend_from_slice(&column.to_le_bytes());
            out.extend_from_slice(&[node.flags.bits(), kind]);
            out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// The row that bytes hold; nothing where they were not written by [`Row::write_to`].
    #[must_use]
    pub fn read_from(bytes: &[u8]) -> Option<Self> {
        let (number, mut rest) = number(bytes)?;
        let mut row = Self { number, cells: Vec::new() };
        while !rest.is_empty() {
            let (column, behind) = self::number(rest)?;
            let (&[flags, kind], behind) = behind.split_first_chunk()?;
            let (length, behind) = self::number(behind)?;
            let (text, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
            let text = str::from_utf8(text).ok()?;
            let value = match kind {
                NULL => Value::Null,
                FALSE => Value::Bool(false),
                TRUE => Value::Bool(true),
                NUMBER => Value::Number(Number::parse(text)?),
                TEXT => Value::Text(text.to_owned()),
                DAY => Value::DateCell(text.parse::<Day>().ok()?),
                _ => return None,
            };
            row.cells.push(Cell { column, node: Node::new(value).flagged(Flags::of_bits(flags)) });
            rest = behind;
        }
        Some(row)
    }
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was() {
        let mut row = Row { number: 7, cells: Vec::new() };
        let values = [
            Value::Null,
            Value::Bool(true),
            Value::Bool(false),
            Value::Number(Number::parse("1.50").expect("a number")),
            Value::Text("证书 🙂".to_owned()),
            Value::DateCell("2026-11-20".parse().expect("a day")),
        ];
        for (value, column) in values.into_iter().zip(2..) {
            row.put(column, Node::new(value).flagged(Flags::MERGED.and(Flags::FORMULA)));
        }
        let mut bytes = Vec::new();
        row.write_to(&mut bytes);
        assert_eq!(Row::read_from(&bytes), Some(row));
        assert_eq!(Row::read_from(&bytes[..bytes.len() - 1]), None);
    }
}
