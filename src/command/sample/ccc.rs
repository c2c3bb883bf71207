//! Compulsory product certificates (CCC), flat and nested.

use rand::{Rng, RngCore};
use serde_json::{Map, Value, json};

use crate::clock::Day;

use super::names::{BODIES, CCC_CLASSES};
use super::party::Party;
use super::{Row, compact, later};

/// Titles of the flat form, in their order.
pub(super) const TITLES: [&str; 28] = [
    "证书编号",
    "证书状态",
    "颁证日期",
    "证书到期日期",
    "初次获证日期",
    "信息上报日期",
    "变更日期",
    "认证依据的标准和技术要求",
    "产品类别",
    "产品名称及单元(主)",
    "产品名称及单元(次)",
    "规格型号",
    "认证委托人名称",
    "认证委托人统一社会信用代码",
    "认证委托人国别地区",
    "认证委托人地址",
    "生产者名称",
    "生产者统一社会信用代码",
    "生产者国别地区",
    "生产者地址",
    "生产企业名称",
    "生产企业统一社会信用代码",
    "生产企业国别地区",
    "生产企业地址",
    "发证机构名称",
    "发证机构批准号",
    "发证机构有效期",
    "发证机构状态",
];

/// Parties that the nested form groups.
const PARTIES: [&str; 3] = ["认证委托人", "生产者", "生产企业"];

/// The certificate with this place in a sample, flat.
pub(super) fn invent(index: usize, on: Day, random: &mut dyn RngCore) -> Row {
    let body = &BODIES[index % 2];
    let class = &CCC_CLASSES[index % CCC_CLASSES.len()];
    let holder = Party::invent(random);
    let factory = Party::invent(random);
    let (status, issued) = match index % 15 {
        5 => ("暂停", later(on, -400)),
        9 => ("撤销", later(on, -500)),
        12 => ("注销", later(on, -600)),
        14 => ("过期失效", later(on, -(5 * 365 + 90))),
        _ => ("有效", later(on, -random.random_range(40..900))),
    };
    let until = later(issued, 5 * 365);
    let year = &compact(issued)[..4];
    let number = format!("{year}{}{}{:06}", body.ccc, class.code, 700_000 + index);
    let models: Vec<String> = (0..random.random_range(3..8))
        .map(|place| {
            format!("{}-{}{}", class.model, [25, 32, 35, 50, 72][place % 5], ["GW", "LW", "Q", "P"][place % 4])
        })
        .collect();

    let mut row = Row::of(&TITLES);
    row.set("证书编号", number);
    row.set("证书状态", status);
    row.set("颁证日期", issued.to_string());
    row.set("证书到期日期", until.to_string());
    row.set("初次获证日期", issued.to_string());
    row.set("信息上报日期", later(issued, 5).to_string());
    if matches!(status, "暂停" | "撤销" | "注销") {
        row.set("变更日期", later(on, -30).to_string());
    }
    row.set("认证依据的标准和技术要求", class.criteria);
    row.set("产品类别", class.class);
    row.set("产品名称及单元(主)", class.unit);
    row.set("规格型号", models.join("，"));
    for (title, party) in PARTIES.iter().zip([&holder, &holder, &factory]) {
        row.set(&format!("{title}名称"), &party.name);
        row.set(&format!("{title}统一社会信用代码"), &party.code);
        row.set(&format!("{title}国别地区"), "中国");
        row.set(&format!("{title}地址"), &party.address);
    }
    row.set("发证机构名称", body.name);
    row.set("发证机构批准号", body.approval);
    row.set("发证机构有效期", "2029-12-31");
    row.set("发证机构状态", "有效");
    row
}

/// The same certificate with its parties as objects.
pub(super) fn nest(row: &Row) -> Value {
    let mut object = Map::new();
    for (title, value) in row.cells() {
        match PARTIES.iter().find_map(|party| title.strip_prefix(party).map(|field| (*party, field))) {
            Some((party, field)) => {
                object.entry(party).or_insert_with(|| json!({}))[field] = value.into();
            }
            None => {
                object.insert(title.to_owned(), value.into());
            }
        }
    }
    Value::Object(object)
}

/// A defect for the certificate with this place, in about every sixth: what people get wrong.
pub(super) fn soil(index: usize, row: &mut Row) {
    let number = row.value("证书编号").to_owned();
    match (index % 6, index / 6 % 4) {
        (2, 0) => row.set("证书编号", number.replacen('0', "O", 1)),
        (2, 1) => row.set("证书编号", format!("{number} ")),
        (2, 2) => row.set("认证委托人统一社会信用代码", format!("{}0", &row.value("认证委托人统一社会信用代码")[..17])),
        (2, _) => row.set("产品名称及单元(主)", format!("\u{200b}{}", row.value("产品名称及单元(主)"))),
        _ => {}
    }
}
