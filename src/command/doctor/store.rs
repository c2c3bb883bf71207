//! The store: it opens, and its ledger is the one whose checkpoint was kept outside.

use super::{Check, both};
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
                both(
                    format!("{}：没有存储，却留有其检查点：{}", path.display(), kept.display()),
                    format!("{}: there is none, but a checkpoint of one was kept: {}", path.display(), kept.display()),
                ),
                both(
                    "从备份恢复存储，或在 store.path 中写对文件",
                    "bring the store back from its backup, or name the right file under store.path",
                ),
            )
        } else {
            Check::ok(
                CHECK,
                both(
                    format!("{}：尚无，首次导入或启动时生成", path.display()),
                    format!("{}: none yet; the first import or start makes it", path.display()),
                ),
            )
        });
        return;
    }
    let book = match Book::open(config) {
        Ok(book) => book,
        Err(failure) => {
            checks.push(Check::error(
                CHECK,
                both(format!("存储无法打开：{failure}"), failure.to_string()),
                both("腾出磁盘空间、结束占用它的进程，或从备份恢复", "free the disk, end what holds it, or restore it"),
            ));
            return;
        }
    };
    let counted = book.store.subject_count().and_then(|count| Ok((count, book.store.ledger_size()?)));
    match counted {
        Ok((count, size)) => {
            checks.push(Check::ok(
                CHECK,
                both(
                    format!("{}：{count} 张证书，{size} 个事件", path.display()),
                    format!("{}: {count} certificates, {size} events", path.display()),
                ),
            ));
        }
        Err(error) => checks.push(Check::error(
            CHECK,
            both(format!("存储无法读取：{error}"), error.to_string()),
            both("从备份恢复存储", "restore the store from its backup"),
        )),
    }
    checks.push(match book.compare() {
        Ok(size) => Check::ok(
            "ledger",
            both(
                format!("与库外保存的 {size} 个事件的检查点一致"),
                format!("agrees with the checkpoint of {size} events kept outside it"),
            ),
        ),
        Err((index, reason)) => Check::error(
            "ledger",
            both(format!("账本自索引 {index} 起有误：{reason}"), format!("from index {index} on: {reason}")),
            both(
                "恢复最新的存储；`certbridge ledger verify` 会重新核验",
                "bring back the newest store; `certbridge ledger verify` replays it",
            ),
        ),
    });
}
