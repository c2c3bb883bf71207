//! Certification item codes: their form, and the list of those that are published.

/// Which certification item codes are known. A list under `mappings/codes/` or a register may stand behind it.
pub trait ItemCodes: Sync {
    /// True where the code, or the class that its first five characters name, is in the list.
    fn knows(&self, code: &str) -> bool;
}

/// The classes of items as far as they are published.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishedItems;

/// The list that is used where no other is given.
pub static DEFAULT_ITEMS: PublishedItems = PublishedItems;

/// Management systems: quality, construction, environment, health and safety, food safety, HACCP, information
/// security, information technology service, energy.
const MANAGEMENT: &str = "A0101 A0102 A0201 A0301 A0401 A0402 A0501 A0601 A0901";
/// Classes under which the members are numbered freely: compulsory products, state-promoted products, food and
/// agriculture, voluntary industrial products, services.
const FREELY_NUMBERED: &str = "B01 B02 B03 B04 B05 C01 C02";

impl ItemCodes for PublishedItems {
    fn knows(&self, code: &str) -> bool {
        let listed =
            |list: &str, length: usize| code.get(..length).is_some_and(|head| list.split(' ').any(|c| c == head));
        is_well_formed(code) && (listed(MANAGEMENT, 5) || listed(FREELY_NUMBERED, 3))
    }
}

/// True for a letter A, B or C and four or six digits: classes have 5 characters, items below them 7.
#[must_use]
pub fn is_well_formed(code: &str) -> bool {
    matches!(code.len(), 5 | 7) && code.starts_with(['A', 'B', 'C']) && code.bytes().skip(1).all(|b| b.is_ascii_digit())
}
