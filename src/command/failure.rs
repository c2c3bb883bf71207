//! Why a command could not do its work, and with which code it ends.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// What stood in the way of a command. Findings are no failure: they are what a command is asked for.
#[derive(Debug)]
pub enum Failure {
    /// The arguments ask for something that there is not: the caller's to mend. Exit code 2.
    Usage(String),
    /// A file, a port, a store or our own configuration: the operator's to mend. Exit code 3.
    Environment(String),
    /// A partner or its link. Exit code 3.
    Partner(String),
}

impl Failure {
    /// A file that cannot be read or written.
    pub fn file(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::Environment(format!("{}: {error}", path.display()))
    }

    /// Anything that went wrong around us.
    pub fn environment(error: &dyn fmt::Display) -> Self {
        Self::Environment(error.to_string())
    }

    /// The code that the process ends with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Environment(_) | Self::Partner(_) => 3,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Environment(text) | Self::Partner(text) => f.write_str(text),
        }
    }
}
