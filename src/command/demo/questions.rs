//! The ten questions of customs, and what each is to be answered.

use serde_json::{Value, json};

use crate::clock::Day;

/// The certificates that the questions are about.
pub(super) struct Cast {
    /// Valid; with a model of its own.
    pub(super) valid: String,
    pub(super) model: String,
    pub(super) suspended: String,
    pub(super) expired: String,
    pub(super) cancelled: String,
    pub(super) withdrawn: String,
    /// Of the partner country, with its model.
    pub(super) foreign: String,
    pub(super) foreign_model: String,
    /// The day on which the cancellation took effect.
    pub(super) cancelled_on: Day,
    pub(super) today: Day,
}

/// Whom a question is put to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Home,
    Partner,
}

/// A question with what is to be answered.
pub(super) struct Question {
    pub(super) at: At,
    /// What is asked, in words.
    pub(super) words: &'static str,
    pub(super) body: Value,
    /// `result`.
    pub(super) result: &'static str,
    /// `value` of the validity on the date that decides, or on the only one.
    pub(super) validity: &'static str,
    /// `requirement` and `recognition.outcome`, where they are the point of the question.
    pub(super) recognition: Option<(&'static str, &'static str)>,
    /// A code among the reasons, where it is the point of the question.
    pub(super) reason: Option<&'static str>,
}

/// The ten questions.
pub(super) fn ten(cast: &Cast) -> Vec<Question> {
    let Cast { valid, model, suspended, expired, cancelled, withdrawn, foreign, foreign_model, .. } = cast;
    let today = cast.today;
    let before = crate::command::sample::later(cast.cancelled_on, -20);
    let declared = json!({"declarationAcceptance": today});
    let nz = |number: &str| goods(number, "NZ", "CN", None, &declared, None);
    let cn = |number: &str| goods(number, "CN", "CN", None, &declared, None);
    let mistyped = valid.replacen('0', "O", 1);
    let two_dates = json!({"releaseFromFactory": before, "declarationAcceptance": today});
    let plain = |at, words, body, result, validity| Question {
        at,
        words,
        body,
        result,
        validity,
        recognition: None,
        reason: None,
    };
    vec![
        Question {
            recognition: Some(("certificate-required", "recognised")),
            ..plain(
                At::Partner,
                "A valid certificate, the right model",
                goods(valid, "NZ", "CN", Some(model), &declared, None),
                "confirmed",
                "valid",
            )
        },
        plain(At::Partner, "Suspended a moment ago at home", nz(suspended), "contradicted", "suspended"),
        plain(At::Home, "Expired, whatever the source still says", cn(expired), "contradicted", "expired"),
        Question {
            reason: Some("ccc/cancelled-no-import"),
            ..plain(
                At::Home,
                "Cancelled after release from the factory, before import",
                goods(cancelled, "CN", "CN", None, &two_dates, Some("declarationAcceptance")),
                "contradicted",
                "cancelled",
            )
        },
        plain(At::Partner, "Withdrawn", nz(withdrawn), "contradicted", "withdrawn"),
        plain(
            At::Partner,
            "The right certificate, another model",
            goods(valid, "NZ", "CN", Some("AX-200"), &declared, None),
            "contradicted",
            "valid",
        ),
        plain(
            At::Partner,
            "A number that nobody knows",
            nz("2024850703999999"),
            "not-determinable",
            "not-determinable",
        ),
        Question {
            reason: Some("identifier/confusable"),
            ..plain(At::Partner, "The letter O for a zero", nz(&mistyped), "not-determinable", "not-determinable")
        },
        Question {
            recognition: Some(("other-evidence-required", "not-applicable")),
            ..plain(
                At::Home,
                "Entering the EU, where no certificate of this kind is asked for",
                goods(valid, "EU", "CN", None, &declared, None),
                "confirmed",
                "valid",
            )
        },
        Question {
            recognition: Some(("certificate-required", "partly-recognised")),
            ..plain(
                At::Home,
                "A New Zealand certificate entering China",
                goods(foreign, "CN", "NZ", Some(foreign_model), &declared, None),
                "confirmed",
                "valid",
            )
        },
    ]
}

fn goods(
    number: &str,
    importer: &str,
    origin: &str,
    model: Option<&str>,
    dates: &Value,
    decisive: Option<&str>,
) -> Value {
    let mut item = json!({
        "sequenceNumeric": 1,
        "originCountry": origin,
        "importCountry": importer,
        "directTransport": true,
        "dates": dates,
        "additionalDocument": [{"id": number}],
    });
    if let Some(model) = model {
        item["modelDesignation"] = model.into();
    }
    if let Some(decisive) = decisive {
        item["decisiveDate"] = decisive.into();
    }
    json!({"requestId": format!("demo-{number}"), "goodsItem": [item]})
}

/// What is not as it was to be answered; nothing where all is.
pub(super) fn differences(question: &Question, answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, wanted: &str, given: Option<&str>| {
        if given != Some(wanted) {
            found.push(format!("{what}: {} instead of {wanted}", given.unwrap_or("nothing")));
        }
    };
    let document = &answer["answer"][0];
    compare("result", question.result, document["result"].as_str());
    compare("validity", question.validity, last_validity(document).and_then(|v| v["value"].as_str()));
    if let Some((requirement, outcome)) = question.recognition {
        compare("requirement", requirement, document["requirement"].as_str());
        compare("recognition", outcome, document["recognition"]["outcome"].as_str());
    }
    if let Some(code) = question.reason {
        let given = document["reason"].as_array().into_iter().flatten().any(|reason| reason["code"] == code);
        compare("reason", code, given.then_some(code));
    }
    found
}

/// The validity on the last date that was asked about.
pub(super) fn last_validity(document: &Value) -> Option<&Value> {
    document["validity"].as_array()?.last()
}
