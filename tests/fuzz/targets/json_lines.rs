//! NDJSON: the stream gives what the whole gives, every bad line is told of at its line, and what was good comes back.

use certbridge::document::{JsonLines, Limits, Node, Syntax, parse};
use certbridge::finding::Place;

use super::{Target, again, json, read, told};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "json-lines",
    hold,
    seeds: || vec![seeds::lines(), b"{\"a\":1}\r\n\n{\"a\":1,\"a\":2}\n{\"b\":\n  \n[2]".to_vec()],
    shape: Shape::Text(json::TOKENS),
    inputs: 6_000,
    most_bytes: 16 << 10,
};

fn hold(bytes: &[u8]) {
    let limits = Limits::default();
    let Some(document) = read(bytes, Syntax::JsonLines) else { return };
    let findings = parse(bytes, Syntax::JsonLines, &limits).expect("read a moment ago").findings;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut last = 0;
    for line in JsonLines::new(bytes, &limits) {
        assert!(line.number > last, "lines come in their order");
        last = line.number;
        match line.record {
            Ok(node) => good.push(node),
            Err(refusal) => {
                told(&refusal);
                let at = match refusal.place() {
                    Place::Position { line, .. } | Place::Pointer { line, .. } => *line,
                    other => panic!("{other} names no line"),
                };
                assert_eq!(at, line.number, "{refusal}");
                bad.push(refusal);
            }
        }
    }
    assert_eq!(document.root.as_list().expect("a list"), good, "the stream and the whole");
    assert_eq!(findings, bad, "the stream and the whole");
    let written = document.write().expect("NDJSON is written");
    let back = again(&written, Syntax::JsonLines);
    let json = |node: &Node| node.to_json();
    assert_eq!(json(&back.root), json(&document.root));
}
