//! The rows that recognition rests on: those that the program brings, and those of the operator's folder beside them.

use super::{Check, both};
use crate::config::Config;
use crate::gateway::recognition;

const CHECK: &str = "recognition";

pub(super) fn look(config: &Config, checks: &mut Vec<Check>) {
    let folder = config.recognition.folder.as_ref().map(|folder| config.path(folder));
    checks.push(match recognition(config.recognition.fictive, folder.as_deref()) {
        Ok(rows) => {
            let (arrangements, products) = (rows.arrangements().len(), rows.list_rows().len());
            Check::ok(
                CHECK,
                both(
                    format!("{arrangements} 项互认安排，{products} 行产品目录"),
                    format!("{arrangements} arrangements, {products} rows of products"),
                ),
            )
        }
        Err(error) => Check::error(
            CHECK,
            both(format!("互认数据不可用：{error}"), error.to_string()),
            both(
                "按所列位置修正 recognition.folder 中的文件，或将其移出",
                "mend the places that it names in recognition.folder, or take the file out",
            ),
        ),
    });
}
