//! A user's own formats, laid over those that this program brings: crosswalks and schemas from a folder, as texts. Reading
//! the folder is for others (`gateway`).

use std::collections::BTreeMap;
use std::path::Path;

use super::catalogue::Catalogue;
use crate::mapping::LoadError;
use crate::schema::{FOLDER, Schemas};

/// Where the crosswalks of this program stand.
const ROOM: &str = "mappings/";

impl Catalogue {
    /// The bundled formats with a user's files laid over them, by name within the folder (`acme/1.yaml`). A crosswalk takes
    /// the place of a bundled one of its format; a file without `format:` is there to be included, by its name; a JSON file
    /// beside a crosswalk (`acme/1.json`) is the schema of `acme@1`; a schema that was installed judges in place of any other.
    ///
    /// # Errors
    /// Everything that must be mended, each with file and line. Nothing is taken over then: all of it, or none.
    pub fn overlaid(files: &BTreeMap<String, String>) -> Result<Self, Vec<LoadError>> {
        let mut errors = Vec::new();
        let mut all = Self::bundled_files();
        let mut stated: BTreeMap<&str, &str> = BTreeMap::new();
        let mut schemas = Schemas::bundled().clone();
        let add = |errors: &mut Vec<LoadError>, file: &str, line, message| {
            errors.push(LoadError { file: file.to_owned(), line, message });
        };
        let crosswalks: BTreeMap<&String, &String> = files.iter().filter(|(name, _)| !is_installed(name)).collect();
        for (name, text) in &crosswalks {
            if let Some(path) = name.strip_suffix(".json") {
                // Only what stands beside a crosswalk of its name is a schema; examples are left alone.
                let Some((format, version)) =
                    path.rsplit_once('/').filter(|_| files.contains_key(&format!("{path}.yaml")))
                else {
                    continue;
                };
                let format = format.rsplit('/').next().unwrap_or(format);
                match schemas.clone().with_installed(&format!("{format}@{version}"), (*text).clone(), None) {
                    Ok(with) => schemas = with,
                    Err(error) => add(&mut errors, name, 1, error.to_string()),
                }
                continue;
            }
            if let Some((line, format)) = format_of(text)
                && let Some(first) = stated.insert(format, name)
            {
                add(&mut errors, name, line, format!("{format} is stated in {first} already; one file is too many"));
            }
        }
        // A bundled crosswalk gives way to the user's own of the same format, whatever the file is called.
        all.retain(|_, text| format_of(text).is_none_or(|(_, format)| !stated.contains_key(format)));
        for (name, text) in
            crosswalks.into_iter().filter(|(name, _)| Path::new(name).extension().is_none_or(|ending| ending != "json"))
        {
            all.remove(&format!("{ROOM}{name}"));
            all.insert(name.clone(), text.clone());
        }
        // What was installed judges in place of any other schema of its format.
        match schemas.clone().with_folder(files) {
            Ok(with) => schemas = with,
            Err(more) => more.iter().for_each(|(name, error)| add(&mut errors, name, 1, error.to_string())),
        }
        match Self::load(&all, schemas) {
            Ok(catalogue) if errors.is_empty() => Ok(catalogue),
            Ok(_) => Err(errors),
            Err(more) => {
                errors.extend(more);
                Err(errors)
            }
        }
    }

    /// The formats that are not as the program brings them: a user's own.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        let bundled = Self::bundled();
        let differs = |format: &&super::Format| {
            bundled.format(format.id()).map_or(true, |own| own.crosswalk().digest() != format.crosswalk().digest())
        };
        self.formats().filter(differs).map(super::Format::id)
    }
}

/// True for the files of installed schemas, which are no crosswalks.
fn is_installed(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    name.starts_with(&format!("{FOLDER}/")) || matches!(ending, Some("xsd" | "toml"))
}

/// The format that a crosswalk states, and the line where it does.
fn format_of(text: &str) -> Option<(usize, &str)> {
    let found = text.lines().enumerate().find_map(|(index, line)| Some((index + 1, line.strip_prefix("format:")?)));
    found.map(|(line, id)| (line, id.split('#').next().unwrap_or(id).trim().trim_matches(['"', '\''])))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str =
        "format: acme@1\nnot-carried: [\"*\"]\nrules:\n  - {record: key.number, wire: number, required: both}\n";

    fn files(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_format_of_ones_own_stands_beside_the_bundled_ones_with_its_schema() {
        let schema = r#"{"type": "object", "required": ["number"]}"#;
        let catalogue = Catalogue::overlaid(&files(&[("acme/1.yaml", OWN), ("acme/1.json", schema)])).expect("loads");
        assert_eq!(catalogue.format("acme@1").expect("there").schema(), Some("acme@1"));
        assert_eq!(catalogue.formats().count(), Catalogue::bundled().formats().count() + 1);
    }

    #[test]
    fn ones_own_crosswalk_takes_the_place_of_the_bundled_one_of_its_format() {
        let own = format!("{}# mine\n", Catalogue::bundled_files()["mappings/untp-dcc/0.7.0.yaml"]);
        let catalogue = Catalogue::overlaid(&files(&[("mine.yaml", &own)])).expect("loads");
        let (mine, bundled) = (catalogue.format("untp-dcc@0.7.0"), Catalogue::bundled().format("untp-dcc@0.7.0"));
        assert_ne!(mine.expect("there").crosswalk().digest(), bundled.expect("there").crosswalk().digest());
        assert_eq!(catalogue.formats().count(), Catalogue::bundled().formats().count());
    }

    #[test]
    fn a_file_may_include_another_of_the_folder() {
        let own = format!("{OWN}  - {{include: shared/party.yaml, record: holder, wire: holder}}\n");
        let party = "- {record: \"name{en}\", wire: name}\n";
        let catalogue =
            Catalogue::overlaid(&files(&[("acme/1.yaml", &own), ("shared/party.yaml", party)])).expect("loads");
        let table = catalogue.format("acme@1").expect("there").crosswalk().correspondences();
        assert!(table.iter().any(|line| line.record == "holder.name.en" && line.wire == "holder/name"), "{table:#?}");
    }

    #[test]
    fn every_error_of_every_file_is_told_with_its_line() {
        let wrong = OWN.replace("key.number", "key.nummer");
        let all = files(&[
            ("a.yaml", OWN),
            ("b.yaml", OWN),
            ("c.yaml", &wrong.replace("acme@1", "c@1")),
            ("d/1.yaml", "[]"),
            ("d/1.json", "{"),
        ]);
        let errors = Catalogue::overlaid(&all).expect_err("refused");
        let told: Vec<(&str, usize)> = errors.iter().map(|error| (error.file.as_str(), error.line)).collect();
        assert_eq!(told, [("b.yaml", 1), ("d/1.json", 1), ("c.yaml", 4)], "{errors:#?}");
    }
}
