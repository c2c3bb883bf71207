//! Trust in partners, judged on certificates made for the purpose, and the handshakes of both listeners over loopback.

#![cfg(feature = "gateway")]
#![expect(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

mod handshake;
mod judgement;
mod rotation;

use certbridge::clock::{SystemEntropy, Timestamp};
use certbridge::tls::pki::{Authority, Leaf, LeafRequest, Revoked, Validity};
use certbridge::trust::{Anchors, CertificateDer, PartyTrust, RegisteredName, Revocations};
use rustls::pki_types::pem::PemObject;

const DAY: i64 = 86_400;
const NAME: &str = "gateway.registry.example.nz";

fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().expect("a time")
}

fn day(days: i64) -> Timestamp {
    now().plus_seconds(days * DAY)
}

fn authority(name: &str) -> Authority {
    Authority::create(name, "NZ", Validity { from: day(-1000), until: day(1000) }, &SystemEntropy).expect("a CA")
}

fn request() -> LeafRequest {
    LeafRequest::new("Registry", "NZ", &[NAME], Validity { from: day(-10), until: day(300) })
}

fn issue(authority: &Authority, request: &LeafRequest) -> Leaf {
    authority.issue(request, &SystemEntropy).expect("a certificate")
}

fn chain(leaf: &Leaf) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(leaf.chain_pem.as_bytes()).collect::<Result<_, _>>().expect("PEM")
}

fn list(authority: &Authority, revoked: &[Revoked]) -> String {
    authority.revocation_list(revoked, 7, day(-1), day(6)).expect("a revocation list")
}

fn lists(pem: &str) -> Revocations {
    Revocations::from_pem(pem.as_bytes()).expect("revocation lists")
}

fn party(authority: &Authority) -> PartyTrust {
    PartyTrust {
        id: "nz-registry".to_owned(),
        anchors: Anchors::from_pem(authority.certificate_pem().as_bytes()).expect("anchors"),
        san: RegisteredName::parse(NAME),
        revocations: lists(&list(authority, &[])),
        revocation_age_limit: 30 * DAY,
        agreement_from: Some(day(-500)),
        agreement_until: Some(day(500)),
        suspension: None,
        exception: None,
    }
}
