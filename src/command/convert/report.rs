//! `certbridge convert --report`: for each record what its receiver will not see and why, to be read by people.

use std::collections::BTreeMap;

use super::composed;
use crate::command::terminal;
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
}

impl Why {
    fn words(self) -> &'static str {
        match self {
            Self::Withheld => "政策不予提供\nwithheld by the policy",
            Self::NotCarried => "目标格式无对应项\nno place of its own in the format",
            Self::Narrowed => "可见，但不能原样读回\nseen, but not as it stood",
            Self::KeptAside => "仅留存，不外传\nkept aside, never sent",
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

/// The sender's places, each with the field of the record that it was read to.
type Groups = BTreeMap<Why, Vec<(String, String)>>;

/// What is not seen, by reason.
fn groups(read: &ReadRecord, out: Option<&Account>) -> Groups {
    let mut groups = Groups::new();
    for way in composed::of(read, out) {
        let why = match way.class {
            Class::Withheld => Why::Withheld,
            Class::NotCarried => Why::NotCarried,
            Class::Narrowed => Why::Narrowed,
            Class::KeptAside => Why::KeptAside,
            Class::Carried | Class::Implied => continue,
        };
        groups.entry(why).or_default().push((way.source.to_string(), way.record.join(", ")));
    }
    groups
}

fn table(groups: &Groups) -> String {
    let mut table = terminal::table(&["why", "at the sender", "in the record"]);
    for (why, places) in groups {
        let column = |pick: fn(&(String, String)) -> &String| {
            let mut lines: Vec<&str> = places.iter().take(NAMED).map(|place| pick(place).as_str()).collect();
            lines.iter_mut().filter(|line| line.is_empty()).for_each(|line| *line = "—");
            lines.join("\n")
        };
        let mut sender = column(|(sender, _)| sender);
        if let Some(more) = places.len().checked_sub(NAMED).filter(|more| *more > 0) {
            sender.push_str(&format!("\n… +{more}"));
        }
        table.add_row([why.words().to_owned(), sender, column(|(_, record)| record)]);
    }
    table.to_string()
}
