//! `join`: the items of a list in one text, with a separator. An item that holds a separator is outside the domain.

use std::borrow::Cow;

use serde_json::Value;

use super::{Chain, Mid, Notes, Outside, Surroundings, Unreadable};
use crate::document::Node;

/// Separator, other separators that are read as well, and the steps of one item.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) separator: String,
    pub(crate) also: Vec<String>,
    pub(crate) item: Chain,
}

impl Join {
    pub(crate) fn print<'a>(&self, mid: &Mid<'a>, around: Surroundings<'_>) -> Result<Mid<'a>, Outside> {
        let Mid::Json(value) = mid else { return Err(Outside) };
        let items = value.as_array().filter(|items| !items.is_empty()).ok_or(Outside)?;
        let mut joined = String::new();
        for (index, item) in items.iter().enumerate() {
            let printed = match self.item.print(item, around)? {
                super::Wire::Text(text) => text,
                super::Wire::Number(text) => text.to_string(),
                _ => return Err(Outside),
            };
            let holds = |separator: &String| printed.contains(separator.as_str());
            if printed.trim() != printed || holds(&self.separator) || self.also.iter().any(holds) {
                return Err(Outside);
            }
            if index > 0 {
                joined.push_str(&self.separator);
            }
            joined.push_str(&printed);
        }
        Ok(Mid::text(joined))
    }

    pub(crate) fn read<'a>(
        &self,
        mid: Mid<'a>,
        notes: &mut Notes,
        around: Surroundings<'_>,
    ) -> Result<Option<Mid<'a>>, Unreadable> {
        let (Mid::Text(text) | Mid::Number(text)) = mid else { return Err(Unreadable::Kind) };
        notes.respelt = true;
        let mut unified = Cow::Borrowed(&*text);
        for other in &self.also {
            if unified.contains(other.as_str()) {
                notes.cleaned = true;
                unified = Cow::Owned(unified.replace(other.as_str(), &self.separator));
            }
        }
        let mut items = Vec::new();
        for part in unified.split(self.separator.as_str()).map(str::trim).filter(|part| !part.is_empty()) {
            let node = Node::text(part);
            match self.item.read(&node, notes, around)? {
                Some(value) => items.push(value),
                None => return Err(Unreadable::Pattern),
            }
        }
        Ok((!items.is_empty()).then_some(Mid::Json(Cow::Owned(Value::Array(items)))))
    }
}
