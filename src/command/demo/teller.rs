//! Telling the demo: steps, lines, and what did not hold.

use crate::command::terminal;

/// Tells the steps and remembers whether all held.
#[derive(Default)]
pub(super) struct Teller {
    step: u32,
    pub(super) failed: Vec<String>,
}

impl Teller {
    pub(super) fn step(&mut self, title: &str) {
        self.step += 1;
        terminal::line(format!("\n{}. {title}", self.step));
    }

    /// Tells a line that must hold.
    pub(super) fn check(&mut self, held: bool, line: impl AsRef<str>) {
        terminal::line(format!("   {} {}", if held { "✓" } else { "✗" }, line.as_ref()));
        if !held {
            self.failed.push(line.as_ref().to_owned());
        }
    }
}

/// Tells a line that is only told.
pub(super) fn say(line: impl AsRef<str>) {
    terminal::line(format!("   {}", line.as_ref()));
}
