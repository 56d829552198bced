//! Controllers as data.
//!
//! * [`document`]: the `ControllerModel` document, read: [`Model`]; `rule`, `lookup`, `part`: its parts
//! * [`controller`]: a model as a controller
//! * [`template`]: values with expressions in them
//! * `typed`: the types of its expressions; `written`: of what it writes; [`placed`]: where they are wrong
//! * [`fields`]: reads documents of our own, and gathers what is wrong with them

pub mod controller;
pub mod document;
pub mod fields;
mod lookup;
mod part;
pub mod placed;
mod rule;
pub mod template;
#[cfg(test)]
mod tests;
mod typed;
mod written;

pub use controller::Modelled;
pub use document::Model;
pub use written::Types;
