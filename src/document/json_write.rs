//! Writing the tree as compact JSON: keys in their order, numbers as they are spelt.

use super::{Node, Value};

/// The JSON text of a node.
pub(super) fn to_bytes(node: &Node) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    write(node, &mut out);
    out
}

/// Appends the JSON text of a node.
pub(super) fn write(node: &Node, out: &mut Vec<u8>) {
    match &node.value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => out.extend_from_slice(number.as_str().as_bytes()),
        Value::Text(text) => string(text, out),
        Value::DateCell(day) => string(&day.to_string(), out),
        Value::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            for (index, (key, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                string(key, out);
                out.push(b':');
                write(member, out);
            }
            out.push(b'}');
        }
        Value::Workbook(workbook) => out.extend_from_slice(workbook.to_json().to_string().as_bytes()),
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    // Nearly every text has nothing to escape, and sixteen bytes are looked at as fast as one.
    let plain = |part: &[u8]| !part.iter().fold(false, |found, byte| found | matches!(byte, b'"' | b'\\' | 0..=0x1f));
    if bytes.chunks(16).all(plain) {
        out.extend_from_slice(bytes);
        out.push(b'"');
        return;
    }
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape = match byte {
            b'"' | b'\\' => *byte,
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..=0x1f => b'u',
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        out.extend_from_slice(&[b'\\', escape]);
        if escape == b'u' {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            out.extend_from_slice(&[b'0', b'0', DIGITS[high], DIGITS[low]]);
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}
