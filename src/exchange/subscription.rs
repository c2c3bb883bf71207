//! What a partner gets.

use serde::{Deserialize, Serialize};

use crate::record::{Identifier, Kind, ProductList, Record};
use crate::registry::Owner;

/// What a partner gets. A condition that is empty holds for every record, but for `issuers`: where no issuer is named, the
/// partner gets what this house owns. What another partner has brought in is that partner's to pass on; it is passed on here
/// where the issuer is named.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Subscription {
    /// `subscription.kinds`: kinds of certificate.
    pub kinds: Vec<Kind>,
    /// `subscription.issuers`: issuing bodies, whoever brought their certificates in; empty: every body, of what this house
    /// owns.
    pub issuers: Vec<Identifier>,
    /// `subscription.products`: classes of product, a prefix each (`07`, `0703`), of compulsory product certificates.
    /// Other kinds are not touched by this condition.
    pub products: Vec<String>,
    /// `subscription.accredited_only`: management systems only with an accreditation mark.
    pub accredited_only: bool,
    /// `subscription.consent`: holders (identifier values) that agreed to be sent; empty: consent is not asked for.
    pub consent: Vec<String>,
}

impl Subscription {
    /// Whether the record is to be sent.
    #[must_use]
    pub fn covers(&self, record: &Record, owner: &Owner) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.contains(&record.kind);
        let issuer =
            if self.issuers.is_empty() { *owner == Owner::House } else { self.issuers.contains(&record.key.issuer) };
        let product = self.products.is_empty()
            || record.kind != Kind::CompulsoryProduct
            || record.products.iter().flat_map(|product| &product.category_codes).any(|code| {
                code.list == ProductList::CccCatalogue
                    && self.products.iter().any(|prefix| code.code.starts_with(prefix))
            });
        let accredited = !self.accredited_only
            || record.kind != Kind::ManagementSystem
            || record.claims.accreditation.mark.is_some();
        let consent =
            self.consent.is_empty() || record.holder.id.as_ref().is_some_and(|id| self.consent.contains(&id.value));
        kind && issuer && product && accredited && consent
    }
}
