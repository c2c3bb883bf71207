//! Rules on who and what: the key of the record and the identifiers in it.

use super::{RuleContext, at, is_domestic};
use crate::finding::{Finding, Place};
use crate::record::identifier::{self, IdentifierKind};
use crate::record::{Identifier, KeyForm, Kind, LangMap, Record};

pub(super) fn check(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    key(record, findings);
    parties(record, findings);
    for (index, product) in record.products.iter().enumerate() {
        if let Some(gtin) = &product.gtin {
            add(&format!("products[{index}].gtin"), identifier::check("gtin", gtin), findings);
        }
    }
    if record.kind == Kind::CompulsoryProduct && context.products {
        models(record, findings);
    }
}

fn key(record: &Record, findings: &mut Vec<Finding>) {
    let key = &record.key;
    if key.issuer.value.trim().is_empty() {
        findings.push(at("rule/issuer-missing", "key.issuer"));
    } else {
        identifier("key.issuer", &key.issuer, None, findings);
        if key.issuer.scheme == "cnca-body-code" {
            findings.push(at("rule/issuer-by-short-code", "key.issuer").with("code", &key.issuer.value));
        }
    }
    let stated = |part: &Option<String>| part.as_deref().is_some_and(|text| !text.trim().is_empty());
    match key.form {
        KeyForm::Number if !stated(&key.number) => findings.push(at("rule/number-missing", "key.number")),
        KeyForm::Uri if !stated(&key.uri) => findings.push(at("rule/uri-missing", "key.uri")),
        KeyForm::Number if record.kind == Kind::CompulsoryProduct && is_domestic(record) => {
            let number = key.number.as_deref().unwrap_or_default();
            let mut said = identifier::check("ccc", number);
            if said.iter().any(Finding::is_error) {
                // One thing is wrong with the number: a letter says more than the length.
                said.retain(Finding::is_error);
                said.truncate(1);
                if let Some(candidate) = identifier::candidates(number).first()
                    && let Some(misread) = candidate.misreadings.first()
                {
                    // The number itself is not given away: a candidate is shown only to whoever may see it.
                    said.push(
                        at("identifier/confusable", "key.number")
                            .with("position", misread.position)
                            .with("written", misread.written)
                            .with("read", misread.read),
                    );
                }
            }
            add("key.number", said, findings);
        }
        _ => {}
    }
}

fn parties(record: &Record, findings: &mut Vec<Finding>) {
    let named = |name: &LangMap| name.0.values().any(|text| !text.trim().is_empty());
    let holder = &record.holder;
    if !named(&holder.name) {
        findings.push(at("rule/holder-name-missing", "holder.name"));
    }
    // Whose country is not stated is taken to be at home with a domestic body.
    let home = |country: Option<&str>| country.map_or(is_domestic(record), |country| country == "CN");
    let country = |code: Option<&String>| if home(code.map(String::as_str)) { Some("CN") } else { None };
    if let Some(id) = &holder.id {
        identifier("holder.id", id, country(holder.country.as_ref()), findings);
    }
    for (index, id) in holder.other_ids.iter().enumerate() {
        identifier(&format!("holder.other_ids[{index}]"), id, None, findings);
    }
    for (index, id) in record.issuer.other_ids.iter().enumerate() {
        identifier(&format!("issuer.other_ids[{index}]"), id, None, findings);
    }
    if let Some(manufacturer) = &record.manufacturer
        && let Some(id) = &manufacturer.id
    {
        identifier("manufacturer.id", id, country(manufacturer.country.as_ref()), findings);
    }
    for (index, factory) in record.factories.iter().enumerate() {
        if let Some(id) = &factory.id {
            identifier(&format!("factories[{index}].id"), id, country(factory.country.as_ref()), findings);
        }
    }
    for (index, site) in record.sites.iter().enumerate() {
        if let Some(id) = &site.id {
            identifier(&format!("sites[{index}].id"), id, None, findings);
        }
    }
}

/// Checks an identifier by its scheme. One without a scheme, of somebody in China, that has the length of a social
/// credit code is taken for one that was mistyped.
fn identifier(path: &str, id: &Identifier, country: Option<&str>, findings: &mut Vec<Finding>) {
    let credit_code = id.value.chars().count() == 18 && id.value.bytes().all(|b| b.is_ascii_alphanumeric());
    let said = match id.scheme.as_str() {
        "unstated" if country == Some("CN") && credit_code => IdentifierKind::Uscc.judge(&id.value).findings,
        scheme => identifier::check(scheme, &id.value),
    };
    add(path, said, findings);
}

fn add(path: &str, said: Vec<Finding>, findings: &mut Vec<Finding>) {
    findings.extend(said.into_iter().map(|finding| finding.at(Place::Field(path.to_owned()))));
}

/// Without models nobody can tell which goods a compulsory product certificate covers.
fn models(record: &Record, findings: &mut Vec<Finding>) {
    let stated = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if record.products.iter().any(|product| stated(&product.models_text) || !product.models.is_empty()) {
        return;
    }
    let path = if record.products.is_empty() { "products" } else { "products[0].models_text" };
    findings.push(at("rule/models-missing", path));
}
