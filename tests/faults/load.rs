//! What is done at a house while things go wrong, and what the house acknowledged of it: by exit code and by what it printed.

use std::sync::Arc;
use std::time::Duration;

use certbridge::crypto::sha256;
use serde_json::Value;

use crate::house::{House, PATIENCE};
use crate::papers;
use crate::script::{Doing, Killed, Work};

/// Something that a house acknowledged.
#[derive(Clone, Debug)]
pub(crate) enum Acknowledged {
    /// It took this document in: the certificate's number, what is written in this edition alone, digest of the bytes.
    Document { number: String, mark: String, digest: [u8; 32] },
    /// It recorded an act.
    Act { number: String, status: &'static str, from: String, version: u64 },
}

/// Number of a certificate of a house.
pub(crate) fn number(house: &House, certificate: u32) -> String {
    if house.who.id == crate::who::CN.id {
        format!("2024800703{:06}", 226_336 + certificate)
    } else {
        format!("{}-2026-{certificate:04}", house.who.country)
    }
}

/// What is written in this edition alone.
pub(crate) fn mark(edition: u32) -> String {
    format!("KFR-7{edition:03}GW")
}

/// The document of a certificate in an edition, and its format.
fn document(house: &House, certificate: u32, edition: u32) -> (Value, &'static str) {
    let number = number(house, certificate);
    if house.who.id == crate::who::CN.id {
        let mut document = papers::ccc(&number);
        document["规格型号"] = format!("KFR-25GW，{}", mark(edition)).into();
        (document, "cnca-ccc@1")
    } else {
        let text = papers::dcc(&issuer(house).1, &number).to_string();
        let own = text.replace(crate::who::NZ.base, house.who.base).replace(crate::who::NZ.did, house.who.did);
        (serde_json::from_str(&own.replace("KX-100", &mark(edition))).unwrap(), "untp-dcc@0.7.0")
    }
}

/// The certification body of a house: scheme and value.
pub(crate) fn issuer(house: &House) -> (&'static str, String) {
    if house.who.id == crate::who::CN.id {
        ("cnca-approval", "CNCA-R-2099-001".to_owned())
    } else {
        ("register", format!("{}-CAB-901", house.who.country))
    }
}

/// Does all of it; gives what was acknowledged, and what was not.
pub(crate) async fn work(house: Arc<House>, all: Vec<Work>) -> (Vec<Acknowledged>, Vec<Work>) {
    let (mut acknowledged, mut open) = (Vec::new(), Vec::new());
    for one in all {
        tokio::time::sleep(Duration::from_millis(one.pause)).await;
        match once(&house, &one).await {
            Ok(done) => acknowledged.extend(done),
            Err(_) => open.push(Work { killed: None, pause: 0, ..one }),
        }
    }
    (acknowledged, open)
}

/// Does it once. An error says what the house said instead of an acknowledgement.
pub(crate) async fn once(house: &House, one: &Work) -> Result<Vec<Acknowledged>, String> {
    let (words, mut expected) = words(house, one);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = match one.killed {
        Some(Killed::AtWrite(count)) => house.dying_command(&words, count),
        _ => house.command(&words),
    };
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    if let Some(Killed::After(millis)) = one.killed {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let _ = child.start_kill();
    }
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.map_err(|_| "no end".to_owned())?.map_err(|error| error.to_string())?;
    let said = || format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|_| said())?;
    if !output.status.success() {
        return Err(said());
    }
    if let [Acknowledged::Act { version, .. }] = expected.as_mut_slice() {
        *version = answer["version"].as_u64().ok_or("no version")?;
    }
    Ok(expected)
}

/// The words of the command line, and what is acknowledged if it ends well.
fn words(house: &House, one: &Work) -> (Vec<String>, Vec<Acknowledged>) {
    match &one.what {
        Doing::Import(documents) => {
            let mut words = vec!["import".to_owned(), "--json".to_owned()];
            let mut expected = Vec::new();
            for (certificate, edition) in documents {
                let (document, format) = document(house, *certificate, *edition);
                let bytes = document.to_string().into_bytes();
                let name = format!("document-{certificate}-{edition}.json");
                let _ = std::fs::write(house.folder.join(&name), &bytes);
                if expected.is_empty() {
                    words.extend(["--format".to_owned(), format.to_owned()]);
                }
                words.push(name);
                expected.push(Acknowledged::Document {
                    number: number(house, *certificate),
                    mark: mark(*edition),
                    digest: sha256(&bytes),
                });
            }
            (words, expected)
        }
        Doing::Status { certificate, suspended, day } => {
            let number = number(house, *certificate);
            let status = if *suspended { "suspended" } else { "valid" };
            let from = format!("2026-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
            let words = ["status", "--json", "--number", &number, "--set", status, "--from", &from];
            let expected = Acknowledged::Act { number: number.clone(), status, from: from.clone(), version: 0 };
            (words.map(str::to_owned).to_vec(), vec![expected])
        }
    }
}
