//! Requests to the API server: each has an answer, a refusal writes nothing, and what is written is in the form in which it is stored.
//!
//! The first bytes choose a verb for each of the documents that follow.
#![no_main]

use evenkeel_api::{
    FieldManagers, Memory, Precondition, Propagation, Request, Server, Subresource, Verb, defaults, server,
};
use evenkeel_object::{Object, parse_bytes};
use libfuzzer_sys::fuzz_target;

const CHOICES: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let Some((choices, text)) = bytes.split_at_checked(CHOICES) else {
        return;
    };
    let field_managers = if choices[0] & 0x80 == 0 { FieldManagers::Off } else { FieldManagers::On };
    let server = Server { field_managers };
    let mut store = Memory::default();
    let (documents, _) = parse_bytes("input.yaml", text);
    for (index, document) in documents.iter().enumerate() {
        let mut object = document.object();
        if server::known::is_namespaced(&mut store.clone(), &object.kind()) == Some(true)
            && object.namespace().is_empty()
        {
            object.set(&["metadata", "namespace"], "default");
        }
        let choice = choices[index % CHOICES];
        send(&server, &mut store, &object, choice);
        // The same again: what was accepted is there now.
        send(&server, &mut store, &object, choice.wrapping_add(1));
    }
});

fn send(server: &Server, store: &mut Memory, object: &Object, choice: u8) {
    let subresource = match choice >> 4 & 3 {
        0 | 1 => Subresource::Main,
        2 => Subresource::Status,
        _ => Subresource::Scale,
    };
    let precondition = if choice & 0x40 == 0 { Precondition::None } else { Precondition::Outdated };
    let request =
        Request { manager: "fuzz".into(), key: object.key(), subresource, verb: verb(object, choice), precondition };
    let outcome = server.handle(store, &request);
    assert!(outcome.answer.is_ok() || outcome.writes.is_empty(), "a refusal writes nothing");
    for object in outcome.writes.iter().filter_map(|write| write.after.as_ref()) {
        let mut again = object.clone();
        defaults::apply(&object.kind(), &mut again);
        assert_eq!(*object, again, "what is stored is in the form in which it is stored");
        assert_eq!(defaults::undecodable(&object.kind(), object), None, "what is stored can be decoded");
    }
    store.commit(&outcome.writes);
}

fn verb(object: &Object, choice: u8) -> Verb {
    match choice & 7 {
        0 | 1 => Verb::Create(object.clone()),
        2 => Verb::Update(object.clone()),
        3 => Verb::MergePatch(object.0.clone()),
        4 => Verb::StrategicPatch(object.0.clone()),
        5 | 6 => Verb::Apply { configuration: object.clone(), force: choice & 1 == 0 },
        _ => Verb::Delete { propagation: Some(Propagation::Background), uid: None, grace: None },
    }
}
