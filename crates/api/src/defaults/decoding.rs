//! What Go cannot read: a number where a text should be, a count that does not fit into 32 bits, a quantity that is none.

use evenkeel_object::{Kind, Object, Value};

use super::autoscaling;
use super::quantity::is_quantity;
use super::types::{Body, Place, TABLE};

/// Why an object of a kind of Kubernetes' own cannot be decoded; none if it can, or if the kind is another's.
///
/// The first fault is told, in the order of the names of the fields (the real one goes by the text). Where the field has a type of its own in Go
/// (`RestartPolicy`), the type that it is made of is named.
///
/// Left out: times that are none, and bytes that are not in base64.
// https://github.com/kubernetes-sigs/json/blob/v0.0.0-20250730193827-2d320260d730/internal/golang/encoding/json/decode.go: UnmarshalTypeError
pub fn undecodable(kind: &Kind, object: &Object) -> Option<String> {
    let whole = TABLE.kinds.get(kind)?;
    if !kind.is("autoscaling", "HorizontalPodAutoscaler") {
        return structure(whole.structure, &object.0, "");
    }
    let mut converted = object.clone();
    autoscaling::converted(&mut converted);
    structure(whole.structure, &converted.0, "")
}

/// What is wrong with the fields of a struct that stands at `way`.
fn structure(index: usize, value: &Value, way: &str) -> Option<String> {
    let known = &TABLE.structs[index];
    known.fields.iter().find_map(|(name, place)| {
        let value = value.get(name)?;
        let way = if way.is_empty() { name.to_string() } else { format!("{way}.{name}") };
        place_of(place, value, &Spot { holder: short(&known.name), way: &way })
    })
}

/// Where a value stands.
struct Spot<'t> {
    /// The struct that has the field.
    holder: &'t str,
    /// The names of the fields that lead there. Items of lists and maps have none.
    way: &'t str,
}

fn place_of(place: &Place, value: &Value, spot: &Spot<'_>) -> Option<String> {
    match (&place.body, value) {
        (_, Value::Null) | (Body::Any, _) => None,
        (Body::Struct(index), Value::Map(_)) => structure(*index, value, spot.way),
        (Body::List(item), Value::List(items)) => items.iter().find_map(|item_value| place_of(item, item_value, spot)),
        (Body::Map(item), Value::Map(fields)) => fields.values().find_map(|field| place_of(item, field, spot)),
        (Body::Text, Value::String(_)) | (Body::Bool, Value::Bool(_)) => None,
        (Body::Int32, Value::Int(number)) if i32::try_from(*number).is_ok() => None,
        (Body::Int64, Value::Int(_)) | (Body::Number, Value::Int(_) | Value::Float(_)) => None,
        (Body::Quantity(_), value) if is_quantity(value) => None,
        (Body::Quantity(_), _) => Some(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'".to_owned(),
        ),
        (Body::NumberOrText, Value::String(_)) => None,
        (Body::NumberOrText, Value::Int(number)) if i32::try_from(*number).is_ok() => None,
        (Body::NumberOrText, value) => {
            Some(format!("json: cannot unmarshal {} into Go value of type int32", found(value)))
        }
        (body, value) => Some(format!(
            "json: cannot unmarshal {} into Go struct field {}.{} of type {}",
            found(value),
            spot.holder,
            spot.way,
            expected(body)
        )),
    }
}

/// What stands there, in Go's words.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Int(_) | Value::Float(_) => format!("number {value}"),
        Value::String(_) => "string".to_owned(),
        Value::List(_) => "array".to_owned(),
        Value::Map(_) => "object".to_owned(),
    }
}

/// The type that would have to stand there.
fn expected(body: &Body) -> String {
    match body {
        Body::Text => "string".to_owned(),
        Body::Int32 | Body::NumberOrText => "int32".to_owned(),
        Body::Int64 => "int64".to_owned(),
        Body::Number => "float64".to_owned(),
        Body::Bool => "bool".to_owned(),
        Body::Quantity(_) => "resource.Quantity".to_owned(),
        Body::Any => "interface {}".to_owned(),
        Body::List(item) => format!("[]{}", expected(&item.body)),
        Body::Map(item) => format!("map[string]{}", expected(&item.body)),
        Body::Struct(index) => {
            let name = &TABLE.structs[*index].name;
            name.rsplit('/').next().unwrap_or(name).to_owned()
        }
    }
}

/// The name of a struct without its package.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Object, Value, json};

    use super::undecodable;

    /// What is wrong with a Deployment of that spec.
    fn check(spec: impl Into<Value>, expect: &str) {
        let object = Object(Value::map().with(&["spec"], spec));
        assert_eq!(undecodable(&Kind::new("apps", "Deployment"), &object).unwrap_or_default(), expect);
    }

    #[test]
    fn counts_have_32_bits_and_other_whole_numbers_64() {
        let wrong = |number: &str| {
            format!(
                "json: cannot unmarshal number {number} into Go struct field DeploymentSpec.spec.replicas of type int32"
            )
        };
        check(json!({"replicas": 2147483647}), "");
        check(json!({"replicas": -2147483648}), "");
        check(json!({"replicas": 2147483648i64}), &wrong("2147483648"));
        check(json!({"replicas": i64::MIN}), &wrong("-9223372036854775808"));
        check(json!({"replicas": 1.5}), &wrong("1.5"));
        check(json!({"template": {"spec": {"terminationGracePeriodSeconds": i64::MAX}}}), "");
    }

    #[test]
    fn a_value_of_another_type_is_told_with_its_way() {
        check(
            json!({"replicas": "2"}),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        check(
            json!({"template": {"spec": {"containers": [{"ports": [{"containerPort": "http"}]}]}}}),
            "json: cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32",
        );
        check(
            json!({"template": {"metadata": {"labels": {"version": 2}}}}),
            "json: cannot unmarshal number 2 into Go struct field ObjectMeta.spec.template.metadata.labels of type string",
        );
        check(
            json!({"selector": []}),
            "json: cannot unmarshal array into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector",
        );
    }

    #[test]
    fn numbers_or_texts_and_quantities_have_rules_of_their_own() {
        let surge = |value| json!({"strategy": {"rollingUpdate": {"maxSurge": value}}});
        check(surge(json!("x")), "");
        check(surge(json!(i64::MIN)), "json: cannot unmarshal number -9223372036854775808 into Go value of type int32");
        check(surge(json!(true)), "json: cannot unmarshal bool into Go value of type int32");
        let cpu = |value| json!({"template": {"spec": {"containers": [{"resources": {"limits": {"cpu": value}}}]}}});
        check(cpu(json!("100m")), "");
        check(cpu(json!(2)), "");
        let wrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        check(cpu(json!("much")), wrong);
        check(cpu(json!([])), wrong);
    }

    #[test]
    fn null_and_what_go_does_not_know_can_be_decoded() {
        check(json!({"replicas": null, "colour": 7, "template": null}), "");
        let custom = Object::from(json!({"apiVersion": "example.com/v1", "kind": "Mill", "spec": 3}));
        assert_eq!(undecodable(&Kind::new("example.com", "Mill"), &custom), None);
    }
}
