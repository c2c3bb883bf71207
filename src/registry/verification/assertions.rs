//! The assertions of a statement: each part of what was asked against the certificate, with the way it was judged.
//! Only what is asked is asserted: a certificate that limits no quantity is not asked for one.

use super::answer::{Assertion, AssertionName, Method, Verdict};
use super::model::{self, Fit};
use super::party::{self, PartyOnRecord};
use super::request::{DocumentAsked, GoodsItem};
use crate::recognition::{DatedStatus, Edition, Reason, Recognition};
use crate::record::{Equivalence, Factory, Kind, ModelKind, Product, ProductList, Record, ScopePart, Validity};

/// The goods asked about, beside the certificate.
pub(super) struct Goods<'a> {
    item: &'a GoodsItem,
    document: &'a DocumentAsked,
    record: &'a Record,
    model: Option<(&'a str, String)>,
    factory: Option<(Assertion, Option<&'a Factory>)>,
}

impl<'a> Goods<'a> {
    pub(super) fn new(item: &'a GoodsItem, document: &'a DocumentAsked, record: &'a Record) -> Self {
        Self {
            item,
            document,
            record,
            model: item.model_designation.as_deref().map(|asked| (asked, model::folded(asked))),
            factory: item.factory.as_ref().map(|asked| party::factory(asked, record)),
        }
    }

    /// Whether the goods are of a part of the scope; none where that was not stated.
    pub(super) fn concerns(&self, kind: ScopePart, value: &str) -> Option<bool> {
        match kind {
            ScopePart::Factory => match &self.factory {
                Some((_, Some(factory))) => Some(party::names(factory, value)),
                Some((assertion, None)) if assertion.result == Verdict::Contradicted => Some(false),
                Some(_) => None,
                None => only(&self.record.factories).map(|factory| party::names(factory, value)).filter(|is| *is),
            },
            ScopePart::Model => {
                let (asked, folded) = self.model.as_ref()?;
                let listed = self.record.products.iter().flat_map(|product| &product.models);
                let kind =
                    listed.clone().find(|model| model.pattern == value).map_or(ModelKind::Pattern, |model| model.kind);
                match model::fit(asked, folded, value, kind) {
                    Fit::No => Some(false),
                    Fit::Perhaps => None,
                    Fit::Pattern | Fit::Normalised | Fit::Exact => Some(true),
                }
            }
            ScopePart::Product => match self.product() {
                Some(product) => Some(called(product, value)),
                None => only(&self.record.products).map(|product| called(product, value)).filter(|is| *is),
            },
            ScopePart::Standard => match self.document.standard_edition.as_deref() {
                Some(asked) => Some(compact(asked).starts_with(&compact(value)) || compact(value) == compact(asked)),
                None => (self.record.standards.len() == 1).then_some(true),
            },
            ScopePart::Site => (self.record.sites.len() == 1).then_some(true),
        }
    }

    /// The product on the certificate whose models hold the one asked.
    fn product(&self) -> Option<&'a Product> {
        let (asked, folded) = self.model.as_ref()?;
        self.record.products.iter().find(|product| {
            product.models.iter().any(|listed| model::fit(asked, folded, &listed.pattern, listed.kind) >= Fit::Pattern)
        })
    }
}

fn only<T>(items: &[T]) -> Option<&T> {
    if items.len() == 1 { items.first() } else { None }
}

fn called(product: &Product, value: &str) -> bool {
    product.name.as_ref().is_some_and(|name| name.0.values().any(|text| text == value))
        || product.unit.as_deref() == Some(value)
        || product.category_codes.iter().any(|code| code.code == value)
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Judges every assertion that is asked.
pub(super) fn judge_all(
    recognition: &Recognition,
    goods: &Goods<'_>,
    statuses: &[DatedStatus<'_>],
    assertions: &mut Vec<Assertion>,
    reasons: &mut Vec<Reason>,
) {
    let (item, document, record) = (goods.item, goods.document, goods.record);
    if let Some(asked) = &document.issuer {
        push_party(party::issuer(asked, record), assertions, reasons);
    }
    if let Some(asked) = &document.type_code {
        let known = recognition.kinds_of_document(&asked.list_id, &asked.code);
        let result = match known {
            Some(kinds) if kinds.contains(&record.kind) => Verdict::Confirmed,
            Some(_) => {
                reasons.push(Reason::new("verification/other-type").with("kind", record.kind.code()));
                Verdict::Contradicted
            }
            None => {
                let reason = Reason::new("verification/type-list-unknown");
                reasons.push(reason.with("list", &asked.list_id).with("code", &asked.code));
                Verdict::NotDeterminable
            }
        };
        assertions.push(Assertion::new(AssertionName::CertificateType, result, Method::Identifier));
    }
    if let Some(asked) = &document.holder {
        push_party(
            party::compare(AssertionName::Holder, asked, PartyOnRecord::from(&record.holder)),
            assertions,
            reasons,
        );
    }
    if let Some(asked) = &item.manufacturer {
        let assertion = match &record.manufacturer {
            Some(known) => party::compare(AssertionName::Manufacturer, asked, PartyOnRecord::from(known)),
            None => Assertion::new(AssertionName::Manufacturer, Verdict::NotDeterminable, Method::Identifier),
        };
        push_party(assertion, assertions, reasons);
    }
    let deciding = |status: &&DatedStatus<'_>| item.decisive_date.is_none_or(|basis| basis == status.basis);
    if let Some((assertion, factory)) = &goods.factory {
        // A factory for which the certificate is suspended is not covered then, however rightly it is named.
        let affected = statuses.iter().filter(deciding).find(|status| {
            status.value != Validity::NotDeterminable && matches!(status.affected, Some((ScopePart::Factory, _)))
        });
        match (factory, affected) {
            (Some(_), Some(_)) => {
                reasons.push(Reason::new("verification/factory-affected"));
                assertions.push(Assertion { result: Verdict::Contradicted, ..assertion.clone() });
            }
            _ => push_party(assertion.clone(), assertions, reasons),
        }
    }
    product(goods, assertions, reasons);
    if let Some(asked) = document.standard_edition.as_deref() {
        assertions.push(standard(recognition, record, asked, reasons));
    }
    assertions.push(validity(statuses.iter().filter(deciding), reasons));
    quantity(item, record, assertions, reasons);
}

fn push_party(assertion: Assertion, assertions: &mut Vec<Assertion>, reasons: &mut Vec<Reason>) {
    if assertion.result == Verdict::Contradicted {
        reasons.push(match assertion.name {
            AssertionName::Issuer => Reason::new("verification/other-issuing-body"),
            AssertionName::Manufacturer => Reason::new("verification/other-manufacturer"),
            AssertionName::Factory => Reason::new("verification/other-factory"),
            _ => Reason::new("verification/other-holder"),
        });
    }
    assertions.push(assertion);
}

fn product(goods: &Goods<'_>, assertions: &mut Vec<Assertion>, reasons: &mut Vec<Reason>) {
    let (item, record) = (goods.item, goods.record);
    let asked = item.model_designation.as_deref();
    if record.kind == Kind::ManagementSystem && (asked.is_some() || item.brand.is_some()) {
        // Says nothing of the product; the decision gives the reason where goods are classed, else it is given here.
        let reason = Reason::new("recognition/management-system-not-product");
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
        assertions.push(Assertion::new(AssertionName::Product, Verdict::NotDeterminable, Method::Identifier));
        return;
    }
    let class = class(goods);
    let brand = brand(goods);
    let model = asked.map(|asked| model::assert(record, asked));
    if let Some(model) = &model
        && model.result == Verdict::NotDeterminable
    {
        reasons.push(match &model.matched {
            Some(listed) => Reason::new("verification/model-open").with("listed", listed),
            None => Reason::new("verification/models-not-read"),
        });
    }
    if asked.is_none() && item.commodity_classification.is_some() && class.is_none() {
        reasons.push(Reason::new("verification/model-not-asked"));
    }
    // The product is one assertion: what contradicts it outweighs what is open, and that what confirms.
    let weight = |assertion: &Assertion| match assertion.result {
        Verdict::Contradicted => 2,
        Verdict::NotDeterminable => 1,
        Verdict::Confirmed => 0,
    };
    // Among equals the model says most; `max_by_key` takes the last.
    let Some(assertion) = [class, brand, model].into_iter().flatten().max_by_key(weight) else { return };
    if assertion.result == Verdict::Contradicted {
        reasons
            .push(Reason::new("verification/other-product").with("asked", assertion.asked.as_deref().unwrap_or("-")));
    }
    assertions.push(assertion);
}

/// The class in the CCC catalogue, where the asker states one. An HS code never decides about it.
fn class(goods: &Goods<'_>) -> Option<Assertion> {
    let asked = goods.item.commodity_classification.as_ref().filter(|class| class.list_id == "CCC")?;
    let known: Vec<&str> = goods
        .record
        .products
        .iter()
        .flat_map(|product| &product.category_codes)
        .filter(|code| code.list == ProductList::CccCatalogue)
        .map(|code| code.code.as_str())
        .collect();
    let assertion = |result| Assertion::new(AssertionName::Product, result, Method::Exact);
    Some(if known.is_empty() {
        assertion(Verdict::NotDeterminable)
    } else if known.contains(&asked.id.as_str()) {
        Assertion { matched: Some(asked.id.clone()), ..assertion(Verdict::Confirmed) }
    } else {
        let on_certificate = known.into_iter().map(str::to_owned).collect();
        Assertion { asked: Some(asked.id.clone()), on_certificate, ..assertion(Verdict::Contradicted) }
    })
}

/// The brand, where the certificate names any.
fn brand(goods: &Goods<'_>) -> Option<Assertion> {
    let asked = goods.item.brand.as_deref()?;
    let mut known = goods.record.products.iter().filter_map(|product| product.brand.as_deref()).peekable();
    known.peek()?;
    let folded = party::folded(asked);
    let on_certificate: Vec<String> = known.map(str::to_owned).collect();
    Some(if on_certificate.iter().any(|brand| party::folded(brand) == folded) {
        Assertion::new(AssertionName::Product, Verdict::Confirmed, Method::Normalised)
    } else {
        Assertion {
            asked: Some(asked.to_owned()),
            on_certificate,
            ..Assertion::new(AssertionName::Product, Verdict::Contradicted, Method::Normalised)
        }
    })
}

fn standard(recognition: &Recognition, record: &Record, asked: &str, reasons: &mut Vec<Reason>) -> Assertion {
    let assertion = |result, method| Assertion::new(AssertionName::StandardEdition, result, method);
    let Some(wanted) = Edition::parse(asked) else {
        return assertion(Verdict::NotDeterminable, Method::Exact);
    };
    let same = |designation: &str, edition: Option<&str>| {
        compact(designation) == compact(&wanted.designation)
            && edition.is_some_and(|e| compact(e) == compact(&wanted.edition))
    };
    let mut open = record.standards.is_empty();
    for standard in &record.standards {
        if same(&standard.designation, standard.edition.as_deref()) {
            return assertion(Verdict::Confirmed, Method::Exact);
        }
        let identical = standard
            .equivalents
            .iter()
            .any(|other| other.relation == Equivalence::Idt && same(&other.designation, other.edition.as_deref()))
            || recognition.identical(standard).is_some_and(|other| same(&other.designation, Some(&other.edition)));
        if identical {
            return Assertion { matched: Some(spelt(standard)), ..assertion(Verdict::Confirmed, Method::Normalised) };
        }
        open |= standard.edition.is_none() && compact(&standard.designation) == compact(&wanted.designation);
    }
    if open {
        return assertion(Verdict::NotDeterminable, Method::Exact);
    }
    reasons.push(Reason::new("verification/other-edition").with("asked", asked));
    Assertion {
        asked: Some(asked.to_owned()),
        on_certificate: record.standards.iter().take(20).map(spelt).collect(),
        ..assertion(Verdict::Contradicted, Method::Exact)
    }
}

fn spelt(standard: &crate::record::Standard) -> String {
    match (&standard.edition, standard.designation.starts_with("GB")) {
        (Some(edition), true) => format!("{}-{edition}", standard.designation),
        (Some(edition), false) => format!("{}:{edition}", standard.designation),
        (None, _) => standard.designation.clone(),
    }
}

/// Suspended, withdrawn, cancelled, expired and the like on a date that decides contradict; a status that cannot be
/// told leaves it open.
fn validity<'a>(deciding: impl Iterator<Item = &'a DatedStatus<'a>>, reasons: &mut Vec<Reason>) -> Assertion {
    let mut result = Verdict::Confirmed;
    for status in deciding {
        match (status.value, status.affected) {
            (Validity::Valid, _) => {}
            (Validity::NotDeterminable, affected) => {
                reasons.push(match affected {
                    Some((kind, value)) => Reason::new("verification/part-affected")
                        .with("part", format_args!("{} {value}", kind.code()))
                        .with("day", status.day),
                    None => Reason::new("verification/reason-not-stated").with("day", status.day),
                });
                if result == Verdict::Confirmed {
                    result = Verdict::NotDeterminable;
                }
            }
            (value, _) => {
                let reason = match value {
                    Validity::Suspended => Reason::new("verification/suspended"),
                    Validity::Withdrawn => Reason::new("verification/withdrawn"),
                    Validity::Cancelled => Reason::new("verification/cancelled"),
                    Validity::Expired => Reason::new("verification/expired"),
                    Validity::NotYetValid => Reason::new("verification/not-yet-valid"),
                    Validity::Superseded => Reason::new("verification/superseded"),
                    Validity::Valid | Validity::NotDeterminable => Reason::new("verification/reason-not-stated"),
                };
                reasons.push(reason.with("day", status.day));
                result = Verdict::Contradicted;
            }
        }
    }
    Assertion::new(AssertionName::Validity, result, Method::Exact)
}

/// The quantity, where the certificate limits it (exemptions do).
fn quantity(item: &GoodsItem, record: &Record, assertions: &mut Vec<Assertion>, reasons: &mut Vec<Reason>) {
    let (Some(asked), Some(allowed)) = (&item.quantity, &record.exemption.quantity) else { return };
    let number = |value: &serde_json::Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let most = allowed.get("value").and_then(number);
    let unit = allowed.get("unit").and_then(serde_json::Value::as_str);
    let result = match (most, asked.value.as_f64()) {
        (Some(most), Some(wanted)) if unit == Some(asked.unit_code.as_str()) => {
            if wanted <= most {
                Verdict::Confirmed
            } else {
                Verdict::Contradicted
            }
        }
        _ => Verdict::NotDeterminable,
    };
    if result == Verdict::Contradicted {
        reasons.push(Reason::new("verification/quantity-exceeded"));
    }
    assertions.push(Assertion::new(AssertionName::Quantity, result, Method::Exact));
}
