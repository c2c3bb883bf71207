//! Licences and bans of everything that is built in, as `Cargo.lock` resolves it. No network.

#![allow(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

use std::path::Path;
use std::process::Command;

/// Licences that a package may be under; one of the alternatives of an `OR` is enough.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that must not come in, each with the reason.
const BANNED: &[(&str, &str)] = &[
    ("openssl", "one TLS stack: rustls with aws-lc-rs"),
    ("openssl-sys", "one TLS stack: rustls with aws-lc-rs"),
    ("native-tls", "one TLS stack: rustls with aws-lc-rs"),
    ("ring", "one crypto library: aws-lc-rs"),
    ("serde_yaml", "no longer kept"),
    ("chrono", "one library for dates: jiff"),
];

/// A package that is built here, with every feature that we ask for and none other.
struct Package {
    name: String,
    licence: String,
    /// Where it comes from, if not from the registry.
    origin: Option<String>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p}\t{l}", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
        .into_iter()
        .map(|line| {
            let (package, licence) = line.split_once('\t').unwrap_or((line, ""));
            let name = package.split(' ').next().unwrap_or_default().to_owned();
            let origin = package.split_once('(').map(|(_, rest)| rest.trim_end_matches(" (*)").trim_end_matches(')'));
            let origin = origin.filter(|o| *o != "proc-macro" && *o != "*").map(str::to_owned);
            Package { name, licence: licence.trim_end_matches(" (*)").to_owned(), origin }
        })
        .collect()
}

/// Whether an SPDX expression of `AND`, `OR` and brackets can be met with the allowed licences.
fn permitted(expression: &str) -> bool {
    fn split<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
        let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
        let bytes = text.as_bytes();
        for i in 0..text.len() {
            match bytes[i] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ if depth == 0 && text[i..].starts_with(word) => {
                    parts.push(&text[start..i]);
                    start = i + word.len();
                }
                _ => {}
            }
        }
        parts.push(&text[start..]);
        parts
    }
    let text = expression.trim();
    let alternatives = split(text, " OR ");
    if alternatives.len() > 1 {
        return alternatives.iter().any(|part| permitted(part));
    }
    let demands = split(text, " AND ");
    if demands.len() > 1 {
        return demands.iter().all(|part| permitted(part));
    }
    match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => permitted(inner),
        None => ALLOWED.contains(&text),
    }
}

#[test]
fn every_package_is_under_a_licence_that_we_allow() {
    let wrong: Vec<String> = packages()
        .into_iter()
        .filter(|package| !permitted(&package.licence.replace('/', " OR ")))
        .map(|package| format!("{}: {:?}", package.name, package.licence))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_banned_package_and_none_from_outside_the_registry() {
    let mut wrong = Vec::new();
    for package in packages() {
        if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == package.name) {
            wrong.push(format!("{} is banned: {reason}", package.name));
        }
        if let Some(origin) = package.origin.filter(|_| package.name != "certbridge") {
            wrong.push(format!("{} comes from {origin}", package.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn licence_expressions_are_read_as_they_are_meant() {
    for yes in ["MIT", "MIT OR GPL-3.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "Apache-2.0 OR (GPL-2.0 AND MIT)"] {
        assert!(permitted(yes), "{yes}");
    }
    for no in ["GPL-3.0", "MIT AND GPL-3.0", "(GPL-2.0 OR AGPL-3.0) AND MIT", ""] {
        assert!(!permitted(no), "{no}");
    }
}
