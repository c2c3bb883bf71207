//! The change feed: a partner that asks is told everything that concerns it, once, in order, and nothing else.

use reqwest::Client;
use serde_json::Value;

use crate::caller::{client, read};
use crate::house::{Credentials, House, NZ, alone};
use crate::papers::{ccc, ccc_key};

const NUMBERS: [&str; 3] = ["2024800703226336", "2024800703226337", "2024800703226338"];

async fn ask(client: &Client, house: &House, query: &str) -> (u16, Value) {
    read(client.get(format!("{}/exchange/v1/changes{query}", house.address())).send().await.unwrap()).await
}

/// A house with a partner that pulls; three certificates and a suspension, and one certificate of another class.
fn told() -> (House, Credentials, Client) {
    let (mut cn, nz) = alone();
    cn.rewrite(NZ, |entry| {
        entry.insert("delivery".into(), "pull".into());
        entry.insert("subscription".into(), toml::from_str::<toml::Table>("products = ['0703']").unwrap().into());
    });
    for number in NUMBERS {
        cn.registers("cnca-ccc@1", &ccc(number));
    }
    let other = "2024801501226339";
    cn.registers("cnca-ccc@1", &ccc(other));
    cn.acts(&ccc_key(NUMBERS[0]), "suspended", "2026-01-15");
    cn.acts(&ccc_key(other), "suspended", "2026-01-15");
    let client = client(&cn, Some(&nz.leaf), true);
    (cn, nz, client)
}

fn rows(page: &Value) -> Vec<(u64, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let changes = page["changes"].as_array().unwrap_or_else(|| panic!("{page:#}"));
    changes.iter().map(|row| (row["index"].as_u64().unwrap(), text(row, "subject"), text(row, "face"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_tells_what_concerns_the_partner_and_pages_leave_nothing_out() {
    let (cn, _, client) = told();
    assert!(cn.outbox().is_empty(), "nothing is kept for a partner that pulls");
    let (status, whole) = ask(&client, &cn, "").await;
    assert_eq!(status, 200, "{whole:#}");
    let subject = |number: &str| ccc_key(number).to_string();
    let wanted = vec![
        (0, subject(NUMBERS[0]), "certificate".to_owned()),
        (1, subject(NUMBERS[1]), "certificate".to_owned()),
        (2, subject(NUMBERS[2]), "certificate".to_owned()),
        (4, subject(NUMBERS[0]), "status".to_owned()),
    ];
    assert_eq!(rows(&whole), wanted);
    assert_eq!((&whole["next"], &whole["more"]), (&6.into(), &false.into()), "past what does not concern it");
    let [first, .., last] = whole["changes"].as_array().unwrap().as_slice() else { panic!("{whole:#}") };
    assert!(first["document"]["proof"].is_object(), "the same signed credential that would be sent");
    assert_eq!(last["document"]["history"].as_array().map(Vec::len), Some(2));

    let (mut after, mut paged) = (0, Vec::new());
    loop {
        let (_, page) = ask(&client, &cn, &format!("?after={after}&limit=1")).await;
        paged.extend(rows(&page));
        let next = page["next"].as_u64().unwrap();
        assert!(next > after, "it goes on");
        after = next;
        if page["more"] == false {
            break;
        }
    }
    assert_eq!((paged, after), (wanted, 6));
    let (_, none) = ask(&client, &cn, "?after=6").await;
    assert_eq!((rows(&none).len(), &none["next"]), (0, &6.into()));
    cn.acts(&ccc_key(NUMBERS[1]), "withdrawn", "2026-02-01");
    let (_, news) = ask(&client, &cn, "?after=6").await;
    assert_eq!(rows(&news), [(6, subject(NUMBERS[1]), "status".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_for_entitled_partners_and_for_cursors_of_this_ledger() {
    let (mut cn, _, client) = told();
    for query in ["?after=7", "?after=-1", "?after=x", "?before=1", "?form=xml"] {
        let (status, answer) = ask(&client, &cn, query).await;
        assert_eq!(status, 400, "{query}: {answer:#}");
    }
    cn.rewrite(NZ, |entry| {
        entry.remove("subscription");
    });
    assert_eq!(ask(&client, &cn, "").await.0, 403, "its agreement names nothing that it gets");
    cn.rewrite(NZ, |entry| {
        entry.insert("subscription".into(), toml::Table::new().into());
    });
    assert_eq!(ask(&client, &cn, "").await.0, 200);
    cn.rewrite(NZ, |entry| {
        let suspended = "since = '2026-01-01T00:00:00Z'\nreason = 'key lost'";
        entry.insert("suspended".into(), toml::from_str::<toml::Table>(suspended).unwrap().into());
    });
    let (status, answer) = ask(&client, &cn, "").await;
    assert_eq!((status, &answer["findings"][0]["code"]), (403, &"trust/suspended".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_csv_tells_the_plain_facts_and_no_formula() {
    let (cn, _, client) = told();
    let mut formula = ccc("2024800703226340");
    formula["认证委托人"]["名称"] = "=1+1有限公司".into();
    cn.registers("cnca-ccc@1", &formula);
    let url = format!("{}/exchange/v1/changes", cn.address());
    let answer = client.get(url).header("accept", "text/csv").send().await.unwrap();
    assert_eq!(answer.headers()["certbridge-cursor"], "7");
    let text = answer.text().await.unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let titles = reader.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let cell = |line: usize, title: &str| {
        lines[line].get(titles.iter().position(|own| own == title).unwrap()).unwrap().to_owned()
    };
    assert_eq!(lines.len(), 5, "{text}");
    assert_eq!((cell(0, "number").as_str(), cell(0, "issuer").as_str()), (NUMBERS[0], "CNCA-R-2099-001"));
    assert_eq!((cell(0, "status").as_str(), cell(3, "status").as_str()), ("valid", "suspended"));
    assert_eq!((cell(3, "face").as_str(), cell(3, "status_from").as_str()), ("status", "2026-01-15"));
    assert_eq!(cell(0, "models"), "KFR-25GW; KFR-35GW");
    assert!(cell(4, "holder_name").starts_with("'="), "{text}");
}
