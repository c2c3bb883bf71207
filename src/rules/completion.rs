//! What follows from what a source stated: standards and models from their texts, sectors, classes and editions from
//! codes and numbers. Completing twice changes nothing that completing once has not; nothing stated is overwritten.

use serde_json::Value;

use super::{items, models, output, standards};
use crate::record::{
    CategoryCode, Equivalent, Factory, Identifier, Kind, LangMap, Model, Product, ProductList, ProductRole, Record,
    Residue, Scheme, Sector, SectorList, Standard,
};

/// Completes a record. Texts are the carriers: where there is one, what was read from it before is read again, and what
/// a sender stated beside it stays.
pub fn complete(record: &mut Record) {
    from_assessments(record);
    standards_of(record);
    sectors(record);
    products(record);
    rule_edition(&mut record.scheme);
}

/// Completes a record that is still a tree, with what there is no [`Record`] without: the kind, from the item code, and the
/// number of an approval, which is the identifier of the body in the approval's own scheme.
pub fn complete_tree(record: &mut Value) {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let issuer = text("/key/issuer/scheme").zip(text("/key/issuer/value"));
    if let Some((scheme, value)) = issuer
        && let Some(approvals) = record.pointer_mut("/issuer/approvals").and_then(Value::as_array_mut)
    {
        for approval in approvals.iter_mut().filter_map(Value::as_object_mut) {
            if approval.get("scheme").and_then(Value::as_str) == Some(scheme.as_str()) {
                approval.entry("number").or_insert_with(|| Value::String(value.clone()));
            }
        }
    }
    let Some(object) = record.as_object_mut() else { return };
    if object.contains_key("kind") {
        return;
    }
    let of_scheme = |name: &str| object.get("scheme").and_then(|scheme| scheme.get(name)).and_then(Value::as_str);
    let kind = match (of_scheme("item_code"), of_scheme("uri")) {
        (Some(code), _) => kind_of_item(code),
        // A foreign attestation of which nothing is known is taken as one that no law of ours demands.
        (None, Some(uri)) => Some(kind_of_scheme(uri).unwrap_or(Kind::VoluntaryProduct)),
        (None, None) => None,
    };
    if let Some(kind) = kind {
        object.insert("kind".into(), Value::String(kind.code().into()));
    }
}

/// The fields that a field of the record is completed from, where a source did not state it: whoever has to mend it mends
/// one of those. Paths are as in findings (`products[0].models[2].pattern`).
#[must_use]
pub fn completed_from(path: &str) -> Vec<String> {
    let mut from = Vec::new();
    if let Some((product, part)) = path.strip_prefix("products[").and_then(|rest| rest.split_once("].")) {
        let field = part.split(['.', '[']).next().unwrap_or_default();
        match field {
            "models" => from.push(format!("products[{product}].models_text")),
            "output" => from.push(format!("products[{product}].output.text")),
            "category_codes" => from.push("key.number".to_owned()),
            _ => {}
        }
    }
    match path.split(['.', '[']).next().unwrap_or_default() {
        "standards" => from.extend(["standards_text".to_owned(), "claims.assessments".to_owned()]),
        "products" | "factories" => from.push("claims.assessments".to_owned()),
        "kind" => from.extend(["scheme.item_code".to_owned(), "scheme.uri".to_owned()]),
        "scheme" if path == "scheme.rule.edition" => from.push("scheme.rule.number".to_owned()),
        _ => {}
    }
    from
}

/// The kind of certificate that a scheme's URI tells, where it is written as a gateway writes it
/// (`{base}/schemes/ccc`, `{base}/schemes/A010101`, `{base}/schemes/compulsory-product`).
fn kind_of_scheme(uri: &str) -> Option<Kind> {
    let (_, name) = uri.rsplit_once("/schemes/")?;
    match name {
        "ccc" => Some(Kind::CompulsoryProduct),
        name => Kind::ALL.iter().copied().find(|kind| kind.code() == name).or_else(|| kind_of_item(name)),
    }
}

/// The kind of certificate that an item code is of: A management systems, B01 compulsory and B03 food and agricultural
/// products, other B voluntary products, C services.
#[must_use]
pub fn kind_of_item(code: &str) -> Option<Kind> {
    if !items::is_well_formed(code) {
        return None;
    }
    Some(match code.split_at(3).0 {
        "B01" => Kind::CompulsoryProduct,
        "B03" => Kind::FoodAgriculture,
        head if head.starts_with('A') => Kind::ManagementSystem,
        head if head.starts_with('B') => Kind::VoluntaryProduct,
        _ => Kind::Service,
    })
}

fn standards_of(record: &mut Record) {
    let Some(text) = &record.standards_text else { return };
    let mut earlier = std::mem::take(&mut record.standards);
    for read in standards::read(text) {
        let same = |standard: &Standard| standard.designation == read.designation && standard.edition == read.edition;
        let mut standard = match earlier.iter().position(same) {
            Some(index) => earlier.remove(index),
            None => Standard {
                designation: read.designation,
                edition: read.edition,
                raw: None,
                uri: None,
                scheme_name: None,
                equivalents: Vec::new(),
                residue: Residue::default(),
            },
        };
        standard.raw = Some(read.raw);
        for (designation, edition, relation) in read.equivalents {
            if !standard.equivalents.iter().any(|known| known.designation == designation && known.edition == edition) {
                standard.equivalents.push(Equivalent { designation, edition, relation, residue: Residue::default() });
            }
        }
        record.standards.push(standard);
    }
    // What a sender listed beside the text stays; what an earlier text said does not.
    record.standards.extend(earlier.into_iter().filter(|standard| standard.raw.is_none()));
}

/// The IAF code is what a business scope code of the form NN.NN.NN begins with. Other certification items number
/// their scopes otherwise.
fn sectors(record: &mut Record) {
    let codes: Vec<String> = record
        .sectors
        .iter()
        .filter(|sector| sector.list == SectorList::CncaScope)
        .filter_map(|sector| iaf_code(&sector.code))
        .collect();
    if codes.is_empty() {
        return;
    }
    let derived =
        |sector: &Sector| sector.list == SectorList::Iaf && sector.name.is_none() && sector.residue.is_empty();
    record.sectors.retain(|sector| !derived(sector) || codes.contains(&sector.code));
    for code in codes {
        if !record.sectors.iter().any(|sector| sector.list == SectorList::Iaf && sector.code == code) {
            record.sectors.push(Sector {
                list: SectorList::Iaf,
                version: None,
                code,
                name: None,
                residue: Residue::default(),
            });
        }
    }
}

fn iaf_code(scope: &str) -> Option<String> {
    let parts: Vec<&str> = scope.split('.').collect();
    let two_digits = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() != 3 || !parts.iter().all(two_digits) {
        return None;
    }
    let code: u8 = parts.first()?.parse().ok()?;
    (1..=39).contains(&code).then(|| code.to_string())
}

fn products(record: &mut Record) {
    for product in &mut record.products {
        if let Some(text) = &product.output.text {
            (product.output.value, product.output.unit) = output::read(text).unzip();
        }
        if let Some(text) = &product.models_text {
            let mut earlier = std::mem::take(&mut product.models);
            for read in models::read(text) {
                let residue = match earlier.iter().position(|model| model.pattern == read.pattern) {
                    Some(index) => earlier.swap_remove(index).residue,
                    None => Residue::default(),
                };
                product.models.push(Model { pattern: read.pattern, kind: read.kind, rating: read.rating, residue });
            }
        }
    }
    let Some(class) = catalogue_class(record) else { return };
    let main = record.products.iter().position(|product| product.role == ProductRole::Main).unwrap_or(0);
    let Some(product) = record.products.get_mut(main) else { return };
    if !product.category_codes.iter().any(|code| code.list == ProductList::CccCatalogue) {
        product.category_codes.push(CategoryCode {
            list: ProductList::CccCatalogue,
            version: None,
            code: class,
            residue: Residue::default(),
        });
    }
}

/// Class and subclass stand in the seventh to tenth of the sixteen digits.
fn catalogue_class(record: &Record) -> Option<String> {
    let number = record.key.number.as_deref()?;
    let plain = number.len() == 16 && number.bytes().all(|b| b.is_ascii_digit());
    let domestic = record.key.issuer.scheme.starts_with("cnca-");
    (record.kind == Kind::CompulsoryProduct && domestic && plain).then(|| number[6..10].to_owned())
}

/// `CNCA-QMS-01:2025` is the edition of 2025.
pub(super) fn rule_edition(scheme: &mut Scheme) {
    let Some(rule) = &mut scheme.rule else { return };
    if rule.edition.is_some() {
        return;
    }
    let edition =
        rule.number.as_deref().and_then(|number| number.rsplit_once([':', '：'])).map(|(_, edition)| edition.trim());
    let year = |text: &&str| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    rule.edition = edition.filter(year).map(str::to_owned);
}

/// A foreign sender lists standards, products and facilities by assessment: where the record has none of its own, they
/// are taken from there.
fn from_assessments(record: &mut Record) {
    let assessments = &record.claims.assessments;
    if record.standards.is_empty() && record.standards_text.is_none() {
        let mut standards: Vec<Standard> = Vec::new();
        for value in assessments.iter().flat_map(|assessment| &assessment.standards) {
            if let Some(standard) = standard_from(value)
                && !standards.iter().any(|s| s.designation == standard.designation && s.edition == standard.edition)
            {
                standards.push(standard);
            }
        }
        record.standards = standards;
    }
    if record.products.is_empty() {
        let mut products: Vec<Product> = Vec::new();
        for value in assessments.iter().flat_map(|assessment| &assessment.products) {
            if let Some(product) = product_from(value)
                && !products.contains(&product)
            {
                products.push(product);
            }
        }
        record.products = products;
    }
    if record.factories.is_empty() {
        let mut factories: Vec<Factory> = Vec::new();
        for value in assessments.iter().flat_map(|assessment| &assessment.facilities) {
            if let Some(factory) = factory_from(value)
                && !factories.contains(&factory)
            {
                factories.push(factory);
            }
        }
        record.factories = factories;
    }
}

/// A text under one of the names, in the value itself or in the object that it wraps.
fn text<'a>(value: &'a Value, wrapper: &str, names: &[&str]) -> Option<&'a str> {
    let inner = value.get(wrapper).filter(|inner| inner.is_object()).unwrap_or(value);
    names.iter().find_map(|name| inner.get(name)?.as_str()).filter(|text| !text.trim().is_empty())
}

fn standard_from(value: &Value) -> Option<Standard> {
    let uri = text(value, "standard", &["id"]).map(str::to_owned);
    let name = text(value, "standard", &["name"]).or(uri.as_deref())?;
    let read = standards::read(name).into_iter().next()?;
    // `raw` stays empty: it marks what was read from the text of the criteria.
    Some(Standard {
        designation: read.designation,
        edition: read.edition,
        raw: None,
        uri,
        scheme_name: None,
        equivalents: Vec::new(),
        residue: Residue::default(),
    })
}

/// The language of a foreign name is not stated: a name with Chinese characters is Chinese, any other goes as English.
fn named(name: &str) -> LangMap {
    let chinese = name.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}'));
    LangMap::of(if chinese { "zh" } else { "en" }, name)
}

fn product_from(value: &Value) -> Option<Product> {
    let uri = text(value, "product", &["id"]).map(str::to_owned);
    let name = text(value, "product", &["name"]).map(named);
    if uri.is_none() && name.is_none() {
        return None;
    }
    let models_text = text(value, "product", &["model", "model_number", "modelNumber"]).map(str::to_owned);
    let inner = value.get("product").filter(|inner| inner.is_object()).unwrap_or(value);
    let categories = inner.get("productCategory").and_then(Value::as_array).into_iter().flatten();
    Some(Product {
        role: ProductRole::Listed,
        name,
        unit: None,
        category: None,
        category_codes: categories.filter_map(category_from).collect(),
        models_text,
        models: Vec::new(),
        brand: None,
        gtin: None,
        uri,
        address: None,
        output: crate::record::Output::default(),
        annual_value: None,
        residue: Residue::default(),
    })
}

/// A class whose list is named as a gateway names it (`{base}/lists/ccc-catalogue`), or by its own name.
fn category_from(value: &Value) -> Option<CategoryCode> {
    let text = |name: &str| value.get(name)?.as_str().filter(|text| !text.trim().is_empty());
    let named = |name: &str| ProductList::ALL.iter().copied().find(|list| list.code() == name);
    let list = text("schemeId")
        .and_then(|uri| uri.rsplit('/').next())
        .and_then(named)
        .or_else(|| text("schemeName").and_then(|name| named(&name.to_lowercase())))?;
    Some(CategoryCode { list, version: None, code: text("code")?.to_owned(), residue: Residue::default() })
}

fn factory_from(value: &Value) -> Option<Factory> {
    let id = text(value, "facility", &["id"]).map(|uri| Identifier::new("uri", uri));
    let name = text(value, "facility", &["name"]).map(named);
    if id.is_none() && name.is_none() {
        return None;
    }
    let code = text(value, "facility", &["registered_id", "registeredId"]).map(str::to_owned);
    Some(Factory { id, name, code, ..Factory::default() })
}
