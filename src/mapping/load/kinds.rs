//! Does each step of a chain take what the one before it gives, from the kind of the record place on?

use crate::mapping::shape::Kind;
use crate::mapping::steps::{Chain, CodeMap, Step};

/// What stands between two steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Text,
    Day,
    Number,
    Truth,
    Tree,
    List,
    Unknown,
}

/// What to write instead, where a step cannot take what it is given.
pub(super) fn misfit(chain: &Chain) -> Option<String> {
    use Between::{Day, List, Number, Text, Tree, Truth, Unknown};
    let mut here = match chain.kind {
        Kind::Text | Kind::Code(_) => Text,
        Kind::Date | Kind::DateTime => Day,
        Kind::Decimal | Kind::Integer | Kind::Number => Number,
        Kind::Bool => Truth,
        Kind::Object => Tree,
        Kind::List => List,
        Kind::Any => Unknown,
    };
    for step in &chain.steps {
        let (name, takes): (&str, &[Between]) = match step {
            Step::Text(_) => ("text", &[Text]),
            Step::Date(_) => ("date", &[Day, Text]),
            Step::Number(_) => ("number", &[Number]),
            Step::Codes(_) => ("codes", &[Text, Truth, Number]),
            Step::Join(_) => ("join", &[List]),
            Step::Template(_) => ("template", &[Text, Tree, Day, Number]),
            Step::Encode(_) => ("encode", &[Text]),
            Step::Limit(..) => ("limit", &[Text]),
            Step::CheckUri => ("check", &[Text]),
            Step::Digest => ("digest", &[Text, Tree, List, Day, Number]),
        };
        if here != Unknown && !takes.contains(&here) {
            let (what, instead) = match here {
                Day => ("a day", "put `date` above it"),
                Number => ("a number", "put `number` above it"),
                Truth => ("true or false", "put `codes: {true: …, false: …}` above it"),
                Tree => ("a node with fields", "put a `template` above it, or name one of its fields"),
                List => ("a list", "put `join` above it, or use `each`"),
                Text | Unknown => ("a text", "this step does not take texts; leave it out, or put it above"),
            };
            return Some(format!("`{name}` would get {what}; {instead}"));
        }
        here = Text;
    }
    None
}

/// Do two different values always print differently?
pub(super) fn is_injective(chain: &Chain) -> bool {
    chain.steps.iter().all(|step| match step {
        Step::Limit(_, refuse) => *refuse,
        Step::Codes(codes) => !merges(codes),
        Step::Digest => false,
        _ => true,
    })
}

fn merges(codes: &CodeMap) -> bool {
    let mut printed: Vec<&str> = codes.out.values().map(|code| &**code).collect();
    printed.sort_unstable();
    printed.windows(2).any(|pair| pair[0] == pair[1])
}

/// Does the chain read every text?
pub(super) fn reads_every_text(chain: &Chain) -> bool {
    matches!(chain.kind, Kind::Text | Kind::Any)
        && chain.steps.iter().all(|step| matches!(step, Step::Text(_) | Step::Limit(..) | Step::CheckUri))
}
