//! The answers, shown beside their questions and compared with what each must be.

use serde_json::Value;

use super::customs::Customs;
use super::questions::{At, Cast, Question, differences, last_validity, ten};
use super::teller::Teller;
use crate::command::{Failure, terminal};

/// Puts the questions and shows question, answer and reasons.
pub(super) async fn ask(cast: &Cast, home: &Customs, partner: &Customs, teller: &mut Teller) -> Result<(), Failure> {
    let mut table = terminal::table(&["", "question", "asked at", "answer", "why"]);
    let mut checks = Vec::new();
    for (place, question) in ten(cast).iter().enumerate() {
        let (customs, at) = if question.at == At::Home { (home, "CN") } else { (partner, "NZ") };
        let answer = customs.ask(&question.body).await?;
        table.add_row(row(place + 1, question, at, &answer));
        let signed = answer["signature"].is_object();
        let mut wrong = differences(question, &answer);
        if !signed {
            wrong.push("the answer is not signed".into());
        }
        checks.push((question.words, wrong));
    }
    terminal::line(table.to_string());
    let right = checks.iter().filter(|(_, wrong)| wrong.is_empty()).count();
    teller.check(right == checks.len(), format!("{right} of {} answers are as they must be", checks.len()));
    for (words, wrong) in checks.into_iter().filter(|(_, wrong)| !wrong.is_empty()) {
        teller.check(false, format!("{words}: {}", wrong.join("; ")));
    }
    Ok(())
}

fn row(number: usize, question: &Question, at: &str, answer: &Value) -> Vec<String> {
    let document = &answer["answer"][0];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let item = &question.body["goodsItem"][0];
    let mut asked = format!("{}\n{}", question.words, text(&item["additionalDocument"][0]["id"]));
    if let Some(model) = item["modelDesignation"].as_str() {
        asked.push_str(&format!(" · {model}"));
    }
    asked.push_str(&format!(" → {}", text(&item["importCountry"])));
    let validity = last_validity(document).map(|validity| text(&validity["value"])).unwrap_or_default();
    let recognition = &document["recognition"];
    let mut said = format!("{}\nstatus: {validity}", text(&document["result"]).to_uppercase());
    said.push_str(&format!("\nasked for: {}", text(&document["requirement"])));
    said.push_str(&format!("\ncounts: {}", text(&recognition["outcome"])));
    if let Some(standing) = recognition["standing"].as_str() {
        said.push_str(&format!(" ({standing})"));
    }
    let reasons: Vec<String> =
        document["reason"].as_array().into_iter().flatten().take(3).map(|reason| text(&reason["text"]["en"])).collect();
    let candidate = document["assertion"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|assertion| assertion["candidate"].as_str())
        .map(|candidate| format!("probably meant: {candidate}"));
    let why: Vec<String> = candidate.into_iter().chain(reasons).collect();
    vec![number.to_string(), asked, at.to_owned(), said, why.join("\n")]
}
