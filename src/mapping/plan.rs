//! The compiled crosswalk: structs with paths split and tables resolved. Nothing here is read from text while mapping.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::path::{RecordPath, WirePath};
use super::steps::Chain;
use super::wire::Wire;
use crate::document::Name;

/// Number of a rule, into [`Plan::names`].
pub(crate) type RuleId = u16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Both,
    In,
    Out,
}

/// How an absent value may be spelt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    Missing,
    Text(String),
}

/// One place of the record, one place on the wire, and the steps between.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) id: RuleId,
    pub(crate) line: usize,
    pub(crate) record: RecordPath,
    pub(crate) wire: WirePath,
    pub(crate) chain: Chain,
    pub(crate) absent: Vec<Absent>,
    pub(crate) required_wire: bool,
    pub(crate) required_record: bool,
    pub(crate) narrows: bool,
    /// The value is an object of which only these parts are this rule's.
    pub(crate) covered: Option<Vec<RecordPath>>,
    /// The value is a list taken as one text.
    pub(crate) list: Option<ListView>,
    /// Parts of the value filled from another root.
    pub(crate) otherwise: Option<Derive>,
    /// Taken as the sender made it; the fields it may have.
    pub(crate) whole: Option<Vec<String>>,
    /// An empty object is a value too: that the node is there means something.
    pub(crate) empty_counts: bool,
}

/// How a rule sees a list that it takes as one value.
#[derive(Debug)]
pub(crate) struct ListView {
    pub(crate) constants: Vec<(RecordPath, Value)>,
    /// Parts by which items are told apart; empty for all that is covered.
    pub(crate) key: Vec<RecordPath>,
    /// Parts of an item that the rule covers; empty where items are texts.
    pub(crate) covered: Vec<RecordPath>,
}

#[derive(Debug)]
pub(crate) struct Prefer {
    pub(crate) id: RuleId,
    pub(crate) line: usize,
    pub(crate) wire: WirePath,
    pub(crate) by: By,
    pub(crate) slots: Vec<Slot>,
    pub(crate) absent: Vec<Absent>,
    pub(crate) required_wire: bool,
    pub(crate) required_record: bool,
    pub(crate) otherwise: Option<Derive>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The first slot whose steps read the leaf.
    Domain,
    /// The slot whose language is written in the script of the leaf.
    Script,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) record: RecordPath,
    pub(crate) chain: Chain,
    pub(crate) covered: Option<Vec<RecordPath>>,
    /// For [`By::Script`]: is this the slot for Chinese characters?
    pub(crate) han: bool,
}

#[derive(Debug)]
pub(crate) struct Implied {
    pub(crate) id: RuleId,
    pub(crate) line: usize,
    pub(crate) wire: WirePath,
    pub(crate) source: Source,
    pub(crate) matching: Matching,
    pub(crate) optional: bool,
    /// Compare what is read, not how it is spelt.
    pub(crate) by_value: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    Equal,
    Prefix,
    Contains,
}

/// Where a wire value comes from that no record place alone holds.
#[derive(Debug)]
pub(crate) enum Source {
    Constant(Wire),
    /// One constant a sheet.
    BySheet(HashMap<Name, Wire>),
    Copy(Scoped, Chain),
    Derive(Derive, Chain),
}

/// A path that starts at the item of the construct, or at the record.
#[derive(Debug)]
pub(crate) struct Scoped {
    pub(crate) path: RecordPath,
    pub(crate) from_item: bool,
}

#[derive(Debug)]
pub(crate) enum Derive {
    /// First match.
    Table(Vec<(Test, Answer)>),
    Codes(super::steps::CodeMap, Scoped),
    Call(String),
    /// A template over the record and the other roots: a text for the wire.
    Text(super::steps::Template),
    /// A named block: a tree for the wire.
    Block(Vec<BlockEntry>),
    RowNumber,
}

#[derive(Debug)]
pub(crate) enum Test {
    Always,
    Present(Scoped),
    In(Scoped, Vec<Value>),
    /// None of these values stands there; nothing may.
    NotIn(Scoped, Vec<Value>),
    All(Vec<Test>),
}

#[derive(Debug)]
pub(crate) enum Answer {
    Constant(Value),
    Path(Scoped),
    None,
}

/// One entry of a named block.
#[derive(Debug)]
pub(crate) struct BlockEntry {
    pub(crate) wire: WirePath,
    pub(crate) source: BlockSource,
}

#[derive(Debug)]
pub(crate) enum BlockSource {
    Value(Source),
    /// One object an item of a list of the record.
    Each {
        list: Scoped,
        constants: Vec<(RecordPath, Value)>,
        entries: Vec<BlockEntry>,
        empty: bool,
    },
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: RuleId,
    pub(crate) record: RecordPath,
    pub(crate) wire: WirePath,
    pub(crate) yes: String,
    pub(crate) no: String,
    pub(crate) rules: Vec<Construct>,
}

#[derive(Debug)]
pub(crate) struct When {
    pub(crate) test: Test,
    pub(crate) rules: Vec<Construct>,
    /// Every wire place that stands in the branch.
    pub(crate) places: Vec<WirePath>,
}

#[derive(Debug)]
pub(crate) struct Pick {
    pub(crate) id: RuleId,
    pub(crate) record: RecordPath,
    pub(crate) constants: Vec<(RecordPath, Value)>,
    pub(crate) latest: bool,
    pub(crate) same: Vec<RecordPath>,
    pub(crate) rules: Vec<Construct>,
    pub(crate) residue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Key,
    Position,
}

#[derive(Debug)]
pub(crate) struct Each {
    pub(crate) id: RuleId,
    pub(crate) record: RecordPath,
    pub(crate) wire: WirePath,
    pub(crate) constants: Vec<(RecordPath, Value)>,
    pub(crate) align: Align,
    pub(crate) key: Vec<RecordPath>,
    pub(crate) empty: bool,
    pub(crate) rules: Vec<Construct>,
    pub(crate) otherwise: Option<Derive>,
    pub(crate) residue: bool,
    pub(crate) required_wire: bool,
    pub(crate) nested: Option<Nested>,
}

/// A flat list of the record as nested lists of the wire.
#[derive(Debug)]
pub(crate) struct Nested {
    pub(crate) group_by: RecordPath,
    pub(crate) wire: WirePath,
    pub(crate) rules: Vec<Construct>,
}

/// Items with an inner list, as the rows of a sheet.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) id: RuleId,
    pub(crate) record: RecordPath,
    pub(crate) wire: WirePath,
    pub(crate) constants: Vec<(RecordPath, Value)>,
    pub(crate) by: Vec<RecordPath>,
    pub(crate) outer: Vec<Construct>,
    pub(crate) inner: RecordPath,
    pub(crate) inner_key: Vec<RecordPath>,
    pub(crate) inner_rules: Vec<Construct>,
}

#[derive(Debug)]
pub(crate) enum Construct {
    Leaf(Box<Leaf>),
    Prefer(Box<Prefer>),
    Implied(Box<Implied>),
    Group(Box<Group>),
    When(Box<When>),
    Pick(Box<Pick>),
    Each(Box<Each>),
    Rows(Box<Rows>),
}

/// A sheet of a workbook.
#[derive(Debug)]
pub(crate) struct SheetLayout {
    /// Its name in the crosswalk.
    pub(crate) key: Name,
    /// Its name in the workbook.
    pub(crate) name: String,
    /// A title that finds the row of titles.
    pub(crate) titles: String,
    pub(crate) from: u32,
    /// The columns in the order in which they are written.
    pub(crate) columns: Vec<Name>,
    /// Columns that tell which record a row belongs to, with the rule that reads each; empty for the sheet of records.
    pub(crate) join: Vec<(Name, RecordPath)>,
    pub(crate) orphans: Option<RecordPath>,
}

#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) sheets: Vec<SheetLayout>,
    /// Title cells above the tables.
    pub(crate) block_lines: u32,
    /// The column that they stand in.
    pub(crate) block_from: u32,
    /// What joins the segments of a nested place in a layout without nesting.
    pub(crate) flat: Option<String>,
    /// The names that nested places have then, and the first of the names that they have otherwise.
    pub(crate) flat_names: HashSet<Name>,
    pub(crate) nested_names: HashSet<Name>,
}

/// What a tree does not say of XML.
#[derive(Debug)]
pub(crate) struct XmlLayout {
    /// Key of the root element, which every wire path is below.
    pub(crate) root: Name,
    /// Elements in the order in which they are written; others stand behind them.
    pub(crate) sequence: Vec<WirePath>,
}

/// Which records a format may carry.
#[derive(Debug)]
pub(crate) struct Applies {
    pub(crate) test: Test,
    pub(crate) words: String,
}

/// A crosswalk, compiled.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) format: String,
    pub(crate) syntax: crate::document::Syntax,
    pub(crate) direction: Direction,
    pub(crate) schema: Option<String>,
    pub(crate) layout: Layout,
    /// Root and order of the elements, for XML.
    pub(crate) xml: Option<XmlLayout>,
    /// The sheet that has one record a row; the list of a JSON document that has one record an item.
    pub(crate) records: Option<WirePath>,
    pub(crate) batch: Vec<Construct>,
    pub(crate) rules: Vec<Construct>,
    pub(crate) constants: Vec<(RecordPath, Value)>,
    pub(crate) applies: Option<Applies>,
    pub(crate) not_carried: Vec<String>,
    pub(crate) not_carried_line: usize,
    /// Wire places that no rule reads, and the line that says so; nothing where the crosswalk does not say.
    pub(crate) not_read: Option<(Vec<WirePath>, usize)>,
    pub(crate) keep: Vec<WirePath>,
    /// Name of each rule, by its number.
    pub(crate) names: Vec<String>,
    /// Record path of each rule, by its number.
    pub(crate) paths: Vec<String>,
}

impl Each {
    /// Is it read when all other rules have been? A default of the list, or one inside nested lists, speaks of them.
    pub(crate) fn is_late(&self) -> bool {
        let has_default = |rule: &Construct| matches!(rule, Construct::Leaf(rule) if rule.otherwise.is_some());
        self.otherwise.is_some()
            || self.nested.as_ref().is_some_and(|nested| self.rules.iter().chain(&nested.rules).any(has_default))
    }
}

impl Construct {
    /// Visits every wire place that the construct stands at, in the wire node of its surroundings.
    pub(crate) fn places<'p>(&'p self, visit: &mut impl FnMut(&'p WirePath)) {
        match self {
            Self::Leaf(rule) => visit(&rule.wire),
            Self::Prefer(rule) => visit(&rule.wire),
            Self::Implied(rule) => visit(&rule.wire),
            Self::Group(group) => {
                visit(&group.wire);
                group.rules.iter().for_each(|rule| rule.places(visit));
            }
            Self::When(when) => when.rules.iter().for_each(|rule| rule.places(visit)),
            Self::Pick(pick) => pick.rules.iter().for_each(|rule| rule.places(visit)),
            Self::Each(each) => visit(&each.wire),
            Self::Rows(rows) => visit(&rows.wire),
        }
    }
}
