//! The table of correspondences of a crosswalk: which place of the record stands for which place on the wire, for people to
//! read. The steps are told in words (`wording`). Nothing here maps.

use serde::Serialize;

use super::crosswalk::Crosswalk;
use super::path::{RecordPath, WirePath};
use super::plan::{Answer, Construct, Derive, Each, Leaf, Prefer, Rows, Slot, Source, Test};
use super::steps::Chain;
use super::wording;

/// One line of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Correspondence {
    /// Place of the record, `[]` behind a list (`holder.addresses[].text`); empty where the crosswalk itself states what
    /// stands on the wire.
    pub record: String,
    /// Place on the wire, with `/` between members and `[]` behind a list.
    pub wire: String,
    /// What is done from the record to the wire, in its order, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// When the line holds, in record words; all of them must.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
    /// May something be lost on the way to the wire?
    pub narrows: bool,
    /// Must a document have it?
    pub required_on_wire: bool,
    /// Must a record have it?
    pub required_in_record: bool,
}

impl Crosswalk {
    /// Every correspondence, in the order of the rules; those of the whole document first.
    pub fn correspondences(&self) -> Vec<Correspondence> {
        let plan = &*self.plan;
        let mut walk = Walk::default();
        for rules in [&plan.batch, &plan.rules] {
            walk.all(rules, &Scope::default());
        }
        walk.table
    }

    /// What a document of the format is known by: the places that it must have, outside lists, else all of them. Each with
    /// its spellings: as a JSON Pointer without the leading slash or the title of a column, and as a flat layout has it.
    pub fn known_by(&self) -> Vec<Vec<&str>> {
        fn spellings(place: &WirePath) -> Vec<&str> {
            std::iter::once(&*place.text).chain(place.flat.as_deref()).filter(|name| !name.is_empty()).collect()
        }
        fn gather<'p>(rules: &'p [Construct], into: &mut Vec<Vec<&'p str>>) {
            for rule in rules {
                match rule {
                    Construct::Leaf(rule) if rule.required_wire => into.push(spellings(&rule.wire)),
                    Construct::Prefer(rule) if rule.required_wire => into.push(spellings(&rule.wire)),
                    Construct::Each(rule) if rule.required_wire => into.push(spellings(&rule.wire)),
                    Construct::Implied(rule) if !rule.optional => into.push(spellings(&rule.wire)),
                    Construct::Pick(pick) => gather(&pick.rules, into),
                    _ => {}
                }
            }
        }
        let rules = &self.plan.rules;
        let mut known = Vec::new();
        gather(rules, &mut known);
        if known.is_empty() {
            for rule in rules {
                rule.places(&mut |place| known.push(spellings(place)));
            }
        }
        known.retain(|spellings| !spellings.is_empty());
        known.sort();
        known.dedup();
        known
    }

    /// The list of records within a JSON document, as a JSON Pointer; nothing where it is the document itself.
    pub fn record_list(&self) -> Option<String> {
        self.plan.records.as_ref().map(|path| path.segments.iter().flat_map(|segment| ["/", segment]).collect())
    }

    /// Key of the element that holds a record of an XML document, with its namespace; nothing for other syntaxes.
    pub fn root_element(&self) -> Option<&str> {
        self.plan.xml.as_ref().map(|xml| &*xml.root)
    }

    /// Which records the format may carry, in words of the crosswalk; nothing where it may carry all.
    pub fn applies(&self) -> Option<&str> {
        self.plan.applies.as_ref().map(|applies| applies.words.as_str())
    }

    /// Values that every record read from a document has, with their places.
    pub fn constants(&self) -> Vec<(String, String)> {
        self.plan.constants.iter().map(|(path, value)| (path.to_string(), wording::value(value))).collect()
    }
}

/// Where the walk stands.
#[derive(Clone, Default)]
struct Scope {
    record: String,
    wire: String,
    when: Vec<String>,
}

impl Scope {
    fn record(&self, path: &RecordPath) -> String {
        let own = path.to_string();
        match (self.record.as_str(), own.as_str()) {
            ("", _) => own,
            (scope, ".") => scope.to_owned(),
            (_, own) if own.starts_with('$') => own.to_owned(),
            (scope, own) => format!("{scope}.{own}"),
        }
    }

    fn wire(&self, path: &WirePath) -> String {
        match (self.wire.as_str(), &*path.text) {
            ("", own) => own.to_owned(),
            (scope, "") => scope.to_owned(),
            (scope, own) => format!("{scope}/{own}"),
        }
    }

    fn items(&self, record: &RecordPath, constants: &[(RecordPath, serde_json::Value)], wire: &str) -> Self {
        let list = self.record(record);
        let which = if constants.is_empty() { String::new() } else { wording::constants(constants) };
        Self { record: format!("{list}[{which}]"), wire: wire.to_owned(), when: self.when.clone() }
    }

    fn under(&self, condition: String) -> Self {
        let mut scope = self.clone();
        scope.when.push(condition);
        scope
    }
}

#[derive(Default)]
struct Walk {
    table: Vec<Correspondence>,
}

impl Walk {
    fn all(&mut self, rules: &[Construct], scope: &Scope) {
        for rule in rules {
            self.one(rule, scope);
        }
    }

    fn one(&mut self, rule: &Construct, scope: &Scope) {
        match rule {
            Construct::Leaf(rule) => self.leaf(rule, scope),
            Construct::Prefer(rule) => self.prefer(rule, scope),
            Construct::Implied(rule) => {
                let steps = vec![stated(&rule.source)];
                self.line(scope, String::new(), &rule.wire, steps, !rule.optional, false);
            }
            Construct::Group(group) => {
                let steps = vec![format!("{} where it is there, {} where it is not", group.yes, group.no)];
                self.line(scope, scope.record(&group.record), &group.wire, steps, false, false);
                let below = Scope { record: scope.record(&group.record), ..scope.clone() };
                self.all(&group.rules, &below);
            }
            Construct::When(when) => self.all(&when.rules, &scope.under(test(&when.test))),
            Construct::Pick(pick) => {
                let mut below = scope.items(&pick.record, &pick.constants, &scope.wire);
                if pick.latest {
                    below.record = below.record.replace("[]", "[latest]");
                }
                self.all(&pick.rules, &below);
            }
            Construct::Each(each) => self.each(each, scope),
            Construct::Rows(rows) => self.rows(rows, scope),
        }
    }

    fn leaf(&mut self, rule: &Leaf, scope: &Scope) {
        let mut steps = words_of(&rule.chain);
        if let Some(list) = &rule.list
            && !list.constants.is_empty()
        {
            steps.insert(0, format!("items with {}", wording::constants(&list.constants)));
        }
        if rule.whole.is_some() {
            steps.push("as the sender made it".into());
        }
        if let Some(derive) = &rule.otherwise {
            steps.push(format!("where absent: {}", derived(derive)));
        }
        let narrows = rule.narrows || rule.chain.steps.iter().any(wording::narrows);
        self.line(scope, scope.record(&rule.record), &rule.wire, steps, rule.required_wire, rule.required_record);
        self.narrow(narrows);
    }

    fn prefer(&mut self, rule: &Prefer, scope: &Scope) {
        for (index, slot) in rule.slots.iter().enumerate() {
            let Slot { record, chain, .. } = slot;
            let mut steps = words_of(chain);
            if index > 0 {
                steps.insert(0, "where those above have no value".into());
            }
            if let Some(derive) = rule.otherwise.as_ref().filter(|_| index + 1 == rule.slots.len()) {
                steps.push(format!("where absent: {}", derived(derive)));
            }
            let narrows = chain.steps.iter().any(wording::narrows);
            self.line(scope, scope.record(record), &rule.wire, steps, rule.required_wire, rule.required_record);
            self.narrow(narrows);
        }
    }

    fn each(&mut self, each: &Each, scope: &Scope) {
        let wire = format!("{}[]", scope.wire(&each.wire));
        let items = scope.items(&each.record, &each.constants, &wire);
        if each.otherwise.is_some() || each.rules.is_empty() {
            let steps = each.otherwise.iter().map(|derive| format!("where absent: {}", derived(derive))).collect();
            self.line(scope, items.record.clone(), &each.wire, steps, each.required_wire, false);
        }
        self.all(&each.rules, &items);
        if let Some(nested) = &each.nested {
            let inner = Scope { wire: format!("{}[]", items.wire(&nested.wire)), ..items };
            self.all(&nested.rules, &inner);
        }
    }

    fn rows(&mut self, rows: &Rows, scope: &Scope) {
        let wire = format!("{}[]", scope.wire(&rows.wire));
        let items = scope.items(&rows.record, &rows.constants, &wire);
        self.all(&rows.outer, &items);
        self.all(&rows.inner_rules, &items.items(&rows.inner, &[], &wire));
    }

    fn line(
        &mut self,
        scope: &Scope,
        record: String,
        wire: &WirePath,
        steps: Vec<String>,
        required_on_wire: bool,
        required_in_record: bool,
    ) {
        self.table.push(Correspondence {
            record,
            wire: scope.wire(wire),
            steps,
            when: scope.when.clone(),
            narrows: false,
            required_on_wire,
            required_in_record,
        });
    }

    fn narrow(&mut self, narrows: bool) {
        if let Some(last) = self.table.last_mut() {
            last.narrows = narrows;
        }
    }
}

fn words_of(chain: &Chain) -> Vec<String> {
    chain.steps.iter().map(wording::step).collect()
}

fn stated(source: &Source) -> String {
    match source {
        Source::Constant(wire) => format!("always {}", wording::value(&wire.to_json())),
        Source::BySheet(_) => "always the name of its sheet or its title".into(),
        Source::Copy(scoped, chain) => {
            let mut words = vec![format!("repeats {}", scoped.path)];
            words.extend(words_of(chain));
            words.join(", ")
        }
        Source::Derive(derive, chain) => {
            let mut words = vec![derived(derive)];
            words.extend(words_of(chain));
            words.join(", ")
        }
    }
}

fn derived(derive: &Derive) -> String {
    match derive {
        Derive::Table(rows) => {
            let row = |(when, answer): &(Test, Answer)| match when {
                Test::Always => format!("else {}", self::answer(answer)),
                when => format!("{} → {}", test(when), self::answer(answer)),
            };
            rows.iter().map(row).collect::<Vec<_>>().join("; ")
        }
        Derive::Codes(codes, of) => format!("{} of {}", wording::codes(codes), of.path),
        Derive::Call(name) => format!("computed ({name})"),
        Derive::Text(template) => wording::template(template),
        Derive::Block(entries) => {
            let places: Vec<String> = entries.iter().map(|entry| entry.wire.text.to_string()).collect();
            format!("composed from the record ({})", places.join(", "))
        }
        Derive::RowNumber => "number of the row".into(),
    }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Constant(value) => wording::value(value),
        Answer::Path(scoped) => scoped.path.to_string(),
        Answer::None => "nothing".into(),
    }
}

fn alternatives(values: &[serde_json::Value]) -> String {
    values.iter().map(wording::value).collect::<Vec<_>>().join(" or ")
}

/// A condition in words.
fn test(test: &Test) -> String {
    match test {
        Test::Always => "always".into(),
        Test::Present(scoped) => format!("{} is there", scoped.path),
        Test::In(scoped, values) => format!("{} is {}", scoped.path, alternatives(values)),
        Test::NotIn(scoped, values) => format!("{} is not {}", scoped.path, alternatives(values)),
        Test::All(tests) => tests.iter().map(self::test).collect::<Vec<_>>().join(" and "),
    }
}
