//! A partner's new CA beside its old one: each counts within its window.

use certbridge::crypto::KeyWindow;
use certbridge::tls::pki::Leaf;
use certbridge::trust::{Anchors, PartyTrust, Refusal, Role, Verdict, judge};

use crate::{authority, chain, day, issue, list, lists, now, party, request};

fn anchors(pem: &str, from: Option<i64>, until: Option<i64>) -> Anchors {
    let window = KeyWindow { not_before: from.map(day), not_after: until.map(day) };
    Anchors::from_pem(pem.as_bytes()).expect("anchors").within(window)
}

#[test]
fn a_new_ca_stands_beside_the_old_one_each_within_its_window() {
    // Both bear one name, as a CA does that only changes its key.
    for name in ["NZ CA", "NZ CA of 2027"] {
        let (old, new) = (authority("NZ CA"), authority(name));
        let (of_old, of_new) = (issue(&old, &request()), issue(&new, &request()));
        let with = |old_until, new_from| PartyTrust {
            anchors: anchors(old.certificate_pem(), None, old_until).and(anchors(
                new.certificate_pem(),
                new_from,
                None,
            )),
            revocations: lists(&format!("{}{}", list(&old, &[]), list(&new, &[]))),
            ..party(&old)
        };
        let judged = |leaf: &Leaf, party: &PartyTrust| judge(&chain(leaf), party, Role::Client, now(), 1);
        let both = with(Some(2), Some(-2));
        assert_eq!(judged(&of_old, &both).map(|Verdict { holds_until, .. }| holds_until), Ok(day(2)), "{name}");
        assert_eq!(judged(&of_new, &both).map(|Verdict { holds_until, .. }| holds_until), Ok(day(6)), "{name}");
        let over = judged(&of_old, &with(Some(-1), Some(-2)));
        assert!(matches!(over, Err(Refusal::AuthorityOver { until, .. }) if until == day(-1)), "{name}: {over:?}");
        let not_yet = judged(&of_new, &with(Some(2), Some(1)));
        assert!(matches!(not_yet, Err(Refusal::AuthorityNotYet { from, .. }) if from == day(1)), "{name}: {not_yet:?}");
        // A stranger's CA of the same name is neither.
        let of_stranger = issue(&authority("NZ CA"), &request());
        let stranger = judged(&of_stranger, &with(Some(-1), Some(-2)));
        assert!(matches!(stranger, Err(Refusal::BadSignature { .. } | Refusal::UnknownIssuer { .. })), "{stranger:?}");
        // A list of the CA that is given up does not vouch for the other one.
        let one_list = PartyTrust { revocations: lists(&list(&old, &[])), ..with(Some(2), Some(-2)) };
        let missing = judged(&of_new, &one_list);
        assert!(
            matches!(missing, Err(Refusal::RevocationListMissing { .. } | Refusal::RevocationListUnusable { .. })),
            "{name}: {missing:?}"
        );
    }
}
