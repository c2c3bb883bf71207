//! Invented names, places and trades. Every body, company and person is fictive; places and their codes are real,
//! streets are not.

/// A certification body that does not exist: approvals of the years 2098 and 2099.
pub(super) struct Body {
    pub(super) approval: &'static str,
    /// First three digits of its certificate numbers.
    pub(super) prefix: &'static str,
    /// Digits 5 and 6 of its CCC numbers.
    pub(super) ccc: &'static str,
    pub(super) name: &'static str,
    /// Its accreditation number, if it is accredited.
    pub(super) accreditation: Option<&'static str>,
}

pub(super) const BODIES: &[Body] = &[
    Body {
        approval: "CNCA-R-2098-101",
        prefix: "951",
        ccc: "85",
        name: "虚拟桥认证有限公司",
        accreditation: Some("CNAS C951-M"),
    },
    Body {
        approval: "CNCA-R-2098-102",
        prefix: "952",
        ccc: "86",
        name: "演示质量认证中心",
        accreditation: Some("CNAS C952-M"),
    },
    Body {
        approval: "CNCA-RF-2098-03",
        prefix: "953",
        ccc: "87",
        name: "范本国际认证（示例）有限公司",
        accreditation: None,
    },
];

/// A place: province, city and district with the division code, postal code, area code and English name.
pub(super) struct City {
    pub(super) place: &'static str,
    pub(super) short: &'static str,
    pub(super) division: &'static str,
    pub(super) postal: &'static str,
    pub(super) dial: &'static str,
    pub(super) english: &'static str,
}

pub(super) const CITIES: &[City] = &[
    City {
        place: "浙江省宁波市鄞州区",
        short: "宁波",
        division: "330212",
        postal: "315100",
        dial: "0574",
        english: "Ningbo",
    },
    City {
        place: "广东省深圳市宝安区",
        short: "深圳",
        division: "440306",
        postal: "518101",
        dial: "0755",
        english: "Shenzhen",
    },
    City {
        place: "广东省佛山市顺德区",
        short: "佛山",
        division: "440606",
        postal: "528300",
        dial: "0757",
        english: "Foshan",
    },
    City {
        place: "江苏省苏州市吴中区",
        short: "苏州",
        division: "320506",
        postal: "215128",
        dial: "0512",
        english: "Suzhou",
    },
    City {
        place: "山东省青岛市黄岛区",
        short: "青岛",
        division: "370211",
        postal: "266555",
        dial: "0532",
        english: "Qingdao",
    },
    City {
        place: "四川省成都市双流区",
        short: "成都",
        division: "510116",
        postal: "610200",
        dial: "028",
        english: "Chengdu",
    },
];

pub(super) const FANCY: &[(&str, &str)] = &[
    ("星渡", "Xingdu"),
    ("云桥", "Yunqiao"),
    ("远帆", "Yuanfan"),
    ("海棠", "Haitang"),
    ("青禾", "Qinghe"),
    ("明川", "Mingchuan"),
    ("嘉木", "Jiamu"),
    ("北辰", "Beichen"),
];

pub(super) const STREETS: &[&str] = &["演示路", "样张大道", "虚设街", "示意北路", "假定巷"];

pub(super) const PEOPLE: &[&str] =
    &["样一宁", "拟思远", "虚明哲", "测安和", "例知行", "样若谷", "拟景瑜", "虚怀清", "测子衿"];

/// A trade: GB/T 4754 class, business scope code, what is made, in Chinese and English.
pub(super) struct Trade {
    pub(super) class: &'static str,
    pub(super) scope: &'static str,
    pub(super) product: &'static str,
    pub(super) english: &'static str,
}

pub(super) const TRADES: &[Trade] = &[
    Trade {
        class: "3852",
        scope: "19.05.01",
        product: "家用空气调节器的设计、生产和服务",
        english: "Household Appliance",
    },
    Trade {
        class: "3562", scope: "19.09.02", product: "半导体器件专用设备的设计和制造", english: "Electronics"
    },
    Trade { class: "2929", scope: "14.02.04", product: "塑料制品的生产和销售", english: "Plastics" },
    Trade { class: "3360", scope: "17.10.02", product: "金属表面处理及热处理加工", english: "Metal Works" },
    Trade {
        class: "6510", scope: "33.02.01", product: "应用软件的设计开发和技术服务", english: "Software"
    },
    Trade { class: "1432", scope: "03.01.06", product: "速冻食品的生产", english: "Foods" },
];

/// A management-system item: code, letter in the certificate number, criteria.
pub(super) struct Item {
    pub(super) code: &'static str,
    pub(super) letter: &'static str,
    pub(super) criteria: &'static str,
}

pub(super) const ITEMS: &[Item] = &[
    Item { code: "A010101", letter: "Q", criteria: "GB/T 19001-2016 / ISO 9001:2015" },
    Item { code: "A020101", letter: "E", criteria: "GB/T 24001-2016 / ISO 14001:2015" },
    Item { code: "A0301", letter: "S", criteria: "GB/T 45001-2020 / ISO 45001:2018" },
    Item { code: "A0501", letter: "IS", criteria: "GB/T 22080-2025 / ISO/IEC 27001:2022" },
];

/// A CCC class: code, class name, unit, criteria, rule, a prefix of its models.
pub(super) struct CccClass {
    pub(super) code: &'static str,
    pub(super) class: &'static str,
    pub(super) unit: &'static str,
    pub(super) criteria: &'static str,
    pub(super) model: &'static str,
}

pub(super) const CCC_CLASSES: &[CccClass] = &[
    CccClass {
        code: "0703",
        class: "空调器",
        unit: "分体热泵型房间空气调节器",
        criteria: "GB 4706.1-2005；GB 4706.32-2012；GB 4343.1-2018；GB 17625.1-2022",
        model: "KFR",
    },
    CccClass {
        code: "0914",
        class: "移动电源",
        unit: "移动电源",
        criteria: "GB 4943.1-2022；GB 31241-2022",
        model: "PB",
    },
    CccClass {
        code: "0713",
        class: "电饭锅",
        unit: "微电脑电饭锅",
        criteria: "GB 4706.1-2005；GB 4706.19-2008",
        model: "CFXB",
    },
];
