//! Standards by edition: which domestic edition corresponds to which international one, how closely, and until when
//! certificates to an edition count.

use std::collections::BTreeMap;

use crate::clock::Day;
use crate::record::{Equivalence, Standard};

/// A designation with its edition: `ISO 9001` and `2015`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edition {
    /// The standard without its year.
    pub designation: String,
    /// The year and what follows it.
    pub edition: String,
}

impl Edition {
    /// Reads `ISO 9001:2015` or `GB/T 19001-2016`; none where no year stands in it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (designation, edition) = text.split_once(':').or_else(|| text.rsplit_once('-'))?;
        let year = edition.len() >= 4 && edition.bytes().take(4).all(|b| b.is_ascii_digit());
        (year && !designation.is_empty())
            .then(|| Self { designation: designation.trim().to_owned(), edition: edition.trim().to_owned() })
    }
}

impl std::fmt::Display for Edition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.designation, self.edition)
    }
}

/// What is known of one edition.
#[derive(Clone, Debug)]
pub struct Known {
    /// The international edition that it is, or corresponds to.
    pub international: Edition,
    /// How closely; `idt` for an international edition itself.
    pub degree: Equivalence,
    /// Last day on which certificates to it count.
    pub until: Option<Day>,
}

/// Every edition that the data knows.
#[derive(Clone, Debug, Default)]
pub struct Editions {
    known: BTreeMap<Edition, Known>,
}

impl Editions {
    pub(super) fn correspond(
        &mut self,
        domestic: Edition,
        international: Edition,
        degree: Equivalence,
        until: Option<Day>,
    ) {
        self.know(international.clone(), until);
        self.known.insert(domestic, Known { international, degree, until });
    }

    pub(super) fn know(&mut self, international: Edition, until: Option<Day>) {
        let entry = self.known.entry(international.clone()).or_insert(Known {
            international,
            degree: Equivalence::Idt,
            until: None,
        });
        entry.until = entry.until.or(until);
    }

    /// What is known of the edition that a record names.
    #[must_use]
    pub fn find(&self, standard: &Standard) -> Option<&Known> {
        let edition = standard.edition.as_deref()?;
        // A short walk without making an owned key: a few dozen editions, compared by length first.
        self.known
            .iter()
            .find(|(known, _)| known.edition == edition && known.designation == standard.designation)
            .map(|(_, known)| known)
    }

    /// True where some edition of the designation is known.
    #[must_use]
    pub fn knows_designation(&self, designation: &str) -> bool {
        self.known.keys().any(|known| known.designation == designation)
    }
}

impl super::Recognition {
    /// The international edition that is identical to the one a record names.
    #[must_use]
    pub fn identical(&self, standard: &Standard) -> Option<&Edition> {
        self.editions.find(standard).filter(|known| known.degree == Equivalence::Idt).map(|known| &known.international)
    }
}
