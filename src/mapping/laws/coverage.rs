//! What the cases reach: every rule, step, alternative and condition of every crosswalk, in each direction that it has.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::super::fired::{self, Way};
use super::super::parts::Parts;
use super::bundled::{lens, strategy};
use crate::format::Catalogue;

/// Parts that no case can reach, with the reason.
const UNREACHED: [(&str, &str); 1] = [(
    "untp-dia@0.7.0 Get: rule key.issuer",
    "alternatives behind the first are written only where no base URI is given, as a golden pair does; the cases have one",
)];

#[test]
fn the_cases_reach_every_rule_step_and_condition_of_every_crosswalk() {
    let mut missing = Vec::new();
    for format in Catalogue::bundled().formats() {
        let lens = lens(format.crosswalk());
        let parts = Parts::of(&lens.crosswalk.plan);
        let strategy = strategy(format.crosswalk());
        let mut runner = TestRunner::deterministic();
        let wanted = |fired: &std::collections::HashSet<(usize, Way)>| {
            let mut left = Vec::new();
            for part in &parts {
                for way in part.ways.iter().filter(|way| !fired.contains(&(part.address, **way))) {
                    left.push(format!("{} {way:?}: {}", format.id(), part.name));
                }
            }
            left
        };
        let mut all = std::collections::HashSet::new();
        let mut cases = 0;
        fired::take();
        while cases < 1500 {
            cases += 1;
            let case = strategy.new_tree(&mut runner).expect("a case").current();
            let put = lens.put(&case["stored"], &lens.written(&case["document"]));
            for record in [&put.record, &case["stored"]] {
                if *record != json!({}) {
                    let exact = lens.get(record, &put.issue, true);
                    lens.put(record, &exact.document);
                }
            }
            all.extend(fired::take());
            if cases % 50 == 0 && wanted(&all).is_empty() {
                break;
            }
        }
        let ways: usize = parts.iter().map(|part| part.ways.len()).sum();
        let left = wanted(&all);
        eprintln!("{}: {} of {ways} ways of {} parts in {cases} cases", format.id(), ways - left.len(), parts.len());
        missing.extend(left);
    }
    missing.retain(|part| !UNREACHED.iter().any(|(known, _)| part.contains(known)));
    assert!(missing.is_empty(), "no case reaches\n{}", missing.join("\n"));
}
