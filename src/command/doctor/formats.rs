//! Formats and schemas: those that the program brings, and one's own laid over them.

use super::{Check, both};
use crate::config::Config;

const CHECK: &str = "formats";

pub(super) fn look(config: &Config, checks: &mut Vec<Check>) {
    let folder = config.formats.as_ref().map(|folder| config.path(folder));
    checks.push(match crate::gateway::formats(folder.as_deref()) {
        Ok(catalogue) => {
            let schemas = catalogue.schemas().iter().count();
            let own = catalogue.own().collect::<Vec<_>>().join(" ");
            let (zh, en) = if own.is_empty() {
                (String::new(), String::new())
            } else {
                (format!("，自有：{own}"), format!(", of one's own: {own}"))
            };
            Check::ok(CHECK, both(format!("{schemas} 个模式可用{zh}"), format!("{schemas} schemas can be used{en}")))
        }
        Err(error) => Check::error(
            CHECK,
            both(format!("自有格式或模式不可用：{error}"), error.to_string()),
            both(
                "按所列位置修正文件；`certbridge format check` 和 `certbridge schema check` 会再次检查",
                "mend the places that it names; `certbridge format check` and `certbridge schema check` look again",
            ),
        ),
    });
}
