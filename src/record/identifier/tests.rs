use proptest::prelude::*;

use super::*;
use crate::testing::shared;

fn kind(code: &str) -> IdentifierKind {
    IdentifierKind::ALL.iter().copied().find(|kind| kind.code() == code).unwrap_or_else(|| panic!("kind {code}"))
}

#[test]
fn every_vector_of_the_reference_is_decided_right() {
    let Some(path) = shared("reference/domestic/identifier_vectors.csv") else { return };
    let mut decided = 0;
    for row in csv::Reader::from_path(path).expect("vectors").records() {
        let row = row.expect("row");
        let (kind, value, valid) = (kind(&row[0]), &row[1], &row[2] == "valid");
        let judged = kind.judge(value);
        assert_eq!(judged.verdict != Verdict::Invalid, valid, "{} {value:?}: {:?}", &row[0], judged.findings);
        let identified = identify(value).into_iter().find(|found| found.kind == kind);
        let identified = identified.unwrap_or_else(|| panic!("{value:?} is not recognised as {}", &row[0]));
        assert_eq!(identified.verdict != Verdict::Invalid, valid, "{value:?}");
        decided += 1;
    }
    assert_eq!(decided, 97);
}

#[test]
fn a_wrong_inner_organisation_code_warns_and_does_not_refuse() {
    let judged = IdentifierKind::Uscc.judge("91420000757013136L");
    assert_eq!(judged.verdict, Verdict::ValidWithWarning);
    assert_eq!(judged.findings[0].code(), "identifier/inner-organisation-code");
    assert_eq!(judged.findings[0].value("expected"), Some("7"));
}

#[test]
fn the_pieces_of_a_number_are_named() {
    let judged = IdentifierKind::CccCertificate.judge("2020010703307832");
    let parts: Vec<String> = judged.parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(parts.join(" "), "year=2020 body=01 class=07 subclass=03 sequence=307832");
    let judged = IdentifierKind::ManagementCertificate.judge("00114Q26950R7L/3502");
    let parts: Vec<String> = judged.parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(parts.join(" "), "body=001 year=14 system=Q sequence=26950 cycle=7 size=L branch=3502");
}

#[test]
fn a_slip_of_spelling_names_the_right_one() {
    for (code, value, right) in [
        ("uscc", "91420000757013137p", "91420000757013137P"),
        ("ccc_certificate_no", "2020010703307832 ", "2020010703307832"),
        ("ccc_certificate_no", "２０２００１０７０３３０７８３２", "2020010703307832"),
        ("cnca_approval_no", "\u{feff}cnca-r-2002-001", "CNCA-R-2002-001"),
    ] {
        let judged = kind(code).judge(value);
        assert_eq!(judged.verdict, Verdict::Invalid);
        assert_eq!(judged.normalised.as_deref(), Some(right));
        assert!(judged.findings.iter().any(|finding| finding.code() == "identifier/spelling"));
    }
}

#[test]
fn an_unknown_class_of_the_catalogue_is_only_noted() {
    let judged = IdentifierKind::CccCertificate.judge("2026011100000001");
    assert_eq!(judged.verdict, Verdict::Valid);
    assert_eq!(judged.findings[0].code(), "identifier/ccc-class");
}

#[test]
fn a_mistyped_number_has_a_candidate_that_says_which_character() {
    let found = candidates("20240IO703612345");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number, "2024010703612345");
    assert_eq!(
        found[0].misreadings,
        [Misreading { position: 6, written: 'I', read: '1' }, Misreading { position: 7, written: 'O', read: '0' }]
    );
    assert_eq!(candidates("2020-01-0703-307832")[0].number, "2020010703307832");
    assert_eq!(candidates("201781010O671176")[0].number, "2017810100671176");
    for right in ["2020010703307832", "202381071869666", "HDTD23QMS01S1266", "", "ＯＯＯＯＯＯＯＯＯＯＯＯＯＯＯＯ"]
    {
        assert_eq!(candidates(right), [], "{right}");
    }
}

#[test]
fn schemes_of_the_record_are_checked_by_their_name() {
    for (scheme, value) in [
        ("uscc", "91420000757013137P"),
        ("cn-org", "75701313-7"),
        ("cn-org", "757013137"),
        ("ccc", "2020970305000001"),
        ("gtin", "96385074"),
        ("gtin", "10614141000415"),
        ("gln", "6901234000009"),
        ("lei", "529900T8BM49AURSDO55"),
        ("cnca-approval", "CNCA-RF-2099-04"),
        ("uri", "https://example.org/a?b#c"),
        ("uri", "urn:uuid:0190"),
        ("did", "did:web:example.org%3A8443:body"),
        ("bpn", "anything at all"),
        ("unstated", "91420000757013137Q"),
    ] {
        let errors: Vec<_> = check(scheme, value).into_iter().filter(Finding::is_error).collect();
        assert_eq!(errors, [], "{scheme} {value}");
    }
    for (scheme, value) in [
        ("uscc", "91420000757013137Q"),
        ("cn-org", "75701313-6"),
        ("ccc", "202097030500000"),
        ("gtin", "96385075"),
        ("gtin", "123"),
        ("lei", ""),
        ("cnca-approval", "CNCA-R-2098"),
        ("uri", "no scheme"),
        ("uri", "a:b c"),
        ("did", "did:web"),
        ("country", "UK"),
    ] {
        assert!(check(scheme, value).iter().any(Finding::is_error), "{scheme} {value}");
    }
}

#[test]
fn countries_are_complete_and_go_both_ways() {
    assert_eq!(alpha2_of_numeric("156"), Some("CN"));
    assert_eq!(numeric_of_alpha2("NZ"), Some("554"));
    assert_eq!(alpha2_of_numeric("999"), None);
    assert!(!is_alpha2("UK") && !is_alpha2("EU"));
}

const USCC: &str = "[0-9A-HJ-NPQRTUWXY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}";

fn with_uscc_check(body: &str) -> String {
    format!("{body}{}", china::uscc_check(body).expect("in the alphabet"))
}

fn replaced(text: &str, position: usize, with: char) -> String {
    text.chars().enumerate().map(|(index, c)| if index == position { with } else { c }).collect()
}

fn swapped(text: &str, position: usize) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    characters.swap(position, position + 1);
    characters.into_iter().collect()
}

proptest! {
    #[test]
    fn a_uscc_that_was_made_right_is_accepted_and_one_wrong_character_is_refused(
        body in USCC, position in 0_usize..18, with in "[0-9A-Z]"
    ) {
        let code = with_uscc_check(&body);
        prop_assert_ne!(IdentifierKind::Uscc.judge(&code).verdict, Verdict::Invalid);
        let wrong = replaced(&code, position, with.chars().next().expect("one"));
        if wrong != code {
            prop_assert_eq!(IdentifierKind::Uscc.judge(&wrong).verdict, Verdict::Invalid);
        }
    }

    #[test]
    fn neighbours_that_change_places_in_a_uscc_are_refused(body in USCC, position in 0_usize..17) {
        let code = with_uscc_check(&body);
        let wrong = swapped(&code, position);
        if wrong != code {
            prop_assert_eq!(IdentifierKind::Uscc.judge(&wrong).verdict, Verdict::Invalid);
        }
    }

    #[test]
    fn an_organisation_code_that_was_made_right_is_accepted(body in "[0-9A-Z]{8}") {
        let code = format!("{body}{}", china::organisation_check(&body).expect("check"));
        prop_assert_eq!(IdentifierKind::OrganisationCode.judge(&code).verdict, Verdict::Valid);
    }

    #[test]
    fn one_wrong_digit_of_a_gtin_is_refused(
        body in "[0-9]{7}|[0-9]{11}|[0-9]{12}|[0-9]{13}", position in 0_usize..14, with in 0_u32..10
    ) {
        let code = format!("{body}{}", global::gs1_check(&body).expect("digits"));
        prop_assert_eq!(check("gtin", &code), []);
        let wrong = replaced(&code, position % code.len(), char::from_digit(with, 10).expect("digit"));
        if wrong != code {
            prop_assert!(!check("gtin", &wrong).is_empty());
        }
    }

    #[test]
    fn neighbours_that_change_places_in_a_gtin_are_refused_unless_they_differ_by_five(
        body in "[0-9]{12}", position in 0_usize..12
    ) {
        let code = format!("{body}{}", global::gs1_check(&body).expect("digits"));
        let digit = |index: usize| i32::from(code.as_bytes()[index]);
        if (digit(position) - digit(position + 1)).abs() % 5 != 0 {
            prop_assert!(!check("gtin", &swapped(&code, position)).is_empty());
        }
    }

    #[test]
    fn a_lei_that_was_made_right_is_accepted_and_one_wrong_character_of_its_sort_is_refused(
        body in "[0-9A-Z]{18}", position in 0_usize..18, with in "[0-9A-Z]"
    ) {
        let code = format!("{body}{}", global::lei_check(&body).expect("letters and digits"));
        prop_assert_eq!(check("lei", &code), []);
        let with = with.chars().next().expect("one");
        let wrong = replaced(&code, position, with);
        // A digit for a letter moves what follows by one place: MOD 97-10 does not promise to see that.
        let same_sort = code.as_bytes()[position].is_ascii_digit() == with.is_ascii_digit();
        if wrong != code && same_sort {
            prop_assert!(!check("lei", &wrong).is_empty());
        }
    }

    #[test]
    fn no_text_whatever_brings_the_recogniser_down(text in "\\PC{0,40}") {
        let _ = identify(&text);
        let _ = candidates(&text);
        for scheme in ["uscc", "cn-org", "ccc", "gtin", "gln", "lei", "cnca-approval", "uri", "did", "eori", "hs", "cn-hs", "country"] {
            let _ = check(scheme, &text);
        }
    }

    #[test]
    fn a_letter_for_a_digit_is_led_back_to_the_number(tail in "[0-9]{6}", position in 0_usize..16) {
        let number = format!("2024010703{tail}");
        let digit = number.as_bytes()[position];
        let letter = match digit { b'0' => 'O', b'1' => 'I', b'2' => 'Z', b'5' => 'S', b'8' => 'B', _ => return Ok(()) };
        let found = candidates(&replaced(&number, position, letter));
        prop_assert!(found.iter().any(|candidate| candidate.number == number));
    }
}

#[test]
fn a_mistyped_number_of_another_kind_passes_for_no_certificate_number() {
    for mistyped in ["91350100M000100Y44", "2020O10703307832"] {
        assert!(identify(mistyped).iter().all(|one| one.verdict == Verdict::Invalid), "{mistyped}");
    }
    for number in ["00617S20665R5L", "HDTD23QMS01S1266", "00114Q26950R7L/3502"] {
        let first = identify(number).into_iter().next().expect("resembles something");
        assert_eq!((first.kind, first.verdict), (IdentifierKind::ManagementCertificate, Verdict::Valid), "{number}");
    }
}
