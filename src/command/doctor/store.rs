//! The store: it opens, and its ledger is the one whose checkpoint was kept outside.

use super::Check;
use crate::command::ledger::Book;
use crate::config::Config;
use crate::store::Store as _;

const CHECK: &str = "store";

pub(super) fn look(config: &Config, checks: &mut Vec<Check>) {
    let path = config.path(&config.store.path);
    if !path.exists() {
        let kept = config.path(&config.store.checkpoint);
        checks.push(if kept.exists() {
            Check::error(
                CHECK,
                format!("{}: there is none, but a checkpoint of one was kept: {}", path.display(), kept.display()),
                "bring the store back from its backup, or name the right file under store.path",
            )
        } else {
            Check::ok(CHECK, format!("{}: none yet; the first import or start makes it", path.display()))
        });
        return;
    }
    let book = match Book::open(config) {
        Ok(book) => book,
        Err(failure) => {
            checks.push(Check::error(CHECK, failure.to_string(), "free the disk, end what holds it, or restore it"));
            return;
        }
    };
    let counted = book.store.subject_count().and_then(|count| Ok((count, book.store.ledger_size()?)));
    match counted {
        Ok((count, size)) => {
            checks.push(Check::ok(CHECK, format!("{}: {count} certificates, {size} events", path.display())));
        }
        Err(error) => checks.push(Check::error(CHECK, error.to_string(), "restore the store from its backup")),
    }
    checks.push(match book.compare() {
        Ok(size) => Check::ok("ledger", format!("agrees with the checkpoint of {size} events kept outside it")),
        Err((index, reason)) => Check::error(
            "ledger",
            format!("from index {index} on: {reason}"),
            "bring back the newest store; `certbridge ledger verify` replays it",
        ),
    });
}
