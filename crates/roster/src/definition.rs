//! What a CustomResourceDefinition says of a kind.

use evenkeel_api::{Projection, Scope};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Kind, Value};

/// The `scope` and the `plural` that its definition gives a kind; `null` if there is none.
pub(crate) fn defined(client: &mut Client<'_>, kind: &Kind) -> Result<Value, Pause> {
    let projection = Projection {
        name: "definition of a kind",
        args: Value::list([kind.group.clone().into(), kind.name.clone().into()]),
        of: |kind, definitions| {
            let spec = definitions.iter().map(|definition| &definition["spec"]);
            let of_kind = spec.filter(|spec| spec["group"] == kind[0] && spec["names"]["kind"] == kind[1]);
            of_kind.map(essence).max().unwrap_or_default()
        },
        join: |_, left, right| left.clone().max(right.clone()),
    };
    let definitions = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    client.view(Scope::everywhere(&definitions), projection)
}

fn essence(spec: &Value) -> Value {
    let plural = spec["names"]["plural"].clone();
    Value::map().with(&["scope"], spec["scope"].clone()).with(&["plural"], plural)
}
