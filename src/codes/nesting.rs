//! How deep a YAML file nests, found before anything is built of it: readers of YAML go down by calling themselves, and a
//! file of a few kilobytes would take them beyond the end of the stack.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

/// Levels of lists and maps that a file may nest, what its aliases stand for included.
const DEEPEST: usize = 64;

/// The line on which a file nests too deeply. A file that is no YAML does so as little as it does anything else: its reader
/// says what is wrong with it.
#[must_use]
pub(crate) fn too_deep(text: &str) -> Option<usize> {
    // The open lists and maps: the name of each, and how many levels it has below it.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut heights: HashMap<usize, usize> = HashMap::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let height = match event {
            Event::SequenceStart(anchor, ..) | Event::MappingStart(anchor, ..) => {
                open.push((anchor, 0));
                0
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (anchor, below) = open.pop()?;
                heights.insert(anchor, below + 1);
                below + 1
            }
            Event::Alias(anchor) => heights.get(&anchor).copied().unwrap_or(0),
            _ => 0,
        };
        if open.len() + height > DEEPEST {
            return Some(span.start.line());
        }
        if let Some((_, below)) = open.last_mut() {
            *below = (*below).max(height);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_too_deeply_is_found_at_its_line_however_it_is_written() {
        let flow = |levels: usize| format!("a: {}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(too_deep(&flow(63)), None);
        assert_eq!(too_deep(&flow(64)), Some(1));
        assert_eq!(too_deep(&flow(200)), Some(1));
        let block = (0..64).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<Vec<_>>().concat();
        assert_eq!(too_deep(&block), None);
        assert_eq!(too_deep(&format!("{block}{}a:\n", " ".repeat(64))), Some(65));
        assert_eq!(too_deep(&"- ".repeat(1_000)), Some(1));
        // Each line has all of the line before in it.
        let chain = (1..80).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect::<Vec<_>>().concat();
        assert_eq!(too_deep(&format!("a0: &a0 [x]\n{chain}")), Some(64));
        assert_eq!(too_deep("a: [1"), None, "no YAML at all");
    }
}
