//! The worth of a certificate for these goods on a day: the record judges its history (`Record::status_on`), here the
//! answer is narrowed to the parts of the scope that the goods are of.

use super::question::DatedStatus;
use super::vocabulary::DateBasis;
use crate::clock::{Day, Timestamp};
use crate::record::{PartOn, Record, ScopePart, Validity};

/// Tells whether the goods asked about are of a part of the scope; none where the asker did not say.
pub type Concerns<'a> = dyn Fn(ScopePart, &str) -> Option<bool> + 'a;

/// Judges one day. Where only a part of the scope is suspended, the goods of that part have its status, those of
/// another have that of the whole, and of goods whose part is not stated nothing can be said.
#[must_use]
pub fn judge<'a>(
    record: &'a Record,
    basis: DateBasis,
    day: Day,
    known_at: Option<Timestamp>,
    concerns: &Concerns<'_>,
) -> DatedStatus<'a> {
    let on = record.status_on(day, known_at);
    let whole = DatedStatus {
        basis,
        day,
        zone: on.zone,
        value: on.validity,
        affected: None,
        entry: on.deciding.map(|deciding| deciding.entry),
    };
    if on.validity != Validity::Valid {
        return whole;
    }
    let of_part = |part: &PartOn<'a>, value| DatedStatus {
        value,
        affected: Some((part.kind, part.value)),
        entry: Some(part.deciding.entry),
        ..whole
    };
    let mut unclear = None;
    for part in &on.parts {
        match concerns(part.kind, part.value) {
            Some(true) => return of_part(part, part.validity),
            Some(false) => {}
            None => unclear = unclear.or(Some(part)),
        }
    }
    unclear.map_or(whole, |part| of_part(part, Validity::NotDeterminable))
}
