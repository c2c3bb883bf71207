//! `serve`, told by SIGHUP to read its formats anew: all of them, or none.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

const OWN: &str = "format: acme@1\nsyntax: csv\nrules:\n  - {record: key.number, wire: Number, required: both}\nnot-carried: [\"*\"]\n";

/// A gateway that serves, and the lines of its log.
pub(super) struct Serving {
    child: Child,
    lines: Receiver<String>,
    said: Receiver<String>,
}

impl Serving {
    pub(super) fn start(house: &House) -> Self {
        let mut child = binary()
            .args(["serve", "--config", &house.config()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let log = child.stderr.take().expect("a log");
        let out = child.stdout.take().expect("output");
        let ((sender, lines), (saying, said)) = (channel(), channel());
        std::thread::spawn(move || read(log, |line| sender.send(line).is_ok()));
        std::thread::spawn(move || read(out, |line| saying.send(line).is_ok()));
        Self { child, lines, said }
    }

    /// Where it says that whoever operates it can ask.
    #[track_caller]
    pub(super) fn operator_address(&self) -> String {
        loop {
            let line = self.said.recv_timeout(Duration::from_mins(1)).expect("it says where");
            if let Some(address) = line.strip_prefix("operator  http://") {
                return address.trim_end_matches("/metrics").to_owned();
            }
        }
    }

    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill").success());
    }

    /// The log up to the line with these words.
    #[track_caller]
    pub(super) fn says(&self, words: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(Duration::from_mins(1)) {
                Ok(line) => {
                    seen.push(line);
                    if seen.last().is_some_and(|line| line.contains(words)) {
                        return seen;
                    }
                }
                Err(error) => panic!("{error}: {words:?} is not in {seen:#?}"),
            }
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(log: impl Read, mut each: impl FnMut(String) -> bool) {
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        if !each(line) {
            return;
        }
    }
}

#[test]
fn a_running_gateway_takes_up_a_changed_folder_as_a_whole_or_not_at_all() {
    let house = House::init("cn-reload");
    let file = house.path("house/certbridge.toml");
    let config = std::fs::read_to_string(&file).expect("config");
    // Ports that nobody has: the tests run side by side.
    let config = config.replace(":8443", ":0").replace(":8444", ":0");
    std::fs::write(&file, format!("formats = \"formats\"\n{config}")).expect("written");
    let folder = house.path("house/formats");
    std::fs::create_dir_all(folder.join("acme")).expect("folder");
    let serving = Serving::start(&house);
    serving.says("serving");

    std::fs::write(folder.join("acme/1.yaml"), OWN).expect("written");
    serving.signal("-HUP");
    let told = serving.says("own_formats=");
    assert!(told.last().is_some_and(|line| line.contains("own_formats=\"acme@1\"")), "{told:#?}");

    // A file that is right does not come in beside one that is broken.
    std::fs::write(folder.join("acme/2.yaml"), OWN.replace("acme@1", "acme@2")).expect("written");
    std::fs::write(folder.join("acme/3.yaml"), OWN.replace("acme@1", "acme@3").replace("key.number", "key.no"))
        .expect("written");
    serving.signal("-HUP");
    let told = serving.says("stay as they were").join("\n");
    assert!(told.contains("formats/acme/3.yaml:4: the record has no `key.no`"), "{told}");
    assert!(!told.contains("own_formats"), "{told}");

    std::fs::remove_file(folder.join("acme/3.yaml")).expect("gone");
    serving.signal("-HUP");
    let told = serving.says("own_formats=");
    assert!(told.last().is_some_and(|line| line.contains("own_formats=\"acme@1 acme@2\"")), "{told:#?}");
    serving.signal("-TERM");
    serving.says("stopping");
}
