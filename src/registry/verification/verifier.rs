//! What answers verification requests of a house: its registry, its rows, its policy and its key, held together.

use std::sync::Arc;

use super::{Answer, Policy, Request, VerificationError, Viewer};
use crate::crypto::Signer;
use crate::recognition::InForce;
use crate::registry::Registry;

/// Answers verification requests.
pub struct Verifier {
    /// The records.
    pub registry: Registry,
    /// The rows that decisions rest on.
    pub recognition: Arc<InForce>,
    /// How this house answers.
    pub policy: Policy,
    /// Signs the answers.
    pub signer: Arc<dyn Signer>,
}

impl Verifier {
    /// Answers a request, signed.
    ///
    /// # Errors
    ///
    /// The store or the key fails: never because of what is asked.
    pub fn answer(&self, request: &Request, viewer: Viewer) -> Result<Answer, VerificationError> {
        self.registry.verify(request, viewer, &self.recognition.load(), &self.policy, Some(self.signer.as_ref()))
    }
}
