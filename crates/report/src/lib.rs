//! One verdict, many renderings.
//!
//! * [`document`]: the report of one check, as JSON; [`evidence`]: what shows that it is right
//! * [`style`] and [`layout`]: colours, widths, and how values, numbers and times are written
//! * [`text`]: the report for people; [`table`]: many verdicts at a glance
//! * [`replay`]: a run, step by step, with all objects at each
//! * [`diagnostic`]: what is wrong with an input, with the lines it is about

pub mod diagnostic;
pub mod document;
pub mod evidence;
#[cfg(test)]
mod example;
pub mod layout;
pub mod replay;
pub mod style;
pub mod table;
pub mod text;

pub use document::{
    API_VERSION, Assumptions, Dip, Input, KIND, Limits, Part, Report, Statistics, Unmodelled, Unreadable, WorstCase,
};
pub use evidence::{
    Effect, Elsewhere, Evidence, Field, FieldChange, Growth, Reference, Step, Unmet, Verb, Wait, Writer,
};
pub use layout::{Detail, Layout};
pub use replay::{Leg, Replay};
pub use style::{Ink, Style};
