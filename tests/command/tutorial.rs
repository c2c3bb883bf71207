//! The tutorial, played as it stands in the Markdown: its files are written, its commands run, and what it says they print is
//! looked for.

use super::*;

const TUTORIAL: &str = include_str!("../../docs/tutorial-a-new-format.md");

/// The fenced blocks: what stands behind the fence, and the lines.
fn blocks() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut found = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in TUTORIAL.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, lines)), None) => lines.push(line),
            (None, Some(info)) => open = Some((info, Vec::new())),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    found
}

/// Words with one blank between them: tables are as wide as their content.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn play(folder: &Path, command: &str, expected: &[&str]) {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("certbridge"), "{command}");
    let answer = Answer::of(binary().current_dir(folder).args(words).output().expect("the binary runs"));
    let code = expected.iter().find_map(|line| line.strip_prefix("! exit code ")).unwrap_or("0");
    let answer = answer.ends(code.parse().expect("a code"));
    let said = plain(&format!("{}\n{}", answer.out, answer.err));
    for line in expected.iter().filter(|line| !line.starts_with("! ")) {
        assert!(said.contains(&plain(line)), "{command}\n{line:?} is not in\n{}\n{}", answer.out, answer.err);
    }
}

/// Does the one hold all that the other states?
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|of| holds(of, value)))
        }
        (whole, part) => whole == part,
    }
}

fn any(whole: &Value, part: &Value) -> bool {
    let below = match whole {
        Value::Object(members) => members.values().any(|one| any(one, part)),
        Value::Array(items) => items.iter().any(|one| any(one, part)),
        _ => false,
    };
    below || holds(whole, part)
}

#[test]
fn the_tutorial_goes_as_it_says() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut files, mut commands) = (0, 0);
    for (info, lines) in blocks() {
        if let Some((_, name)) = info.split_once("file=") {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, lines.join("\n") + "\n").expect("written");
            files += 1;
        } else if let Some((_, name)) = info.split_once("in=") {
            let whole: Value =
                serde_json::from_slice(&std::fs::read(folder.path().join(name)).expect("written")).expect("JSON");
            let part: Value = serde_json::from_str(&lines.join("\n")).expect("JSON");
            assert!(any(&whole, &part), "{part} is not in {name}");
        } else if info == "console" {
            let starts: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("$ ")).collect();
            for (at, start) in starts.iter().enumerate() {
                let end = starts.get(at + 1).copied().unwrap_or(lines.len());
                play(folder.path(), &lines[*start][2..], &lines[start + 1..end]);
                commands += 1;
            }
        } else {
            panic!("the tutorial has a block `{info}` that nobody plays");
        }
    }
    assert!(files >= 5 && commands >= 12, "{files} files, {commands} commands");
}
