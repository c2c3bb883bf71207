//! What went wrong, as the caller reads it: `application/problem+json` (RFC 9457), with the findings behind it.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::finding::Finding;

/// A problem (RFC 9457) with its findings. Nothing of our inside is told: no path, no statement, no stack.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: Option<String>,
    findings: Vec<Finding>,
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem with a status and a title.
    #[must_use]
    pub fn new(status: StatusCode, title: &'static str) -> Self {
        Self { status, title, detail: None, findings: Vec::new(), retry_after: None }
    }

    /// The request cannot be read.
    #[must_use]
    pub fn unreadable(findings: Vec<Finding>) -> Self {
        Self { findings, ..Self::new(StatusCode::BAD_REQUEST, "The request cannot be read") }
    }

    /// The caller is known and may not do this now; the finding says why.
    #[must_use]
    pub fn refused(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::new(StatusCode::FORBIDDEN, "Refused") }
    }

    /// We cannot answer now, and the caller may try again.
    #[must_use]
    pub fn unavailable(seconds: u32) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not available now, try again later");
        Self { retry_after: Some(seconds), ..problem }
    }

    /// We have no room to take anything; what is held is still answered for.
    #[must_use]
    pub fn full(seconds: u32) -> Self {
        let title = "The disk is full: nothing is taken now, questions are answered";
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, title) }
    }

    /// The caller asks too much (RFC 6585, 4), and may try again.
    #[must_use]
    pub fn too_many(seconds: u32) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests, come again");
        Self { retry_after: Some(seconds), ..problem }
    }

    /// What exactly it is about.
    #[must_use]
    pub fn about(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.title)?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut body = json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
        });
        if let Some(detail) = &self.detail {
            body["detail"] = detail.as_str().into();
        }
        if !self.findings.is_empty() {
            body["findings"] = json!(self.findings);
        }
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header(("Retry-After", seconds.to_string()));
        }
        response.content_type("application/problem+json").body(body.to_string())
    }
}
