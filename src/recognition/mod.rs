//! Requirements, arrangements and editions as dated data, and the decision that follows from them, with its reasons.
