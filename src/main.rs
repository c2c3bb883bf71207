//! The binary: runs the command line and ends with the exit code that it gives.

#![forbid(unsafe_code)]

/// Mapping makes and drops many small texts; the allocator of the platform takes as long for these as all else takes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    certbridge::command::run()
}
