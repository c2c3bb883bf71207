//! Rules on the scope: sites and certification items.

use super::items::is_well_formed;
use super::{RuleContext, at};
use crate::finding::Finding;
use crate::record::Record;

pub(super) fn check(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    if record.multi_site == Some(true) && record.sites.is_empty() {
        findings.push(at("rule/multi-site-without-sites", "sites"));
    }
    if let Some(code) = &record.scheme.item_code {
        if !is_well_formed(code) {
            findings.push(at("rule/item-code-malformed", "scheme.item_code").with("code", code));
        } else if !context.items.knows(code) {
            findings.push(at("rule/item-code-unknown", "scheme.item_code").with("code", code));
        }
    }
}
