//! The question of a customs system: read, or refused at every place that is wrong with it.

use certbridge::registry::verification::{Limits, read};

use super::{Target, json, told};
use crate::mutation::Shape;

pub(crate) const TARGET: Target = Target {
    name: "verification",
    hold,
    seeds: || vec![QUESTION.as_bytes().to_vec()],
    shape: Shape::Text(json::TOKENS),
    inputs: 6_000,
    most_bytes: 8 << 10,
};

const QUESTION: &str = "{\"requestId\":\"Q1\",\"declarationId\":\"26NZ0000012345\",\"goodsItem\":[{\"sequenceNumeric\":1,\"commodityClassification\":{\"id\":\"0703\",\"listId\":\"CCC\"},\"originCountry\":\"CN\",\"importCountry\":\"NZ\",\"directTransport\":true,\"quantity\":{\"value\":2.5,\"unitCode\":\"KGM\"},\"modelDesignation\":\"KFR-35GW\",\"dates\":{\"releaseFromFactory\":\"2026-10-02\",\"declarationAcceptance\":\"2026-11-20T08:00:00+08:00\"},\"decisiveDate\":\"declarationAcceptance\",\"additionalDocument\":[{\"id\":\"2024850703700000\",\"typeCode\":{\"code\":\"506\",\"listId\":\"x\"},\"issuer\":{\"id\":\"CNCA-R-2098-101\",\"idScheme\":\"cnca-approval\"},\"holder\":{\"name\":\"证\"}}]}],\"maxAge\":86400}";

fn hold(bytes: &[u8]) {
    match read(bytes, &Limits::default()) {
        Ok(request) => assert!(!request.goods_item.is_empty(), "a question about nothing"),
        Err(findings) => {
            assert!(!findings.is_empty(), "refused without a reason");
            findings.iter().for_each(told);
        }
    }
}
