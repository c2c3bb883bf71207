//! The front door: the README's first command, played to its end through the real binary.

#![allow(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

use std::path::Path;
use std::process::Command;

fn files_below(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("folder").flatten() {
        count += if entry.path().is_dir() { files_below(&entry.path()) } else { 1 };
    }
    count
}

#[test]
fn every_step_of_the_demo_holds_and_nothing_is_written_outside_its_folder() {
    let folder = tempfile::tempdir().expect("folder");
    let (work, dir) = (folder.path().join("work"), folder.path().join("demo"));
    std::fs::create_dir(&work).expect("folder");
    let output = Command::new(env!("CARGO_BIN_EXE_certbridge"))
        .args(["demo", "--exit", "--dir"])
        .arg(&dir)
        .current_dir(&work)
        .env("HOME", &work)
        .env("TMPDIR", &work)
        .env_remove("CERTBRIDGE_LOG")
        .output()
        .expect("the binary runs");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{shown}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("10 of 10 answers are as they must be"), "{shown}");
    assert!(shown.contains("Every step held."), "{shown}");
    assert!(!shown.contains('✗'), "{shown}");
    assert_eq!(files_below(&work), 0, "something was written outside the folder");
    assert!(files_below(&dir) > 20);
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("mine"), "x").expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_certbridge"))
        .args(["demo", "--exit", "--dir"])
        .arg(folder.path())
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(files_below(folder.path()), 1);
}
