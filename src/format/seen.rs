//! The keys that a document has given so far, to tell that one stands twice. They are kept where scratch files are, so that
//! memory does not grow with the document.

use std::io;

use crate::document::{Index, Scratch};
use crate::finding::Place;
use crate::record::Identifier;

/// The keys of a document, each with the place where it stood first.
pub struct Seen<'s> {
    scratch: &'s dyn Scratch,
    index: Option<Index>,
}

impl<'s> Seen<'s> {
    /// None yet.
    pub fn new(scratch: &'s dyn Scratch) -> Self {
        Self { scratch, index: None }
    }

    /// Where the key of a record stood first, if it has come before; else it is noted to stand here.
    pub(super) fn first(&mut self, issuer: &Identifier, number: &str, place: &Place) -> io::Result<Option<Place>> {
        let index = match &mut self.index {
            Some(index) => index,
            None => self.index.insert(Index::new(self.scratch)?),
        };
        let key = format!("{}\0{}\0{number}", issuer.scheme, issuer.value);
        if let Some(first) = index.get(&key)? {
            return Ok(Some(at(place, first)));
        }
        index.set(self.scratch, &key, ordinal(place))?;
        Ok(None)
    }
}

/// By what a place of a record differs from those of other records of its document.
fn ordinal(place: &Place) -> u64 {
    match place {
        Place::Cell { row, .. } => u64::from(*row),
        Place::Pointer { line, .. } if *line > 0 => u64::from(*line),
        Place::Pointer { pointer, .. } => {
            pointer.rsplit('/').next().and_then(|index| index.parse().ok()).unwrap_or_default()
        }
        _ => 0,
    }
}

/// The place of another record of the same document.
fn at(place: &Place, ordinal: u64) -> Place {
    let number = u32::try_from(ordinal).unwrap_or(u32::MAX);
    match place {
        Place::Cell { sheet, column, field, .. } => Place::cell(sheet.clone(), number, *column, field.clone()),
        Place::Pointer { line, pointer } if *line > 0 => Place::Pointer { line: number, pointer: pointer.clone() },
        Place::Pointer { pointer, .. } => match pointer.rsplit_once('/') {
            Some((list, _)) => Place::pointer(format!("{list}/{ordinal}")),
            None => place.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::InMemory;

    #[test]
    fn the_first_place_of_a_key_is_told_again_in_the_words_of_its_document() {
        let issuer = Identifier::new("cnca-approval", "CNCA-R-2002-001");
        for (first, second) in [
            (Place::cell("证书信息表", 6, 0, None), Place::cell("证书信息表", 9, 0, None)),
            (Place::Pointer { line: 3, pointer: String::new() }, Place::Pointer { line: 8, pointer: String::new() }),
            (Place::pointer("/certificates/0"), Place::pointer("/certificates/12")),
        ] {
            let mut seen = Seen::new(&InMemory);
            assert_eq!(seen.first(&issuer, "N1", &first).expect("room"), None);
            assert_eq!(seen.first(&issuer, "N1", &second).expect("room"), Some(first));
            assert_eq!(seen.first(&issuer, "N2", &second).expect("room"), None);
        }
    }
}
