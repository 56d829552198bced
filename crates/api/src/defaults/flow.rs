//! How the API server shares itself among its clients.

use evenkeel_object::{Object, Value};

use super::fill::{fill, inside};

/// Fills in what the defaults of the group `flowcontrol.apiserver.k8s.io` are.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/flowcontrol/v1/defaults.go
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        "FlowSchema" => inside(object, &["spec"], |spec| {
            fill(spec, "matchingPrecedence", 1000);
        }),
        "PriorityLevelConfiguration" => {
            inside(object, &["spec", "limited"], |limited| shares(limited, 30));
            inside(object, &["spec", "exempt"], |exempt| shares(exempt, 0));
            let queues = ["spec", "limited", "limitResponse", "queuing"];
            inside(object, &queues, |queues| {
                fill(queues, "handSize", 8);
                fill(queues, "queues", 64);
                fill(queues, "queueLengthLimit", 50);
            });
        }
        _ => {}
    }
}

fn shares(level: &mut Value, shares: i32) {
    fill(level, "nominalConcurrencyShares", shares);
    fill(level, "lendablePercent", 0);
}
