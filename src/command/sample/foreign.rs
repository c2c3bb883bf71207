//! Certificates of a partner country as UNTP credentials: an issuer without a CNCA approval, a holder without a unified
//! social credit code. Bodies and companies are fictive.

use rand::{Rng, RngCore};
use serde_json::{Value, json};

use crate::clock::Day;

use super::later;
use super::party::pick;

/// Base URI of the fictive registry that attests these certificates.
pub const BASE: &str = "https://registry.nz.example";

/// Its DID.
const REGISTRY: &str = "did:web:registry.nz.example";

const BODIES: &[(&str, &str)] = &[
    ("NZ-CAB-901", "Southern Cross Conformity Ltd (fictive)"),
    ("NZ-CAB-902", "Aotearoa Product Certification (fictive)"),
];

const HOLDERS: &[&str] =
    &["Kea Climate Systems", "Tui Electronics", "Rata Appliances", "Moa Power Tools", "Weka Heating"];

const TOWNS: &[&str] = &["Auckland", "Wellington", "Christchurch", "Dunedin", "Hamilton"];

/// The certificate with this place in a sample, unsigned.
pub(super) fn invent(index: usize, on: Day, random: &mut dyn RngCore) -> Value {
    let (body, body_name) = BODIES[index % BODIES.len()];
    let holder = HOLDERS[index % HOLDERS.len()];
    let town = pick(random, TOWNS);
    let issued = later(on, -random.random_range(30..500));
    let until = later(issued, 3 * 365 - 1);
    let number = format!("NZ-{}-{:04}", &issued.to_string()[..4], 4100 + index);
    let subject = format!("{BASE}/certificates/register/{body}/{number}");
    let model = format!("KX-{}", 100 + 10 * index);
    let product = json!({
        "type": ["Product"],
        "id": format!("https://products.nz.example/{model}"),
        "name": "Room air conditioner",
        "modelNumber": model,
        "productCategory": [{
            "type": ["Classification"],
            "code": "0703",
            "name": "Air conditioners",
            "schemeId": format!("{BASE}/lists/ccc-catalogue"),
            "schemeName": "ccc-catalogue"
        }]
    });
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://vocabulary.uncefact.org/untp/0.7.0/context/"],
        "type": ["DigitalConformityCredential", "VerifiableCredential"],
        "id": format!("{subject}/credential"),
        "issuer": {"type": ["CredentialIssuer"], "id": REGISTRY, "name": "Registry of Product Certificates NZ (fictive)"},
        "validFrom": format!("{issued}T00:00:00+13:00"),
        "validUntil": format!("{until}T23:59:59+13:00"),
        "name": format!("Certificate of conformity {number}"),
        "credentialSubject": {
            "type": ["ConformityAttestation"],
            "id": subject,
            "name": format!("Certificate of conformity {number}"),
            "assessorLevel": "3rdParty",
            "assessmentLevel": "authority-mandate",
            "attestationType": "certification",
            "description": "Room air conditioners, electrical safety",
            "issuedToParty": {
                "type": ["Party"],
                "id": format!("https://companies.nz.example/{:07}", 9_000_000 + index % HOLDERS.len()),
                "name": format!("{holder} Limited (fictive)")
            },
            "authorisation": [{
                "type": ["Endorsement"],
                "name": format!("Designation of {body_name}"),
                "issuingAuthority": {"type": ["Party"], "id": "https://designation.nz.example", "name": "Designating Authority NZ (fictive)"}
            }],
            "referenceScheme": {"type": ["ConformityScheme"], "id": format!("{BASE}/schemes/compulsory-product"), "name": "Electrical and electronic equipment"},
            "conformityAssessment": [{
                "type": ["ConformityAssessment"],
                "id": format!("{subject}/assessment/1"),
                "name": "Type examination and factory inspection",
                "assessmentCriteria": [{"type": ["Criterion"], "id": "https://standards.nz.example/60335.2.40", "name": "AS/NZS 60335.2.40"}],
                "assessmentDate": later(issued, -10).to_string(),
                "assessedPerformance": [],
                "assessedProduct": [{
                    "type": ["ProductVerification"],
                    "product": product,
                    "idVerifiedByCAB": true
                }],
                "assessedFacility": [{
                    "type": ["FacilityVerification"],
                    "facility": {"type": ["Facility"], "id": format!("https://factories.nz.example/{}", index % 3), "name": format!("{holder} works, {town}")},
                    "idVerifiedByCAB": true
                }],
                "referenceStandard": [{"type": ["Standard"], "id": "https://standards.nz.example/60335.2.40", "name": "AS/NZS 60335.2.40:2019"}],
                "conformityTopic": [{
                    "type": ["ConformityTopic"],
                    "id": "https://vocabulary.uncefact.org/conformity-topic/product-safety-standards",
                    "name": "Product safety standards"
                }],
                "conformance": true
            }]
        }
    })
}
