//! What a partner never gets: the bytes of every message, with its receipt, hold nothing that is for this house alone.

use serde_json::json;

use crate::house::pair;

/// A row of the report with a word of its own in each field that stays at home, and in members that no rule reads.
fn row() -> (serde_json::Value, Vec<String>) {
    let mut row = json!({
        "认证机构批准号": "CNCA-R-2099-001", "证书号码": "90126Q00009R0S", "组织名称": "示例机械有限公司",
        "组织机构代码/统一社会信用代码": "91350100M000100Y43", "所在国家和地区代码": "156", "证书地址": "样本路1号",
        "认证项目代码": "A010101", "业务范围代码": "18.01.01", "认证依据": "GB/T 19001-2016", "认证覆盖范围": "水泵制造",
        "颁证日期": "20261003", "证书到期日期": "20291002", "证书状态": "01", "信息记录是否可公开": "1",
        "是否多现场": "0", "是否子证书": "0", "是否换证": "0", "认证决定日期": "20260909",
    });
    let texts = [
        "联系电话",
        "传真",
        "法定代表人",
        "组织性质代码",
        "注册资本币种",
        "评定人员",
        "收费币种",
        "发票号",
        "内部备注",
    ];
    let numbers = ["注册资本", "收费金额"];
    let mut words = Vec::new();
    for (at, title) in texts.iter().enumerate() {
        words.push(format!("Zq77{at:02}"));
        row[*title] = format!("Zq77{at:02}").into();
    }
    for (at, title) in numbers.iter().enumerate() {
        words.push(format!("9182736{at:02}"));
        row[*title] = format!("9182736{at:02}").into();
    }
    (row, words)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_this_house_alone_is_in_no_byte_that_a_partner_gets() {
    let (cn, nz) = pair();
    let (row, words) = row();
    let registered = cn.registers("cnca-report@2016", &row);
    assert_eq!(registered.messages, 1);
    cn.delivers().await;
    let outbox = cn.outbox();
    assert_eq!(outbox.len(), 1);
    let entry = &outbox[0];
    let sent = [&entry.body, &entry.frozen, &entry.receipt].into_iter().flatten();
    let mut bytes: Vec<Vec<u8>> = sent.cloned().collect();
    assert!(bytes.len() > 1, "what was sent, and the receipt");
    for event in nz.events() {
        bytes.push(format!("{event:?}").into_bytes());
    }
    for bytes in &bytes {
        let text = String::from_utf8_lossy(bytes);
        for word in &words {
            let hidden = [word.clone(), hex::encode(word), hex::encode_upper(word)];
            assert!(!hidden.iter().any(|word| text.contains(word.as_str())), "{word} in {text}");
        }
    }
    assert!(String::from_utf8_lossy(&bytes[0]).contains("90126Q00009R0S"), "the certificate itself went");
}
