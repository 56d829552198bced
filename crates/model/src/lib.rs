//! Controllers as data.
//!
//! * [`document`]: the `ControllerModel` document, read: [`Model`]; `rule`, `lookup`, `part`: its parts
//! * [`controller`]: a model as a controller
//! * [`template`]: values with expressions in them
//! * [`fields`]: reads documents of our own, and gathers what is wrong with them

pub mod controller;
pub mod document;
pub mod fields;
mod lookup;
mod part;
mod rule;
pub mod template;
#[cfg(test)]
mod tests;

pub use controller::Modelled;
pub use document::Model;
