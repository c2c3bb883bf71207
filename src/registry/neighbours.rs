//! The certificates that are held beside one: what the rules ask of others.

use super::register::parse;
use super::{Registry, RegistryError};
use crate::record::{Identifier, Record, StatusValue};
use crate::rules::KnownCertificates;
use crate::store::HolderQuery;

/// How many certificates of a holder are read at once.
const PAGE: u32 = 500;

impl KnownCertificates for Registry {
    type Error = RegistryError;

    fn lost_by(&self, holder: &Identifier) -> Result<Vec<Record>, RegistryError> {
        let query = HolderQuery::Identifier { scheme: Some(holder.scheme.clone()), value: holder.value.clone() };
        let lost = [StatusValue::Suspended, StatusValue::Withdrawn, StatusValue::Cancelled].map(StatusValue::code);
        let (mut records, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.search(&query, after.as_ref(), PAGE)?;
            for subject in page.items.iter().filter(|subject| lost.contains(&subject.columns.status.as_str())) {
                records.extend(self.store.current(&subject.key)?.as_ref().map(parse).transpose()?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(records);
            }
        }
    }

    fn issuers_of(&self, number: &str) -> Result<Vec<Identifier>, RegistryError> {
        let subjects = self.store.subjects_numbered(number)?;
        Ok(subjects.into_iter().map(|subject| subject.key.issuer).collect())
    }
}
