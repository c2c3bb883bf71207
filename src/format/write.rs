//! Writing: released records to documents of a format, judged by its schema before they leave.

use serde_json::Value;

use super::catalogue::{Catalogue, FormatError};
use crate::document::{Document, WriteError};
use crate::finding::{Finding, Place, any_error};
use crate::mapping::{Account, AccountLine, Context, Crosswalk};
use crate::release::Released;

/// What records gave.
#[derive(Debug)]
pub struct Written {
    /// The format that was written.
    pub format: String,
    /// Digest of the crosswalk that wrote it.
    pub crosswalk_digest: String,
    /// Documents: one a record, or one for all where the format carries many records in one.
    pub documents: Vec<WrittenDocument>,
}

/// One document to send.
#[derive(Debug)]
pub struct WrittenDocument {
    /// The document; absent where the format may not carry the record, which a finding says.
    pub document: Option<Document>,
    /// The same as JSON, for signing; absent for workbooks, CSV and XML.
    pub value: Option<Value>,
    /// What became of every leaf of each record, in their order; empty where no accounts are made.
    pub accounts: Vec<Account>,
    /// What there is to say; places are fields of the record where these are known. An error means: do not send.
    pub findings: Vec<Finding>,
    /// Which of the records it carries, by their places in the call.
    pub records: Vec<usize>,
}

impl WrittenDocument {
    /// True where there is a document and nothing forbids sending it.
    #[must_use]
    pub fn may_be_sent(&self) -> bool {
        self.document.is_some() && !any_error(&self.findings)
    }

    /// The bytes to send.
    ///
    /// # Errors
    /// The tree has not the shape of its syntax: our crosswalk's fault.
    pub fn bytes(&self) -> Result<Option<Vec<u8>>, WriteError> {
        self.document.as_ref().map(Document::write).transpose()
    }
}

impl Catalogue {
    /// Writes released records in a format.
    ///
    /// # Errors
    /// The caller named a format that is not known or does not go out, or an operator's schema cannot be used.
    pub fn write(&self, format: &str, records: &[Released], context: &Context<'_>) -> Result<Written, FormatError> {
        let format = self.outgoing(format)?;
        let parts: Vec<Vec<usize>> = if format.carries_many() {
            vec![(0..records.len()).collect()]
        } else {
            (0..records.len()).map(|index| vec![index]).collect()
        };
        let mut documents = Vec::with_capacity(parts.len());
        for part in parts {
            let trees: Vec<&Value> =
                part.iter().filter_map(|index| records.get(*index)).map(Released::as_value).collect();
            let got = format.crosswalk().get(&trees, context);
            let (mut accounts, mut findings, mut written) = (Vec::new(), Vec::new(), false);
            let mut again_accounts: Vec<Account> = Vec::new();
            for record in got.records {
                written |= record.written;
                accounts.push(record.account);
                findings.extend(record.findings);
            }
            let document = written.then_some(got.document);
            let value = document.as_ref().and_then(as_json);
            let has_tree = document.as_ref().filter(|document| document.sheets().is_empty());
            if let (Some(value), Some(schema)) =
                (has_tree.map(|document| document.content().to_json()).as_ref(), format.schema())
            {
                // A document of many records is judged record by record, as it is when it is read.
                let parts: Vec<&Value> = match value {
                    Value::Array(items) => items.iter().collect(),
                    one => vec![one],
                };
                for (position, part) in parts.into_iter().enumerate() {
                    let said = self.schemas().validate(schema, part)?;
                    if said.is_empty() {
                        continue;
                    }
                    if !context.account {
                        // Only now it matters which field fed which place.
                        let again = Context { account: true, ..*context };
                        let got = format.crosswalk().get(&trees, &again);
                        again_accounts = got.records.into_iter().map(|record| record.account).collect();
                    }
                    let known = if context.account { &accounts } else { &again_accounts };
                    let Some(account) = known.get(position) else { continue };
                    for finding in said.into_iter().map(|finding| at_source(finding, account, format.crosswalk())) {
                        // What the crosswalk could not write is told by it already.
                        let told = |other: &Finding| other.is_error() && other.place() == finding.place();
                        if !findings.iter().any(told) {
                            findings.push(finding);
                        }
                    }
                }
            }
            documents.push(WrittenDocument { document, value, accounts, findings, records: part });
        }
        Ok(Written {
            format: format.id().to_owned(),
            crosswalk_digest: format.crosswalk().digest().to_owned(),
            documents,
        })
    }
}

fn as_json(document: &Document) -> Option<Value> {
    use crate::document::Syntax;
    matches!(document.syntax, Syntax::Json | Syntax::JsonLines).then(|| document.root.to_json())
}

/// The same finding at the field of the record that fed the place; the place on the output stays beside it.
fn at_source(finding: Finding, account: &Account, crosswalk: &Crosswalk) -> Finding {
    let Place::Pointer { pointer, .. } = finding.place() else { return finding };
    let target = pointer.trim_start_matches('/').to_owned();
    let source =
        source_of(account, &target).or_else(|| crosswalk.feeds(&target).map(|path| Place::Field(path.to_owned())));
    let finding = finding.with("output", format!("/{target}"));
    match source {
        Some(source) => finding.at(source),
        None => finding,
    }
}

/// The field of the record that fed a place of the output, or something at or above it.
fn source_of(account: &Account, target: &str) -> Option<Place> {
    let within = |inner: &str, outer: &str| {
        inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    let find = |lines: &[AccountLine], test: &dyn Fn(&str) -> bool| {
        lines.iter().find(|line| line.targets.iter().any(|one| test(one))).cloned()
    };
    let leaf =
        find(&account.leaves, &|one| within(target, one)).or_else(|| find(&account.leaves, &|one| within(one, target)));
    if let Some(line) = leaf {
        return Some(line.source);
    }
    // What no leaf fed is named by its rule, whose name is the record path that it is about.
    find(&account.supplied, &|one| within(target, one))
        .and_then(|line| line.rule)
        .filter(|rule| !rule.contains('/'))
        .map(Place::Field)
}
