//! What is done to an input once it is read: other values, other fields, other types. The result can always be read again.

use evenkeel_object::{Value, json, parse_bytes};

use crate::change::{FIELDS, Files, KINDS, Random};

/// Changes a few places in the documents of one file, and writes them anew.
pub(crate) fn change(files: &mut Files, random: &mut Random) {
    let at = random.below(files.len());
    let (documents, _) = parse_bytes(files[at].0, &files[at].1);
    let mut values: Vec<Value> = documents.iter().map(|document| document.value.clone()).collect();
    if values.is_empty() {
        return;
    }
    for _ in 0..=random.below(3) {
        let one = random.below(values.len());
        let other = values[random.below(values.len())].clone();
        change_one(&mut values[one], &other, random);
    }
    let texts: Vec<String> = values.iter().map(Value::to_string).collect();
    files[at].1 = texts.join("\n---\n").into_bytes();
}

/// Changes one place of a document; `other` is a document from which something can be taken.
fn change_one(document: &mut Value, other: &Value, random: &mut Random) {
    let mut place = random.below(size(document));
    match random.below(8) {
        0 => {
            let (fields, kind) = (["kind"], random.one(&KINDS));
            document.set(&fields, kind);
        }
        1 => edit(document, &mut place, &mut |value| drop_one(value, random)),
        2 => edit(document, &mut place, &mut |value| rename_one(value, random)),
        3 => edit(document, &mut place, &mut |value| double_one(value, random)),
        4 | 5 => {
            let taken = nth(other, &mut random.below(size(other))).cloned().unwrap_or_default();
            edit(document, &mut place, &mut |value| *value = taken.clone());
        }
        _ => edit(document, &mut place, &mut |value| *value = strange(random)),
    }
}

/// How many values there are, with those inside of others.
fn size(value: &Value) -> usize {
    let inside = value.items().iter().chain(value.entries().map(|(_, field)| field));
    1 + inside.map(size).sum::<usize>()
}

/// The value at a place, counted in the order of the text.
fn nth<'v>(value: &'v Value, place: &mut usize) -> Option<&'v Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    value.items().iter().chain(value.entries().map(|(_, field)| field)).find_map(|inner| nth(inner, place))
}

/// Does something to the value at a place.
fn edit(value: &mut Value, place: &mut usize, with: &mut dyn FnMut(&mut Value)) {
    if *place == 0 {
        *place = usize::MAX;
        return with(value);
    }
    *place -= 1;
    if value.as_map().is_some() {
        value.make_map().values_mut().for_each(|field| edit_unless_done(field, place, with));
    } else if !value.items().is_empty() {
        value.make_list().iter_mut().for_each(|item| edit_unless_done(item, place, with));
    }
}

fn edit_unless_done(value: &mut Value, place: &mut usize, with: &mut dyn FnMut(&mut Value)) {
    if *place != usize::MAX {
        edit(value, place, with);
    }
}

/// Takes away a field or an item.
fn drop_one(value: &mut Value, random: &mut Random) {
    let n_inside = value.items().len() + value.entries().count();
    if n_inside == 0 {
        *value = Value::Null;
    } else if value.as_map().is_some() {
        let at = random.below(n_inside);
        let mut place = 0;
        value.make_map().retain(|_, _| {
            place += 1;
            place != at + 1
        });
    } else {
        value.make_list().remove(random.below(n_inside));
    }
}

/// Gives a field another name.
fn rename_one(value: &mut Value, random: &mut Random) {
    let n_fields = value.entries().count();
    if n_fields == 0 {
        return;
    }
    let fields = value.make_map();
    let name = fields.keys().nth(random.below(n_fields)).expect("there are as many").clone();
    let field = fields.remove(&name).expect("it was there just now");
    fields.insert(random.one(&FIELDS).into(), field);
}

/// Doubles an item, or makes a list of what is none.
fn double_one(value: &mut Value, random: &mut Random) {
    let n_items = value.items().len();
    if n_items == 0 {
        *value = Value::list([value.clone(), value.clone()]);
        return;
    }
    let items = value.make_list();
    let item = items[random.below(n_items)].clone();
    items.push(item);
}

/// What stands where something else was expected.
fn strange(random: &mut Random) -> Value {
    const NUMBERS: [i64; 14] = [
        0,
        1,
        2,
        7,
        -1,
        100,
        1_001,
        65_536,
        i32::MAX as i64,
        i32::MAX as i64 + 1,
        i32::MIN as i64,
        i64::MAX,
        i64::MIN,
        1 << 53,
    ];
    const TEXTS: [&str; 34] = [
        "",
        " ",
        "a",
        "mill",
        "pen",
        "silo",
        "default",
        "50%",
        "-5%",
        "0%",
        "101%",
        "9223372036854775807%",
        "1",
        "100m",
        "1Ei",
        "99999999999Ei",
        "-1Gi",
        "1e2147483647",
        "1e-2147483648",
        "0.0000000001",
        "*",
        "a/b",
        "app/",
        "../x",
        "{{ x }}",
        "Recreate",
        "OnDelete",
        "Parallel",
        "Always",
        "None",
        "1970-01-01T00:00:00Z",
        "self.x.matches('(')",
        "ü世🌾",
        "\0",
    ];
    match random.below(8) {
        0..=2 => random.one(&NUMBERS).into(),
        3..=5 => random.one(&TEXTS).into(),
        6 => (random.below(2) == 0).into(),
        _ => {
            let others = [
                json!(null),
                json!([]),
                json!({}),
                json!([null]),
                json!([{}]),
                json!([[]]),
                json!({"": ""}),
                json!({"a": {"b": [1, {"c": null}]}}),
                json!(1.5),
                json!(-1e300),
                json!("x".repeat(300)),
                json!({"matchLabels": {}}),
                json!([{"key": "app", "operator": "Exists"}]),
            ];
            others[random.below(others.len())].clone().into()
        }
    }
}
