//! Help, completions, and the commands that the README names.

use super::*;

/// Every command and every one below it.
const COMMANDS: &[&str] = &[
    "demo",
    "init",
    "serve",
    "import",
    "remap",
    "convert",
    "validate",
    "identify",
    "verify",
    "status",
    "bulk apply",
    "bulk list",
    "bulk show",
    "bulk drop",
    "trace",
    "find",
    "format list",
    "format show",
    "format check",
    "schema list",
    "schema show",
    "schema install",
    "schema remove",
    "schema check",
    "partner add",
    "partner show",
    "partner list",
    "partner rotate",
    "partner test",
    "partner suspend",
    "partner resume",
    "partner check",
    "notice template",
    "notice send",
    "notice answer",
    "notice list",
    "notice show",
    "notice accept",
    "notice done",
    "outbox list",
    "outbox show",
    "outbox retry",
    "outbox drop",
    "snapshot export",
    "snapshot import",
    "ledger verify",
    "ledger checkpoint",
    "ledger prove",
    "doctor",
    "sample",
    "completions",
];

#[test]
fn every_command_explains_itself_and_every_flag() {
    let all = words("--help").ends(0).out;
    for command in COMMANDS {
        let first = command.split(' ').next().expect("a word");
        let listed = all.lines().any(|line| line.trim_start().starts_with(&format!("{first} ")));
        assert!(listed, "{first} is not in --help");
        let help = words(&format!("{command} -h")).ends(0).out;
        assert!(help.contains("Usage: certbridge"), "{command}");
        let mut lines = help.lines().skip_while(|line| !line.starts_with("Options:")).skip(1).peekable();
        while let Some(line) = lines.next() {
            let bare = line.trim_start();
            if bare.starts_with('-') {
                // The words stand on the line of the flag, behind two blanks, or below it.
                let here = bare.split_once("  ").is_some_and(|(_, words)| !words.trim().is_empty());
                let below = lines.peek().is_some_and(|next| next.starts_with("          "));
                assert!(here || below, "{command}: no words for {bare}");
            }
        }
        words(&format!("{command} --help")).ends(0);
        words(&format!("{command} --no-such-flag")).ends(2);
    }
    words("").ends(2);
    words("no-such-command").ends(2);
    assert!(words("--version").ends(0).out.starts_with("certbridge "));
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = words(&format!("completions {shell}")).ends(0).out;
        for command in ["validate", "convert", "partner"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    words("completions cmd").ends(2);
}

/// Lines of the README that call the program: what follows its name.
fn commands_of_the_readme() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README");
    let mut found = Vec::new();
    for line in readme.lines().filter(|line| line.starts_with("    ")) {
        let line = line.trim().trim_start_matches("$ ");
        let called = line
            .strip_prefix("cargo run --release -- ")
            .or_else(|| line.split_once("certbridge ").filter(|(before, _)| is_path(before)).map(|(_, rest)| rest));
        found.extend(called.map(str::to_owned));
    }
    // Inline: `certbridge convert`, `demo --exit`.
    for (index, piece) in readme.split('`').enumerate().filter(|(index, _)| index % 2 == 1) {
        let _ = index;
        if let Some(rest) = piece.strip_prefix("certbridge ") {
            found.push(rest.to_owned());
        } else if piece.starts_with("demo ") {
            found.push(piece.to_owned());
        }
    }
    found
}

fn is_path(before: &str) -> bool {
    before.is_empty() || before == "./" || before.ends_with('/')
}

#[test]
fn every_command_of_the_readme_is_there_with_its_flags() {
    let commands = commands_of_the_readme();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let mut parts: Vec<&str> = command.split_whitespace().collect();
        if parts == ["--help"] {
            continue;
        }
        let depth =
            if matches!(parts.first(), Some(&"partner" | &"outbox" | &"ledger" | &"format" | &"bulk")) { 2 } else { 1 };
        let rest = parts.split_off(depth.min(parts.len()));
        let help = run(parts.iter().copied().chain(["--help"])).ends(0).out;
        for flag in rest.iter().filter(|word| word.starts_with('-')) {
            let known = help.split_whitespace().any(|word| word.trim_end_matches([',', ']']) == *flag);
            assert!(known, "{command}: {flag} is not a flag of {parts:?}");
        }
    }
}
