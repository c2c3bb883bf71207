//! Rows of a management-system report: 65 columns of the certificate sheet, 14 of the audit sheet.

use rand::{Rng, RngCore};

use crate::clock::Day;

use super::names::{BODIES, Body, ITEMS, Item, PEOPLE};
use super::party::{Party, pick};
use super::{Row, compact, later};

/// Titles of 证书信息表, in their order (reporting specification of 2015, revised 2021).
pub(super) const CERTIFICATE_TITLES: [&str; 65] = [
    "认证机构批准号",
    "实施审核的关键场所名称",
    "组织名称",
    "组织名称(英文)",
    "组织原名",
    "组织机构代码/统一社会信用代码",
    "所属行业",
    "所在国家和地区代码",
    "行政区划代码",
    "证书地址",
    "邮编",
    "联系电话",
    "传真",
    "法定代表人",
    "组织性质代码",
    "注册资本",
    "注册资本币种",
    "组织员工数",
    "体系相关员工数",
    "初次获证日期",
    "证书号码",
    "认证项目代码",
    "业务范围代码",
    "认证依据",
    "是否多现场",
    "多现场名称地址",
    "认证覆盖范围",
    "EC9000对应的QMS范围",
    "能源管理体系边界",
    "认证审核活动代码",
    "再认证次数",
    "监督次数",
    "审核开始日期",
    "审核结束日期",
    "审核人日数",
    "结合审核类型",
    "评定人员",
    "认证决定日期",
    "颁证日期",
    "证书到期日期",
    "证书状态",
    "暂停原因",
    "暂停开始时间",
    "暂停结束时间",
    "撤销原因",
    "撤销日期",
    "是否子证书",
    "主认证证书号",
    "变更日期",
    "变更类型代码",
    "是否换证",
    "换证日期",
    "换证原因",
    "原颁证机构名称",
    "原证书号",
    "认可号",
    "认可标志代码",
    "风险系数",
    "收费金额",
    "收费币种",
    "发票号",
    "证书附件文件名",
    "信息记录是否可公开",
    "取数开始时间",
    "取数结束时间",
];

/// Titles of 审核结果信息表, in their order.
pub(super) const AUDIT_TITLES: [&str; 14] = [
    "认证机构批准号",
    "证书编号",
    "审核开始时间",
    "审核阶段",
    "审核截止日期",
    "审核员姓名",
    "证件类型",
    "证件号码",
    "资格类型",
    "资格证书编号",
    "审核员身份角色",
    "是否专业审核员",
    "是否专职",
    "见证人/被见证人",
];

/// Titles of 能源绩效信息表, in their order.
pub(super) const ENERGY_TITLES: [&str; 9] = [
    "认证机构批准号",
    "证书编号",
    "组织名称",
    "统计期",
    "综合能源消费量(吨标准煤)",
    "单位产值综合能耗(吨标准煤/万元)",
    "单位产品综合能耗",
    "能源绩效改进量(吨标准煤)",
    "主要用能设备",
];

/// A certificate row with its audit rows.
pub(super) struct Reported {
    pub(super) certificate: Row,
    pub(super) audits: Vec<Row>,
}

/// What is planned for a row: every tenth or so is not simply valid.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    Valid,
    Suspended,
    Withdrawn,
    Cancelled,
    Expired,
}

impl Plan {
    fn of(index: usize) -> Self {
        match index % 20 {
            6 => Self::Suspended,
            11 => Self::Withdrawn,
            14 => Self::Cancelled,
            17 => Self::Expired,
            _ => Self::Valid,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Valid => "01",
            Self::Suspended => "02",
            Self::Withdrawn => "03",
            Self::Cancelled => "04",
            Self::Expired => "05",
        }
    }
}

/// The row with this place in a sample, and its audit rows.
pub(super) fn invent(index: usize, on: Day, random: &mut dyn RngCore) -> Reported {
    let body = pick(random, BODIES);
    let item = &ITEMS[index % ITEMS.len()];
    let party = Party::invent(random);
    let plan = Plan::of(index);
    let issued = match plan {
        Plan::Expired => later(on, -(3 * 365 + random.random_range(20..200))),
        // The first surveillance, which no row tells of, is not due yet.
        Plan::Valid => later(on, -random.random_range(60..330)),
        _ => later(on, -random.random_range(60..700)),
    };
    let until = later(issued, 3 * 365 - 1);
    let (cycle, activity) = if index % 3 == 1 { (random.random_range(1..5), "02") } else { (0, "01") };
    let number = format!(
        "{}{}{}{:05}R{cycle}{}",
        body.prefix,
        &compact(issued)[2..4],
        item.letter,
        1000 + index,
        ["S", "M", "L"][index % 3]
    );
    let audit_from = later(issued, -random.random_range(30..45));
    let audit_until = later(audit_from, random.random_range(1..4));
    let decided = later(audit_until, 12);
    let leader = random.random_range(0..PEOPLE.len());
    let audits = audits(body, &number, activity, (audit_from, audit_until), leader);

    let mut row = Row::of(&CERTIFICATE_TITLES);
    party_cells(&mut row, &party, body, item, random);
    row.set("初次获证日期", compact(later(issued, -3 * 365 * cycle)));
    row.set("证书号码", &number);
    row.set("认证审核活动代码", if plan == Plan::Valid { activity } else { "05" });
    row.set("再认证次数", cycle.to_string());
    row.set("监督次数", "0");
    row.set("审核开始日期", compact(audit_from));
    row.set("审核结束日期", compact(audit_until));
    row.set("审核人日数", format!("{:.1}", f64::from(random.random_range(4..30)) / 2.0));
    row.set("结合审核类型", "01");
    // Whoever audited does not decide.
    row.set("评定人员", [2, 5].map(|place| person(leader, place)).join("；"));
    row.set("认证决定日期", compact(decided));
    row.set("颁证日期", compact(issued));
    row.set("证书到期日期", compact(until));
    row.set("证书状态", plan.code());
    status_cells(&mut row, plan, on, until);
    row.set("是否子证书", "0");
    row.set("是否换证", "0");
    row.set("风险系数", ["01", "02", "03"][index % 3]);
    row.set("收费金额", (random.random_range(8..60) * 1000).to_string());
    row.set("收费币种", "156");
    row.set("发票号", format!("{:08}", random.random_range(1..99_999_999)));
    row.set("证书附件文件名", format!("{number}.pdf"));
    row.set("信息记录是否可公开", "1");
    row.set("取数开始时间", compact(later(on, -30)));
    row.set("取数结束时间", compact(on));
    let audits = if plan == Plan::Valid { audits } else { Vec::new() };
    Reported { certificate: row, audits }
}

fn party_cells(row: &mut Row, party: &Party, body: &Body, item: &Item, random: &mut dyn RngCore) {
    let covered = random.random_range(20..180);
    row.set("认证机构批准号", body.approval);
    row.set("实施审核的关键场所名称", body.name);
    row.set("组织名称", &party.name);
    row.set("组织名称(英文)", &party.english);
    row.set("组织机构代码/统一社会信用代码", &party.code);
    row.set("所属行业", party.trade.class);
    row.set("所在国家和地区代码", "156");
    row.set("行政区划代码", party.city.division);
    row.set("证书地址", &party.address);
    row.set("邮编", party.city.postal);
    row.set("联系电话", format!("{}-555{:05}", party.city.dial, random.random_range(0..99_999)));
    row.set("法定代表人", pick(random, PEOPLE).to_string());
    row.set("组织性质代码", "03");
    row.set("注册资本", (random.random_range(1..90) * 100).to_string());
    row.set("注册资本币种", "156");
    row.set("组织员工数", (covered + random.random_range(0..60)).to_string());
    row.set("体系相关员工数", covered.to_string());
    row.set("认证项目代码", item.code);
    row.set("业务范围代码", party.trade.scope);
    row.set("认证依据", item.criteria);
    row.set("是否多现场", "0");
    row.set("认证覆盖范围", party.trade.product);
    if let Some(number) = body.accreditation {
        row.set("认可号", number);
        row.set("认可标志代码", "CNAS");
    }
}

fn status_cells(row: &mut Row, plan: Plan, on: Day, until: Day) {
    match plan {
        Plan::Valid | Plan::Expired => {}
        Plan::Suspended => {
            row.set("暂停原因", "02");
            row.set("暂停开始时间", compact(later(on, -40)));
            row.set("暂停结束时间", compact(later(on, 50)));
        }
        Plan::Withdrawn => {
            row.set("撤销原因", "01");
            row.set("撤销日期", compact(later(on, -25)));
        }
        Plan::Cancelled => {
            row.set("变更日期", compact(later(on, -20).min(until)));
            row.set("变更类型代码", "97");
        }
    }
}

/// The person who comes so many places after another.
fn person(first: usize, place: usize) -> &'static str {
    PEOPLE[(first + place) % PEOPLE.len()]
}

fn audits(body: &Body, number: &str, activity: &str, (from, until): (Day, Day), leader: usize) -> Vec<Row> {
    let stages: &[(&str, Day, Day)] = if activity == "01" {
        &[("0101", from, from), ("0102", later(from, 1).min(until), until)]
    } else {
        &[("0201", from, until)]
    };
    let mut rows = Vec::new();
    for (stage, begin, end) in stages {
        for (place, role) in ["01", "02"].into_iter().enumerate() {
            let mut row = Row::of(&AUDIT_TITLES);
            let number_of = (leader + place) % PEOPLE.len();
            row.set("认证机构批准号", body.approval);
            row.set("证书编号", number);
            row.set("审核开始时间", compact(*begin));
            row.set("审核阶段", *stage);
            row.set("审核截止日期", compact(*end));
            row.set("审核员姓名", person(leader, place));
            row.set("证件类型", "01");
            row.set("证件号码", format!("99000019000101{number_of:03}X"));
            row.set("资格类型", "01");
            row.set("资格证书编号", format!("2098-N1QMS-9{number_of:06}"));
            row.set("审核员身份角色", role);
            row.set("是否专业审核员", if place == 0 { "1" } else { "0" });
            row.set("是否专职", "1");
            rows.push(row);
        }
    }
    rows
}

/// A defect for the certificate with this place, in about every sixth: what people get wrong.
pub(super) fn soil(index: usize, reported: &mut Reported) {
    const CODE: &str = "组织机构代码/统一社会信用代码";
    let row = &mut reported.certificate;
    if index % 6 != 3 {
        return;
    }
    match index / 6 % 8 {
        0 => row.set("组织名称", format!("{}\u{3000}", row.value("组织名称"))),
        1 => {
            let code = row.value(CODE);
            let wrong = if code.ends_with('0') { '1' } else { '0' };
            row.set(CODE, format!("{}{wrong}", &code[..17]));
        }
        2 => row.set("业务范围代码", format!("{};{}", row.value("业务范围代码"), "19.05.02")),
        3 => row.set("颁证日期", "20260230"),
        4 => row.set("证书号码", row.value("证书号码").to_lowercase()),
        5 => row.set("认证项目代码", "QMS"),
        6 => row.set("证书状态", "有效"),
        _ => row.set("证书状态", "07"),
    }
}
