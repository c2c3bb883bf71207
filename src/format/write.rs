//! Writing: released records to documents of a format, judged by its schema before they leave.

use std::collections::HashSet;

use serde_json::Value;

use super::catalogue::{Catalogue, Format, FormatError};
use super::feeders::Feeders;
use crate::document::{Document, Syntax, WriteError};
use crate::finding::{Finding, Place, any_error};
use crate::mapping::{Account, Context};
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
    /// What became of every leaf of each record, in their order; empty where no accounts are made.
    pub accounts: Vec<Account>,
    /// What there is to say; places are fields of the record, or the record as a whole. An error means: do not send.
    pub findings: Vec<Finding>,
    /// For each finding the record that it is about, by its place in the call.
    pub about: Vec<usize>,
    /// Which of the records it carries, by their places in the call.
    pub records: Vec<usize>,
}

impl WrittenDocument {
    /// True where there is a document and nothing forbids sending it.
    #[must_use]
    pub fn may_be_sent(&self) -> bool {
        self.document.is_some() && !any_error(&self.findings)
    }

    /// What there is to say of one record.
    pub fn findings_about(&self, index: usize) -> impl Iterator<Item = &Finding> {
        self.findings.iter().zip(&self.about).filter(move |(_, about)| **about == index).map(|(finding, _)| finding)
    }

    /// The document as JSON, for signing; nothing for workbooks, CSV and XML.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        let json = self.document.as_ref().filter(|one| matches!(one.syntax, Syntax::Json | Syntax::JsonLines))?;
        Some(json.root.to_json())
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
    /// Writes released records in a format. Where one document carries many of them, one that cannot go stops no other: it
    /// is left out, and comes as an entry of its own that has no document and says why.
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
            let whole = self.write_one(format, records, part, context)?;
            let (bad, good): (Vec<usize>, Vec<usize>) =
                whole.records.iter().copied().partition(|index| any_error(whole.findings_about(*index)));
            if bad.is_empty() || good.is_empty() {
                documents.push(whole);
                continue;
            }
            documents.push(self.write_one(format, records, good, context)?);
            for index in bad {
                let alone = self.write_one(format, records, vec![index], context)?;
                documents.push(WrittenDocument { document: None, ..alone });
            }
        }
        Ok(Written {
            format: format.id().to_owned(),
            crosswalk_digest: format.crosswalk().digest().to_owned(),
            documents,
        })
    }

    /// Some records as one document.
    fn write_one(
        &self,
        format: &Format,
        records: &[Released],
        part: Vec<usize>,
        context: &Context<'_>,
    ) -> Result<WrittenDocument, FormatError> {
        let crosswalk = format.crosswalk();
        let trees: Vec<&Value> = part.iter().filter_map(|index| records.get(*index)).map(Released::as_value).collect();
        let got = crosswalk.get(&trees, context);
        let (mut accounts, mut findings, mut about, mut written) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (position, record) in got.records.into_iter().enumerate() {
            if record.written {
                written.push(position);
            }
            accounts.push(record.account);
            about.extend(record.findings.iter().map(|_| position));
            findings.extend(record.findings);
        }
        let document = (!written.is_empty()).then_some(got.document);
        let tree = document.as_ref().filter(|document| document.sheets().is_empty()).map(Document::content);
        if let (Some(tree), Some(schema)) = (tree, format.schema()) {
            let mut again_accounts: Vec<Account> = Vec::new();
            // A document of many records is judged record by record, as it is when it is read.
            let parts = tree.as_list().unwrap_or(std::slice::from_ref(tree));
            for (part, position) in parts.iter().zip(written) {
                let said = self.schemas().validate(schema, part)?;
                if said.is_empty() {
                    continue;
                }
                if !context.account && again_accounts.is_empty() {
                    // Only now it matters which field fed which place.
                    let again = Context { account: true, ..*context };
                    let got = crosswalk.get(&trees, &again);
                    again_accounts = got.records.into_iter().map(|record| record.account).collect();
                }
                let known = if context.account { &accounts } else { &again_accounts };
                let (Some(account), Some(tree)) = (known.get(position), trees.get(position)) else { continue };
                // What the crosswalk could not write is told by it already, and one fault once.
                let of_record = findings.iter().zip(&about).filter(|(other, of)| **of == position && other.is_error());
                let mut told: HashSet<Place> = of_record.map(|(other, _)| other.place().clone()).collect();
                let feeders = Feeders::new(account, crosswalk, tree);
                for finding in said.into_iter().map(|finding| feeders.at_source(finding)) {
                    if told.insert(finding.place().clone()) {
                        findings.push(finding);
                        about.push(position);
                    }
                }
            }
        }
        let about = about.into_iter().filter_map(|position| part.get(position).copied()).collect();
        Ok(WrittenDocument { document, accounts, findings, about, records: part })
    }
}
