//! Admission policies: expressions in the store that decide what may be written, and change it.
//!
//! * [`dispatch`]: [`validate`], which policies, bindings and parameters speak of a request, and the refusal
//! * `mutate`: what mutating ones make of an object; `patch`: one mutation
//! * `decide`: what one policy says, with one parameter; `variables`: what its expressions can read
//! * `params`: which objects a binding names as parameters
//! * `problems`: the expressions that the server would refuse, and those that only we cannot evaluate
//!
//! What is left out: warnings and audit annotations have no effect on the cluster, and are not kept (an annotation that cannot be computed
//! refuses all the same). Who asks is not modelled, so `request.userInfo` and `authorizer` are unsupported. The real server asks policies in no fixed
//! order; here the order is that of their names.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go

mod decide;
pub mod dispatch;
pub(crate) mod mutate;
mod params;
mod patch;
mod problems;
mod variables;

pub use dispatch::validate;
pub use problems::{problems, unsupported};

#[cfg(test)]
mod tests;
