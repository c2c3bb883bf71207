//! The two houses of the demo and what each knows of the other.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::clock::Zone;
use crate::command::{Failure, init};
use crate::config::Config;
use crate::exchange::{Partner, read_partner};
use crate::gateway::{Gateway, Running, Surroundings, serve};

/// Who a house is.
pub(super) struct Persona {
    pub(super) id: &'static str,
    pub(super) country: &'static str,
    pub(super) name: &'static str,
    pub(super) base: &'static str,
    pub(super) zone: &'static str,
}

/// The home gateway.
pub(super) const HOME: Persona = Persona {
    id: "cn-registry",
    country: "CN",
    name: "演示认证登记处 / Demo Certification Registry (fictive)",
    base: "https://registry.cn.example",
    zone: "+08:00",
};

/// The partner registry.
pub(super) const PARTNER: Persona = Persona {
    id: "nz-registry",
    country: "NZ",
    name: "Registry of Product Certificates NZ (fictive)",
    base: crate::command::sample::FOREIGN_BASE,
    zone: "+12:00",
};

/// A house that serves.
pub(super) struct House {
    pub(super) persona: &'static Persona,
    pub(super) folder: PathBuf,
    pub(super) gateway: Gateway,
    pub(super) running: Running,
}

impl House {
    /// Sets a house up below the folder and starts it on ports that are free.
    pub(super) fn start(below: &Path, persona: &'static Persona) -> Result<Self, Failure> {
        let folder = below.join(persona.id);
        let zone: Zone = persona.zone.parse().map_err(|error| Failure::environment(&error))?;
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        init::set_up(&init::Arguments {
            dir: folder.clone(),
            id: persona.id.to_owned(),
            country: persona.country.to_owned(),
            name: persona.name.to_owned(),
            did: None,
            base: Some(persona.base.to_owned()),
            zone,
            partner_address: anywhere,
            public_address: anywhere,
            force: false,
        })?;
        let mut config = Config::read(&folder.join("certbridge.toml")).map_err(|error| Failure::environment(&error))?;
        config.recognition.fictive = true;
        let gateway = Gateway::open(config, Surroundings::default()).map_err(|error| Failure::environment(&error))?;
        let running = serve(&gateway).map_err(|error| Failure::environment(&error))?;
        Ok(Self { persona, folder, gateway, running })
    }

    /// The configuration file of the house.
    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.join("certbridge.toml")
    }

    /// What the house says of itself to partners, with the port that it got.
    fn card(&self) -> Result<Partner, Failure> {
        let file = self.folder.join("share").join(format!("{}.toml", self.persona.id));
        let mut partner = read_partner(&file).map_err(|error| Failure::environment(&error))?;
        partner.address = Some(format!("https://localhost:{}", self.running.partner_address.port()));
        Ok(partner)
    }

    /// Puts another house into our partner book; `agree` fills in what was agreed.
    pub(super) fn befriend(&self, other: &Self, agree: impl FnOnce(&mut Partner)) -> Result<(), Failure> {
        let mut partner = other.card()?;
        agree(&mut partner);
        let partners = self.folder.join("partners");
        for path in partner.files() {
            let from = other.folder.join("share").join(path);
            std::fs::copy(&from, partners.join(path)).map_err(|error| Failure::file(&from, &error))?;
        }
        self.enter(&partner)
    }

    /// Writes a partner's file and reads the book anew.
    pub(super) fn enter(&self, partner: &Partner) -> Result<(), Failure> {
        let file = self.folder.join("partners").join(format!("{}.toml", partner.id));
        let text = toml::to_string_pretty(partner).map_err(|error| Failure::environment(&error))?;
        std::fs::write(&file, text).map_err(|error| Failure::file(&file, &error))?;
        self.gateway.exchange.reload(None).map_err(|error| Failure::environment(&error))?;
        Ok(())
    }
}
