//! Parties: holder, manufacturer, factory and issuer as asked, against those on the certificate. Identifiers decide
//! where both sides have one of the same scheme; else names, normalised. An English name that is not the registered
//! one proves nothing by being different.

use unicode_normalization::UnicodeNormalization;

use super::answer::{Assertion, AssertionName, Method, Verdict};
use super::request::PartyAsked;
use crate::record::{Factory, Holder, Identifier, LangMap, Manufacturer, Record, identifier};

/// A party on the certificate, borrowed from whichever part of the record it is.
#[derive(Clone, Copy)]
pub(super) struct PartyOnRecord<'a> {
    pub id: Option<&'a Identifier>,
    pub other_ids: &'a [Identifier],
    pub name: Option<&'a LangMap>,
    pub former_name: Option<&'a LangMap>,
    pub trading_name: Option<&'a str>,
    pub country: Option<&'a str>,
}

impl<'a> From<&'a Holder> for PartyOnRecord<'a> {
    fn from(holder: &'a Holder) -> Self {
        Self {
            id: holder.id.as_ref(),
            other_ids: &holder.other_ids,
            name: Some(&holder.name),
            former_name: holder.former_name.as_ref(),
            trading_name: holder.trading_name.as_deref(),
            country: holder.country.as_deref(),
        }
    }
}

impl<'a> From<&'a Manufacturer> for PartyOnRecord<'a> {
    fn from(party: &'a Manufacturer) -> Self {
        Self {
            id: party.id.as_ref(),
            other_ids: &[],
            name: party.name.as_ref(),
            former_name: None,
            trading_name: None,
            country: party.country.as_deref(),
        }
    }
}

impl<'a> From<&'a Factory> for PartyOnRecord<'a> {
    fn from(party: &'a Factory) -> Self {
        Self {
            id: party.id.as_ref(),
            other_ids: &[],
            name: party.name.as_ref(),
            former_name: None,
            trading_name: party.code.as_deref(),
            country: party.country.as_deref(),
        }
    }
}

/// A name in the spelling in which names are compared: width and case folded, blanks and punctuation dropped, the
/// legal form of a foreign company left out.
pub(super) fn folded(name: &str) -> String {
    let words: String =
        name.nfkc().flat_map(char::to_lowercase).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let form = |word: &&str| {
        !matches!(
            *word,
            "co" | "company"
                | "ltd"
                | "limited"
                | "inc"
                | "incorporated"
                | "corp"
                | "corporation"
                | "llc"
                | "pty"
                | "plc"
                | "gmbh"
        )
    };
    let kept: String = words.split_whitespace().filter(form).collect();
    if kept.is_empty() { words.split_whitespace().collect() } else { kept }
}

fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{3400}'..='\u{4dbf}').contains(&c))
}

/// True where the asked value is the identifier's, in its own spelling or a sloppy one.
fn same(asked: &str, value: &str) -> bool {
    asked == value || identifier::cleaned(asked) == identifier::cleaned(value)
}

/// Compares a party asked with one on the certificate.
pub(super) fn compare(name: AssertionName, asked: &PartyAsked, party: PartyOnRecord<'_>) -> Assertion {
    let mut ids = party.id.into_iter().chain(party.other_ids);
    if let Some(id) = asked.id.as_deref() {
        let scheme = asked.id_scheme.as_deref();
        let matching = ids.clone().any(|known| scheme.is_none_or(|s| s == known.scheme) && same(id, &known.value));
        if matching {
            return Assertion::new(name, Verdict::Confirmed, Method::Identifier);
        }
        // Only an identifier of the same scheme can contradict: a number without its scheme may be of any.
        if scheme.is_some_and(|scheme| ids.any(|known| known.scheme == scheme)) {
            return Assertion {
                asked: Some(id.to_owned()),
                ..Assertion::new(name, Verdict::Contradicted, Method::Identifier)
            };
        }
    }
    match asked.name.as_deref() {
        Some(text) => compare_name(name, text, party),
        None => Assertion::new(name, Verdict::NotDeterminable, Method::Identifier),
    }
}

fn compare_name(name: AssertionName, asked: &str, party: PartyOnRecord<'_>) -> Assertion {
    let names = || party.name.into_iter().chain(party.former_name).flat_map(|map| map.0.values());
    let trading = party.trading_name;
    if names().any(|known| known == asked) || trading == Some(asked) {
        return Assertion::new(name, Verdict::Confirmed, Method::Exact);
    }
    let asked_folded = folded(asked);
    if names().any(|known| folded(known) == asked_folded) || trading.is_some_and(|known| folded(known) == asked_folded)
    {
        return Assertion::new(name, Verdict::Confirmed, Method::Normalised);
    }
    // A name is contradicted only by the registered one: in China the Chinese one; elsewhere the one on the
    // certificate, in the same script.
    let domestic = party.country == Some("CN");
    let comparable = if chinese(asked) {
        names().any(|known| chinese(known))
    } else {
        !domestic && names().any(|known| !chinese(known))
    };
    let result = if comparable { Verdict::Contradicted } else { Verdict::NotDeterminable };
    let shown = comparable.then(|| asked.to_owned());
    Assertion { asked: shown, ..Assertion::new(name, result, Method::Normalised) }
}

/// Compares the issuer asked with that of the certificate.
pub(super) fn issuer(asked: &PartyAsked, record: &Record) -> Assertion {
    let party = PartyOnRecord {
        id: Some(&record.key.issuer),
        other_ids: &record.issuer.other_ids,
        name: record.issuer.name.as_ref(),
        former_name: None,
        trading_name: None,
        country: None,
    };
    compare(AssertionName::Issuer, asked, party)
}

/// The factory on the certificate that is the one asked for.
pub(super) fn factory<'a>(asked: &PartyAsked, record: &'a Record) -> (Assertion, Option<&'a Factory>) {
    let mut unclear = None;
    let mut otherwise = None;
    for factory in &record.factories {
        let assertion = compare(AssertionName::Factory, asked, PartyOnRecord::from(factory));
        match assertion.result {
            Verdict::Confirmed => return (assertion, Some(factory)),
            Verdict::NotDeterminable => unclear = Some(assertion),
            Verdict::Contradicted => otherwise = Some(assertion),
        }
    }
    let none = || Assertion::new(AssertionName::Factory, Verdict::NotDeterminable, Method::Identifier);
    (unclear.or(otherwise).unwrap_or_else(none), None)
}

/// True where a text names this factory: its identifier, its code or one of its names.
pub(super) fn names(factory: &Factory, text: &str) -> bool {
    let party = PartyOnRecord::from(factory);
    factory.id.as_ref().is_some_and(|id| same(text, &id.value) || id.to_string() == text)
        || factory.code.as_deref().is_some_and(|code| same(text, code))
        || party.name.is_some_and(|name| name.0.values().any(|known| known == text || folded(known) == folded(text)))
}
