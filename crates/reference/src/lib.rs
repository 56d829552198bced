//! What every field of our documents is, read from the tables of their documentation.
//!
//! * [`field`]: a field; [`shape`]: what may stand in one
//! * [`table`]: the tables of a Markdown text; [`Reference`]: what those of one document say, together
//! * [`mod@find`]: from a path to a field
//! * [`mod@explain`]: a field, told to people; [`mod@schema`]: all of them, told to editors

pub mod explain;
pub mod field;
pub mod find;
pub mod reference;
pub mod schema;
pub mod shape;
pub mod table;

pub use explain::{Depth, explain, overview};
pub use field::{Field, Need};
pub use find::{Found, find};
pub use reference::{Reference, controllermodel, scenario};
pub use schema::schema;
pub use shape::Shape;
