//! For tests: the parts of a plan that have something to do, and the ways in which each has to: rules, steps, alternatives,
//! conditions, rows and blocks of derived values.

use super::fired::{self, Way};
use super::plan::{BlockEntry, BlockSource, Construct, Derive, Direction, Plan, Source};
use super::steps::template::Piece;
use super::steps::{Chain, Step, Template};

const BOTH: &[Way] = &[Way::Get, Way::Put];
const ALL: &[Way] = &[Way::Get, Way::Put, Way::GetFails, Way::PutFails];

/// One part of a crosswalk: what it is called, where it is, and what it has to do.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) address: usize,
    pub(crate) ways: &'static [Way],
}

pub(crate) struct Parts<'p> {
    plan: &'p Plan,
    list: Vec<Part>,
}

impl Parts<'_> {
    pub(crate) fn of(plan: &Plan) -> Vec<Part> {
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
