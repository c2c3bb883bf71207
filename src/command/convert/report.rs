//! `certbridge convert --report`: for each record what its receiver will not see and why, to be read by people.

use std::collections::BTreeMap;

use crate::command::terminal;
use crate::finding::Place;
use crate::format::{Converted, ReadRecord};
use crate::mapping::{Account, Class};

/// Places that a line names before it counts the rest.
const NAMED: usize = 6;

/// Why a receiver does not see something, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Withheld,
    NotCarried,
    Narrowed,
    KeptAside,
    NotRead,
}

impl Why {
    fn words(self) -> &'static str {
        match self {
            Self::Withheld => "政策不予提供\nwithheld by the policy",
            Self::NotCarried => "目标格式无此项\nno place in the format",
            Self::Narrowed => "较粗\nnarrowed",
            Self::KeptAside => "仅留存，不外传\nkept aside, never sent",
            Self::NotRead => "未读入\nnot taken in",
        }
    }
}

/// The table of every record of a file.
pub(super) fn of(file: &str, to: &str, converted: &Converted) -> String {
    let mut out = String::new();
    for document in &converted.documents {
        for (position, index) in document.written.records.iter().enumerate() {
            let Some(read) = converted.reading.records.get(*index) else { continue };
            let key = &read.record.key;
            let number = key.number.as_deref().or(key.uri.as_deref()).unwrap_or_default();
            out.push_str(&format!("{file} {} · {} {number} → {to}\n", read.place, key.issuer));
            if !document.written.may_be_sent() {
                out.push_str("不发送（见检查结果） / not sent: see the findings\n\n");
                continue;
            }
            let groups = groups(read, document.written.accounts.get(position));
            if groups.is_empty() {
                out.push_str("接收方可见全部内容 / the receiver sees all of it\n\n");
                continue;
            }
            out.push_str(&table(&groups));
            out.push_str("\n\n");
        }
    }
    for refused in &converted.reading.refused {
        out.push_str(&format!("{file} {}: 未读入（见检查结果） / refused: see the findings\n", refused.place));
    }
    out
}

type Groups = BTreeMap<(Why, String), Vec<String>>;

/// What is not seen, by reason and rule.
fn groups(read: &ReadRecord, out: Option<&Account>) -> Groups {
    let mut groups = Groups::new();
    let mut add = |why: Why, rule: Option<&String>, what: String| {
        let rule = rule.cloned().unwrap_or_default();
        let said = groups.entry((why, rule)).or_default();
        if !said.contains(&what) {
            said.push(what);
        }
    };
    for line in &read.account.leaves {
        let why = match line.class {
            Class::KeptAside => Why::KeptAside,
            Class::NotCarried => Why::NotRead,
            Class::Narrowed => Why::Narrowed,
            Class::Carried | Class::Implied | Class::Withheld => continue,
        };
        add(why, line.rule.as_ref(), line.source.to_string());
    }
    for line in out.iter().flat_map(|account| &account.leaves) {
        let why = match line.class {
            Class::Withheld => Why::Withheld,
            Class::NotCarried => Why::NotCarried,
            Class::Narrowed => Why::Narrowed,
            Class::Carried | Class::Implied | Class::KeptAside => continue,
        };
        add(why, line.rule.as_ref(), at_sender(&line.source, read));
    }
    groups
}

/// A field of the record with the cell that it was read from.
fn at_sender(place: &Place, read: &ReadRecord) -> String {
    let Place::Field(path) = place else { return place.to_string() };
    match read.origins.locate(path).filter(|source| *source != read.place) {
        Some(source) => format!("{path} ({source})"),
        None => path.clone(),
    }
}

fn table(groups: &Groups) -> String {
    let mut table = terminal::table(&["why", "rule", "what"]);
    for ((why, rule), places) in groups {
        let mut what = places.iter().take(NAMED).cloned().collect::<Vec<_>>().join("\n");
        if let Some(more) = places.len().checked_sub(NAMED).filter(|more| *more > 0) {
            what.push_str(&format!("\n… +{more}"));
        }
        let rule = if rule.is_empty() { "—" } else { rule };
        table.add_row([why.words(), rule, &what]);
    }
    table.to_string()
}
