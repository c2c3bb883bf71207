//! Why a gateway cannot start: always for the operator to mend.

use std::path::PathBuf;

/// Why a gateway cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// A file that the configuration names cannot be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A value of the configuration cannot be used.
    #[error("certbridge.toml: {key}: {reason}")]
    Setting {
        /// The key.
        key: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The partner book cannot be used.
    #[error("the partner book: {0}")]
    Book(#[from] crate::exchange::BookError),
    /// A listener cannot be opened.
    #[error("{address}: {reason}")]
    Listener {
        /// Where we wanted to listen.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// The crypto library.
    #[error("TLS: {0}")]
    Tls(String),
    /// Crosswalks or schemas of the operator's own cannot be used; each error with file and line.
    #[error("the formats:\n{0}")]
    Formats(String),
    /// Rows of recognition of the operator's own cannot be used; each error with file and line.
    #[error("the rows of recognition:\n{0}")]
    Recognition(String),
}
