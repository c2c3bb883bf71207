//! What one partner has brought in is another's only where the agreement names the issuer.

use certbridge::store::OutboxState;

use crate::caller::{client, read};
use crate::house::{AU, CN, CN_TERMS, Credentials, House, NZ, summary};
use crate::letter::Letter;
use crate::papers::{BODY, CCC, ccc, ccc_key, nz_key};

/// What Australia gets where it names whose certificates it wants.
fn naming_the_body() -> String {
    format!("[subscription]\nissuers = [{{scheme = 'register', value = '{BODY}'}}]\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_partner_brought_in_goes_to_another_only_where_the_issuer_is_named() {
    let (mut cn, mut au) = (House::open(CN), House::open(AU));
    let (cn_own, au_own, nz) = (cn.own.clone(), au.own.clone(), Credentials::make(NZ));
    let address = au.address();
    au.knows(CN, &cn_own, None, CN_TERMS);
    cn.knows(NZ, &nz, None, &format!("asserts = [{{scheme = 'register', value = '{BODY}'}}]"));
    cn.knows(AU, &au_own, Some(&address), "[subscription]\n");
    let theirs = client(&cn, Some(&nz.leaf), true);
    let told = async |cn: &House| {
        let asks = client(cn, Some(&au_own.leaf), true);
        let (_, page) = read(asks.get(format!("{}/exchange/v1/changes", cn.address())).send().await.unwrap()).await;
        let rows = page["changes"].as_array().unwrap();
        rows.iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    let letter = Letter::certificate(&nz, "NZ-1", 1);
    let (status, receipt) = letter.send(&theirs, &cn, &nz.message).await;
    assert_eq!((status, receipt["outcome"].as_str()), (200, Some("delivered")), "{receipt:#}");
    Letter::status("NZ-1", 2, "suspended", "2026-02-01").send(&theirs, &cn, &nz.message).await;
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.delivers().await;
    let sent = |cn: &House| {
        let mut sent: Vec<_> = cn.outbox().into_iter().filter(|entry| entry.partner.0 == AU.id).collect();
        sent.sort_by(|one, other| one.id.cmp(&other.id));
        sent.into_iter().map(|entry| (entry.subject, entry.state)).collect::<Vec<_>>()
    };
    let own = ccc_key(CCC).to_string();
    assert_eq!(sent(&cn), [(own.clone(), OutboxState::Delivered)], "{:#?}", summary(&cn.outbox()));
    assert_eq!(told(&cn).await, [own]);
    assert_eq!(au.record(&nz_key(BODY, "NZ-1")), None);

    // The agreement names the body, and at the other end we may speak for it.
    cn.knows(AU, &au_own, Some(&address), &naming_the_body());
    au.rewrite(CN, |entry| {
        let terms = format!("asserts = [{{scheme = 'register', value = '{BODY}'}}]");
        entry.extend(toml::from_str::<toml::Table>(&terms).unwrap());
    });
    let (_, receipt) = Letter::certificate(&nz, "NZ-2", 1).send(&theirs, &cn, &nz.message).await;
    assert_eq!(receipt["outcome"], "delivered", "{receipt:#}");
    cn.delivers().await;
    assert_eq!(sent(&cn).len(), 2, "{:#?}", summary(&cn.outbox()));
    assert_eq!(au.owner(&nz_key(BODY, "NZ-2")).as_deref(), Some("partner:cn-registry"));
    let key = |number: &str| nz_key(BODY, number).to_string();
    assert_eq!(
        told(&cn).await,
        [key("NZ-1"), key("NZ-1"), key("NZ-2")],
        "the feed tells what was covered before as well"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_terms_have_another_digest() {
    let (mut cn, nz) = crate::house::alone();
    let asks = client(&cn, Some(&nz.leaf), true);
    let digest = async |cn: &House| {
        let (_, page) = read(asks.get(format!("{}/exchange/v1/changes", cn.address())).send().await.unwrap()).await;
        page["subscription"].as_str().unwrap_or_else(|| panic!("{page:#}")).to_owned()
    };
    let classes = |cn: &mut House, classes: &[&str]| {
        let classes = toml::Value::from(classes.iter().map(|class| (*class).to_owned()).collect::<Vec<_>>());
        cn.rewrite(NZ, |entry| {
            entry["agreement"].as_table_mut().unwrap().insert("data_classes".into(), classes);
        });
    };
    let mut digests = vec![digest(&cn).await];
    classes(&mut cn, &["certificates"]);
    digests.push(digest(&cn).await);
    classes(&mut cn, &["certificates", "status"]);
    digests.push(digest(&cn).await);
    classes(&mut cn, &["status", "certificates"]);
    assert_eq!(digest(&cn).await, digests[2], "in whatever order they are written");
    cn.rewrite(NZ, |entry| drop(entry.insert("asserts".into(), toml::Value::Array(Vec::new()))));
    digests.push(digest(&cn).await);
    cn.rewrite(NZ, |entry| {
        entry["subscription"].as_table_mut().unwrap().insert("accredited_only".into(), true.into());
    });
    digests.push(digest(&cn).await);
    let different: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(different.len(), 5, "{digests:?}");
}
