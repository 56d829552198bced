//! Which kinds are served, and what is known of their objects before anything runs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use evenkeel_api::Memory;
use evenkeel_api::cel::Type;
use evenkeel_api::server::known;
use evenkeel_object::parse::Document;
use evenkeel_object::{Kind, Object, Value};

/// The name of the kind of the definitions of custom resources.
const DEFINITION: &str = "CustomResourceDefinition";

/// The kinds of Kubernetes, and those that CustomResourceDefinitions among some documents define.
pub(crate) struct Served {
    definitions: Memory,
    /// Kinds whose definition may be another at another time.
    changing: BTreeSet<Kind>,
    types: RefCell<BTreeMap<(String, String), Type>>,
}

impl Served {
    /// What these documents define. Of two definitions with one name the later counts, and nothing is known of the fields of their objects; as if one of our
    /// own documents speaks of definitions, and so may change them.
    pub(crate) fn of(documents: &[Document]) -> Served {
        let is_ours = |document: &&Document| document.value["apiVersion"].text().starts_with("evenkeel.dev/");
        let are_written = documents.iter().filter(is_ours).any(|ours| but_deletions(&ours.value).contains(DEFINITION));
        let mut served =
            Served { definitions: Memory::default(), changing: BTreeSet::new(), types: RefCell::default() };
        let kind = Kind::new("apiextensions.k8s.io", DEFINITION);
        for object in documents.iter().map(Document::object).filter(|object| object.kind() == kind) {
            let before = served.definitions.objects.get(&object.key());
            if are_written || before.is_some_and(|before| before["spec"] != object["spec"]) {
                served.changing.extend([Some(&object), before].into_iter().flatten().map(defined));
            }
            served.definitions.insert(object);
        }
        served
    }

    /// Whether anybody serves that kind in that version.
    pub(crate) fn serves(&self, version: &str, kind: &str) -> bool {
        known::is_served(&mut self.definitions.clone(), version, kind)
    }

    /// Whether its objects lie in namespaces; none if nobody serves it.
    pub(crate) fn is_namespaced(&self, kind: &Kind) -> Option<bool> {
        known::is_namespaced(&mut self.definitions.clone(), kind)
    }

    /// The type of its objects, as far as it is the same at all times.
    pub(crate) fn type_of(&self, version: &str, kind: &str) -> Type {
        if self.changing.contains(&Kind::of(version, kind)) {
            return Type::Unknown;
        }
        let mut types = self.types.borrow_mut();
        let find = || known::type_of(&mut self.definitions.clone(), version, kind);
        types.entry((version.to_owned(), kind.to_owned())).or_insert_with(find).clone()
    }
}

/// What one of our own documents says but for what its steps delete: that changes no definition.
fn but_deletions(document: &Value) -> String {
    let steps = document["spec"]["steps"].items().iter().map(|step| {
        let mut step = step.clone();
        step.remove(&["delete"]);
        step
    });
    document.clone().with(&["spec", "steps"], Value::list(steps)).to_string()
}

/// The kind that a definition defines.
fn defined(definition: &Object) -> Kind {
    let spec = &definition["spec"];
    Kind::new(spec["group"].text(), spec["names"]["kind"].text())
}
