//! Refusals: what the API server answers when it does not do what it was asked.

use std::fmt;

/// A `Status` of failure, as the API server sends it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Status {
    /// The HTTP code.
    pub code: u16,
    /// The machine-readable reason.
    pub reason: Reason,
    /// The text for people.
    pub message: String,
    /// The fields that are at fault.
    pub causes: Vec<Cause>,
}

/// The reasons that controllers tell apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// 404.
    NotFound,
    /// 409: the name is taken.
    AlreadyExists,
    /// 409: the object has changed, or another manager owns the field.
    Conflict,
    /// 422: the object is not valid.
    Invalid,
    /// 403: admission says no.
    Forbidden,
    /// 400.
    BadRequest,
    /// 429: a budget does not allow it now.
    TooManyRequests,
    /// 500: also a webhook that could not be called.
    InternalError,
    /// 405.
    MethodNotAllowed,
    /// 413: a policy says no with that reason.
    RequestEntityTooLarge,
}

/// One field at fault.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cause {
    /// The machine-readable kind of fault, e.g. `FieldValueRequired`, `FieldManagerConflict`.
    pub reason: String,
    /// Where, e.g. `spec.replicas`.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl Status {
    /// A refusal with that reason and text, and the code that goes with the reason.
    pub fn new(reason: Reason, message: impl Into<String>) -> Status {
        Status { code: reason.code(), reason, message: message.into(), causes: Vec::new() }
    }

    /// This refusal, with the fields that are at fault.
    #[must_use]
    pub fn with_causes(mut self, causes: Vec<Cause>) -> Status {
        self.causes = causes;
        self
    }

    /// Whether the object was not there.
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::NotFound
    }

    /// Whether the object had changed since it was read, or a field is another manager's.
    pub fn is_conflict(&self) -> bool {
        self.reason == Reason::Conflict
    }
}

impl Reason {
    /// The HTTP code.
    pub fn code(self) -> u16 {
        match self {
            Reason::NotFound => 404,
            Reason::AlreadyExists | Reason::Conflict => 409,
            Reason::Invalid => 422,
            Reason::Forbidden => 403,
            Reason::BadRequest => 400,
            Reason::TooManyRequests => 429,
            Reason::InternalError => 500,
            Reason::MethodNotAllowed => 405,
            Reason::RequestEntityTooLarge => 413,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {}", self.code, self.reason, self.message)
    }
}
