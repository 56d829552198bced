//! Custom resources: what a CustomResourceDefinition makes of its objects.
//!
//! * [`definition`]: one version of a CustomResourceDefinition; [`Definition::admit`] is the whole path of an object through it
//! * `schema`: structural schemas; `defaults`, `prune`: what they add and take away
//! * `check`, `format`, `lists`, `embedded`: whether a value fits its schema; `rules`, `typed`: whether it obeys the CEL rules
//! * `declared`: what its schema says of types
//! * `problems`, `structural`: whether a CustomResourceDefinition itself can be accepted
//! * `flaw`: the causes of a refusal, in the words of the server
//!
//! An update may leave alone what was wrong before: a fault in a part that the update does not change is no fault
//! (ratcheting, on since 1.33).
//!
//! What is left out: conversion between versions, selectable fields, printer columns, cost budgets, and the types of CEL rules.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/strategy.go

mod check;
mod declared;
mod defaults;
pub mod definition;
mod embedded;
mod flaw;
mod format;
mod lists;
mod problems;
mod prune;
mod rules;
mod schema;
mod structural;
mod typed;

pub use definition::{Definition, Scale};
pub use problems::{problems, unsupported};

#[cfg(test)]
mod tests;
