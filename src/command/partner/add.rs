//! `certbridge partner add`: an entry is checked, alone and with the book that there is, before it stands in it.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use super::check::{self, Remark, Weight};
use super::{folder, zone_of};
use crate::clock::{Clock as _, SystemClock};
use crate::command::files::{self, Access};
use crate::command::{FINDINGS, Failure, terminal};
use crate::config::Config;
use crate::exchange::{Partner, PartnerBook, read_partner};

/// Checks and adds.
pub(super) fn run(config: &Config, file: &Path, replace: bool) -> Result<ExitCode, Failure> {
    if !file.is_file() {
        return Err(Failure::Environment(format!("{}: there is no such file", file.display())));
    }
    let partner = match read_partner(file) {
        Ok(partner) => partner,
        Err(error) => return Ok(refused(file, &[Remark::error(error.reason)])),
    };
    let mut remarks = check::entry(config, file, &partner, SystemClock.now());
    let book = folder(config);
    let target = book.join(format!("{}.toml", partner.id));
    if target.exists() && !replace {
        remarks.push(Remark::error(format!(
            "there is a partner {} already: --replace puts this in its place",
            partner.id
        )));
    }
    let beside = match beside(&partner) {
        Ok(beside) => beside,
        Err(reason) => {
            remarks.push(Remark::error(reason));
            Vec::new()
        }
    };
    let errors = |remarks: &[Remark]| remarks.iter().any(|remark| remark.weight == Weight::Error);
    if !errors(&remarks) {
        remarks.extend(with_the_book(config, &book, file, &partner, &beside, replace)?);
    }
    if errors(&remarks) {
        return Ok(refused(file, &remarks));
    }
    put(&book, file, &partner, &beside)?;
    for remark in &remarks {
        terminal::line(format!("{}: {}", remark.weight, remark.what));
    }
    terminal::line(format!("{} ({}) is in the book: {}", partner.name, partner.id, target.display()));
    terminal::line("A gateway that is running takes it up when it reloads its partner book.");
    Ok(ExitCode::SUCCESS)
}

fn refused(file: &Path, remarks: &[Remark]) -> ExitCode {
    terminal::line(format!("{} is not taken into the book:", file.display()));
    for remark in remarks {
        terminal::line(format!("  {}: {}", remark.weight, remark.what));
    }
    ExitCode::from(FINDINGS)
}

/// The PEM files that the entry names; all stand beside it, so that the book can hold them too.
fn beside(partner: &Partner) -> Result<Vec<PathBuf>, String> {
    let paths: Vec<PathBuf> = partner.files().map(Path::to_path_buf).collect();
    for path in &paths {
        let within = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !within || path.extension().is_some_and(|ending| ending == "toml") {
            return Err(format!("{}: a PEM file must stand beside the partner's file, or below it", path.display()));
        }
    }
    Ok(paths)
}

/// What the book as a whole says, with the entry in it: tried in a folder of its own.
fn with_the_book(
    config: &Config,
    book: &Path,
    file: &Path,
    partner: &Partner,
    beside: &[PathBuf],
    replace: bool,
) -> Result<Vec<Remark>, Failure> {
    let source = file.parent().unwrap_or(Path::new("."));
    let mut remarks = Vec::new();
    for path in beside {
        let (new, held) = (source.join(path), book.join(path));
        let same = || fs::read(&new).ok() == fs::read(&held).ok();
        if held.exists() && !replace && !same() {
            remarks.push(Remark::error(format!(
                "{}: the book has another file of this name; give it the partner's own ({}-…)",
                path.display(),
                partner.id
            )));
        }
    }
    if let Err(reason) = in_a_trial_book(config, book, |trial| put(trial, file, partner, beside))? {
        remarks.push(Remark::error(format!("with the book as it is: {reason}")));
    }
    Ok(remarks)
}

/// What loading the book would say after a change: the change is made in a copy of its folder.
pub(super) fn in_a_trial_book(
    config: &Config,
    book: &Path,
    change: impl FnOnce(&Path) -> Result<(), Failure>,
) -> Result<Result<(), String>, Failure> {
    let trial = book.with_extension(format!("trial-{}", std::process::id()));
    let tried = (|| {
        copy_folder(book, &trial)?;
        change(&trial)?;
        Ok::<_, Failure>(PartnerBook::load(&trial, 1, zone_of(config)?))
    })();
    let removed = fs::remove_dir_all(&trial);
    let loaded = tried?.map(|_| ()).map_err(|error| {
        let file = error.file.strip_prefix(&trial).unwrap_or(&error.file).display().to_string();
        format!("{file}: {}", error.reason)
    });
    removed.map_err(|error| Failure::file(&trial, &error))?;
    Ok(loaded)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    files::folder(to, Access::Owner)?;
    let listing = match fs::read_dir(from) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::file(from, &error)),
    };
    for entry in listing {
        let path = entry.map_err(|error| Failure::file(from, &error))?.path();
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|error| Failure::file(&path, &error))?;
        }
    }
    Ok(())
}

/// Copies the entry with its PEM files; the entry last, so that it never stands there without them.
fn put(book: &Path, file: &Path, partner: &Partner, beside: &[PathBuf]) -> Result<(), Failure> {
    files::folder(book, Access::Everybody)?;
    let source = file.parent().unwrap_or(Path::new("."));
    for path in beside {
        let target = book.join(path);
        if let Some(folder) = target.parent() {
            files::folder(folder, Access::Everybody)?;
        }
        copy(&source.join(path), &target)?;
    }
    copy(file, &book.join(format!("{}.toml", partner.id)))
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let content = fs::read(from).map_err(|error| Failure::file(from, &error))?;
    files::replace(to, &content)
}
