//! The pages of `docs/formats`: one for each format, with what a reader looks for, and nothing in them that does not run.

use super::*;

fn pages() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats");
    let mut pages: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("pages")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("UTF-8"))
        })
        .collect();
    pages.sort();
    pages
}

#[test]
fn every_format_has_a_page_that_says_what_a_reader_looks_for() {
    let pages = pages();
    let formats = words("format list --json").ends(0).json();
    let mut named = std::collections::BTreeSet::new();
    for format in formats.as_array().expect("formats") {
        let id = format["format"].as_str().expect("an id");
        let name = id.split('@').next().expect("a name");
        let (_, page) = pages.iter().find(|(page, _)| page == name).unwrap_or_else(|| panic!("{id} has no page"));
        named.insert(name.to_owned());
        assert!(page.contains(id), "{name} does not name {id}");
        for wanted in [&["ses it", "used by"][..], &["cannot carry", "is lost"], &["Traps"], &["Contradictions"]] {
            assert!(wanted.iter().any(|one| page.contains(one)), "{name} says nothing of {wanted:?}");
        }
    }
    let all: std::collections::BTreeSet<String> = pages.into_iter().map(|(name, _)| name).collect();
    assert_eq!(all, named, "each page is of a format");
    let credential = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats/untp-dcc.md"));
    let credential = credential.expect("a page").replace('\n', " ");
    for words in ["no definitions of them", "our reading", "recognition fills it in"] {
        assert!(credential.contains(words), "{words}");
    }
}

/// The files that the pages' commands name, made from samples and golden pairs.
fn files(folder: &Path) {
    let at = |name: &str| text(&folder.join(name));
    run(["sample", "--format", "cnca-report@2016", "--count", "2", "-o", &at("report.xlsx")]).ends(0);
    run(["sample", "--format", "cnca-ccc@1", "--count", "2", "-o", &at("certificates.json")]).ends(0);
    run(["sample", "--format", "cnca-ccc@1", "--count", "2", "-o", &at("certificates.csv")]).ends(0);
    let pair = |path: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats/examples").join(path);
        serde_json::from_slice(&std::fs::read(path).expect("a pair")).expect("JSON")
    };
    let put = |name: &str, content: String| std::fs::write(folder.join(name), content).expect("written");
    put("agri.json", pair("cnca-agri@1/every-field.json")["document"].to_string());
    put("list.json", pair("cnca-platform@1/five-kinds.json")["document"].to_string());
    let rows = pair("cnca-rule@1/sheet.json")["csv"].clone();
    let lines: Vec<&str> = rows.as_array().expect("rows").iter().map(|row| row.as_str().expect("a row")).collect();
    put("rules.csv", lines.join("\r\n"));
    let rules = ["convert", "--from", "cnca-rule@1", "--to", "cnca-rule@1", "-o"];
    run(rules.into_iter().chain([at("rules.xlsx").as_str(), at("rules.csv").as_str()])).ends(0);
}

#[test]
fn every_command_of_the_pages_runs_and_every_document_in_them_is_read() {
    let folder = tempfile::tempdir().expect("folder");
    files(folder.path());
    let (mut commands, mut documents) = (0, 0);
    for (name, page) in pages() {
        for line in page.lines().filter_map(|line| line.strip_prefix("    certbridge ")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let answer =
                Answer::of(binary().current_dir(folder.path()).args(&words).output().expect("the binary runs"));
            assert_eq!(answer.code, 0, "{name}: {line}\n{}\n{}", answer.out, answer.err);
            commands += 1;
        }
        for block in page.split("```xml\n").skip(1).filter_map(|rest| rest.split_once("```")) {
            let file = folder.path().join("page.xml");
            std::fs::write(&file, block.0).expect("written");
            let sender = ["--sender", "cnca-approval:CNCA-R-2099-001"];
            let to = ["convert", "--from", "wco-document@3.6", "--to", "wco-document@3.6"];
            run(to.into_iter().chain(sender).chain([text(&file).as_str()])).ends(0);
            documents += 1;
        }
        assert!(!page.contains("```json"), "{name}: read it here as well");
    }
    assert!(commands >= 8 && documents >= 1, "{commands} {documents}");
}
