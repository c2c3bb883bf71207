//! Identifiers told by their form: those with check digits (USCC, organisation code, GTIN, GLN, LEI) and those with a
//! form alone (certificate, approval, accreditation and registration numbers, customs and country codes).
//!
//! Everything here judges text and nothing else: no look-up, no clock. A form that holds is no proof that the number
//! was ever given out. Not here: reading identifiers out of a document (`mapping`), rules between fields (`rules`).

mod body;
mod certificate;
mod china;
mod confusable;
mod country;
mod global;
mod judgement;
mod trade;

pub use confusable::{Candidate, Misreading, candidates};
pub use country::{alpha2_of_numeric, is_alpha2, numeric_of_alpha2};
pub use judgement::{Identification, Verdict};

use unicode_normalization::UnicodeNormalization;

use crate::finding::{Finding, Place};
use judgement::Judgement;

/// A kind of identifier that can be told by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// Unified social credit code, GB 32100-2015.
    Uscc,
    /// Organisation code, GB 11714-1997.
    OrganisationCode,
    /// GTIN-8.
    Gtin8,
    /// GTIN-12.
    Gtin12,
    /// GTIN-13.
    Gtin13,
    /// GTIN-14.
    Gtin14,
    /// Global location number.
    Gln,
    /// Legal entity identifier, ISO 17442.
    Lei,
    /// Number of a compulsory product certificate (CCC).
    CccCertificate,
    /// Number of a self-declaration under the CCC rules.
    CccSelfDeclaration,
    /// Number of a management system certificate.
    ManagementCertificate,
    /// Approval number of a certification body.
    CncaApproval,
    /// Accreditation number given by CNAS.
    CnasAccreditation,
    /// Registration number of a person at CCAA.
    CcaaRegistration,
    /// Economic operator's registration and identification number (European Union, United Kingdom).
    Eori,
    /// Code of an authorised economic operator in China.
    AeoChina,
    /// Harmonised System, 6 digits.
    Hs6,
    /// Chinese tariff number, 10 digits.
    CnHs10,
    /// Chinese tariff number with inspection digits, 13 digits.
    CnHs13,
    /// Country, ISO 3166-1 numeric.
    CountryNumeric,
    /// Country, ISO 3166-1 alpha-2.
    CountryAlpha2,
    /// Resident identity number, GB 11643-1999. Recognised only so that it can be kept in; never exchanged.
    ResidentId,
}

impl IdentifierKind {
    /// Every kind, the most telling forms first.
    pub const ALL: &[Self] = &[
        Self::Uscc,
        Self::ResidentId,
        Self::Lei,
        Self::CccSelfDeclaration,
        Self::CccCertificate,
        Self::CncaApproval,
        Self::CnasAccreditation,
        Self::AeoChina,
        Self::OrganisationCode,
        Self::Gtin8,
        Self::Gtin12,
        Self::Gtin13,
        Self::Gtin14,
        Self::Gln,
        Self::CcaaRegistration,
        Self::ManagementCertificate,
        Self::Eori,
        Self::Hs6,
        Self::CnHs10,
        Self::CnHs13,
        Self::CountryNumeric,
        Self::CountryAlpha2,
    ];

    /// The code of the kind, as it is printed for machines.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Uscc => "uscc",
            Self::OrganisationCode => "org_code",
            Self::Gtin8 => "gtin8",
            Self::Gtin12 => "gtin12",
            Self::Gtin13 => "gtin13",
            Self::Gtin14 => "gtin14",
            Self::Gln => "gln",
            Self::Lei => "lei",
            Self::CccCertificate => "ccc_certificate_no",
            Self::CccSelfDeclaration => "ccc_self_declaration_no",
            Self::ManagementCertificate => "management_cert_no",
            Self::CncaApproval => "cnca_approval_no",
            Self::CnasAccreditation => "cnas_no",
            Self::CcaaRegistration => "ccaa_auditor_no",
            Self::Eori => "eori",
            Self::AeoChina => "aeo_cn_code",
            Self::Hs6 => "hs6",
            Self::CnHs10 => "hs10_cn",
            Self::CnHs13 => "hs13_cn",
            Self::CountryNumeric => "iso3166_num",
            Self::CountryAlpha2 => "iso3166_a2",
            Self::ResidentId => "resident_id",
        }
    }

    /// The name that messages give the kind; the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uscc => "USCC (GB 32100)",
            Self::OrganisationCode => "GB 11714",
            Self::Gtin8 => "GTIN-8",
            Self::Gtin12 => "GTIN-12",
            Self::Gtin13 => "GTIN-13",
            Self::Gtin14 => "GTIN-14",
            Self::Gln => "GLN",
            Self::Lei => "LEI (ISO 17442)",
            Self::CccCertificate => "CCC",
            Self::CccSelfDeclaration => "CCC",
            Self::ManagementCertificate => "MS",
            Self::CncaApproval => "CNCA-R",
            Self::CnasAccreditation => "CNAS",
            Self::CcaaRegistration => "CCAA",
            Self::Eori => "EORI",
            Self::AeoChina => "AEOCN",
            Self::Hs6 => "HS",
            Self::CnHs10 => "CN HS 10",
            Self::CnHs13 => "CN HS 13",
            Self::CountryNumeric => "ISO 3166-1 numeric",
            Self::CountryAlpha2 => "ISO 3166-1 alpha-2",
            Self::ResidentId => "GB 11643",
        }
    }

    /// Judges a value, exactly as it is written, as an identifier of this kind.
    #[must_use]
    pub fn judge(self, value: &str) -> Identification {
        let mut judgement = Judgement::new(self, value);
        self.weigh(value, &mut judgement);
        let clean = cleaned(value);
        if clean != value {
            let mut other = Judgement::new(self, &clean);
            self.weigh(&clean, &mut other);
            if judgement.refused() && !other.refused() {
                judgement.offer(clean);
            }
        }
        judgement.into_identification()
    }

    fn weigh(self, value: &str, judgement: &mut Judgement) {
        match self {
            Self::Uscc => china::uscc(value, judgement),
            Self::OrganisationCode => china::organisation_code(value, judgement),
            Self::ResidentId => china::resident_id(value, judgement),
            Self::Gtin8 => global::gs1(value, 8, judgement),
            Self::Gtin12 => global::gs1(value, 12, judgement),
            Self::Gtin13 | Self::Gln => global::gs1(value, 13, judgement),
            Self::Gtin14 => global::gs1(value, 14, judgement),
            Self::Lei => global::lei(value, judgement),
            Self::CccCertificate => certificate::ccc(value, judgement),
            Self::CccSelfDeclaration => certificate::self_declaration(value, judgement),
            Self::ManagementCertificate => certificate::management(value, judgement),
            Self::CncaApproval => body::cnca_approval(value, judgement),
            Self::CnasAccreditation => body::cnas(value, judgement),
            Self::CcaaRegistration => body::ccaa(value, judgement),
            Self::Eori => trade::eori(value, judgement),
            Self::AeoChina => trade::aeo_china(value, judgement),
            Self::Hs6 => trade::tariff(value, 6, judgement),
            Self::CnHs10 => trade::tariff(value, 10, judgement),
            Self::CnHs13 => trade::tariff(value, 13, judgement),
            Self::CountryNumeric => country::numeric(value, judgement),
            Self::CountryAlpha2 => country::alpha2(value, judgement),
        }
    }

    /// True where a value looks as if it were meant to be of this kind, mistyped or not.
    fn resembles(self, clean: &str) -> bool {
        let length = clean.chars().count();
        let compact: String = clean.chars().filter(|c| !matches!(c, '-' | ' ' | '.')).collect();
        let ascii = clean.is_ascii();
        let digits = compact.bytes().filter(u8::is_ascii_digit).count();
        let mostly_digits = digits * 3 >= compact.len() * 2;
        let alphanumeric = ascii && compact.bytes().all(|b| b.is_ascii_alphanumeric());
        match self {
            Self::Uscc => {
                alphanumeric
                    && (16..=19).contains(&length)
                    && clean.starts_with(|c: char| c.is_ascii_digit() || matches!(c, 'A' | 'N' | 'Y'))
                    && digits >= 8
            }
            Self::ResidentId => ascii && length == 18 && digits >= 17,
            Self::Lei => alphanumeric && (19..=21).contains(&length) && digits >= 2,
            Self::CccCertificate => {
                alphanumeric
                    && mostly_digits
                    && ((15..=17).contains(&compact.len()) || matches!(compact.len(), 12 | 13))
            }
            Self::CccSelfDeclaration => compact.len() == 16 && matches!(compact.get(4..6), Some("97" | "98" | "99")),
            Self::CncaApproval => clean.starts_with("CNCA"),
            Self::CnasAccreditation => clean.starts_with("CNAS"),
            Self::AeoChina => clean.starts_with("AEO"),
            Self::OrganisationCode => alphanumeric && matches!(compact.len(), 8 | 9) && digits >= 3,
            Self::Gtin8 => alphanumeric && length == 8 && digits >= 7,
            Self::Gtin12 => alphanumeric && length == 12 && digits >= 11,
            Self::Gtin13 | Self::Gln => alphanumeric && matches!(length, 12 | 13) && digits >= 11,
            Self::Gtin14 => alphanumeric && length == 14 && digits >= 13,
            Self::CcaaRegistration => {
                clean.len() > 8 && clean.as_bytes().get(4) == Some(&b'-') && clean.starts_with("20")
            }
            Self::ManagementCertificate => {
                let letters = compact.bytes().filter(u8::is_ascii_alphabetic).count();
                ascii && (8..=30).contains(&length) && letters > 0 && digits >= 6 && !clean.starts_with("CNCA")
            }
            Self::Eori => {
                alphanumeric
                    && clean.len() <= 20
                    && clean.get(..2).is_some_and(|country| trade::eori_country(country) || clean.len() == 2)
            }
            Self::Hs6 => alphanumeric && length == 6 && digits >= 5,
            Self::CnHs10 => alphanumeric && mostly_digits && matches!(length, 6 | 10),
            Self::CnHs13 => alphanumeric && length == 13 && digits >= 12,
            Self::CountryNumeric => length == 3 && digits == 3,
            Self::CountryAlpha2 => ascii && length == 2 && digits == 0,
        }
    }
}

/// What a value can be: every kind that it resembles, those that it is first, then those that it is with a warning,
/// then those that it fails. The verdict is of the value exactly as written; where cleaning its spelling (blanks,
/// width, case, separators, invisible characters) mends it, `normalised` says what it would be.
#[must_use]
pub fn identify(value: &str) -> Vec<Identification> {
    let clean = cleaned(value);
    let mut found: Vec<Identification> =
        IdentifierKind::ALL.iter().filter(|kind| kind.resembles(&clean)).map(|kind| kind.judge(value)).collect();
    // Bodies number freely: whatever looks like a number of another kind, and follows no convention, is meant to be that.
    // A mistyped credit code is no valid certificate number.
    if found.len() > 1 {
        found.retain(|one| one.kind != IdentifierKind::ManagementCertificate || !one.parts.is_empty());
    }
    found.sort_by_key(|identification| identification.verdict);
    found
}

/// Checks a value against the form and check digits of its scheme, as the record and the crosswalks name schemes:
/// `uscc`, `cn-org`, `ccc`, `lei`, `gtin`, `gln`, `cnca-approval`, `uri`, `did`, `eori`, `hs`, `cn-hs`, `country`.
/// No findings where it holds or the scheme has no form that we know. The findings stand at the whole.
#[must_use]
pub fn check(scheme: &str, value: &str) -> Vec<Finding> {
    let kind = match scheme {
        "uscc" => IdentifierKind::Uscc,
        "cn-org" => {
            // A hyphen before the check character is usual and no part of the code.
            return IdentifierKind::OrganisationCode.judge(&value.replacen('-', "", 1)).findings;
        }
        "ccc" if certificate::is_self_declaration(value) => IdentifierKind::CccSelfDeclaration,
        "ccc" => IdentifierKind::CccCertificate,
        "lei" => IdentifierKind::Lei,
        "gln" => IdentifierKind::Gln,
        "gtin" => match value.len() {
            8 => IdentifierKind::Gtin8,
            12 => IdentifierKind::Gtin12,
            13 => IdentifierKind::Gtin13,
            _ => IdentifierKind::Gtin14,
        },
        "cnca-approval" => IdentifierKind::CncaApproval,
        "eori" => IdentifierKind::Eori,
        "hs" => IdentifierKind::Hs6,
        "cn-hs" => IdentifierKind::CnHs10,
        "country" => IdentifierKind::CountryAlpha2,
        "uri" => return global::uri(value),
        "did" => return global::did(value),
        _ => return Vec::new(),
    };
    kind.judge(value).findings
}

/// A value in the spelling that identifiers are kept in: full-width characters made half-width, invisible characters
/// and outer blanks dropped, letters upper case.
#[must_use]
pub fn cleaned(value: &str) -> String {
    let folded: String = value
        .nfkc()
        .filter(|c| {
            !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
        })
        .filter(|c| !c.is_control())
        .collect();
    folded.trim().to_uppercase()
}

fn at_whole(code: &'static str, kind: IdentifierKind) -> Finding {
    Finding::new(code, Place::Whole).with("scheme", kind.name())
}

#[cfg(test)]
mod tests;
