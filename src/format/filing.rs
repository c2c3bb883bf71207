//! Reading filings of certification rules (认证规则备案): a sender's bytes to rules for the register, each judged on its own.
//!
//! A filing is no certificate, so it makes no record: its crosswalk reads `scheme` alone, and what is read here is a
//! [`Scheme`] with its rule. Written they are as any released record is ([`crate::release::release_rule`]).

use std::collections::HashMap;

use serde_json::Value;

use super::catalogue::{Catalogue, FormatError};
use super::payload::Payload;
use super::read::merge;
use super::sender::{Sender, at_sources};
use super::write::WrittenDocument;
use crate::clock::Day;
use crate::document::Limits;
use crate::finding::{Finding, Place, any_error};
use crate::mapping::{Account, Context, Origins, PutRecord};
use crate::record::Scheme;
use crate::release::release_rule;
use crate::rules::{self, NoRules, RuleRegister};

/// What reading is told beside the bytes.
#[derive(Clone)]
pub struct FilingContext<'a> {
    /// The rules that are filed already.
    pub register: &'a dyn RuleRegister,
    /// What the crosswalk is told.
    pub mapping: Context<'a>,
    /// The caps of a document.
    pub limits: Limits,
}

impl FilingContext<'_> {
    /// Reading as of a day, with the default caps, into an empty register.
    #[must_use]
    pub fn on(today: Day) -> Self {
        Self { register: &NoRules, mapping: Context::new(today), limits: Limits::default() }
    }
}

/// What a document of filings gave.
#[derive(Debug)]
pub struct FilingReading {
    /// The format that it was read as.
    pub format: String,
    /// Digest of the crosswalk that read it.
    pub crosswalk_digest: String,
    /// Filings without an error, in the order of the document.
    pub filings: Vec<ReadFiling>,
    /// Filings with an error.
    pub refused: Vec<RefusedFiling>,
    /// Findings on the document as a whole.
    pub findings: Vec<Finding>,
}

/// A filing that was read.
#[derive(Debug)]
pub struct ReadFiling {
    /// The rule with its class, domain and item class.
    pub scheme: Scheme,
    /// What there is to say of it; no errors.
    pub findings: Vec<Finding>,
    /// What became of every leaf of its source.
    pub account: Account,
    /// Its source.
    pub payload: Payload,
    /// Where it stands in the document.
    pub place: Place,
    /// Where each value of it stands in the document.
    pub origins: Origins,
}

/// A filing that is refused.
#[derive(Debug)]
pub struct RefusedFiling {
    /// Where it stands in the document.
    pub place: Place,
    /// What there is to say of it, one error at least.
    pub findings: Vec<Finding>,
    /// The number of the rule, where it could be read.
    pub number: Option<String>,
    /// Its source.
    pub payload: Payload,
}

impl FilingReading {
    /// Every finding with the place that it stands at.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let filings = self.filings.iter().flat_map(|filing| &filing.findings);
        let refused = self.refused.iter().flat_map(|refused| &refused.findings);
        self.findings.iter().chain(filings).chain(refused)
    }
}

/// The register, with the rules that this document filed above laid over it. What was refused names nothing.
struct Above<'a> {
    register: &'a dyn RuleRegister,
    names: HashMap<String, String>,
}

impl RuleRegister for Above<'_> {
    fn name_of(&self, number: &str) -> Option<String> {
        self.register.name_of(number).or_else(|| self.names.get(number).cloned())
    }
}

impl Catalogue {
    /// Reads a document of filings. Bad input is told in the reading's findings, and a filing with an error is refused
    /// alone.
    ///
    /// # Errors
    /// The caller named a format that is not known, does not come in or carries certificates, or an operator's schema
    /// cannot be used.
    pub fn read_filings(
        &self,
        format: &str,
        bytes: &[u8],
        file_name: Option<&str>,
        context: &FilingContext<'_>,
    ) -> Result<FilingReading, FormatError> {
        let format = self.incoming(format)?;
        if !format.carries_filings() {
            return Err(FormatError::Certificates { format: format.id().to_owned() });
        }
        let mut reading = FilingReading {
            format: format.id().to_owned(),
            crosswalk_digest: format.crosswalk().digest().to_owned(),
            filings: Vec::new(),
            refused: Vec::new(),
            findings: Vec::new(),
        };
        let parsed = match self.parsed_as(format, bytes, file_name, &context.limits) {
            Ok(parsed) => parsed,
            Err(refusal) => {
                reading.findings.extend(refusal);
                return Ok(reading);
            }
        };
        reading.findings.extend(parsed.findings);
        let put = format.crosswalk().put(&parsed.document, &[], &context.mapping);
        let mut schema = self.schema_findings(format, &parsed.document, &put.records)?;
        reading.findings.extend(put.findings);
        if put.records.is_empty() && !any_error(&reading.findings) {
            reading.findings.push(Finding::new("format/no-records", Place::Whole));
        }
        let mut above = Above { register: context.register, names: HashMap::new() };
        for (index, one) in put.records.into_iter().enumerate() {
            match judge(one, schema.remove(&index).unwrap_or_default(), &above) {
                Ok(filing) => {
                    let rule = filing.scheme.rule.as_ref();
                    let number = rule.and_then(|rule| rule.number.clone());
                    let name = rule.and_then(|rule| rule.name.as_ref()?.text("zh").map(str::to_owned));
                    above.names.extend(number.zip(name));
                    reading.filings.push(filing);
                }
                Err(refused) => reading.refused.push(*refused),
            }
        }
        if reading.filings.is_empty()
            && let Some(misfit) = self.misfit(format, &parsed.document)
        {
            reading.refused.clear();
            reading.findings = vec![misfit];
        }
        Ok(reading)
    }
}

/// What converting filings gave.
#[derive(Debug)]
pub struct ConvertedFilings {
    /// What was read, refused filings included.
    pub reading: FilingReading,
    /// What was written; findings stand at the sender's own cells.
    pub documents: Vec<WrittenDocument>,
}

impl Catalogue {
    /// Reads a document of filings and writes them in another format, or another syntax, that carries filings.
    ///
    /// # Errors
    /// As [`Catalogue::read_filings`] and [`Catalogue::write`]; and the caller wants them in a format for certificates.
    pub fn convert_filings(
        &self,
        from: &str,
        to: &str,
        bytes: &[u8],
        file_name: Option<&str>,
        reading: &FilingContext<'_>,
        writing: &Context<'_>,
    ) -> Result<ConvertedFilings, FormatError> {
        if !self.outgoing(to)?.carries_filings() {
            return Err(FormatError::Certificates { format: to.to_owned() });
        }
        let reading = self.read_filings(from, bytes, file_name, reading)?;
        let released: Vec<_> = reading.filings.iter().map(|filing| release_rule(&filing.scheme)).collect();
        let mut documents = self.write(to, &released, writing)?.documents;
        let filings = reading.filings.iter();
        let senders: Vec<_> = filings.map(|one| Sender::new(&one.scheme, &one.origins, &one.place)).collect();
        for document in &mut documents {
            at_sources(document, &senders);
        }
        drop(senders);
        Ok(ConvertedFilings { reading, documents })
    }
}

fn judge(put: PutRecord, mut said: Vec<Finding>, register: &Above<'_>) -> Result<ReadFiling, Box<RefusedFiling>> {
    let PutRecord { record: mut tree, findings, account, origins, place, source, .. } = put;
    let payload = Payload::of(source.unwrap_or_default());
    merge(&mut said, findings);
    let number = tree.pointer("/scheme/rule/number").and_then(Value::as_str).map(str::to_owned);
    // A row without a single value that can be read has no scheme, and an error at each field.
    let scheme = tree.get_mut("scheme").map_or_else(|| Value::Object(serde_json::Map::new()), Value::take);
    let scheme = match serde_json::from_value::<Scheme>(scheme) {
        Ok(mut scheme) => {
            rules::complete_filing(&mut scheme);
            let judged = rules::check_filing(&scheme, register).into_iter().map(|one| origins.resolve(one)).collect();
            merge(&mut said, judged);
            Some(scheme)
        }
        Err(error) => {
            if !any_error(&said) {
                said.push(Finding::new("format/no-record", place.clone()).with("reason", error));
            }
            None
        }
    };
    match scheme {
        Some(scheme) if !any_error(&said) => {
            Ok(ReadFiling { scheme, findings: said, account, payload, place, origins })
        }
        _ => Err(Box::new(RefusedFiling { place, findings: said, number, payload })),
    }
}
