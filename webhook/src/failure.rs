//! Answers that are no AdmissionReview: a `metav1.Status`, whose message the API server's client shows.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use crate::limits::RETRY_AFTER_SECONDS;

/// What went wrong with a request, and whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The body is no review, or the connection broke off.
    #[error("{0}")]
    Invalid(String),
    /// No such path.
    #[error("there is nothing at this path; reviews go to /validate and /mutate")]
    NotFound,
    /// Another method than POST.
    #[error("reviews are sent by POST")]
    Method,
    /// The body did not come in time.
    #[error("the body did not arrive within {} s", .0.as_secs_f32())]
    SlowBody(Duration),
    /// The body is larger than any review.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// Not JSON.
    #[error("reviews are application/json, not {0}")]
    ContentType(String),
    /// More than can be done.
    #[error("overloaded: {0}")]
    Overload(Shed),
    /// Judging took longer than the sender waits.
    #[error("the review took longer than its deadline")]
    Late,
    /// Our fault.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Why a review was turned away although nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shed {
    /// As many as can be done in time are waiting.
    #[error("too many reviews are waiting")]
    Queue,
    /// Its deadline passed while it waited.
    #[error("the review waited until its deadline")]
    Deadline,
    /// The bodies of other reviews take all memory set aside for them.
    #[error("too many bytes of reviews are waiting")]
    Memory,
}

impl Shed {
    /// As metrics name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'m> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(rename = "status")]
    success: &'static str,
    reason: &'static str,
    code: u16,
    message: &'m str,
}

impl Failure {
    /// The HTTP status.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Invalid(_) => 400,
            Self::NotFound => 404,
            Self::Method => 405,
            Self::SlowBody(_) => 408,
            Self::TooLarge(_) => 413,
            Self::ContentType(_) => 415,
            Self::Overload(_) => 429,
            Self::Internal(_) => 500,
            Self::Late => 504,
        }
    }

    const fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "BadRequest",
            Self::NotFound => "NotFound",
            Self::Method => "MethodNotAllowed",
            Self::SlowBody(_) | Self::Late => "Timeout",
            Self::TooLarge(_) => "RequestEntityTooLarge",
            Self::ContentType(_) => "UnsupportedMediaType",
            Self::Overload(_) => "TooManyRequests",
            Self::Internal(_) => "InternalError",
        }
    }

    /// As metrics name it.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Overload(_) => "shed",
            Self::Late => "late",
            Self::Internal(_) => "failed",
            _ => "invalid",
        }
    }

    /// Seconds after which another try makes sense. Only with this header, and a 429 or 5xx, the API server tries again.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Overload(_) => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Bytes {
        let message = format!("platlint: {self}");
        let status = Status {
            api_version: "v1",
            kind: "Status",
            success: "Failure",
            reason: self.reason(),
            code: self.code(),
            message: &message,
        };
        // Strings and a number can be written; the code tells the rest.
        serde_json::to_vec(&status).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_overload_invites_to_try_again() {
        assert_eq!(Failure::Overload(Shed::Queue).retry_after(), Some(1));
        for failure in
            [Failure::Internal("x".into()), Failure::Late, Failure::TooLarge(1), Failure::Invalid("x".into())]
        {
            assert_eq!(failure.retry_after(), None, "{failure}");
        }
    }

    #[test]
    fn speaks_the_api_servers_language() {
        let body = Failure::Invalid("a \"quote\"".into()).body();
        let status: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status["kind"], "Status");
        assert_eq!(status["code"], 400);
        assert_eq!(status["message"], "platlint: a \"quote\"");
    }
}
