//! What the cases reach: every rule, step, alternative and condition of every crosswalk, in each direction that it has.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::super::fired::{self, Way};
use super::super::plan::{BlockEntry, BlockSource, Construct, Derive, Direction, Plan, Source};
use super::super::steps::template::Piece;
use super::super::steps::{Chain, Step, Template};
use super::bundled::{lens, strategy};
use crate::format::Catalogue;

/// Parts that no case can reach, with the reason.
const UNREACHED: [(&str, &str); 3] = [
    ("iaf-certsearch@2 Get: rule holder.id", "drawn holders never have the scheme that its first alternative writes"),
    ("iaf-certsearch@2 Put: rule holder.id", "as above"),
    ("untp-dia@0.7.0 Get:", "drawn records are seldom accreditations with identifiers of the schemes that it writes"),
];

const BOTH: &[Way] = &[Way::Get, Way::Put];
const ALL: &[Way] = &[Way::Get, Way::Put, Way::GetFails, Way::PutFails];

/// One part of a crosswalk: what it is called, where it is, and what it has to do.
struct Part {
    name: String,
    address: usize,
    ways: &'static [Way],
}

struct Parts<'p> {
    plan: &'p Plan,
    list: Vec<Part>,
}

impl Parts<'_> {
    fn of(plan: &Plan) -> Vec<Part> {
        let mut parts = Parts { plan, list: Vec::new() };
        parts.rules(&plan.rules);
        let of_direction: &[Way] = match plan.direction {
            Direction::Both => ALL,
            Direction::In => &[Way::Put, Way::PutFails],
            Direction::Out => &[Way::Get, Way::GetFails],
        };
        for part in &mut parts.list {
            let kept: Vec<Way> = part.ways.iter().copied().filter(|way| of_direction.contains(way)).collect();
            part.ways = kept.leak();
        }
        parts.list
    }

    fn add<T>(&mut self, name: String, part: &T, ways: &'static [Way]) {
        self.list.push(Part { name, address: fired::address(part), ways });
    }

    fn rule(&mut self, what: &str, id: u16, line: usize) -> String {
        let name = format!("{what} {} (line {line})", self.plan.names[usize::from(id)]);
        let part = &self.plan.names[usize::from(id)];
        self.list.push(Part { name: name.clone(), address: fired::address(part), ways: BOTH });
        name
    }

    fn rules(&mut self, rules: &[Construct]) {
        for rule in rules {
            match rule {
                Construct::Leaf(rule) => {
                    let name = self.rule("rule", rule.id, rule.line);
                    self.chain(&name, &rule.chain, BOTH);
                    rule.otherwise.iter().for_each(|derive| self.derive(&name, derive));
                }
                Construct::Prefer(rule) => {
                    let name = self.rule("prefer", rule.id, rule.line);
                    for (at, slot) in rule.slots.iter().enumerate() {
                        let name = format!("{name} slot {at}");
                        self.add(name.clone(), &slot.chain, BOTH);
                        self.chain(&name, &slot.chain, BOTH);
                    }
                    rule.otherwise.iter().for_each(|derive| self.derive(&name, derive));
                }
                Construct::Implied(rule) => {
                    let name = self.rule("implied", rule.id, rule.line);
                    self.source(&name, &rule.source);
                }
                Construct::Group(group) => {
                    self.rule("group", group.id, 0);
                    self.rules(&group.rules);
                }
                Construct::When(when) => {
                    self.add(format!("when {:?}", when.test), &**when, ALL);
                    self.rules(&when.rules);
                }
                Construct::Pick(pick) => self.rules(&pick.rules),
                Construct::Each(each) => {
                    let name = format!("each {}", each.record);
                    each.otherwise.iter().for_each(|derive| self.derive(&name, derive));
                    self.rules(&each.rules);
                    each.nested.iter().for_each(|nested| self.rules(&nested.rules));
                }
                Construct::Rows(rows) => {
                    self.rules(&rows.outer);
                    self.rules(&rows.inner_rules);
                }
            }
        }
    }

    fn chain(&mut self, name: &str, chain: &Chain, ways: &'static [Way]) {
        for (at, step) in chain.steps.iter().enumerate() {
            let name = format!("{name} step {at}");
            self.add(name.clone(), step, ways);
            match step {
                Step::Join(join) => self.chain(&name, &join.item, ways),
                Step::Template(template) => self.template(&name, template),
                _ => {}
            }
        }
    }

    fn template(&mut self, name: &str, template: &Template) {
        let ways: &'static [Way] = if template.out_only { &[Way::Get] } else { BOTH };
        for (at, alternative) in template.alternatives.iter().enumerate() {
            let name = format!("{name} alternative {at}");
            self.add(name.clone(), alternative, ways);
            for piece in &alternative.pieces {
                if let Piece::Variable { steps: Some(chain), .. } = piece {
                    self.chain(&name, chain, ways);
                }
            }
        }
    }

    fn source(&mut self, name: &str, source: &Source) {
        match source {
            Source::Constant(_) | Source::BySheet(_) => {}
            Source::Copy(_, chain) => self.chain(name, chain, &[Way::Get]),
            Source::Derive(derive, chain) => {
                self.chain(name, chain, &[Way::Get]);
                self.derive(name, derive);
            }
        }
    }

    fn derive(&mut self, name: &str, derive: &Derive) {
        match derive {
            Derive::Table(rows) => {
                for (at, (_, answer)) in rows.iter().enumerate() {
                    self.add(format!("{name} derived row {at}"), answer, &[Way::Get]);
                }
            }
            Derive::Text(template) => self.template(name, template),
            Derive::Block(entries) => self.block(name, entries),
            Derive::Codes(..) | Derive::Call(_) | Derive::RowNumber => {}
        }
    }

    fn block(&mut self, name: &str, entries: &[BlockEntry]) {
        for entry in entries {
            let name = format!("{name} / {}", entry.wire.text);
            match &entry.source {
                BlockSource::Value(source) => {
                    self.add(name.clone(), entry, &[Way::Get]);
                    self.source(&name, source);
                }
                BlockSource::Each { entries, .. } => self.block(&name, entries),
            }
        }
    }
}

#[test]
fn the_cases_reach_every_rule_step_and_condition_of_every_crosswalk() {
    let mut missing = Vec::new();
    for format in Catalogue::bundled().formats() {
        let lens = lens(format.crosswalk());
        let parts = Parts::of(&lens.crosswalk.plan);
        let strategy = strategy(format.crosswalk());
        let mut runner = TestRunner::deterministic();
        let wanted = |fired: &std::collections::HashSet<(usize, Way)>| {
            let mut left = Vec::new();
            for part in &parts {
                for way in part.ways.iter().filter(|way| !fired.contains(&(part.address, **way))) {
                    left.push(format!("{} {way:?}: {}", format.id(), part.name));
                }
            }
            left
        };
        let mut all = std::collections::HashSet::new();
        let mut cases = 0;
        fired::take();
        while cases < 1500 {
            cases += 1;
            let case = strategy.new_tree(&mut runner).expect("a case").current();
            let put = lens.put(&case["stored"], &lens.written(&case["document"]));
            for record in [&put.record, &case["stored"]] {
                if *record != json!({}) {
                    let exact = lens.get(record, &put.issue, true);
                    lens.put(record, &exact.document);
                }
            }
            all.extend(fired::take());
            if cases % 50 == 0 && wanted(&all).is_empty() {
                break;
            }
        }
        let ways: usize = parts.iter().map(|part| part.ways.len()).sum();
        let left = wanted(&all);
        eprintln!("{}: {} of {ways} ways of {} parts in {cases} cases", format.id(), ways - left.len(), parts.len());
        missing.extend(left);
    }
    missing.retain(|part| !UNREACHED.iter().any(|(known, _)| part.contains(known)));
    assert!(missing.is_empty(), "no case reaches\n{}", missing.join("\n"));
}
