//! Documents by the rules of a crosswalk: what each rule reads, what it cannot read, its spellings of "no value", and
//! members that no rule knows.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::super::path::{RecordPath, Root, WirePath};
use super::super::plan::{Absent, Construct, Implied, Plan, Prefer, Rows, Source};
use super::super::shape::Kind;
use super::super::steps::date::Form;
use super::super::steps::template::{Filter, Piece};
use super::super::steps::{Chain, Encoding, Step, Template};
use super::super::wire::Wire;
use super::draw::Draw;

/// Words that collide, hold separators, or are spelt as people spell.
pub(super) const WORDS: [&str; 16] = [
    "甲",
    "乙公司",
    "Acme",
    "B/C",
    "x；y",
    " pad ",
    "/",
    "无",
    "Q1",
    "a:b",
    "ISO 9001",
    "丙（北京）",
    "a\nb",
    "1；",
    "Ｑ1",
    "did:web:x",
];

/// A document of one record, as the crosswalk's own rules have it.
pub(super) fn document(plan: &Plan, issue: &Value, draw: &mut Draw<'_>) -> Wire {
    let mut out = Wire::object();
    let writer = Writer { plan, issue };
    writer.rules(&plan.rules, &mut out, draw);
    writer.repeat_keys(&plan.rules, &mut out, draw);
    writer.unknown(&mut out, draw);
    out
}

struct Writer<'p> {
    plan: &'p Plan,
    issue: &'p Value,
}

impl Writer<'_> {
    fn rules(&self, rules: &[Construct], out: &mut Wire, draw: &mut Draw<'_>) {
        // Now and then most rules are silent, so that what is left stands alone.
        let chance = if draw.percent(15) { 25 } else { 80 };
        for rule in rules {
            match rule {
                Construct::Leaf(rule) => {
                    if draw.percent(chance) {
                        let wire = match &rule.whole {
                            Some(fields) => self.whole(fields, draw),
                            None => self.leaf(&rule.chain, &rule.absent, draw),
                        };
                        self.set(out, &rule.wire, wire, draw);
                    }
                }
                Construct::Prefer(rule) => {
                    if draw.percent(chance) {
                        let wire = self.prefer(rule, draw);
                        self.set(out, &rule.wire, wire, draw);
                    }
                }
                Construct::Implied(rule) => {
                    if draw.percent(chance) {
                        let wire = self.implied(rule, draw);
                        self.set(out, &rule.wire, wire, draw);
                    }
                }
                Construct::Group(group) => {
                    if draw.percent(chance) {
                        let flag = match draw.below(8) {
                            0 => String::new(),
                            1 => "?".to_owned(),
                            2 => format!(" {}", group.yes),
                            3 => group.no.clone(),
                            _ => group.yes.clone(),
                        };
                        self.set(out, &group.wire, Wire::Text(flag), draw);
                    }
                    if draw.percent(70) {
                        self.rules(&group.rules, out, draw);
                    }
                }
                Construct::When(when) => {
                    if draw.percent(70) {
                        self.rules(&when.rules, out, draw);
                    }
                }
                Construct::Pick(pick) => {
                    if draw.percent(85) {
                        self.rules(&pick.rules, out, draw);
                    }
                }
                Construct::Each(each) => {
                    if draw.percent(chance) {
                        let wire = self.list(draw, |draw| {
                            let mut item = Wire::object();
                            self.rules(&each.rules, &mut item, draw);
                            if let Some(nested) = &each.nested {
                                let inner = self.list(draw, |draw| {
                                    let mut row = Wire::object();
                                    self.rules(&nested.rules, &mut row, draw);
                                    self.unknown(&mut row, draw);
                                    row
                                });
                                item.set(&nested.wire, false, inner);
                            }
                            self.repeat_keys(&each.rules, &mut item, draw);
                            self.unknown(&mut item, draw);
                            item
                        });
                        self.set(out, &each.wire, wire, draw);
                    }
                }
                Construct::Rows(rows) => {
                    if draw.percent(chance) {
                        let wire = self.list(draw, |draw| self.row(rows, draw));
                        self.set(out, &rows.wire, wire, draw);
                    }
                }
            }
        }
    }

    fn row(&self, rows: &Rows, draw: &mut Draw<'_>) -> Wire {
        let mut row = Wire::object();
        self.rules(&rows.outer, &mut row, draw);
        self.rules(&rows.inner_rules, &mut row, draw);
        self.unknown(&mut row, draw);
        row
    }

    fn list(&self, draw: &mut Draw<'_>, mut item: impl FnMut(&mut Draw<'_>) -> Wire) -> Wire {
        match draw.below(20) {
            0 => Wire::Text("no list".into()),
            1 => Wire::Null,
            2 => odd(draw),
            3 => Wire::List(Vec::new()),
            _ => {
                let mut items: Vec<Wire> = Vec::new();
                for _ in 0..draw.below(4) {
                    // A double now and then, or something that is no object.
                    let next = match (draw.below(12), items.last()) {
                        (0, Some(last)) => last.clone(),
                        (1, _) => odd(draw),
                        _ => item(draw),
                    };
                    items.push(next);
                }
                Wire::List(items)
            }
        }
    }

    /// Columns that repeat what another rule carries, mostly so that they agree.
    fn repeat_keys(&self, rules: &[Construct], out: &mut Wire, draw: &mut Draw<'_>) {
        let mut own = Vec::new();
        let mut lists = Vec::new();
        for rule in rules {
            match rule {
                Construct::Implied(rule) => own.push(rule),
                Construct::Each(each) => lists.push((&each.wire, &each.rules)),
                Construct::Rows(rows) => lists.push((&rows.wire, &rows.inner_rules)),
                _ => {}
            }
        }
        for rule in own {
            if let Some(wire) = self.carrier(rule, out)
                && draw.percent(75)
            {
                out.set(&rule.wire, false, wire);
            }
        }
        for (place, rules) in lists {
            for rule in rules {
                let Construct::Implied(rule) = rule else { continue };
                let Some(wire) = self.carrier(rule, out) else { continue };
                if let Some(Wire::List(items)) = member(out, place) {
                    for item in items.iter_mut().filter(|item| matches!(item, Wire::Object(_))) {
                        if draw.percent(75) {
                            item.set(&rule.wire, false, wire.clone());
                        }
                    }
                }
            }
        }
    }

    fn carrier(&self, rule: &Implied, out: &Wire) -> Option<Wire> {
        let Source::Copy(scoped, _) = &rule.source else { return None };
        let carrier = super::super::sheets::rule_of(self.plan, &scoped.path)?;
        out.get(&carrier.wire, false).cloned()
    }

    fn unknown(&self, out: &mut Wire, draw: &mut Draw<'_>) {
        if !draw.percent(20) || !matches!(out, Wire::Object(_)) {
            return;
        }
        let name = draw.one(&["zz", "a/b", "[0]", "~", "", "未知"]);
        let value = odd(draw);
        out.set(&WirePath::of(vec![name.into()], None), false, value);
    }

    fn set(&self, out: &mut Wire, path: &WirePath, wire: Wire, draw: &mut Draw<'_>) {
        if path.segments.is_empty() {
            // The item itself.
            *out = wire;
            return;
        }
        let flat = path.flat.is_some() && draw.percent(20);
        out.set(path, flat, wire);
    }

    fn leaf(&self, chain: &Chain, absent: &[Absent], draw: &mut Draw<'_>) -> Wire {
        match draw.below(24) {
            0 => Wire::Null,
            1 => odd(draw),
            2 | 3 => match draw.of(absent_or_empty(absent)) {
                Absent::Text(text) => Wire::Text(text.clone()),
                Absent::Missing => Wire::Text(String::new()),
            },
            4 => Wire::Text(draw.one(&WORDS).to_owned()),
            5 => Wire::Number(draw.one(&["7", "6.0", "1E+2", "-0.5"]).into()),
            6 => Wire::Bool(draw.percent(50)),
            _ => self.valid(&chain.steps, &chain.kind, draw),
        }
    }

    fn prefer(&self, rule: &Prefer, draw: &mut Draw<'_>) -> Wire {
        let slot = draw.of(&rule.slots);
        if slot.chain.steps.is_empty() && slot.han && draw.percent(70) {
            return Wire::Text(draw.one(&["甲公司", "认证范围", "证书"]).to_owned());
        }
        self.leaf(&slot.chain, &rule.absent, draw)
    }

    fn implied(&self, rule: &Implied, draw: &mut Draw<'_>) -> Wire {
        match &rule.source {
            Source::Constant(wire) => match (wire, draw.below(6)) {
                (Wire::List(items), 0) if !items.is_empty() => Wire::List(items[1..].to_vec()),
                (Wire::List(items), 1) => {
                    let mut more = items.clone();
                    more.insert(draw.below(more.len() + 1), Wire::Text("More".into()));
                    Wire::List(more)
                }
                (_, 2) => Wire::Text(draw.one(&["", "other"]).to_owned()),
                (_, 3) => odd(draw),
                _ => wire.clone(),
            },
            Source::Copy(_, chain) => self.leaf(chain, &[], draw),
            _ if draw.percent(20) => odd(draw),
            _ => Wire::Text(draw.one(&WORDS).to_owned()),
        }
    }

    fn whole(&self, fields: &[String], draw: &mut Draw<'_>) -> Wire {
        let mut tree = Wire::object();
        for field in fields {
            if draw.percent(60) {
                tree.set(&WirePath::of(vec![field.as_str().into()], None), false, scalar(draw));
            }
        }
        match draw.below(8) {
            0 => odd(draw),
            1 => Wire::Null,
            2 => Wire::List(vec![scalar(draw)]),
            3 => scalar(draw),
            _ => tree,
        }
    }

    /// What the steps read, from the record outwards.
    fn valid(&self, steps: &[Step], kind: &Kind, draw: &mut Draw<'_>) -> Wire {
        let Some((last, before)) = steps.split_last() else { return plain(kind, draw) };
        match last {
            Step::Text(text) => {
                let wire = self.valid(before, kind, draw);
                let Wire::Text(inner) = wire else { return wire };
                let digits = inner.bytes().all(|b| b.is_ascii_digit()) && !inner.starts_with('0') && !inner.is_empty();
                match draw.below(14) {
                    0 => Wire::Text(format!(" {inner} ")),
                    1 => Wire::Text(format!("{inner}\u{200b}")),
                    2 => Wire::Text(inner.to_lowercase()),
                    3 => Wire::Text(inner.chars().map(wide).collect()),
                    4 => Wire::Text(format!("{inner}\n")),
                    5 if digits && text.from_number => Wire::Number(inner.into()),
                    6 if digits => Wire::Number(inner.into()),
                    _ => Wire::Text(inner),
                }
            }
            Step::Date(date) => {
                let forms: Vec<Form> = date.forms.iter().chain(&date.also).copied().collect();
                let day = draw.one(&["2026-10-03", "2029-10-02", "2012-02-29"]);
                match (draw.below(8), draw.of(&forms)) {
                    (0, _) => {
                        Wire::Text(draw.one(&["20260230", "0000-00-00", "2026-1-3", "2029-10-03T00:00:00Z"]).to_owned())
                    }
                    (_, Form::Compact) => Wire::Text(day.replace('-', "")),
                    (_, Form::Dashed) => Wire::Text(day.to_owned()),
                    (_, Form::Cell) => Wire::Day(day.parse().expect("a day")),
                    (_, Form::Serial) => Wire::Number(draw.one(&["46298", "46298.0", "12"]).into()),
                    (_, Form::CompactTime) => Wire::Text("20261003093000+08".to_owned()),
                    (_, Form::DateTime) => Wire::Text(
                        draw.one(&[
                            "2029-10-02T23:59:59+08:00",
                            "2026-10-03T00:00:00+08:00",
                            "2026-10-02T16:00:00Z",
                            "2026-10-03T12:30:00.5+02:00",
                        ])
                        .to_owned(),
                    ),
                }
            }
            Step::Number(as_number) => {
                let text = draw.one(&["6", "46", "0.5", "6.0", "1E+2", "5500.00", "-3", "四十"]);
                if *as_number == draw.percent(80) && text.is_ascii() {
                    Wire::Number(text.into())
                } else {
                    Wire::Text(text.to_owned())
                }
            }
            Step::Codes(codes) => {
                let mut all: Vec<&str> = codes.back.keys().map(|code| &**code).collect();
                all.sort_unstable();
                let mut others: Vec<&str> = codes.aliases.keys().chain(&codes.unread).map(|code| &**code).collect();
                others.sort_unstable();
                let from = if !others.is_empty() && draw.percent(25) { &others } else { &all };
                Wire::Text(if from.is_empty() || draw.percent(5) { "??".to_owned() } else { draw.one(from).to_owned() })
            }
            Step::Join(join) => {
                let mut text = String::new();
                for at in 0..=draw.below(3) {
                    if at > 0 {
                        let other = if join.also.is_empty() || draw.percent(70) {
                            &join.separator
                        } else {
                            draw.of(&join.also)
                        };
                        text.push_str(other);
                    }
                    text.push_str(&self.text(&join.item, draw));
                }
                if draw.percent(8) {
                    text.push_str(&join.separator);
                }
                Wire::Text(text)
            }
            Step::Template(template) => Wire::Text(self.template(template, draw)),
            Step::Encode(encoding) => {
                let wire = self.valid(before, kind, draw);
                let text = match (&wire, encoding) {
                    (Wire::Text(text), Encoding::Percent) if draw.percent(30) => text.replace('%', ""),
                    (Wire::Text(text), encoding) => encoding.encode(text),
                    _ => return wire,
                };
                Wire::Text(text)
            }
            Step::Limit(most, _) => {
                let wire = self.valid(before, kind, draw);
                match wire {
                    Wire::Text(text) if draw.percent(15) => Wire::Text(format!("{text}{}", "长".repeat(*most))),
                    wire => wire,
                }
            }
            Step::CheckUri => Wire::Text(draw.one(&["https://a.example/1", "urn:x:1", "no uri"]).to_owned()),
            Step::Digest => Wire::Text("0".repeat(64)),
        }
    }

    fn text(&self, chain: &Chain, draw: &mut Draw<'_>) -> String {
        match self.valid(&chain.steps, &chain.kind, draw) {
            Wire::Text(text) => text,
            Wire::Number(text) => text.to_string(),
            _ => draw.one(&WORDS).to_owned(),
        }
    }

    fn template(&self, template: &Template, draw: &mut Draw<'_>) -> String {
        let mut text = String::new();
        for piece in &draw.of(&template.alternatives).pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Given(path) => text.push_str(&self.given(path)),
                Piece::Variable { filter, pattern, steps, .. } => {
                    let part = match (steps, pattern) {
                        (Some(chain), _) => self.text(chain, draw),
                        (None, Some(pattern)) => like(pattern.as_str(), draw),
                        (None, None) => draw.one(&WORDS).to_owned(),
                    };
                    match filter {
                        Filter::Percent => text.push_str(&Encoding::Percent.encode(&part)),
                        _ => text.push_str(&part),
                    }
                }
            }
        }
        text
    }

    fn given(&self, path: &RecordPath) -> String {
        match path.root {
            Root::Issue => path.find(self.issue).and_then(Value::as_str).unwrap_or_default().to_owned(),
            Root::Batch | Root::Record => String::new(),
        }
    }
}

fn member<'w>(wire: &'w mut Wire, path: &WirePath) -> Option<&'w mut Wire> {
    path.segments.iter().try_fold(wire, |here, segment| match here {
        Wire::Object(members) => members.get_mut(&**segment),
        _ => None,
    })
}

fn absent_or_empty(absent: &[Absent]) -> &[Absent] {
    if absent.is_empty() { &[Absent::Missing] } else { absent }
}

fn plain(kind: &Kind, draw: &mut Draw<'_>) -> Wire {
    match kind {
        Kind::Code(codes) => Wire::Text(draw.of(codes).clone()),
        Kind::Bool => Wire::Bool(draw.percent(50)),
        Kind::Integer => Wire::Number(draw.one(&["3", "46"]).into()),
        Kind::Number => Wire::Number(draw.one(&["3", "0.5"]).into()),
        Kind::Decimal => Wire::Text(draw.one(&["6.5", "6.50", "5500"]).to_owned()),
        Kind::Date => Wire::Text(draw.one(&["2026-10-03", "2029-10-02"]).to_owned()),
        Kind::DateTime => Wire::Text("2026-10-03T00:00:00Z".to_owned()),
        Kind::Any if draw.percent(40) => odd(draw),
        Kind::Text | Kind::Any => Wire::Text(draw.one(&WORDS).to_owned()),
        Kind::Object | Kind::List => odd(draw),
    }
}

fn scalar(draw: &mut Draw<'_>) -> Wire {
    match draw.below(6) {
        0 => Wire::Number("1".into()),
        1 => Wire::Bool(true),
        2 => Wire::Number("2.50".into()),
        _ => Wire::Text(draw.one(&WORDS).to_owned()),
    }
}

fn odd(draw: &mut Draw<'_>) -> Wire {
    let of = |name: &str, value: Wire| {
        let mut object = Wire::object();
        object.set(&WirePath::of(vec![name.into()], None), false, value);
        object
    };
    match draw.below(9) {
        0 => Wire::Null,
        1 => Wire::object(),
        2 => Wire::List(Vec::new()),
        3 => Wire::List(vec![Wire::Null, of("x", Wire::List(Vec::new()))]),
        4 => of("odd", Wire::List(vec![Wire::Number("1".into()), of("x", Wire::Null)])),
        5 => of("", scalar(draw)),
        6 => Wire::List(vec![scalar(draw), Wire::List(vec![scalar(draw)])]),
        _ => scalar(draw),
    }
}

fn wide(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// A text that the pattern takes, out of a few that were drawn once.
pub(super) fn like(pattern: &str, draw: &mut Draw<'_>) -> String {
    static KNOWN: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().expect("no test panics while it holds this");
    let texts = known.entry(pattern.to_owned()).or_insert_with(|| {
        let bare = pattern.strip_prefix("^(?:").and_then(|p| p.strip_suffix(")$")).unwrap_or(pattern);
        // Any character, where any will do, is one that shows.
        let shown = bare.replace(".+", "[a-c1甲]{1,4}").replace(".*", "[a-c1甲]{0,3}");
        let Ok(strategy) = proptest::string::string_regex(&shown) else { return vec!["x".to_owned()] };
        let mut runner = TestRunner::deterministic();
        (0..5).map(|_| strategy.new_tree(&mut runner).expect("a text").current()).collect()
    });
    draw.of(texts).clone()
}
