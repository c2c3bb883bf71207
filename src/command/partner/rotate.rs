//! `certbridge partner rotate`: a partner's new key or CA beside its old one, whose comments and neighbours stay.

use std::path::Path;
use std::process::ExitCode;

use super::add::in_a_trial_book;
use super::entry::Entry;
use super::new_ca::{NewCa, Taken};
use super::{file_of, folder, read};
use crate::clock::Timestamp;
use crate::command::{Failure, files, terminal};
use crate::config::Config;
use crate::crypto::PublicKey;
use crate::exchange::{MessageKey, Partner};

/// What is to be rotated.
pub(super) struct Rotation<'a> {
    /// The new message key.
    pub(super) message_key: Option<&'a str>,
    /// The new credential key.
    pub(super) credential_key: Option<&'a str>,
    /// The new CA.
    pub(super) ca: Option<NewCa<'a>>,
    /// From when on the new one is valid.
    pub(super) from: Timestamp,
    /// How long the old one stays valid beside it, in hours.
    pub(super) overlap_hours: u32,
}

pub(super) fn run(config: &Config, id: &str, rotation: &Rotation<'_>) -> Result<ExitCode, Failure> {
    let file = file_of(config, id)?;
    let partner = read(&file)?;
    let text = std::fs::read_to_string(&file).map_err(|error| Failure::file(&file, &error))?;
    let from = Timestamp::from_unix(rotation.from.unix()).unwrap_or(rotation.from);
    let until = from.plus_seconds(i64::from(rotation.overlap_hours) * 3600);
    let by_hand = |reason: &dyn std::fmt::Display| by_hand(&file, reason);
    let mut entry = Entry::parse(&text).map_err(|error| by_hand(&error))?;
    let lists: [(&str, Option<&str>, &[MessageKey]); 2] = [
        ("message_keys", rotation.message_key, &partner.message_keys),
        ("credential_keys", rotation.credential_key, &partner.credential_keys),
    ];
    for (list, key, held) in lists {
        let Some(key) = key else { continue };
        PublicKey::from_multikey(key).map_err(|error| Failure::Usage(format!("{key}: {error}")))?;
        if held.iter().any(|held| held.multikey == key) {
            return Err(Failure::Usage(format!("{list}: {id} has the key {key} already")));
        }
        let rotated = entry.rotate_key(list, key, from, until);
        rotated.ok_or_else(|| by_hand(&format_args!("its {list} are no tables of their own")))?;
    }
    let taken = rotation.ca.as_ref().map(|ca| ca.take(&partner, from, until)).transpose()?;
    if let Some(taken) = &taken {
        entry.set_authorities(&taken.anchors, &taken.crls);
    }
    let changed = entry.text();
    check(&file, &changed, &partner, rotation, taken.as_ref())?;
    if let Some(taken) = &taken {
        let book = folder(config);
        let name = file.file_name().unwrap_or_default();
        let tried = in_a_trial_book(config, &book, |trial| {
            taken.put(trial)?;
            files::replace(&trial.join(name), changed.as_bytes())
        })?;
        if let Err(reason) = tried {
            return Err(Failure::Environment(format!("with the book as it is: {reason}")));
        }
        taken.put(&book)?;
        if rotation.ca.as_ref().is_some_and(|ca| ca.list.is_none()) {
            terminal::line(
                "warning: without a revocation list of the new CA (--crl) what it issues is refused until there is one",
            );
        }
    }
    files::replace(&file, changed.as_bytes())?;
    terminal::line(format!(
        "{id}: what is new is valid from {from}, and what was valid before until {until}; a gateway that is running takes \
         that up when it reloads its partner book"
    ));
    Ok(ExitCode::SUCCESS)
}

fn by_hand(file: &Path, reason: &dyn std::fmt::Display) -> Failure {
    Failure::Environment(format!("{}: change its keys and CAs by hand ({reason})", file.display()))
}

/// The new text must say the same of everything else, and have one key more where one was given.
fn check(
    file: &Path,
    text: &str,
    before: &Partner,
    rotation: &Rotation<'_>,
    taken: Option<&Taken>,
) -> Result<(), Failure> {
    let after: Partner = toml::from_str(text).map_err(|error| by_hand(file, &error))?;
    let grown = |before: &[MessageKey], after: &[MessageKey], given: Option<&str>| {
        let new = after.get(before.len()..).unwrap_or_default();
        let old = after.iter().zip(before).all(|(after, before)| after.multikey == before.multikey);
        let ended = given.is_none() || after.iter().take(before.len()).all(|key| key.until.is_some());
        old && ended && new.iter().map(|key| key.multikey.as_str()).eq(given)
    };
    let rest = |partner: &Partner| {
        let mut bare = Partner { message_keys: Vec::new(), credential_keys: Vec::new(), ..partner.clone() };
        if taken.is_some() {
            (bare.anchors, bare.crls) = (Vec::new(), Vec::new());
        }
        toml::to_string(&bare).unwrap_or_default()
    };
    let sound = grown(&before.message_keys, &after.message_keys, rotation.message_key)
        && grown(&before.credential_keys, &after.credential_keys, rotation.credential_key)
        && taken.is_none_or(|taken| after.anchors == taken.anchors && after.crls == taken.crls)
        && rest(before) == rest(&after);
    if sound { Ok(()) } else { Err(by_hand(file, &"they are not written as they are expected to be")) }
}
