//! The order of the house: a room uses only rooms that stand above it, and the pure half knows neither socket nor disk.

#![allow(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from top to bottom. `format` may use `document`, never the other way round.
const ROOMS: &[&str] = &[
    "finding",
    "config",
    "clock",
    "crypto",
    "codes",
    "record",
    "release",
    "rules",
    "document",
    "schema",
    "mapping",
    "format",
    "recognition",
    "credential",
    "ledger",
    "trust",
    "message",
    "evidence",
    "store",
    "registry",
    "tls",
    "exchange",
    "web",
    "gateway",
    "command",
];

/// First room of the half that needs the feature `gateway`.
const FIRST_IMPURE: &str = "store";

/// Names that only the lower half may use: it touches sockets, disks, threads and the terminal.
const IMPURE: &[&str] =
    &["TcpStream", "TcpListener", "tokio", "actix_web", "reqwest", "rusqlite", "std::fs", "std::thread", "clap"];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn visit(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            visit(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Whether a file is compiled for tests only: it, or a folder that it is in, is declared under `#[cfg(test)]`.
fn is_for_tests(file: &Path) -> bool {
    let mut module = if file.ends_with("mod.rs") { file.parent().unwrap_or(file) } else { file };
    while module != sources() {
        let Some(folder) = module.parent() else { return false };
        let name = module.file_stem().unwrap_or_default().to_string_lossy();
        let declaring = if folder == sources() { folder.join("lib.rs") } else { folder.join("mod.rs") };
        let declared = fs::read_to_string(&declaring)
            .or_else(|_| fs::read_to_string(folder.with_extension("rs")))
            .unwrap_or_default();
        let under = |form: &str| declared.contains(&format!("#[cfg(test)]\n{form}mod {name};"));
        if under("") || under("pub(crate) ") || under("pub(super) ") {
            return true;
        }
        module = folder;
    }
    false
}

/// Each room with its files and their code: comments left out, and what stands under `#[cfg(test)]` too, since a test may
/// look from any side.
fn rooms() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let mut rooms: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    let mut files = Vec::new();
    visit(&sources(), &mut files);
    for file in files.into_iter().filter(|file| !is_for_tests(file)) {
        let relative = file.strip_prefix(sources()).expect("inside").to_path_buf();
        let first = relative.iter().next().expect("a name").to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&file).expect("UTF-8");
        let code: String = text
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        rooms.entry(room).or_default().push((relative, code));
    }
    rooms
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    let rank = |room: &str| ROOMS.iter().position(|r| *r == room);
    let mut wrong = Vec::new();
    for (room, files) in rooms() {
        let Some(own) = rank(&room) else { continue };
        for (file, code) in files {
            if file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs") {
                continue;
            }
            let grouped: Vec<&str> = code
                .split("crate::{")
                .skip(1)
                .flat_map(|rest| rest.split([';', '=']).next().unwrap_or_default().split([',', '{', '}', ' ', '\n']))
                .map(|name| name.split("::").next().unwrap_or_default())
                .collect();
            for (other, name) in ROOMS.iter().enumerate() {
                let named = grouped.contains(name)
                    || code.contains(&format!("crate::{name}::"))
                    || code.contains(&format!("crate::{name};"))
                    || code.contains(&format!("crate::{name} "))
                    || code.contains(&format!("crate::{name},"));
                if other > own && named {
                    wrong.push(format!("{} uses `{name}`, which stands below `{room}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_under_src_is_a_room() {
    for room in rooms().keys() {
        assert!(
            ROOMS.contains(&room.as_str()) || ["lib", "main", "testing"].contains(&room.as_str()),
            "src/{room} is no room of the house: add it to the list at its place, or put it where it belongs"
        );
    }
}

#[test]
fn no_room_is_empty_and_each_says_what_lives_there() {
    for (room, files) in rooms() {
        let head = sources().join(&room).join("mod.rs");
        let head = if head.exists() { head } else { sources().join(format!("{room}.rs")) };
        let text = fs::read_to_string(&head).expect("module");
        assert!(text.starts_with("//! "), "{room} does not say what lives there");
        let lines: usize = files.iter().map(|(_, code)| code.lines().filter(|l| !l.trim().is_empty()).count()).sum();
        assert!(lines > 3, "{room} is empty");
    }
}

#[test]
fn the_pure_half_touches_no_socket_and_no_disk() {
    let border = ROOMS.iter().position(|r| *r == FIRST_IMPURE).expect("listed");
    let mut wrong = Vec::new();
    for (room, files) in rooms() {
        let Some(own) = ROOMS.iter().position(|r| *r == room) else { continue };
        for (file, code) in files.iter().filter(|_| own < border) {
            for name in IMPURE {
                if code.contains(&format!("{name}::")) {
                    wrong.push(format!("{} uses `{name}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_project_speaks_of_itself_alone() {
    // Split so that this file does not find itself.
    let words = [concat!("/wo", "rk/"), concat!("claude", "."), concat!("cop", "ilot"), concat!("chat", "gpt")];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "docs", "mappings", "schemas", "benches", "examples", ".ci"] {
        collect(&root.join(folder), &mut files);
    }
    files.push(root.join("README.md"));
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let lower = text.to_lowercase();
        for word in words {
            assert!(!lower.contains(word), "{} contains {word:?}", file.display());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
