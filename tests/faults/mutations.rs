//! The mutations under `tests/faults/mutations` are patches: each must still fit the source that it breaks.

use std::path::Path;

/// The lines that a patch wants to find, by file and hunk.
fn hunks(patch: &str) -> Vec<(String, Vec<&str>)> {
    let mut all: Vec<(String, Vec<&str>)> = Vec::new();
    let mut file = String::new();
    for line in patch.lines() {
        if let Some(path) = line.strip_prefix("--- a/") {
            path.clone_into(&mut file);
        } else if line.starts_with("@@") {
            all.push((file.clone(), Vec::new()));
        } else if let (Some((_, wanted)), Some(text)) =
            (all.last_mut(), line.strip_prefix(['-', ' ']).filter(|_| !line.starts_with("---")))
        {
            wanted.push(text);
        }
    }
    all
}

#[test]
fn every_mutation_fits_the_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(root.join("tests/faults/mutations")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "patch") {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\nCaught by: "), "{}", path.display());
        let hunks = hunks(&text);
        assert!(!hunks.is_empty(), "{}", path.display());
        for (file, wanted) in hunks {
            let source = std::fs::read_to_string(root.join(&file)).unwrap();
            let lines: Vec<&str> = source.lines().collect();
            let fits = lines.windows(wanted.len()).any(|window| window == wanted);
            assert!(fits, "{} does not fit {file} any more; it wants\n{}", path.display(), wanted.join("\n"));
        }
    }
    assert!(count >= 10, "{count} mutations");
}
