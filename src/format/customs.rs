//! For tests: customs documents judged by the owner's schema, in the place of a document of an official sample.

use std::path::PathBuf;
use std::process::Command;

const FOLDER: &str = "reference/formats/wco-dec";

/// An official declaration, and the owner's schemas.
pub(super) struct Declaration {
    sample: String,
    /// Where a document of a goods item stands in it.
    place: std::ops::Range<usize>,
    folder: tempfile::TempDir,
    schema: PathBuf,
}

impl Declaration {
    /// Nothing, said aloud, where the shared folder is not there.
    pub(super) fn official() -> Option<Self> {
        let shared = crate::testing::shared(FOLDER)?;
        let sample = std::fs::read_to_string(shared.join("TT_EX002b.xml")).expect("readable");
        let (begin, end) = ("<AdditionalDocument>", "</AdditionalDocument>");
        let item = sample.find("<GovernmentAgencyGoodsItem>").expect("an item");
        let from = item + sample[item..].find(begin).expect("a document");
        let until = from + sample[from..].find(end).expect("its end") + end.len();
        let folder = tempfile::tempdir().expect("a folder");
        let schemas = shared.join("schemas/wco/declaration");
        let import = |namespace: &str, file: &str| {
            let file = schemas.join(file).canonicalize().expect("a schema");
            format!("<xs:import namespace=\"{namespace}\" schemaLocation=\"{}\"/>", file.display())
        };
        let driver = format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{}{}</xs:schema>",
            import("urn:wco:datamodel:WCO:DocumentMetaData-DMS:2", "DocumentMetaData_2_DMS.xsd"),
            import("urn:wco:datamodel:WCO:DEC-DMS:2", "WCO_DEC_2_DMS.xsd")
        );
        let schema = folder.path().join("driver.xsd");
        std::fs::write(&schema, driver).expect("written");
        Some(Self { sample, place: from..until, folder, schema })
    }

    /// Which of the documents, each an XML text, the owner's schema accepts, with what it says of the others; nothing, said
    /// aloud, where there is no xmllint.
    pub(super) fn judge(&self, documents: &[String]) -> Option<Vec<Result<(), String>>> {
        let files: Vec<PathBuf> = documents
            .iter()
            .enumerate()
            .map(|(number, text)| {
                let fragment = text.split_once("?>").map_or(text.as_str(), |(_, rest)| rest);
                let (before, after) = (&self.sample[..self.place.start], &self.sample[self.place.end..]);
                let file = self.folder.path().join(format!("{number}.xml"));
                std::fs::write(&file, format!("{before}{fragment}{after}")).expect("written");
                file
            })
            .collect();
        let output =
            Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(&self.schema).args(&files).output();
        let said = match output {
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => {
                let test = std::thread::current().name().unwrap_or("?").to_owned();
                eprintln!("SKIPPED {test}: the owner's schema was NOT asked: xmllint: {error}");
                return None;
            }
        };
        let verdict = |file: &PathBuf| {
            let name = format!("{}", file.display());
            let of: Vec<&str> = said.lines().filter(|line| line.starts_with(&name)).collect();
            if of.iter().any(|line| line.ends_with(" validates")) { Ok(()) } else { Err(of.join("\n")) }
        };
        Some(files.iter().map(verdict).collect())
    }
}
