//! What a connection carries: the chain that was presented in its handshake and the verdict on it. Every request asks
//! it; it judges again only when time or trust has moved.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls_pki_types::CertificateDer;

use super::book::TrustBook;
use super::judge::Verdict;
use super::party::Role;
use super::refusal::Refusal;
use crate::clock::Timestamp;

/// The standing of the partner at the other end of one connection that it opened.
#[derive(Debug)]
pub struct Standing {
    chain: Vec<CertificateDer<'static>>,
    verdict: ArcSwapOption<Verdict>,
}

impl Standing {
    /// The standing of whoever presented this chain; not judged yet.
    #[must_use]
    pub fn new(chain: Vec<CertificateDer<'static>>) -> Self {
        Self { chain, verdict: ArcSwapOption::empty() }
    }

    /// The chain that was presented, the partner's own certificate first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The verdict at this instant under this book: the one that is kept, while it holds, else a new one. Refusals are
    /// not kept.
    ///
    /// # Errors
    /// Why the partner may not act now.
    pub fn judge(&self, book: &TrustBook, at: Timestamp) -> Result<Arc<Verdict>, Refusal> {
        if let Some(kept) = self.verdict.load_full().filter(|verdict| verdict.holds(book.generation(), at)) {
            return Ok(kept);
        }
        let party = book.recognise(&self.chain, at)?;
        let verdict = Arc::new(book.judge(&party.id, &self.chain, Role::Client, at)?);
        self.verdict.store(Some(verdict.clone()));
        Ok(verdict)
    }
}
