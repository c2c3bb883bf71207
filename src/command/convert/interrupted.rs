//! A conversion that is ended from outside (Ctrl-C, `kill`) leaves nothing half written behind.

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Files that are being written.
static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Takes a file away when the process is told to end; it ends as it would have without. One that has taken its place
/// meanwhile is no more where it was.
///
/// # Errors
///
/// The system gives no way to hear of signals.
pub(super) fn removes(part: PathBuf) -> io::Result<()> {
    let mut parts = PARTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    parts.push(part);
    if parts.len() > 1 {
        return Ok(());
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("interrupted".to_owned()).spawn(move || {
        for signal in signals.forever() {
            for part in PARTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).drain(..) {
                // Gone already, or not ours to remove: there is nobody left to tell.
                let _ = std::fs::remove_file(part);
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    })?;
    Ok(())
}
