//! Reading: a sender's bytes to records, each judged on its own. A row with an error is refused; the others are unaffected.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::catalogue::{Catalogue, Format, FormatError};
use super::payload::Payload;
use super::seen::Seen;
use super::sender::Sender;
use crate::document::{Document, InMemory, Limits, Node, Parsed, Syntax, element_place, identify, no_room, parse};
use crate::finding::{Finding, Place, Severity, any_error};
use crate::mapping::{Account, Context, Origins, PutRecord};
use crate::record::{Identifier, KeyForm, LangMap, Record};
use crate::rules::{self, RuleContext};

/// What reading is told beside the bytes.
#[derive(Clone)]
pub struct ReadContext<'a> {
    /// What the rules judge by: the day, the known codes.
    pub rules: RuleContext<'a>,
    /// What the crosswalk is told: the base URI of this house, the source of computed values.
    pub mapping: Context<'a>,
    /// The caps of a document.
    pub limits: Limits,
}

impl ReadContext<'_> {
    /// Reading as of a day, with the published codes and the default caps, by a house without a base URI.
    #[must_use]
    pub fn on(today: crate::clock::Day) -> Self {
        Self { rules: RuleContext::on(today), mapping: Context::new(today), limits: Limits::default() }
    }
}

/// What a document gave.
#[derive(Debug)]
pub struct Reading {
    /// The format that it was read as.
    pub format: String,
    /// Digest of the crosswalk that read it.
    pub crosswalk_digest: String,
    /// Facts of the whole document: the reporting body, the period.
    pub batch: Value,
    /// Records without an error, in the order of the document.
    pub records: Vec<ReadRecord>,
    /// Parts that were to be records and are refused.
    pub refused: Vec<Refused>,
    /// Findings on the document as a whole, and on parts that belong to no record. An error among them that stands at the
    /// whole document means that nothing of it was read.
    pub findings: Vec<Finding>,
}

/// A record that was read.
#[derive(Debug)]
pub struct ReadRecord {
    /// The record, with what its raw texts tell read into it.
    pub record: Record,
    /// What there is to say of it; no errors.
    pub findings: Vec<Finding>,
    /// What became of every leaf of its source; empty where no accounts are made.
    pub account: Account,
    /// Its source, kept where accounts are.
    pub payload: Option<Payload>,
    /// Where it stands in the document.
    pub place: Place,
    /// Where each value of it stands in the document.
    pub origins: Origins,
}

/// A part of a document that was to be a record.
#[derive(Debug)]
pub struct Refused {
    /// Where it stands in the document.
    pub place: Place,
    /// What there is to say of it, one error at least.
    pub findings: Vec<Finding>,
    /// Issuer and number, where both could be read.
    pub key: Option<(Identifier, String)>,
    /// Its source, kept where accounts are.
    pub payload: Option<Payload>,
}

impl Reading {
    /// Every finding with the place that it stands at: of the document, the records and the refused parts.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let records = self.records.iter().flat_map(|record| &record.findings);
        let refused = self.refused.iter().flat_map(|refused| &refused.findings);
        self.findings.iter().chain(records).chain(refused)
    }
}

impl Catalogue {
    /// Reads a document of a format. Bad input is told in the reading's findings and never stops the reading of other
    /// records; of a document that cannot be read at all the refusal stands alone.
    ///
    /// # Errors
    /// The caller named a format that is not known or does not come in, or an operator's schema cannot be used.
    pub fn read(
        &self,
        format: &str,
        bytes: &[u8],
        file_name: Option<&str>,
        context: &ReadContext<'_>,
    ) -> Result<Reading, FormatError> {
        let format = self.incoming(format)?;
        if format.carries_filings() {
            return Err(FormatError::Filings { format: format.id().to_owned() });
        }
        let mut reading = Reading::of(format);
        match self.parsed_as(format, bytes, file_name, &context.limits) {
            Ok(parsed) => {
                reading.findings.extend(parsed.findings);
                let mut seen = Seen::new(&InMemory);
                self.read_document(format, &parsed.document, context, &mut seen, &mut reading)?;
                // One word on a document of another format is worth more than a hundred on what it lacks of this one.
                if reading.records.is_empty()
                    && let Some(misfit) = self.misfit(format, &parsed.document)
                {
                    reading.refused.clear();
                    reading.findings = vec![misfit];
                }
            }
            Err(refusal) => reading.findings.extend(refusal),
        }
        Ok(reading)
    }

    /// Reads a document that is parsed already: the lines of a long NDJSON file come in parts, with `seen` held over them.
    ///
    /// # Errors
    /// As [`Catalogue::read`].
    pub fn read_document(
        &self,
        format: &Format,
        document: &Document,
        context: &ReadContext<'_>,
        seen: &mut Seen<'_>,
        reading: &mut Reading,
    ) -> Result<(), FormatError> {
        let rules = match document.syntax {
            // A certificate sheet alone has no audit rows; that is no gap of its records.
            Syntax::Workbook => context.rules,
            _ => context.rules.without_audit_rows(),
        };
        // Products stand in the record, or in a foreign sender's assessments.
        let products = ["products", "claims.assessments"].iter().any(|path| format.crosswalk().has_place_for(path));
        let rules = if products { rules } else { rules.without_products() };
        // The row of a table that a schema judges is kept with its titles.
        let rows = document.syntax == Syntax::Csv && judges(format, Syntax::Csv);
        let mapping = Context { account: context.mapping.account || rows, ..context.mapping };
        let put = format.crosswalk().put(document, &[], &mapping);
        let mut schema = self.schema_findings(format, document, &put.records)?;
        reading.batch = put.batch;
        reading.findings.extend(put.findings);
        if put.records.is_empty() && reading.records.is_empty() && !any_error(&reading.findings) {
            reading.findings.push(Finding::new("format/no-records", Place::Whole));
        }
        for (index, one) in put.records.into_iter().enumerate() {
            let said = schema.remove(&index).unwrap_or_default();
            match judge(one, &reading.batch, said, &rules, seen) {
                Ok(record) => reading.records.push(record),
                Err(refused) => reading.refused.push(*refused),
            }
        }
        Ok(())
    }

    /// A document of a format, in any syntax that the format takes; else why it is refused, and what it looks like.
    pub(super) fn parsed_as(
        &self,
        format: &Format,
        bytes: &[u8],
        file_name: Option<&str>,
        limits: &Limits,
    ) -> Result<Parsed, Vec<Finding>> {
        let syntax = identify(bytes, file_name).map_err(|finding| vec![finding])?;
        if format.takes(syntax) {
            return parse(bytes, syntax, limits).map_err(|finding| vec![finding]);
        }
        Err(std::iter::once(format.refuses(syntax)).chain(self.likeness(bytes, syntax, limits)).collect())
    }

    /// What the schema says of each record's part of a JSON document.
    pub(super) fn schema_findings(
        &self,
        format: &Format,
        document: &Document,
        records: &[PutRecord],
    ) -> Result<BTreeMap<usize, Vec<Finding>>, FormatError> {
        let mut found = BTreeMap::new();
        let Some(schema) = format.schema().filter(|_| judges(format, document.syntax)) else { return Ok(found) };
        let rows: Vec<Node> = match document.syntax {
            Syntax::Csv => records.iter().filter_map(|record| record.source.as_ref()).map(Node::from).collect(),
            _ => Vec::new(),
        };
        let parts = match document.syntax {
            Syntax::Csv => rows.iter().collect(),
            _ => format.crosswalk().record_nodes(document),
        };
        for (index, (record, part)) in records.iter().zip(parts).enumerate() {
            let mut said = self.schemas().validate(schema, part)?;
            for finding in &mut said {
                if document.syntax == Syntax::Xml {
                    if let Place::Pointer { pointer, .. } = finding.place() {
                        *finding = finding.clone().at(in_root(document, pointer));
                    }
                    continue;
                }
                if let (Place::Cell { .. }, Place::Pointer { pointer, .. }) = (&record.place, finding.place()) {
                    *finding = finding.clone().at(in_row(record, pointer));
                    continue;
                }
                if let (Place::Pointer { line, pointer: base }, Place::Pointer { pointer, .. }) =
                    (&record.place, finding.place())
                {
                    let place = Place::Pointer { line: *line, pointer: format!("{base}{pointer}") };
                    *finding = finding.clone().at(place);
                }
            }
            if !said.is_empty() {
                found.insert(index, said);
            }
        }
        Ok(found)
    }
}

/// Does the format's schema judge documents of that syntax? Tables are judged where the format is one: the schemas of others
/// tell of their nested form.
fn judges(format: &Format, syntax: Syntax) -> bool {
    match syntax {
        Syntax::Json | Syntax::JsonLines | Syntax::Xml => true,
        Syntax::Csv => format.crosswalk().syntax() == Syntax::Csv,
        Syntax::Workbook => false,
    }
}

/// The cell of a row that a pointer names by its title; the row where it has no such cell.
fn in_row(record: &PutRecord, pointer: &str) -> Place {
    let title = pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
    let cells = record.account.leaves.iter().map(|line| &line.source);
    let cell =
        cells.into_iter().find(|place| matches!(place, Place::Cell { field: Some(field), .. } if *field == title));
    cell.unwrap_or(&record.place).clone()
}

/// The place in an XML document of what a pointer names below the root element.
fn in_root(document: &Document, pointer: &str) -> Place {
    let root = document.root.as_object().and_then(|members| members.keys().next());
    let root = root.map(|key| key.replace('~', "~0").replace('/', "~1")).unwrap_or_default();
    element_place(&document.root, &format!("/{root}{pointer}"))
}

fn judge(
    put: PutRecord,
    batch: &Value,
    mut said: Vec<Finding>,
    rules: &RuleContext<'_>,
    seen: &mut Seen<'_>,
) -> Result<ReadRecord, Box<Refused>> {
    let PutRecord { record: mut tree, issue, findings, account, origins, place, source } = put;
    let payload = source.map(Payload::of);
    merge(&mut said, findings);
    speaks_for_itself(&mut tree, &issue);
    rules::complete_tree(&mut tree);
    let kind_unknown = stand_in_kind(&mut tree);
    let key = key_of(&tree);
    let first = key.as_ref().map_or(Ok(None), |(issuer, number)| seen.first(issuer, number, &place));
    let twice = matches!(first, Ok(Some(_)));
    match (first, &key) {
        (Ok(Some(first)), Some((_, number))) => said.push(
            origins
                .resolve(Finding::new("format/duplicate-certificate", Place::Field("key.number".to_owned())))
                .with("number", number)
                .with("first", first),
        ),
        (Ok(_), _) => {}
        (Err(error), _) => said.push(no_room(&error).at(place.clone())),
    }
    let names_issuer = tree.pointer("/key/issuer").is_some();
    let read = serde_json::from_value::<Record>(tree);
    match read {
        Ok(mut record) => {
            rules::complete(&mut record);
            name_issuer(&mut record, &issue, batch);
            let judged = rules::check(&record, rules);
            let sender = Sender::new(&record, &origins, &place);
            let judged = judged.into_iter().map(|finding| sender.at_source(finding)).collect();
            merge(&mut said, judged);
            if kind_unknown && !any_error(&said) {
                let finding = Finding::new("format/kind-unknown", Place::Field("scheme.item_code".to_owned()));
                said.push(origins.resolve(finding));
            }
            if twice {
                // Rows of other sheets that join a certificate belong to the first of its number.
                said.retain(|finding| is_of_row(finding.place(), &place));
            }
            if any_error(&said) {
                return Err(Box::new(Refused { place, findings: said, key, payload }));
            }
            Ok(ReadRecord { record, findings: said, account, payload, place, origins })
        }
        Err(error) => {
            // A field that could not be read has its own error already; this one is for what nobody else named.
            if !any_error(&said) {
                said.push(if names_issuer {
                    Finding::new("format/no-record", place.clone()).with("reason", error)
                } else {
                    Finding::new("format/no-issuer", place.clone())
                });
            }
            Err(Box::new(Refused { place, findings: said, key, payload }))
        }
    }
}

/// A record whose kind is not told is refused; so that all there is to say of it is said, it is judged as a management
/// system.
fn stand_in_kind(tree: &mut Value) -> bool {
    match tree.as_object_mut() {
        Some(object) if !object.contains_key("kind") => {
            object.insert("kind".to_owned(), Value::String(crate::record::Kind::ManagementSystem.code().to_owned()));
            true
        }
        _ => false,
    }
}

/// A format without a place for the issuing body speaks of its sender, whom the exchange knows: `$issue.sender`.
fn speaks_for_itself(tree: &mut Value, issue: &Value) {
    if let Some(sender) = issue.get("sender").filter(|sender| sender.is_object())
        && let Some(key) = tree.get_mut("key").and_then(Value::as_object_mut)
    {
        key.entry("issuer").or_insert_with(|| sender.clone());
    }
}

/// The name of the issuing body, where the document says it beside the record: whoever issues a foreign credential, and the
/// body that reports.
fn name_issuer(record: &mut Record, issue: &Value, batch: &Value) {
    if record.issuer.name.is_some() {
        return;
    }
    let text = |tree: &Value, pointer: &str| tree.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let name = match record.key.form {
        KeyForm::Uri => text(issue, "/issuer/name"),
        KeyForm::Number => text(batch, "/reporter/name").filter(|_| {
            text(batch, "/reporter/id/scheme").as_deref() == Some(record.key.issuer.scheme.as_str())
                && text(batch, "/reporter/id/value").as_deref() == Some(record.key.issuer.value.as_str())
        }),
    };
    if let Some(name) = name {
        let han = name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        record.issuer.name = Some(LangMap::of(if han { "zh" } else { "en" }, name));
    }
}

/// False for a cell of another row than the record's own.
fn is_of_row(place: &Place, own: &Place) -> bool {
    match (place, own) {
        (Place::Cell { sheet, row, .. }, Place::Cell { sheet: own_sheet, row: own_row, .. }) => {
            sheet == own_sheet && row == own_row
        }
        _ => true,
    }
}

/// Adds findings, but no second error at a place that has one: one fault is told once, by whoever saw it first.
pub(super) fn merge(said: &mut Vec<Finding>, more: Vec<Finding>) {
    // A sender decides how many there are: they are not looked through for each.
    let mut known: HashSet<&Finding> = said.iter().collect();
    let mut faulty: HashSet<&Place> = said.iter().filter(|one| one.is_error()).map(Finding::place).collect();
    let mut stays = Vec::with_capacity(more.len());
    for finding in &more {
        let told = finding.severity() >= Severity::Warning && faulty.contains(finding.place());
        let is_new = !told && known.insert(finding);
        if is_new && finding.is_error() {
            faulty.insert(finding.place());
        }
        stays.push(is_new);
    }
    said.extend(more.into_iter().zip(stays).filter_map(|(finding, stays)| stays.then_some(finding)));
}

fn key_of(tree: &Value) -> Option<(Identifier, String)> {
    let text = |pointer: &str| tree.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let issuer = Identifier::new(text("/key/issuer/scheme")?, text("/key/issuer/value")?);
    Some((issuer, text("/key/number").or_else(|| text("/key/uri"))?.to_owned()))
}

/// The name of a syntax, for people.
pub(super) fn name_of(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Json => "JSON",
        Syntax::JsonLines => "NDJSON",
        Syntax::Csv => "CSV",
        Syntax::Workbook => "xlsx",
        Syntax::Xml => "XML",
    }
}
