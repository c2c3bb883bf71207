//! Names of members that came before. The names of a format come again in every document: one that is known is shared, which
//! costs less than to make it anew. What is kept is bounded, and a stranger's names take the place of others at most.

use std::cell::Cell;

use super::Name;

/// Names that are kept, a power of two; and the longest of them, in bytes.
const KEPT: usize = 512;
const LONGEST: usize = 64;

thread_local! {
    static OF_THREAD: Cell<Option<Names>> = const { Cell::new(None) };
}

/// The names that a thread has met, each at the place that its letters give.
pub(super) struct Names(Box<[Option<Name>]>);

impl Names {
    /// Those of this thread; none yet where another reader has them.
    pub(super) fn take() -> Self {
        OF_THREAD.take().unwrap_or_else(|| Self(vec![None; KEPT].into()))
    }

    /// Gives them back for the next document.
    pub(super) fn give_back(self) {
        OF_THREAD.set(Some(self));
    }

    /// A name, shared where it came before; and a number that equal names have in common.
    #[inline]
    pub(super) fn name(&mut self, text: &str) -> (Name, u32) {
        let hash = hash(text.as_bytes());
        if text.len() > LONGEST {
            return (text.into(), hash);
        }
        let Some(kept) = self.0.get_mut(hash as usize % KEPT) else { return (text.into(), hash) };
        match kept {
            Some(name) if **name == *text => (name.clone(), hash),
            _ => {
                let name: Name = text.into();
                *kept = Some(name.clone());
                (name, hash)
            }
        }
    }
}

/// Of the first and last eight bytes and the length: enough for names that people make. It need not withstand anybody: names
/// that fall together are told apart by their letters.
#[inline]
fn hash(text: &[u8]) -> u32 {
    let (first, last) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = (first ^ last.rotate_left(29) ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_itself_whatever_came_before_and_what_is_kept_is_bounded() {
        let mut names = Names::take();
        let long = "x".repeat(LONGEST + 1);
        let texts = (0..KEPT * 4).map(|number| format!("name {number}"));
        for text in
            texts.chain([String::new(), "a".into(), "\0".into(), "\0\0".into(), "证书编号".into(), long.clone()])
        {
            let (first, number) = names.name(&text);
            let (second, same) = names.name(&text);
            assert_eq!((&*first, &*second, number), (&*text, &*text, same));
            assert_eq!(std::sync::Arc::ptr_eq(&first, &second), text != long, "{text}");
        }
        assert_eq!(names.0.len(), KEPT);
    }

    #[test]
    fn names_whose_numbers_are_equal_are_told_apart() {
        let (one, other) = ("12345678 one 12345678", "12345678 two 12345678");
        let mut names = Names::take();
        assert_eq!(names.name(one).1, names.name(other).1);
        assert_eq!((&*names.name(one).0, &*names.name(other).0), (one, other));
        let text = format!("{{\"{one}\":1,\"{other}\":2}}");
        let read = super::super::parse_json(text.as_bytes(), 0, &super::super::Limits::default()).expect("distinct");
        assert_eq!(read.as_object().map(super::super::Object::len), Some(2));
    }
}
