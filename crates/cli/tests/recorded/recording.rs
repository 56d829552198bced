//! What was recorded of a case, as it is kept beside the test.

use std::fs;
use std::path::Path;

use evenkeel_object::Value;

/// The folder of the recordings; `affinity-seen.json` is about `zoo/reality/affinity/seen`.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings");

/// What a real control plane did.
pub(crate) struct Recording {
    /// `settles`, `stuck`, `oscillates` or `diverges`.
    pub(crate) outcome: String,
    /// What waited in the end, in words: an object, a colon, and why.
    pub(crate) waits: Vec<String>,
    /// The fields that changed for ever.
    pub(crate) fights: Vec<Fight>,
    /// The objects that were there in the end, equal ones once with their number; only of what came to rest.
    pub(crate) finals: Vec<Value>,
}

/// A field that changed for ever; of objects that came and went, the path is empty, and the values are `present` and `absent`.
pub(crate) struct Fight {
    pub(crate) object: String,
    pub(crate) path: String,
    /// Who wrote which value.
    pub(crate) writes: Vec<(String, String)>,
}

impl Recording {
    /// The recording of a case; none if it is of our own making.
    pub(crate) fn of(case: &str) -> Option<Recording> {
        let file = Path::new(FOLDER).join(format!("{}.json", case.replace('/', "-")));
        let text = fs::read_to_string(file).ok()?;
        let json: serde_json::Value = serde_json::from_str(&text).expect("the recordings are JSON");
        let value = Value::from(json);
        Some(Recording {
            outcome: value["outcome"].text().to_owned(),
            waits: value["waits"].items().iter().map(|wait| wait.text().to_owned()).collect(),
            fights: value["fights"].items().iter().map(fight).collect(),
            finals: value["final"].items().to_vec(),
        })
    }

    /// How many there are.
    pub(crate) fn count() -> usize {
        fs::read_dir(FOLDER).expect("the recordings can be read").count()
    }
}

fn fight(value: &Value) -> Fight {
    let write = |write: &Value| (write["by"].text().to_owned(), write["value"].text().to_owned());
    Fight {
        object: value["object"].text().to_owned(),
        path: value["path"].text().to_owned(),
        writes: value["writes"].items().iter().map(write).collect(),
    }
}
