//! What is asked: a certificate, the importing party, the goods and the dates; and how the record says what class
//! the goods of a certificate are of, and which country its body issues from.

use super::data::RequirementRow;
use super::load::Recognition;
use super::vocabulary::DateBasis;
use crate::clock::{Day, Zone};
use crate::record::{Kind, ProductList, Record, ScopePart, StatusEntry, Validity};

/// A class of goods: a code of a list. `HS` stands for every nomenclature that is built on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodsClass<'a> {
    /// `HS`, `CCC`, `NZ-DA`.
    pub list: &'a str,
    /// The code, digits without dots.
    pub code: &'a str,
}

/// What the certificate is worth on one of the days asked about.
#[derive(Clone, Copy, Debug)]
pub struct DatedStatus<'a> {
    /// What day it is.
    pub basis: DateBasis,
    /// The day, in the zone of the issuer.
    pub day: Day,
    /// The zone in which it is a civil day.
    pub zone: Zone,
    /// The worth.
    pub value: Validity,
    /// The part of the scope that it concerns; none is the whole.
    pub affected: Option<(ScopePart, &'a str)>,
    /// The act that decides; none where no act did.
    pub entry: Option<&'a StatusEntry>,
}

/// A question to decide.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The certificate; none where none was found.
    pub record: Option<&'a Record>,
    /// Importing party: ISO 3166 alpha-2, or `EU`.
    pub importer: &'a str,
    /// Classes of the goods as the asker states them.
    pub goods: &'a [GoodsClass<'a>],
    /// Country of origin as the asker states it.
    pub origin: Option<&'a str>,
    /// Direct transport as the asker states it.
    pub direct_transport: Option<bool>,
    /// The worth of the certificate on each day asked about.
    pub statuses: &'a [DatedStatus<'a>],
    /// The day that decides.
    pub decisive: Day,
}

/// Member states of the European Union, for which it decides as one party.
const UNION: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The party whose law holds in a country.
#[must_use]
pub fn party(country: &str) -> &str {
    if UNION.contains(&country) { "EU" } else { country }
}

/// The party that the issuing body issues from, as its identifier tells.
pub(super) fn issuing_party<'a>(data: &'a Recognition, record: &'a Record) -> Option<&'a str> {
    match record.key.issuer.scheme.as_str() {
        "cnca-approval" | "cnca-body-code" => return Some("CN"),
        "nb" => return Some("EU"),
        _ => {}
    }
    let listed = data.designations.iter().filter(|row| row.body == record.key.issuer).map(|row| &row.arrangement);
    let claimed = record.issuer.designations.iter().map(|row| &row.under);
    listed.chain(claimed).find_map(|id| data.arrangement(id)).and_then(|row| row.exporter.as_deref())
}

/// The list as requirement rows name it.
fn list_of(list: ProductList) -> Option<&'static str> {
    match list {
        ProductList::CccCatalogue => Some("CCC"),
        ProductList::Hs | ProductList::CnHs => Some("HS"),
        ProductList::Gpc => None,
    }
}

/// The classes of the goods in one list: as the asker says, else as the certificate says. A class of one list never
/// decides about another: an HS code does not make goods fall under the CCC catalogue.
pub(super) fn classes<'a>(question: &'a Question<'a>, list: &'a str) -> impl Iterator<Item = &'a str> {
    let asked = question.goods.iter().any(|class| class.list == list);
    let stated = question.goods.iter().filter(move |class| class.list == list).map(|class| class.code);
    let certified = question
        .record
        .filter(|_| !asked)
        .into_iter()
        .flat_map(|record| &record.products)
        .flat_map(|product| &product.category_codes)
        .filter(move |code| list_of(code.list) == Some(list))
        .map(|code| code.code.as_str());
    // The class stands in the number of a CCC certificate (digits 7 to 10), where no rule has read it out yet.
    let numbered = question
        .record
        .filter(|record| !asked && list == "CCC" && record.kind == Kind::CompulsoryProduct)
        .filter(|record| record.products.iter().all(|product| product.category_codes.is_empty()))
        .filter(|record| record.key.issuer.scheme == "cnca-approval")
        .and_then(|record| record.key.number.as_deref())
        .filter(|number| number.len() == 16 && number.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|number| number.get(6..10));
    stated.chain(certified).chain(numbered)
}

/// True where a code of the goods falls under a row's code.
pub(super) fn falls_under(list: &str, code: &str, row_code: &str) -> bool {
    if list == "HS" { code.starts_with(row_code) } else { code == row_code }
}

impl RequirementRow {
    pub(super) fn covers(&self, question: &Question<'_>) -> bool {
        let origin = self.origin.is_empty()
            || question.origin.is_some_and(|origin| self.origin.iter().any(|allowed| allowed == origin));
        let same = || {
            question.goods.is_empty()
                && self
                    .same_products
                    .iter()
                    .filter_map(|same| same.split_once(':'))
                    .any(|(list, row_code)| classes(question, list).any(|code| falls_under(list, code, row_code)))
        };
        let subject = match (&self.list, self.subject) {
            (Some(list), _) => {
                classes(question, list).any(|code| self.codes.iter().any(|row_code| falls_under(list, code, row_code)))
                    || same()
            }
            (None, Some(kind)) => question.record.is_some_and(|record| record.kind == kind),
            (None, None) => false,
        };
        origin && subject
    }
}
