//! `certbridge bulk apply`: the order, its preview, and what became of it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::super::configuration::Configuration;
use super::super::status::{ReasonArguments, word};
use super::super::subject;
use super::super::{FINDINGS, Failure, terminal};
use crate::clock::Day;
use crate::gateway::Gateway;
use crate::record::{Identifier, Residue, StatusEntry, StatusValue};
use crate::registry::{BulkOrder, BulkPhase, BulkProgress, Condition, RegistryError, Skip, Skipped};

/// Certificates that are named for each reason for which some were left as they are.
const EXAMPLES: usize = 5;

/// Suspend, withdraw or cancel every certificate of ours that meets a condition, at one instant
///
/// Members are found and staged first, and nobody sees anything of it; then all of them take effect at one instant, and each
/// partner is sent one notice (or, where it takes none, a message about each certificate). A certificate that the act cannot
/// touch, a withdrawn one for instance, is left as it is and listed with its reason. Look-ups and messages go on meanwhile.
///
/// Run the same order again where it was broken off: it goes on. Once it is in effect, the same order does nothing.
///
/// Exit code 0: in effect, also before; 1: nothing to do, or another event is not finished; 2: usage; 3: the store failed.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// The act: suspended (暂停), withdrawn (撤销), cancelled (注销)
    #[arg(long, value_name = "STATUS", value_parser = PossibleValuesParser::new(["suspended", "withdrawn", "cancelled"]))]
    set: String,
    /// First day of its effect (yyyy-mm-dd), in the zone of the issuer
    #[arg(long, value_name = "DAY")]
    from: Day,
    /// Announced last day of a suspension
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    /// Legal basis: the announcement, order or decision
    #[arg(long, value_name = "TEXT")]
    basis: String,
    #[command(flatten)]
    reason: ReasonArguments,
    /// Day of the decision
    #[arg(long, value_name = "DAY")]
    decided: Option<Day>,
    /// Authority that decided: SCHEME:ID
    #[arg(long, value_name = "SCHEME:ID", value_parser = subject::issuer)]
    decided_by: Option<Identifier>,
    /// Only certificates by this certification rule: its number
    #[arg(long, value_name = "NUMBER")]
    rule: Option<String>,
    /// Only certificates of products of this class: the beginning of a category code, such as 07 or 0703
    #[arg(long, value_name = "CODE")]
    product: Option<String>,
    /// Only certificates of this body: SCHEME:ID, or the id alone
    #[arg(long, value_name = "BODY")]
    body: Option<String>,
    /// Only certificates to this standard: its designation without the edition, such as "GB 17761"
    #[arg(long, value_name = "DESIGNATION")]
    standard: Option<String>,
    /// Only to this edition of the standard, such as 2018
    #[arg(long, value_name = "EDITION", requires = "standard")]
    edition: Option<String>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Carries out, or previews, and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let order = order(arguments)?;
    let gateway = arguments.configuration.open()?;
    let bar = terminal::progress(0, "certificates");
    let mut show = |progress: BulkProgress| {
        bar.set_length(progress.of);
        bar.set_position(progress.done);
        bar.set_message(match progress.phase {
            BulkPhase::Staging => "looked at",
            BulkPhase::Settling => "settled",
        });
    };
    let outcome = if arguments.dry_run {
        preview(&gateway, &order, &mut show, arguments.json, &bar)
    } else {
        apply(&gateway, &order, &mut show, arguments.json, &bar)
    };
    bar.finish_and_clear();
    match outcome {
        Ok(code) => Ok(code),
        Err(error @ RegistryError::BulkUnderWay(_)) => {
            terminal::aside(format!("certbridge: {error} (certbridge bulk drop ID)"));
            Ok(ExitCode::from(FINDINGS))
        }
        Err(error) => Err(Failure::environment(&error)),
    }
}

fn order(arguments: &Arguments) -> Result<BulkOrder, Failure> {
    let status: StatusValue = word("--set", &arguments.set)?;
    if arguments.until.is_some() && status != StatusValue::Suspended {
        return Err(Failure::Usage("--until is the announced end of a suspension".into()));
    }
    if arguments.until.is_some_and(|until| until < arguments.from) {
        return Err(Failure::Usage("--until is before --from".into()));
    }
    if arguments.basis.trim().is_empty() {
        return Err(Failure::Usage("--basis is empty".into()));
    }
    let condition = Condition {
        rule: arguments.rule.clone(),
        product: arguments.product.clone(),
        body: arguments.body.clone(),
        standard: arguments.standard.clone(),
        edition: arguments.edition.clone(),
    };
    condition.check().map_err(|error| {
        Failure::Usage(format!("{error}: --rule, --product, --body, --standard and --edition set one"))
    })?;
    Ok(BulkOrder {
        act: StatusEntry {
            id: String::new(),
            status: Some(status),
            claimed: None,
            affected_scope: None,
            from: Some(arguments.from),
            until: arguments.until,
            reason: arguments.reason.reason()?,
            decided_on: arguments.decided,
            reported_on: None,
            observed_at: None,
            decided_by: arguments.decided_by.clone(),
            corrects: None,
            residue: Residue::default(),
        },
        condition,
        basis: arguments.basis.trim().to_owned(),
    })
}

fn preview(
    gateway: &Gateway,
    order: &BulkOrder,
    show: &mut dyn FnMut(BulkProgress),
    as_json: bool,
    bar: &indicatif::ProgressBar,
) -> Result<ExitCode, RegistryError> {
    let preview = gateway.registry().bulk_preview(order, gateway.exchange.today(), EXAMPLES, show)?;
    bar.finish_and_clear();
    if as_json {
        terminal::json(&json!({
            "dryRun": true, "event": preview.event, "condition": order.condition, "members": preview.members,
            "examples": preview.examples, "told": preview.told, "skipped": preview.skipped,
            "skippedByReason": by_reason(&preview.skipped).iter().map(|(skip, all)| (code(*skip), all.len())).collect::<BTreeMap<_, _>>(),
        }));
    } else {
        terminal::line(format!("{}: {}", order.condition, preview.event));
        terminal::line(format!("  将变更 {0} 张证书 / {0} certificates would be {1}", preview.members, act(order)));
        for subject in &preview.examples {
            terminal::line(format!("    {subject}"));
        }
        if preview.members > preview.examples.len() as u64 {
            terminal::line("    …");
        }
        tell_skipped(&preview.skipped);
        for (partner, told) in &preview.told {
            terminal::line(format!("  {partner}: {} by a notice, {} each by itself", told.by_notice, told.each));
        }
        terminal::line("  未写入任何内容 / nothing was written");
    }
    Ok(if preview.members > 0 { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

fn apply(
    gateway: &Gateway,
    order: &BulkOrder,
    show: &mut dyn FnMut(BulkProgress),
    as_json: bool,
    bar: &indicatif::ProgressBar,
) -> Result<ExitCode, RegistryError> {
    let outcome = gateway.registry().bulk_apply(order, gateway.exchange.today(), show)?;
    bar.finish_and_clear();
    if as_json {
        terminal::json(&outcome);
    } else if outcome.before {
        terminal::line(format!(
            "{}: 已于 {} 生效，未重复执行 / in effect since then, nothing was done again ({} certificates)",
            outcome.event, outcome.effective_at, outcome.members
        ));
    } else {
        terminal::line(format!("{}: {}", order.condition, outcome.event));
        terminal::line(format!(
            "  {0} 张证书自 {1} 起同时变更 / {0} certificates {2}, all of them at {1}",
            outcome.members,
            outcome.effective_at,
            act(order)
        ));
        tell_skipped(&outcome.skipped);
        terminal::line(format!(
            "  {} notices and {} messages about single certificates to partners",
            outcome.notices, outcome.messages
        ));
    }
    let nothing = !outcome.before && outcome.members == 0;
    Ok(if nothing { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn act(order: &BulkOrder) -> &'static str {
    order.act.status.map_or("", StatusValue::code)
}

fn by_reason(skipped: &[Skipped]) -> BTreeMap<Skip, Vec<&Skipped>> {
    let mut reasons: BTreeMap<Skip, Vec<&Skipped>> = BTreeMap::new();
    for one in skipped {
        reasons.entry(one.reason).or_default().push(one);
    }
    reasons
}

fn code(skip: Skip) -> String {
    serde_json::to_value(skip).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn tell_skipped(skipped: &[Skipped]) {
    for (skip, all) in by_reason(skipped) {
        let (zh, en) = skip.texts();
        terminal::line(format!("  {} 张未变更：{zh} / {} left as they are: {en}", all.len(), all.len()));
        for one in all.iter().take(EXAMPLES) {
            terminal::line(format!("    {}", one.subject));
        }
        if all.len() > EXAMPLES {
            terminal::line("    …");
        }
    }
}
