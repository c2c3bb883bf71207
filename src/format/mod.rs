//! The catalogue of formats: detect, read, write, convert. A format is a syntax, a schema and a crosswalk.
