//! Every reason to refuse a chain, and how long a verdict holds.

use std::sync::Arc;

use certbridge::clock::SystemEntropy;
use certbridge::finding::catalogue;
use certbridge::tls::pki::{Authority, Leaf, LeafRequest, Revoked, Validity};
use certbridge::trust::{
    Anchors, CertificateDer, Fault, PartyTrust, Refusal, RegisteredName, RevocationException, Revocations, Role,
    Standing, Suspension, TrustBook, judge,
};
use rustls::pki_types::pem::PemObject;

use crate::{DAY, NAME, authority, chain, day, issue, list, lists, now, party, request};

/// A public key that is too short; nobody keeps its private half.
const RSA_1024: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDJ66rVNQ6OASJQ8TFPGht5Xkan
RfJjnJ9rAL6M2AOtCqjJmY+D8e5gT0tI+cnw7bVbT9csEUQi0u4KZ5Doo8fYsDeB
TINFVuy3o8agRp36eO4x6efmiOKxClCcNeUP5VsCmg1wANMIS8OtPwgdeW+Wohix
eT5Ne3F6EY7X5ur/gQIDAQAB
-----END PUBLIC KEY-----
";

fn refusal(leaf: &Leaf, party: &PartyTrust) -> Refusal {
    let refusal = judge(&chain(leaf), party, Role::Client, now(), 1).expect_err("must be refused");
    let words = refusal.finding().message();
    assert!(catalogue().contains_key(refusal.code()), "{} has no words", refusal.code());
    assert!(!words.en.contains('{') && !words.zh.contains('{'), "{words:?}");
    refusal
}

#[test]
fn a_good_chain_holds_until_the_earliest_of_its_ends() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    let mut party = party(&ca);
    let until = |party: &PartyTrust| judge(&chain(&leaf), party, Role::Client, now(), 3).expect("good").holds_until;
    assert_eq!(until(&party), day(6), "nextUpdate of the revocation list");
    party.revocation_age_limit = 3 * DAY;
    assert_eq!(until(&party), day(2), "thisUpdate and the staleness limit");
    party.agreement_until = Some(day(1));
    assert_eq!(until(&party), day(1), "end of the agreement");
    party.suspension = Some(Suspension { since: now().plus_seconds(60), reason: "planned".to_owned() });
    assert_eq!(until(&party), now().plus_seconds(60), "a suspension that is yet to begin");

    let validity = Validity { from: day(-1), until: now().plus_seconds(5) };
    let short = issue(&ca, &LeafRequest { validity, ..request() });
    let verdict = judge(&chain(&short), &party, Role::Client, now(), 3).expect("good");
    assert_eq!((verdict.holds_until, verdict.generation), (now().plus_seconds(5), 3), "notAfter of the certificate");
    assert_eq!(verdict.serial, short.serial);
    assert!(verdict.holds(3, now()) && !verdict.holds(4, now()) && !verdict.holds(3, now().plus_seconds(5)));
}

#[test]
fn a_chain_through_a_subordinate_ca_needs_the_lists_of_both() {
    let root = authority("NZ Root");
    let validity = Validity { from: day(-100), until: day(100) };
    let sub = root.subordinate("NZ Issuing", "NZ", validity, &SystemEntropy).expect("a CA");
    let leaf = issue(&sub, &request());
    let mut party = party(&root);
    let missing = refusal(&leaf, &party);
    assert!(matches!(missing, Refusal::RevocationListMissing { issuer } if issuer.contains("NZ Issuing")));
    party.revocations = lists(&format!("{}{}", list(&root, &[]), list(&sub, &[])));
    assert!(judge(&chain(&leaf), &party, Role::Client, now(), 1).is_ok());
    // The CA between is revoked by the root: so is all that it issued.
    let serial = certbridge::trust::Certificate::read(&chain(&leaf)[1]).expect("a certificate").serial;
    let revoked = Revoked { serial: serial.clone(), at: day(-2), key_compromised: true };
    party.revocations = lists(&format!("{}{}", list(&root, &[revoked]), list(&sub, &[])));
    assert_eq!(refusal(&leaf, &party), Refusal::Revoked { serial, since: day(-2) });
}

#[test]
fn strangers_are_told_apart_by_what_is_wrong_with_them() {
    let (ca, other) = (authority("NZ CA"), authority("Other CA"));
    let party = party(&ca);
    assert_eq!(judge(&[], &party, Role::Client, now(), 1), Err(Refusal::NoCertificate));
    let junk = CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01]);
    assert!(matches!(judge(&[junk], &party, Role::Client, now(), 1), Err(Refusal::Malformed { .. })));
    assert!(matches!(refusal(&issue(&other, &request()), &party), Refusal::UnknownIssuer { .. }));
    let own = request().self_signed(&SystemEntropy).expect("a certificate");
    assert!(matches!(refusal(&own, &party), Refusal::SelfSigned { .. }));
    // Another CA that took the registered one's name.
    let forged = issue(&authority("NZ CA"), &request());
    assert!(matches!(refusal(&forged, &party), Refusal::BadSignature { .. }), "{:?}", refusal(&forged, &party));
    let ca_itself = Leaf { chain_pem: ca.certificate_pem().to_owned(), ..own };
    assert!(matches!(refusal(&ca_itself, &party), Refusal::WrongUsage { .. } | Refusal::SelfSigned { .. }));
}

#[test]
fn dates_names_usages_and_keys_are_enforced() {
    let ca = authority("NZ CA");
    let party = party(&ca);
    let expired = LeafRequest { validity: Validity { from: day(-10), until: day(-1) }, ..request() };
    let expired = refusal(&issue(&ca, &expired), &party);
    assert!(matches!(expired, Refusal::Expired { not_after, .. } if not_after == day(-1)));
    let early = LeafRequest { validity: Validity { from: day(1), until: day(9) }, ..request() };
    assert!(matches!(refusal(&issue(&ca, &early), &party), Refusal::NotYetValid { .. }));
    for dns in ["other.example.nz", "*.registry.example.nz", "a.gateway.registry.example.nz"] {
        let other = LeafRequest { dns: vec![dns.to_owned()], ..request() };
        assert!(matches!(refusal(&issue(&ca, &other), &party), Refusal::WrongName { .. }), "{dns}");
    }
    let nameless = LeafRequest { dns: vec![], ..request() };
    assert!(matches!(refusal(&issue(&ca, &nameless), &party), Refusal::WrongName { .. }));
    let server_only = LeafRequest { client: false, ..request() };
    assert!(matches!(refusal(&issue(&ca, &server_only), &party), Refusal::WrongUsage { .. }));
    let unsaid = LeafRequest { client: false, server: false, ..request() };
    assert_eq!(refusal(&issue(&ca, &unsaid), &party), Refusal::WrongUsage { wanted: "clientAuth" });
    let weak = ca.issue_for(&request(), RSA_1024, &SystemEntropy).expect("a certificate");
    assert!(matches!(refusal(&weak, &party), Refusal::WeakKey { key, .. } if key == "RSA 1024"));
    let leaf = issue(&ca, &request());
    let long = Leaf { chain_pem: leaf.chain_pem.repeat(7), ..leaf };
    assert_eq!(refusal(&long, &party), Refusal::ChainTooLong { presented: 7 });
}

#[test]
fn a_path_longer_than_a_ca_allows_is_refused() {
    let root = authority("NZ Root");
    let validity = Validity { from: day(-100), until: day(100) };
    let sub = root.subordinate("NZ Issuing", "NZ", validity, &SystemEntropy).expect("a CA");
    let below = sub.subordinate("NZ Below", "NZ", validity, &SystemEntropy).expect("a CA");
    let leaf = issue(&below, &request());
    assert!(matches!(refusal(&leaf, &party(&root)), Refusal::ChainTooLong { .. }));
}

#[test]
fn a_registered_ca_that_has_expired_vouches_for_nobody() {
    let validity = Validity { from: day(-9), until: day(-1) };
    let ca = Authority::create("NZ CA", "NZ", validity, &SystemEntropy).expect("a CA");
    let refused = refusal(&issue(&ca, &request()), &party(&ca));
    assert!(matches!(refused, Refusal::Expired { subject, .. } if subject.contains("NZ CA")));
}

#[test]
fn revocation_fails_closed_and_says_why() {
    let (ca, other) = (authority("NZ CA"), authority("Other CA"));
    let leaf = issue(&ca, &request());
    let revoked = Revoked { serial: leaf.serial.clone(), at: day(-2), key_compromised: false };
    let mut party = party(&ca);

    party.revocations = lists(&list(&ca, std::slice::from_ref(&revoked)));
    assert_eq!(refusal(&leaf, &party), Refusal::Revoked { serial: leaf.serial.clone(), since: day(-2) });
    // Revoked stays revoked on a list that has grown old, and under an exception.
    let old = ca.revocation_list(&[revoked], 6, day(-60), day(-50)).expect("a list");
    party.revocations = lists(&old);
    party.exception = Some(RevocationException { name: "E-1".to_owned(), until: day(3) });
    assert!(matches!(refusal(&leaf, &party), Refusal::Revoked { .. }));
    party.exception = None;

    for missing in [String::new(), list(&other, &[])] {
        party.revocations = lists(&missing);
        assert!(matches!(refusal(&leaf, &party), Refusal::RevocationListMissing { .. }));
    }
    for (next_update, stale_since) in [(day(-1), day(-1)), (day(400), day(-10))] {
        party.revocations = lists(&ca.revocation_list(&[], 6, day(-40), next_update).expect("a list"));
        party.revocation_age_limit = if next_update < now() { 100 * DAY } else { 30 * DAY };
        let refused = refusal(&leaf, &party);
        assert_eq!(refused.fault(), Fault::Ours);
        assert!(matches!(refused, Refusal::RevocationListStale { fresh_until, .. } if fresh_until == stale_since));
    }
    party.revocations = lists(&ca.revocation_list(&[], 6, day(1), day(2)).expect("a list"));
    assert!(matches!(refusal(&leaf, &party), Refusal::RevocationListNotYetValid { .. }));

    // A list that bears the CA's name, but is not of its key: as good as none.
    party.revocations = lists(&list(&authority("NZ CA"), &[]));
    assert!(matches!(refusal(&leaf, &party), Refusal::RevocationListMissing { .. }));
}

#[test]
fn a_list_that_its_ca_did_not_sign_is_not_relied_on() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    let mut der = rustls::pki_types::CertificateRevocationListDer::from_pem_slice(list(&ca, &[]).as_bytes())
        .expect("PEM")
        .as_ref()
        .to_vec();
    // The last byte belongs to the signature.
    *der.last_mut().expect("a byte") ^= 1;
    let revocations = Revocations::from_der(&[der.into()]).expect("a list");
    let refused = refusal(&leaf, &PartyTrust { revocations, ..party(&ca) });
    assert!(matches!(refused, Refusal::RevocationListUnusable { .. }), "{refused:?}");
}

#[test]
fn of_two_lists_the_newer_one_counts() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    let revoked = Revoked { serial: leaf.serial.clone(), at: day(-2), key_compromised: false };
    let before = ca.revocation_list(&[], 6, day(-3), day(6)).expect("a list");
    let mut party = party(&ca);
    party.revocations = lists(&format!("{before}{}", list(&ca, &[revoked])));
    assert!(matches!(refusal(&leaf, &party), Refusal::Revoked { .. }));
}

#[test]
fn a_dated_exception_stands_in_for_a_list_until_it_ends() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    let mut party = party(&ca);
    party.exception = Some(RevocationException { name: "E-1".to_owned(), until: day(3) });
    let stale = ca.revocation_list(&[], 6, day(-10), day(-1)).expect("a list");
    for pem in [String::new(), stale] {
        party.revocations = lists(&pem);
        let verdict = judge(&chain(&leaf), &party, Role::Client, now(), 1).expect("excepted");
        assert_eq!((verdict.exception.as_deref(), verdict.holds_until), (Some("E-1"), day(3)));
        assert!(judge(&chain(&leaf), &party, Role::Client, day(3), 1).is_err());
    }
    // An exception that was not needed is not named.
    party.revocations = lists(&list(&ca, &[]));
    assert_eq!(judge(&chain(&leaf), &party, Role::Client, now(), 1).expect("good").exception, None);
}

#[test]
fn the_agreement_and_a_suspension_bound_the_partner() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    let mut party = party(&ca);
    party.suspension = Some(Suspension { since: day(-1), reason: "key ceremony".to_owned() });
    assert_eq!(refusal(&leaf, &party), Refusal::Suspended { since: day(-1), reason: "key ceremony".to_owned() });
    assert_eq!(refusal(&leaf, &party).fault(), Fault::Agreement);
    party.agreement_until = Some(now());
    assert_eq!(refusal(&leaf, &party), Refusal::AgreementEnded { until: now() });
    party.agreement_from = Some(day(1));
    assert_eq!(refusal(&leaf, &party), Refusal::AgreementNotBegun { from: day(1) });
}

#[test]
fn a_server_is_judged_by_the_host_name_that_was_called() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &LeafRequest { addresses: vec!["127.0.0.1".parse().expect("an address")], ..request() });
    let party = party(&ca);
    for name in [NAME, "127.0.0.1"] {
        assert!(judge(&chain(&leaf), &party, Role::Server { name }, now(), 1).is_ok(), "{name}");
    }
    for name in ["other.example.nz", "127.0.0.2", "not a name"] {
        let refused = judge(&chain(&leaf), &party, Role::Server { name }, now(), 1);
        assert!(matches!(refused, Err(Refusal::WrongName { .. })), "{name}: {refused:?}");
    }
    let client_only = issue(&ca, &LeafRequest { server: false, ..request() });
    let refused = judge(&chain(&client_only), &party, Role::Server { name: NAME }, now(), 1);
    assert!(matches!(refused, Err(Refusal::WrongUsage { .. })));
}

#[test]
fn one_partners_ca_never_speaks_for_another() {
    let (nz, au) = (authority("NZ CA"), authority("AU CA"));
    let uri = "urn:certbridge:partner:au";
    let australian = PartyTrust { id: "au".to_owned(), san: RegisteredName::parse(uri), ..party(&au) };
    let book = TrustBook::new(1, [party(&nz), australian]).expect("a book");
    let with_uri = LeafRequest { dns: vec![], uris: vec![uri.to_owned()], ..request() };
    let who = |leaf: &Leaf| book.recognise(&chain(leaf), now()).map(|party| party.id.clone());
    assert_eq!(who(&issue(&nz, &request())), Ok("nz-registry".to_owned()));
    assert_eq!(who(&issue(&au, &with_uri)), Ok("au".to_owned()));
    assert!(matches!(who(&issue(&nz, &with_uri)), Err(Refusal::UnknownIssuer { .. })));
    assert!(matches!(who(&issue(&au, &request())), Err(Refusal::UnknownIssuer { .. })));
    // Both names under one CA: it speaks for that CA's partner alone.
    let both = LeafRequest { uris: vec![uri.to_owned()], ..request() };
    assert_eq!(who(&issue(&au, &both)), Ok("au".to_owned()));
    let unknown = LeafRequest { dns: vec!["x.example".to_owned()], ..request() };
    assert!(matches!(who(&issue(&nz, &unknown)), Err(Refusal::WrongName { .. })));
    assert!(matches!(who(&issue(&authority("X"), &unknown)), Err(Refusal::UnknownIssuer { .. })));

    // Two partners of one CA are told apart by their names, and a certificate with both names is nobody's.
    let third = PartyTrust { id: "third".to_owned(), san: RegisteredName::parse("third.example"), ..party(&nz) };
    let shared = TrustBook::new(1, [party(&nz), third]).expect("a book");
    let both = LeafRequest { dns: vec![NAME.to_owned(), "third.example".to_owned()], ..request() };
    let refused = shared.recognise(&chain(&issue(&nz, &both)), now()).map(|party| party.id.clone());
    assert!(matches!(refused, Err(Refusal::AmbiguousName { .. })));
    let twin = PartyTrust { id: "twin".to_owned(), ..party(&nz) };
    assert!(TrustBook::new(1, [party(&nz), twin]).is_err());
    assert!(TrustBook::new(1, [party(&nz), party(&au)]).is_err(), "one id twice");
}

#[test]
fn a_standing_is_judged_again_when_trust_or_time_has_moved() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    let standing = Standing::new(chain(&leaf));
    let book = TrustBook::new(1, [party(&ca)]).expect("a book");
    let first = standing.judge(&book, now()).expect("good");
    assert!(Arc::ptr_eq(&first, &standing.judge(&book, now()).expect("good")), "the verdict is kept");
    assert!(matches!(standing.judge(&book, day(6)), Err(Refusal::RevocationListStale { .. })), "time has moved");
    let revoked = Revoked { serial: leaf.serial, at: day(-1), key_compromised: false };
    let party = PartyTrust { revocations: lists(&list(&ca, &[revoked])), ..party(&ca) };
    let next = TrustBook::new(2, [party]).expect("a book");
    assert!(matches!(standing.judge(&next, now()), Err(Refusal::Revoked { .. })), "trust has moved");
    let none = TrustBook::new(3, []).expect("a book");
    let unknown = none.judge("nz-registry", standing.chain(), Role::Client, now());
    assert!(matches!(unknown, Err(Refusal::UnknownPartner { .. })));
    assert!(standing.judge(&none, now()).is_err(), "the partner has gone");
}

#[test]
fn an_authority_that_was_loaded_again_issues_and_revokes_under_the_same_name() {
    let root = authority("NZ Root 新西兰");
    let validity = Validity { from: day(-100), until: day(100) };
    let sub = root.subordinate("NZ Issuing", "NZ", validity, &SystemEntropy).expect("a CA");
    for (first, other) in [(&root, &sub), (&sub, &root)] {
        let again = Authority::load(first.chain_pem(), &first.key_pem()).expect("a CA");
        assert_eq!(again.certificate_pem(), first.certificate_pem());
        let leaf = issue(&again, &request());
        let with = |revoked: &[Revoked]| {
            let both = format!("{}{}", list(&again, revoked), list(other, &[]));
            PartyTrust { revocations: lists(&both), ..party(&root) }
        };
        assert!(judge(&chain(&leaf), &with(&[]), Role::Client, now(), 1).is_ok());
        let revoked = Revoked { serial: leaf.serial.clone(), at: day(-1), key_compromised: true };
        assert!(matches!(refusal(&leaf, &with(&[revoked])), Refusal::Revoked { .. }));
    }
    assert!(Authority::load(root.chain_pem(), &sub.key_pem()).is_err());
    assert!(Authority::load("", &sub.key_pem()).is_err());
}

#[test]
fn what_is_no_ca_cannot_be_registered_as_one() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    assert!(Anchors::from_pem(leaf.chain_pem.as_bytes()).is_err());
    assert!(Anchors::from_pem(b"").is_err());
    assert!(Revocations::from_pem(leaf.chain_pem.as_bytes()).is_ok_and(|lists| lists.overview().next().is_none()));
}
