//! Converting: a sender's document to documents of another format, with every finding at the sender's own cell.

use super::catalogue::{Catalogue, FormatError};
use super::read::{ReadContext, ReadRecord, Reading};
use super::sender::{Sender, at_sources};
use super::write::WrittenDocument;
use crate::finding::Place;
use crate::mapping::{Class, Context};
use crate::release::{Policy, release};

/// What converting gave. The same bytes, policy and context give the same documents.
#[derive(Debug)]
pub struct Converted {
    /// What was read, refused parts included.
    pub reading: Reading,
    /// What was written, in the order of the records; a format that carries many records gives one.
    pub documents: Vec<ConvertedRecord>,
}

/// One document with the records that it was made from.
#[derive(Debug)]
pub struct ConvertedRecord {
    /// The document; its findings stand at the sender's own cells.
    pub written: WrittenDocument,
    /// Paths of each record that the policy withheld.
    pub withheld: Vec<Vec<String>>,
}

impl Catalogue {
    /// Reads a document of one format and writes its records in another.
    ///
    /// # Errors
    /// As [`Catalogue::read`] and [`Catalogue::write`].
    #[expect(clippy::too_many_arguments, reason = "what is read, what is written, and under which policy")]
    pub fn convert(
        &self,
        from: &str,
        to: &str,
        bytes: &[u8],
        file_name: Option<&str>,
        policy: &Policy,
        reading: &ReadContext<'_>,
        writing: &Context<'_>,
    ) -> Result<Converted, FormatError> {
        self.outgoing(to)?;
        self.convert_reading(self.read(from, bytes, file_name, reading)?, to, policy, writing)
    }

    /// Writes what was read in another format: the second half of [`Catalogue::convert`], for the parts of a long file.
    ///
    /// # Errors
    /// As [`Catalogue::write`].
    pub fn convert_reading(
        &self,
        reading: Reading,
        to: &str,
        policy: &Policy,
        writing: &Context<'_>,
    ) -> Result<Converted, FormatError> {
        let released: Vec<_> =
            reading.records.iter().map(|record| release(&record.record, policy, writing.on)).collect();
        let written = self.write(to, &released, writing)?;
        let records = reading.records.iter();
        let senders: Vec<_> =
            records.map(|one: &ReadRecord| Sender::new(&one.record, &one.origins, &one.place)).collect();
        let documents = written
            .documents
            .into_iter()
            .map(|mut document| {
                let withheld: Vec<Vec<String>> = document
                    .records
                    .iter()
                    .map(|index| released.get(*index).map(|one| one.withheld().to_vec()).unwrap_or_default())
                    .collect();
                at_sources(&mut document, &senders);
                for (account, withheld) in document.accounts.iter_mut().zip(&withheld) {
                    add_withheld(account, withheld);
                }
                ConvertedRecord { written: document, withheld }
            })
            .collect();
        drop(senders);
        Ok(Converted { reading, documents })
    }
}

/// The account of what leaves begins with what stays: what the policy withheld.
fn add_withheld(account: &mut crate::mapping::Account, withheld: &[String]) {
    account.leaves.extend(withheld.iter().map(|path| crate::mapping::AccountLine {
        source: Place::Field(path.clone()),
        class: Class::Withheld,
        rule: None,
        targets: Vec::new(),
    }));
}
