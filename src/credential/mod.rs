//! W3C Verifiable Credentials 2.0: issue and verify with Data Integrity proofs (`eddsa-jcs-2022`, `ecdsa-jcs-2019`)
//! or as a JWT (`vc+jwt`), status lists (Bitstring Status List 1.0), and the DID documents that name the keys (`did:web`, `did:key`).
//!
//! A credential is a `serde_json::Value`; nothing here processes JSON-LD, and nothing here fetches: keys come through
//! [`KeyResolver`], which lower rooms implement. The JSON must have been parsed by `document`, which refuses duplicate
//! names. Not here: what a credential says (`mapping`, `format`) and whether its issuer has standing (`recognition`).

mod did;
mod error;
mod issue;
mod jwt;
mod proof;
mod resolver;
mod status_list;
mod verify;

pub use did::{DidDocument, MalformedDid, did_document, did_key, did_web, did_web_url};
pub use error::{IssueError, ProofError};
pub use issue::{IssueMode, attach_mode, check_issuer, issuer_id, stated_mode};
pub use jwt::{JWT_MEDIA_TYPE, OpenedJwt, open_jwt, to_jwt};
pub use proof::{Cryptosuite, Expectation, ProofOptions, VerifiedProof, add_proof, verify_proof};
pub use resolver::{DidKeys, KeyResolver, PublishedKeys, ResolveError, ResolvedKey, Resolvers};
pub use status_list::{
    MalformedStatus, StatusList, StatusPurpose, StatusReference, status_credential, status_entry, status_references,
};
pub use verify::{Validity, Verified, judge_credential, verify_credential};

/// The purpose of every proof on a credential.
pub const ASSERTION_METHOD: &str = "assertionMethod";
/// The `@context` of VC Data Model 2.0.
pub const CONTEXT_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// Media type of a credential with an embedded proof.
pub const MEDIA_TYPE: &str = "application/vc";
