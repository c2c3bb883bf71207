//! Small inputs that would grow or nest without end in a careless reader: each is answered within the bounds of the guard.

use crate::guard::Guard;
use crate::target;

/// Holds these inputs against a target.
fn held(name: &str, inputs: &[(&str, String)]) {
    let mut guard = Guard::begin(&format!("{name}-bombs"));
    for (what, input) in inputs {
        if let Err(broken) = guard.hold(target(name).hold, input.as_bytes()) {
            panic!("{name}, {what}: {broken}");
        }
    }
    eprintln!("{name}: {} bombs, most {} KiB", inputs.len(), guard.most());
}

fn nested(open: &str, middle: &str, close: &str, times: usize) -> String {
    [open.repeat(times).as_str(), middle, close.repeat(times).as_str()].concat()
}

#[test]
fn documents_of_text() {
    held(
        "json",
        &[
            ("lists", nested("[", "1", "]", 100_000)),
            ("objects", nested("{\"a\":", "1", "}", 100_000)),
            ("digits", "1".repeat(1_000_000)),
            ("escapes", format!("\"{}\"", "\\ud834\\udd1e".repeat(50_000))),
            (
                "names",
                format!("{{{}\"z\":1}}", (0..50_000).map(|n| format!("\"{n}\":1,")).collect::<Vec<_>>().concat()),
            ),
        ],
    );
    held(
        "xml",
        &[
            ("elements", nested("<a>", "", "</a>", 100_000)),
            ("attributes", format!("<a{}/>", (0..50_000).map(|n| format!(" b{n}=''")).collect::<Vec<_>>().concat())),
            (
                "namespaces",
                format!("<a{}/>", (0..250).map(|n| format!(" xmlns:b{n}='urn:{n}'")).collect::<Vec<_>>().concat()),
            ),
            (
                "a long namespace on every element",
                nested(&format!("<a xmlns='{}'>", "u".repeat(5_000)), "", "</a>", 60),
            ),
            ("references", format!("<a>{}</a>", "&#65;".repeat(200_000))),
            ("comments", format!("<a>{}</a>", "<!---->".repeat(100_000))),
            ("siblings", format!("<a>{}</a>", "<b/>".repeat(200_000))),
        ],
    );
    held(
        "csv",
        &[("quotes", "\"".repeat(300_000)), ("commas", ",".repeat(300_000)), ("lines", "\n".repeat(1_000_000))],
    );
}

/// A schema of the namespace `urn:t` with these components.
fn schema(components: &str) -> String {
    format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\">{components}<xs:element name=\"r\" type=\"t:t0\"/></xs:schema>\n=== d.xml\n<r xmlns=\"urn:t\"/>"
    )
}

/// Components that each refer to the next, the last of them without.
fn chain(length: usize, link: impl Fn(usize) -> String, end: &str) -> String {
    let links: String = (0..length).map(link).collect();
    links + end
}

#[test]
fn schemas_of_xml() {
    let any = "<xs:complexType name=\"t0\"><xs:sequence><xs:group ref=\"t:g0\"/></xs:sequence></xs:complexType>";
    let doubled = |count: usize, how: &str| {
        let group = |n: usize| {
            let next = n + 1;
            format!(
                "<xs:group name=\"g{n}\"><xs:{how}><xs:group ref=\"t:g{next}\"/><xs:group ref=\"t:g{next}\"/></xs:{how}></xs:group>"
            )
        };
        let end = format!("<xs:group name=\"g{count}\"><xs:sequence><xs:element name=\"a\"/></xs:sequence></xs:group>");
        schema(&format!("{any}{}", chain(count, group, &end)))
    };
    let type_chain = |length: usize, base: &dyn Fn(usize) -> String, end: &str| schema(&chain(length, base, end));
    let complex = |n: usize| {
        let next = n + 1;
        format!(
            "<xs:complexType name=\"t{n}\"><xs:complexContent><xs:extension base=\"t:t{next}\"><xs:sequence><xs:element name=\"e{n}\"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
        )
    };
    let simple = |n: usize| {
        let next = n + 1;
        format!(
            "<xs:simpleType name=\"t{n}\"><xs:restriction base=\"t:t{next}\"><xs:maxLength value=\"9\"/></xs:restriction></xs:simpleType>"
        )
    };
    let union = |n: usize| {
        let next = n + 1;
        format!("<xs:simpleType name=\"t{n}\"><xs:union memberTypes=\"t:t{next} t:t{next}\"/></xs:simpleType>")
    };
    let attributes = |n: usize| {
        let next = n + 1;
        format!(
            "<xs:attributeGroup name=\"g{n}\"><xs:attribute name=\"a{n}\"/><xs:attributeGroup ref=\"t:g{next}\"/></xs:attributeGroup>"
        )
    };
    let counted = |times: &str| {
        schema(&format!(
            "<xs:complexType name=\"t0\"><xs:sequence minOccurs=\"{times}\" maxOccurs=\"{times}\"><xs:sequence minOccurs=\"{times}\" maxOccurs=\"{times}\"><xs:element name=\"a\"/><xs:element name=\"b\"/></xs:sequence></xs:sequence></xs:complexType>"
        ))
    };
    let pattern = |text: &str| {
        schema(&format!("<xs:simpleType name=\"t0\"><xs:restriction base=\"xs:string\"><xs:pattern value=\"{text}\"/></xs:restriction></xs:simpleType>"))
            .replace("<r xmlns=\"urn:t\"/>", &format!("<r xmlns=\"urn:t\">{}</r>", "a".repeat(5_000)))
    };
    held(
        "xsd",
        &[
            ("groups doubled", doubled(40, "sequence")),
            ("choices doubled", doubled(40, "choice")),
            ("a few groups doubled", doubled(12, "sequence")),
            ("a chain of extensions", type_chain(3_000, &complex, "<xs:complexType name=\"t3000\"/>")),
            (
                "a chain of restrictions",
                type_chain(
                    20_000,
                    &simple,
                    "<xs:simpleType name=\"t20000\"><xs:restriction base=\"xs:string\"/></xs:simpleType>",
                ),
            ),
            (
                "unions doubled",
                type_chain(40, &union, "<xs:simpleType name=\"t40\"><xs:restriction base=\"xs:int\"/></xs:simpleType>"),
            ),
            (
                "a chain of attribute groups",
                schema(&chain(
                    5_000,
                    attributes,
                    "<xs:attributeGroup name=\"g5000\"/><xs:complexType name=\"t0\"><xs:attributeGroup ref=\"t:g0\"/></xs:complexType>",
                )),
            ),
            (
                "sequences in sequences",
                schema(&format!(
                    "<xs:complexType name=\"t0\">{}</xs:complexType>",
                    nested("<xs:sequence>", "<xs:element name=\"a\"/>", "</xs:sequence>", 50_000)
                )),
            ),
            ("counted", counted("1000")),
            ("counted beyond everything", counted("4294967295")),
            ("alternatives", pattern("(a|aa)+b")),
            ("repetitions", pattern("((a{1,100}){1,100}){1,100}")),
            ("groups of a pattern", pattern(&nested("(", "a", ")", 20_000))),
            ("classes of a pattern", pattern(&nested("[a-z-", "[a]", "]", 20_000))),
        ],
    );
}

#[test]
fn crosswalks() {
    let laughs = (1..30).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        let before = n - 1;
        text + &format!(
            "a{n}: &a{n} [*a{before},*a{before},*a{before},*a{before},*a{before},*a{before},*a{before},*a{before}]\n"
        )
    });
    held(
        "crosswalk",
        &[
            ("lists", nested("[", "1", "]", 100_000)),
            ("maps", nested("{a: ", "1", "}", 100_000)),
            ("dashes", "- ".repeat(100_000)),
            ("indents", (0..3_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<Vec<_>>().concat()),
            ("aliases of aliases", laughs),
            (
                "rules in rules",
                format!(
                    "format: t@1\nsyntax: json\nrules: {}",
                    nested("[{each: {record: products, wire: a}, rules: ", "[]", "}]", 2_000)
                ),
            ),
        ],
    );
}

#[test]
fn schemas_of_json() {
    held(
        "json-schema",
        &[
            ("a reference to itself", "{\"$ref\":\"#\"}".to_owned()),
            ("references in a ring", "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}".to_owned()),
            ("nested", nested("{\"items\":", "{}", "}", 100_000)),
            ("nested within what is read", nested("{\"items\":", "{}", "}", 120)),
            ("a pattern", "{\"pattern\":\"^(a+)+$\"}\n=== document\n\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"".to_owned()),
            ("a pattern with a look behind it", "{\"pattern\":\"^(?=(a+)+$)\"}\n=== document\n\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"".to_owned()),
        ],
    );
}

#[test]
fn envelopes_and_receipts() {
    let head = "certbridge-message-id: 01932c07-209f-7a1b-8c3d-0123456789ab\n";
    held(
        "message",
        &[
            ("one field many times", head.repeat(5_000)),
            ("a long field", format!("signature-input: {}\n", "a=(".repeat(100_000))),
            (
                "many labels",
                format!("signature-input: {}\n", (0..1_000).map(|n| format!("a{n}=(), ")).collect::<Vec<_>>().concat()),
            ),
        ],
    );
    held("receipt", &[("lists", nested("[", "1", "]", 100_000)), ("objects", nested("{\"a\":", "1", "}", 100_000))]);
}
