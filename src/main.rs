//! The binary: runs the command line and ends with the exit code that it gives.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    certbridge::command::run()
}
