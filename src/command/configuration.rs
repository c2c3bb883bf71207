//! `--config`: which gateway a command works on.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::clock::{Clock as _, Day, SystemClock, Zone};
use crate::config::Config;
use crate::gateway::{Gateway, Surroundings};

/// The argument that every command on a gateway has.
#[derive(Clone, Debug, Args)]
pub(super) struct Configuration {
    /// Configuration file of the gateway, as `certbridge init` writes it
    #[arg(long, value_name = "FILE", env = "CERTBRIDGE_CONFIG", default_value = "certbridge.toml")]
    pub(super) config: PathBuf,
}

impl Configuration {
    /// Reads the file and the environment.
    pub(super) fn read(&self) -> Result<Config, Failure> {
        if !self.config.exists() {
            return Err(Failure::Environment(format!(
                "{}: there is no such file; `certbridge init --dir DIR …` makes one, and --config or \
                 CERTBRIDGE_CONFIG names another",
                self.config.display()
            )));
        }
        Config::read(&self.config).map_err(|error| Failure::environment(&error))
    }

    /// The same, with a store that takes little memory.
    pub(super) fn open_lean(&self) -> Result<Gateway, Failure> {
        let surroundings = Surroundings { lean: true, ..Surroundings::default() };
        Gateway::open(self.read()?, surroundings).map_err(|error| Failure::environment(&error))
    }

    /// Opens the gateway: keys, store, registry and partner book; no listener.
    pub(super) fn open(&self) -> Result<Gateway, Failure> {
        Gateway::open(self.read()?, Surroundings::default()).map_err(|error| Failure::environment(&error))
    }
}

/// The zone in which the house says what day it is.
pub(super) fn zone_of(config: &Config) -> Result<Zone, Failure> {
    config.house.zone.parse().map_err(|error| Failure::Environment(format!("house.zone: {error}")))
}

/// The day that was named, else the day that it is by the machine's clock in the zone.
pub(super) fn day_or_today(named: Option<Day>, zone: Zone) -> Day {
    named.unwrap_or_else(|| SystemClock.now().day(zone))
}
