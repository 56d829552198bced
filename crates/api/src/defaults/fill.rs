//! Small steps of defaulting: what is absent is filled in, what stands there stays, also if it is of the wrong type.

use evenkeel_object::Value;

/// Sets a field of a map that has no such field. Anything but a map stays as it is.
pub(super) fn fill(value: &mut Value, field: &str, default: impl Into<Value>) {
    if value.as_map().is_some() && value[field].is_null() {
        value.set(&[field], default);
    }
}

/// Changes the map at the end of the way, if there is one.
pub(super) fn inside(value: &mut Value, way: &[&str], change: impl FnOnce(&mut Value)) {
    if value.at(way).as_map().is_none() {
        return;
    }
    let place = way.iter().fold(value, |value, field| {
        let fields = value.make_map();
        fields.get_mut(*field).expect("the way was walked just above")
    });
    change(place);
}

/// Changes each map in the list at the end of the way, if there is one.
pub(super) fn each(value: &mut Value, way: &[&str], mut change: impl FnMut(&mut Value)) {
    let Some((last, way)) = way.split_last() else {
        return;
    };
    inside(value, way, |parent| {
        if parent[*last].items().is_empty() {
            return;
        }
        let fields = parent.make_map();
        let list = fields.get_mut(*last).expect("the list has items");
        for item in list.make_list() {
            if item.as_map().is_some() {
                change(item);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Value, json};

    use super::{each, fill, inside};

    #[test]
    fn what_is_of_the_wrong_type_is_left_to_validation() {
        let mut value = Value::from(json!({"spec": "x", "ports": [1, {}], "list": {}}));
        let before = value.clone();
        inside(&mut value, &["spec"], |spec| fill(spec, "a", 1));
        each(&mut value, &["list"], |item| fill(item, "a", 1));
        assert_eq!(value, before);
        each(&mut value, &["ports"], |port| fill(port, "a", 1));
        assert_eq!(value["ports"], Value::from(json!([1, {"a": 1}])));
    }
}
