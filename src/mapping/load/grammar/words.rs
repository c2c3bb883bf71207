//! The table itself.

use super::{Key, Kind, Node};
use Kind::{By, Either, Flag, Free, List, Map, Nothing, Number, Rules, Steps, Text, Texts, Value, Word, Words};

const fn key(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key::new(name, kind, says)
}

const fn needed(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key::needed(name, kind, says)
}

const fn node(name: &'static str, title: &'static str, keys: &'static [Key]) -> Node {
    Node { name, title, keys, other: None }
}

const REQUIRED: Kind = Word(&["wire", "record", "both"]);
const EMPTY: Kind = Word(&["write"]);

pub(super) static CROSSWALK: Node = node(
    "crosswalk",
    "a crosswalk",
    &[
        needed("format", Text, "written name@version"),
        key("title", Text, "what the format is, for readers"),
        key("source", Text, "where the facts about it were read"),
        key(
            "syntax",
            Word(&["json", "ndjson", "csv", "workbook", "xml"]),
            "how its documents are written; json by default",
        ),
        key("direction", Word(&["both", "in", "out"]), "is it read, written, or both (the default)?"),
        key("schema", Text, "id of the schema that judges its documents"),
        key("record-version", Word(&[crate::record::RECORD_FORMAT]), "the model of the record that it maps"),
        key("records", Text, "where the records stand: the key of a sheet, the path of a list, or . for a list itself"),
        key("layout", Map(&LAYOUT), "sheets, title cells and flat names"),
        key("namespaces", Free(&Text), "for XML: the prefixes of paths, with their namespaces"),
        key("root", Text, "for XML: the name of the root element"),
        key("sequence", Texts, "for XML: the order in which elements are written"),
        key("includes", Texts, "the files that `include` may name; without it any"),
        key("tables", Free(&Map(&TABLE)), "code tables of its own, by name"),
        key("derived", Free(&List(&Map(&BLOCK_ENTRY))), "blocks that are composed from the record, by name"),
        key("constants", Free(&Value), "record values that every record has that is read here; never written"),
        key("applies", Map(&CONDITION), "the records that the format may carry"),
        key("batch", Rules, "rules of the document as a whole"),
        needed("rules", Rules, "the rules of a record"),
        key("not-carried", Texts, "record paths for which the format has no place; \"*\" is all that no rule names"),
        key("not-read", Texts, "wire places that the schema knows and no rule reads"),
        key("keep", Texts, "wire places that are kept aside without a note"),
    ],
);

static LAYOUT: Node = node(
    "layout",
    "`layout`",
    &[
        key("sheets", Free(&Map(&SHEET)), "the sheets of a workbook, each under a key of one's own"),
        key("block", Map(&BLOCK), "cells above the tables: block.1, block.2, …"),
        key("flat", Either(&[Nothing, Text]), "what joins nested places into one column title or key; may be nothing"),
    ],
);

static SHEET: Node = node(
    "sheet",
    "a sheet",
    &[
        needed("name", Text, "the name that the sheet has"),
        needed("titles", Text, "a title that finds its row of titles"),
        key("from", Text, "letter of its first column"),
        key("columns", Texts, "titles in the order in which they are written"),
        key("groups", Word(&["optional"]), "a row above the titles may stand or not"),
        key("codes", Word(&["optional"]), "a row of technical names below the titles may stand or not"),
    ],
);

static BLOCK: Node = node(
    "block",
    "`block`",
    &[
        key("above", Word(&["titles"]), "where the cells stand"),
        needed("lines", Number, "how many there are"),
        key("from", Text, "letter of the column where they stand"),
    ],
);

static TABLE: Node = Node {
    name: "table",
    title: "a code table",
    keys: &[
        key("aliases", Free(&Text), "other spellings that are read: spelling: record code"),
        key("prefix", Flag, "the longest code that a value begins with gives the name; only for look-ups"),
    ],
    other: Some(("record code: wire code", Text)),
};

static CONDITION: Node = Node {
    name: "condition",
    title: "a condition",
    keys: &[key("present", Texts, "record paths that must have a value")],
    other: Some(("record path: the value, or the values of which it is one", Either(&[Map(&NOT), Texts]))),
};

static NOT: Node =
    node("not", "a condition", &[needed("not", Texts, "the value, or the values, that it must not have")]);

pub(super) static CONSTRUCTS: &[(&str, &Node)] = &[
    ("group", &GROUP),
    ("when", &WHEN),
    ("pick", &PICK),
    ("each", &EACH),
    ("rows", &ROWS),
    ("prefer", &PREFER),
    ("include", &INCLUDE),
    ("implied", &IMPLIED),
    ("record", &RULE),
];

static RULE: Node = node(
    "rule",
    "a rule",
    &[
        needed("record", Text, "the place in the record"),
        needed("wire", Text, "the place on the wire"),
        key("steps", Steps, "what is done from the record to the wire, top to bottom"),
        key("absent", Texts, "spellings of no value; the first is written"),
        key("required", REQUIRED, "where a value must be there"),
        key("narrows", Text, "why something may be lost on the way out"),
        key("otherwise", Map(&OTHERWISE), "what is written where the record has nothing"),
        key("whole", Flag, "the tree there is one value, as its sender made it"),
        key("shape", Texts, "with whole: the fields that it may have, else it is kept aside"),
        key("empty", Word(&["keep"]), "with whole: {} is a value too"),
        key("where", Free(&Value), "with join: only items with these constants, which new ones get"),
        key("id", Text, "its name in the account; the record path by default"),
        key("source", Text, "where the fact was read"),
    ],
);

static OTHERWISE: Node = node("otherwise", "`otherwise`", &[needed("derive", DERIVE, "what is written then")]);

static IMPLIED: Node = node(
    "implied-leaf",
    "an implied leaf",
    &[
        needed("wire", Text, "the place on the wire"),
        needed("implied", Map(&IMPLICATION), "what stands there"),
        key("steps", Steps, "how a copied or derived value is spelt"),
        key("id", Text, "its name in the account"),
        key("source", Text, "where the fact was read"),
    ],
);

static IMPLICATION: Node = node(
    "implied",
    "`implied`",
    &[
        key("const", Value, "always this; in a workbook one by sheet, where a map is given"),
        key("copy", Text, "the value of this record path once more"),
        key("derive", DERIVE, "a derived value"),
        key("from", FROM, "a text put together"),
        key("match", Word(&["equal", "prefix", "contains"]), "how much of a list must agree; all of it by default"),
        key("optional", Flag, "it may also be missing"),
    ],
);

static GROUP: Node = node(
    "group",
    "a group",
    &[
        needed("group", Map(&GROUPED), "where the node stands"),
        needed("rules", Rules, "the rules of the node"),
        key("id", Text, "its name in the account"),
    ],
);

static GROUPED: Node = node(
    "grouped",
    "`group`",
    &[
        key("wire", Text, "prefix of the wire paths inside"),
        key("record", Text, "prefix of the record paths inside; with a flag, the node itself"),
        key("flag", Map(&FLAG), "a place on the wire that says whether the node is there"),
    ],
);

static FLAG: Node = node(
    "flag",
    "`flag`",
    &[
        needed("wire", Text, "the place on the wire"),
        needed("yes", Text, "what it says where the node is there"),
        needed("no", Text, "what it says where it is not"),
    ],
);

static WHEN: Node = node(
    "when",
    "`when`",
    &[
        needed("when", Map(&CONDITION), "the condition, in record words"),
        needed("rules", Rules, "the rules that stand under it"),
    ],
);

static PICK: Node = node(
    "pick",
    "`pick`",
    &[
        needed("pick", Map(&PICKED), "which item"),
        needed("rules", Rules, "the rules of the item"),
        key("id", Text, "its name in the account"),
    ],
);

static PICKED: Node = node(
    "picked",
    "`pick`",
    &[
        needed("record", Text, "the list"),
        key("where", Free(&Value), "only items with these constants, which a new one gets"),
        key("latest", Flag, "the last of them, not the first"),
        key("same", Texts, "fields by which an item is known again; where one differs, a new item is made"),
    ],
);

static EACH: Node = node(
    "each",
    "`each`",
    &[
        needed("each", Map(&EACH_OF), "which lists"),
        needed("rules", Rules, "the rules of an item"),
        key("inner-rules", Rules, "with inner: the rules of an item of the inner list"),
        key("otherwise", Map(&OTHERWISE), "what is written where the record has no item"),
        key("id", Text, "its name in the account"),
    ],
);

static EACH_OF: Node = node(
    "each-of",
    "`each`",
    &[
        needed("record", Text, "the list in the record"),
        needed("wire", Text, "the list on the wire"),
        key("key", Texts, "record fields by which items are told apart"),
        key("position", Flag, "items are told apart by their place in the list"),
        key("where", Free(&Value), "only items with these constants, which new ones get"),
        key("group-by", Text, "with inner: the record field that makes the outer item"),
        key("inner", Map(&INNER_LIST), "a list within the wire item; the record has one flat list"),
        key("empty", EMPTY, "no items are written as []"),
        key("required", REQUIRED, "where an item must be there"),
    ],
);

static INNER_LIST: Node = node(
    "inner-list",
    "`inner`",
    &[
        needed("wire", Text, "the list within the wire item"),
        key("key", Texts, "record fields by which its items are told apart"),
    ],
);

static ROWS: Node = node(
    "rows",
    "`rows`",
    &[
        needed("rows", Map(&ROWS_OF), "which sheet, which list"),
        needed("rules", Rules, "the columns of an item"),
        key("inner-rules", Rules, "with inner: the columns of an item of the inner list"),
        key("id", Text, "its name in the account"),
    ],
);

static ROWS_OF: Node = node(
    "rows-of",
    "`rows`",
    &[
        key("sheet", Text, "key of the sheet"),
        key("wire", Text, "the list, where the document has no sheets"),
        needed("record", Text, "the list in the record"),
        key("join", Free(&Text), "column: record path; the columns that name the record of the row"),
        key("by", Texts, "record fields by which rows are one item"),
        key("inner", Map(&INNER_ROWS), "the list within the item; each of its items is a row"),
        key("orphans", Text, "where rows go that join no record"),
        key("where", Free(&Value), "only items with these constants, which new ones get"),
    ],
);

static INNER_ROWS: Node = node(
    "inner-rows",
    "`inner`",
    &[
        needed("record", Text, "a list of the item"),
        key("key", Texts, "record fields by which its items are told apart"),
    ],
);

static PREFER: Node = node(
    "prefer",
    "`prefer`",
    &[
        needed("prefer", Map(&PREFERRED), "one place on the wire for several in the record"),
        key("slots", List(&Map(&SLOT)), "the record places in order, with steps of their own"),
        key("otherwise", Map(&OTHERWISE), "what is written where none has a value"),
        key("id", Text, "its name in the account"),
    ],
);

static PREFERRED: Node = node(
    "preferred",
    "`prefer`",
    &[
        needed("wire", Text, "the place on the wire"),
        key("records", Texts, "the record places in order, all with the same steps"),
        key("by", Word(&["domain", "scheme", "script"]), "which place a text belongs to when it is read"),
        key("steps", Steps, "steps of the places that have none of their own"),
        key("absent", Texts, "spellings of no value; the first is written"),
        key("required", REQUIRED, "where a value must be there"),
    ],
);

static SLOT: Node = node(
    "slot",
    "a slot",
    &[
        needed("record", Text, "the place in the record"),
        key("steps", Steps, "its steps"),
        key("narrows", Text, "why something may be lost on the way out"),
        key("source", Text, "where the fact was read"),
    ],
);

static INCLUDE: Node = node(
    "include",
    "`include`",
    &[
        needed("include", Text, "name of the file"),
        key("record", Text, "prefix of its record paths"),
        key("wire", Text, "prefix of its wire paths"),
        key("with", Free(&Text), "what stands for $(name) in it"),
    ],
);

/// Steps that may be written as a name alone.
pub(super) static STEP_NAMES: &[&str] = &["text", "number", "digest"];

pub(super) static STEPS: &[(&str, &Node)] = &[
    ("text", &TEXT),
    ("date", &DATE),
    ("number", &NUMBER),
    ("codes", &CODES),
    ("join", &JOIN),
    ("template", &TEMPLATE),
    ("encode", &ENCODE),
    ("limit", &LIMIT),
    ("check", &CHECK),
    ("digest", &DIGEST),
];

static TEXT: Node = node(
    "text",
    "`text`",
    &[needed(
        "text",
        Either(&[Nothing, Words(&["trim", "invisible", "breaks", "width", "upper", "from-number"])]),
        "what is cleaned on the way in",
    )],
);

const FORMS: Kind = Words(&["yyyymmdd", "yyyy-mm-dd", "cell", "serial", "date-time", "yyyymmddhhmmss"]);

static DATE: Node = node(
    "date",
    "`date`",
    &[
        needed("date", FORMS, "the first is written, all are read"),
        key("also", FORMS, "forms that are read with a finding"),
        key("zone", Text, "the offset of times: +08:00"),
        key("at", Word(&["start", "end"]), "which end of the day a time stands for"),
    ],
);

static NUMBER: Node =
    node("number", "`number`", &[needed("number", Either(&[Nothing, Word(&["json", "text"])]), "how it is written")]);

static CODES: Node = node(
    "codes",
    "`codes`",
    &[
        needed("codes", Either(&[Text, Map(&CODE_PAIRS)]), "the name of a table, or a table"),
        key("back", Free(&Text), "wire code: the record code that it is read as, where several write it"),
        key("aliases", Free(&Text), "other spellings that are read: spelling: record code"),
        key("unread", Texts, "wire codes that are kept aside"),
        key("not-carried", Texts, "record codes without a counterpart"),
    ],
);

static CODE_PAIRS: Node = Node {
    name: "code-pairs",
    title: "`codes`",
    keys: &[
        key("table", Text, "the name of a table to begin with"),
        key("back", Free(&Text), "wire code: the record code that it is read as, where several write it"),
        key("aliases", Free(&Text), "other spellings that are read: spelling: record code"),
        key("unread", Texts, "wire codes that are kept aside"),
        key("not-carried", Texts, "record codes without a counterpart"),
    ],
    other: Some(("record code: wire code", Text)),
};

static JOIN: Node = node(
    "join",
    "`join`",
    &[
        needed("join", Text, "the separator that is written"),
        key("also", Texts, "separators that are read as well"),
        key("key", Texts, "record fields by which items are told apart"),
        key("item", Steps, "steps of an item"),
    ],
);

static TEMPLATE: Node = node(
    "template",
    "`template`",
    &[
        needed(
            "template",
            Either(&[Text, List(&Map(&ALTERNATIVE))]),
            "the text, or alternatives of which the first that fits is used",
        ),
        key("parts", Free(&Steps), "steps by variable"),
    ],
);

static ALTERNATIVE: Node = node(
    "alternative",
    "an alternative",
    &[
        needed("as", Text, "the text with its variables"),
        key("set", Free(&Value), "constants that hold with it"),
        key("parts", Free(&Steps), "steps by variable"),
        key("from", Free(&Text), "parts that are filled from $issue or $batch on the way in"),
    ],
);

static ENCODE: Node =
    node("encode", "`encode`", &[needed("encode", Word(&["pct", "base64", "multibase"]), "how the text is encoded")]);

static LIMIT: Node = node(
    "limit",
    "`limit`",
    &[needed("limit", Number, "most characters"), key("refuse", Flag, "a longer text is not written, instead of cut")],
);

static CHECK: Node = node(
    "check",
    "`check`",
    &[needed("check", Word(&["uri", "by-scheme", "uscc", "ccc", "lei", "gtin", "did"]), "what the value must be")],
);

static DIGEST: Node = node("digest", "`digest`", &[needed("digest", Nothing, "only where nothing is read back")]);

const DERIVE: Kind =
    Either(&[Text, List(&Map(&ROW)), By(&[("call", &DERIVE_CALL), ("codes", &DERIVE_CODES), ("from", &DERIVE_FROM)])]);

static ROW: Node = Node {
    name: "derivation-row",
    title: "a row of a derivation",
    keys: &[
        key("present", Texts, "record paths that must have a value"),
        key("then", ANSWER, "the answer if the row holds"),
        key("else", ANSWER, "the answer if no row above holds"),
    ],
    other: Some(("record path: the value, or the values of which it is one", Either(&[Map(&NOT), Texts]))),
};

const ANSWER: Kind = Either(&[Nothing, Text, List(&Value), By(&[("path", &ANSWER_PATH), ("const", &ANSWER_CONST)])]);

static ANSWER_PATH: Node = node("answer-path", "an answer", &[needed("path", Text, "a record path")]);

static ANSWER_CONST: Node = node("answer-const", "an answer", &[needed("const", Value, "the value itself")]);

static DERIVE_CALL: Node = node("derive-call", "`derive`", &[needed("call", Text, "the name of a computed source")]);

static DERIVE_CODES: Node = node(
    "derive-codes",
    "`derive`",
    &[
        needed("codes", Either(&[Text, Free(&Text)]), "the name of a table, or a table"),
        needed("of", Text, "the record path that is looked up"),
    ],
);

static DERIVE_FROM: Node = node("derive-from", "`derive`", &[needed("from", FROM, "a text put together")]);

const FROM: Kind = Either(&[List(&Map(&TEMPLATE)), Map(&TEMPLATE)]);

static BLOCK_ENTRY: Node = node(
    "block-entry",
    "an entry of a block",
    &[
        needed("wire", Text, "the place on the wire"),
        key("const", Value, "always this"),
        key("copy", Text, "the value of this record path"),
        key("derive", DERIVE, "a derived value"),
        key("from", FROM, "a text put together"),
        key("steps", Steps, "how a copied or derived value is spelt"),
        key("each", Text, "a record list; each of its items makes one of the wire list"),
        key("where", Free(&Value), "only items with these constants"),
        key("as", Free(&MEMBER), "members of the wire item: a record path of the item, or a source"),
        key("rules", List(&Map(&BLOCK_ENTRY)), "entries of the wire item"),
        key("empty", EMPTY, "no items are written as []"),
    ],
);

const MEMBER: Kind = Either(&[Text, Map(&SOURCE)]);

static SOURCE: Node = node(
    "source",
    "a member",
    &[
        key("const", Value, "always this"),
        key("copy", Text, "the value of this record path"),
        key("derive", DERIVE, "a derived value"),
        key("from", FROM, "a text put together"),
        key("steps", Steps, "how a copied or derived value is spelt"),
    ],
);
