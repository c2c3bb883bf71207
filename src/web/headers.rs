//! Header fields have an end in both versions of HTTP: the HTTP/2 library alone would take sixteen megabytes of them.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;

use super::Problem;

/// The longest header fields of one request, names and values together, in bytes.
const LONGEST: usize = 64 * 1024;

/// Turns away a request whose header fields are too long (RFC 6585, 5).
///
/// # Errors
///
/// The request is turned away, or what comes after it says so.
pub async fn short_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let length: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if length > LONGEST {
        let problem = Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The header fields are too long");
        return Err(problem.about(format_args!("at most {LONGEST} bytes are taken")).into());
    }
    next.call(request).await
}
