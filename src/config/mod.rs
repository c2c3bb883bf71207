//! Configuration: one struct an area; the doc of a field names its key in `certbridge.toml` and in the environment.
//!
//! Keys come from three places, the later the stronger: the file, the environment (`CERTBRIDGE_` and the key in capitals
//! with `__` for the dot: `CERTBRIDGE_PARTNER__ADDRESS`), and flags of the command line. An unknown key is an error, so
//! that a misspelt one does not pass for set. Relative paths are read from the folder of the file. Not here: the
//! partners, each of which has a file of its own (`exchange`).

mod house;
mod keys;
mod listener;
mod operator;
mod outbox;
mod recognition;
mod store;

pub use house::House;
pub use keys::Keys;
pub use listener::Listener;
pub use operator::Operator;
pub use outbox::Outbox;
pub use recognition::Recognition;
pub use store::Store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The whole configuration of one gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[house]`: who we are.
    pub house: House,
    /// `[store]`: where records are kept.
    #[serde(default)]
    pub store: Store,
    /// `[keys]`: the keys that we sign with.
    #[serde(default)]
    pub keys: Keys,
    /// `[partner]`: the listener for partners and customs; a client certificate is required there.
    #[serde(default)]
    pub partner: Listener,
    /// `[public]`: the listener for everybody: health, ledger, `did.json`. Absent: not opened.
    #[serde(default)]
    pub public: Option<Listener>,
    /// `[operator]`: the listener for whoever operates the gateway: metrics. Absent: not opened.
    #[serde(default)]
    pub operator: Option<Operator>,
    /// `[outbox]`: how messages to partners are sent, and sent again.
    #[serde(default)]
    pub outbox: Outbox,
    /// `partners`: the folder of the partner book, one file a partner. `CERTBRIDGE_PARTNERS`.
    #[serde(default = "partners")]
    pub partners: PathBuf,
    /// `formats`: a folder of crosswalks and schemas of one's own, laid over those that the program brings
    /// (`acme/1.yaml` and `acme/1.json` for `acme@1`). Absent: those alone. `CERTBRIDGE_FORMATS`.
    #[serde(default)]
    pub formats: Option<PathBuf>,
    /// `[limits]`: caps of documents that come in, by name (`depth = 32`); those that are not named keep their defaults.
    /// `CERTBRIDGE_LIMITS__DEPTH`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, u64>,
    /// `[recognition]`: data that recognition decides on.
    #[serde(default)]
    pub recognition: Recognition,
    /// The folder that relative paths are read from; set when the file is read.
    #[serde(skip)]
    pub folder: PathBuf,
}

fn partners() -> PathBuf {
    "partners".into()
}

/// The configuration cannot be used: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file, a key or a value is wrong; the text names it.
    #[error("{file}: {reason}")]
    Unusable {
        /// The file that was read.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Config {
    /// Reads the file and what the environment says beside it.
    ///
    /// # Errors
    ///
    /// The file is not there, is no TOML, or has a key or value that we do not know.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let unusable = |error: config::ConfigError| ConfigError::Unusable {
            file: file.display().to_string(),
            reason: error.to_string(),
        };
        let environment = config::Environment::with_prefix("CERTBRIDGE")
            .prefix_separator("_")
            .separator("__")
            .ignore_empty(true)
            .source(Some(environment_keys()));
        let mut config: Self = config::Config::builder()
            .add_source(config::File::new(&file.to_string_lossy(), config::FileFormat::Toml))
            .add_source(environment)
            .build()
            .map_err(unusable)?
            .try_deserialize()
            .map_err(unusable)?;
        config.folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        Ok(config)
    }

    /// A path of the configuration, read from the folder of its file.
    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The configuration as a file, with every key.
    ///
    /// # Errors
    ///
    /// A value cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string_pretty(self)
            .map_err(|error| ConfigError::Unusable { file: "certbridge.toml".into(), reason: error.to_string() })
    }
}

/// Variables of the environment that name a key.
fn environment_keys() -> std::collections::HashMap<String, String> {
    std::env::vars().filter(|(name, _)| names_a_key(name)).collect()
}

/// `CERTBRIDGE_CONFIG` and `CERTBRIDGE_LOG` are of the command line, `CERTBRIDGE_SHARED` and `CERTBRIDGE_TEST_…` of our
/// tests; every other name is a key, or misspelt.
fn names_a_key(variable: &str) -> bool {
    !matches!(variable, "CERTBRIDGE_CONFIG" | "CERTBRIDGE_LOG" | "CERTBRIDGE_SHARED")
        && !variable.starts_with("CERTBRIDGE_TEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST: &str =
        "[house]\nid = 'cn'\nname = '示例'\ncountry = 'CN'\ndid = 'did:web:cn.example'\nbase = 'https://cn.example'\n";

    #[test]
    fn the_smallest_file_names_the_house_and_the_rest_has_safe_defaults() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("certbridge.toml");
        std::fs::write(&file, SMALLEST).expect("written");
        let config = Config::read(&file).expect("read");
        assert_eq!(config.partner.address.to_string(), "127.0.0.1:8443");
        assert!(config.public.is_none());
        assert_eq!(config.path(&config.store.path), folder.path().join("certbridge.db"));
        let again: Config = toml::from_str(&config.to_toml().expect("written")).expect("read again");
        assert_eq!(again.house.zone, config.house.zone);
    }

    #[test]
    fn a_misspelt_key_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("certbridge.toml");
        std::fs::write(&file, format!("{SMALLEST}nmae = 'x'\n")).expect("written");
        let error = Config::read(&file).expect_err("refused").to_string();
        assert!(error.contains("nmae"), "{error}");
    }

    #[test]
    fn variables_of_the_tests_are_no_keys() {
        for key in ["CERTBRIDGE_HOUSE__ID", "CERTBRIDGE_PARTNERS", "CERTBRIDGE_HUOSE__ID"] {
            assert!(names_a_key(key), "{key}");
        }
        for other in ["CERTBRIDGE_CONFIG", "CERTBRIDGE_LOG", "CERTBRIDGE_SHARED", "CERTBRIDGE_TEST_SECOND"] {
            assert!(!names_a_key(other), "{other}");
        }
    }
}
