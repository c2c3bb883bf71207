//! Documents of the tests: a compulsory product certificate of China, and a certificate of New Zealand.

use certbridge::clock::Timestamp;
use certbridge::credential::{ASSERTION_METHOD, ProofOptions, add_proof};
use certbridge::crypto::Signer;
use certbridge::record::{Identifier, SubjectKey};
use serde_json::{Value, json};

use crate::who::{NZ, Who};

/// The certificate of China with this number.
pub(crate) fn ccc(number: &str) -> Value {
    json!({
        "证书编号": number,
        "证书状态": "有效",
        "颁证日期": "2024-09-28",
        "证书到期日期": "2029-09-27",
        "初次获证日期": "2024-09-28",
        "信息上报日期": "2024-10-08",
        "认证依据的标准和技术要求": "GB 4706.1-2005；GB 4706.32-2012",
        "产品类别": "空调器",
        "产品名称及单元(主)": "分体热泵型房间空气调节器",
        "规格型号": "KFR-25GW，KFR-35GW",
        "认证委托人": {"名称": "示例电器有限公司", "统一社会信用代码": "91350100M000100Y43", "国别地区": "中国"},
        "生产者": {"名称": "示例电器有限公司", "统一社会信用代码": "91350100M000100Y43", "国别地区": "中国"},
        "生产企业": {"名称": "示例电器有限公司", "统一社会信用代码": "91350100M000100Y43", "国别地区": "中国"},
        "发证机构名称": "示例认证有限公司",
        "发证机构批准号": "CNCA-R-2099-001"
    })
}

pub(crate) const CCC: &str = "2024800703226336";

pub(crate) fn ccc_key(number: &str) -> SubjectKey {
    SubjectKey::number(Identifier::new("cnca-approval", "CNCA-R-2099-001"), number)
}

/// A body of New Zealand that its registry may speak for.
pub(crate) const BODY: &str = "NZ-CAB-901";

pub(crate) fn nz_key(body: &str, number: &str) -> SubjectKey {
    SubjectKey::number(Identifier::new("register", body), number)
}

/// The certificate of a body of New Zealand as its registry attests it, not signed.
pub(crate) fn dcc(body: &str, number: &str) -> Value {
    let subject = format!("{}/certificates/register/{body}/{number}", NZ.base);
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://vocabulary.uncefact.org/untp/0.7.0/context/"],
        "type": ["DigitalConformityCredential", "VerifiableCredential"],
        "id": format!("{subject}/credential"),
        "issuer": {"type": ["CredentialIssuer"], "id": NZ.did, "name": "Registry NZ"},
        "validFrom": "2026-01-05T00:00:00+13:00",
        "validUntil": "2028-12-31T23:59:59+13:00",
        "name": format!("Certificate of conformity {number}"),
        "credentialSubject": {
            "type": ["ConformityAttestation"],
            "id": subject,
            "name": format!("Certificate of conformity {number}"),
            "assessorLevel": "3rdParty",
            "assessmentLevel": "authority-mandate",
            "attestationType": "certification",
            "issuedToParty": {"type": ["Party"], "id": "https://companies.nz.example/9000001", "name": "Kea Climate Limited"},
            "authorisation": [{
                "type": ["Endorsement"],
                "name": "Designation of Southern Cross Conformity",
                "issuingAuthority": {"type": ["Party"], "id": "https://designation.nz.example", "name": "Designating Authority"}
            }],
            "referenceScheme": {"type": ["ConformityScheme"], "id": "https://designation.nz.example/schemes/eee", "name": "Electrical equipment"},
            "conformityAssessment": [{
                "type": ["ConformityAssessment"],
                "id": format!("{subject}/assessment/1"),
                "name": "Type examination",
                "assessmentCriteria": [{"type": ["Criterion"], "id": "https://standards.nz.example/60335", "name": "AS/NZS 60335"}],
                "assessmentDate": "2025-12-20",
                "assessedPerformance": [],
                "assessedProduct": [{
                    "type": ["ProductVerification"],
                    "product": {"type": ["Product"], "id": "https://products.nz.example/KX-100", "name": "Room air conditioner", "modelNumber": "KX-100"},
                    "idVerifiedByCAB": true
                }],
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

/// The document with a proof by this key, under the DID of this house.
pub(crate) fn signed(document: Value, who: Who, key: &dyn Signer, at: Timestamp) -> Value {
    let method = format!("{}#{}", who.did, key.key_id());
    let options = ProofOptions { created: at, verification_method: &method, purpose: ASSERTION_METHOD };
    add_proof(document, key, &options).unwrap()
}
