//! Kubernetes objects as values.
//!
//! * [`value`]: immutable JSON values that share their parts; [`mod@json`]: from and to JSON
//! * [`key`]: kinds and keys; [`object`]: what every object has (metadata, owners, conditions)
//! * [`path`]: a place in a value; [`mod@diff`]: what differs, field by field; [`merge`]: JSON merge patch
//! * [`selector`], [`quantity`]: label selectors and resource quantities
//! * [`problem`]: what is wrong with an input, and where; [`spelling`]: which word was meant; [`mod@parse`]: manifests that know their lines

pub mod diff;
pub mod json;
pub mod key;
pub mod merge;
pub mod object;
pub mod parse;
pub mod path;
pub mod problem;
pub mod quantity;
pub mod selector;
pub mod spelling;
pub mod value;

pub use diff::{Change, diff};
pub use key::{Key, Kind};
pub use object::{Object, Owner};
pub use parse::{Document, parse, parse_bytes};
pub use path::{Path, Step};
pub use problem::{Position, Problem};
pub use quantity::Quantity;
pub use selector::Selector;
/// Writes a value down as JSON: `Value::from(json!({…}))`.
pub use serde_json::json;
pub use value::{Map, Value};
