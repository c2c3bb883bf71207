//! What may leave the house: the zones of the record and the policy agreed with a partner.
//!
//! The only maker of `Released`. Not here: the formats in which a released record is written (`mapping`).
