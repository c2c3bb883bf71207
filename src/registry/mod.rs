//! The use cases on certificates: register, change status, look up, verify, trace.

pub mod verification;
