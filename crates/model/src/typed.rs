//! The types of a model: of what it looks up, of its expressions, and of what it writes.

use evenkeel_api::cel::{Mistake, Program, Type};
use evenkeel_object::{Path, Problem};

use crate::document::{Model, Watch};
use crate::lookup::{Binding, Lookup};
use crate::part::Target;
use crate::placed::{other_type, problem};
use crate::rule::{Act, Rule};
use crate::template::Template;
use crate::written::{Types, Typing};

impl Model {
    /// What is wrong with its expressions and templates whatever the objects are: fields that their kind does not have, values of other types than
    /// those that are taken.
    pub fn mistyped(&self, types: &mut Types<'_>) -> Vec<Problem> {
        let mut typing = Typing { document: &self.document, types, known: Vec::new(), problems: Vec::new() };
        for watched in [&self.of].into_iter().chain(&self.watches) {
            typing.watch(watched);
        }
        typing.known = vec![("object", typing.type_at(&self.of.place))];
        for Binding { place, name, lookup } in &self.bindings {
            let of = typing.looked_up(lookup, place);
            typing.known.push((name, of));
        }
        self.rules.iter().for_each(|rule| typing.follow(rule, &self.of.place));
        typing.problems
    }
}

impl<'m> Typing<'m> {
    fn watch(&mut self, watched: &Watch) {
        let object = self.type_at(&watched.place);
        self.known = vec![("before", object.clone()), ("object", object)];
        if let Some(when) = &watched.when {
            self.truth(when, &watched.place.field("when"));
        }
        if let Some(wakes) = &watched.wakes {
            let path = watched.place.field("wakes");
            let of = self.inferred(wakes, &path);
            let names = |of: &Type| of.may_be_text() || of.is_map();
            if !names(&of) && !matches!(&of, Type::List(item) if names(item)) {
                let expected = "a string, a map with name and namespace, or a list of these";
                self.problems.push(other_type(self.document, &path, &of, expected));
            }
        }
    }

    /// The type of what a name stands for.
    fn looked_up(&mut self, lookup: &Lookup, place: &Path) -> Type {
        match lookup {
            Lookup::Get { target, .. } => {
                let path = place.field("get");
                self.named(target, &path);
                self.type_at(&path)
            }
            Lookup::List { namespace, labels, .. } => {
                let path = place.field("list");
                if let Some(namespace) = namespace {
                    self.text(namespace, &path.field("namespace"));
                }
                if let Some(labels) = labels {
                    self.read(labels, &path.field("labels"));
                }
                Type::list(self.type_at(&path))
            }
            Lookup::Value(program) => self.inferred(program, &place.field("value")),
        }
    }

    fn named(&mut self, target: &Target, path: &Path) {
        self.text(&target.name, &path.field("name"));
        if let Some(namespace) = &target.namespace {
            self.text(namespace, &path.field("namespace"));
        }
    }

    fn follow(&mut self, rule: &'m Rule, own: &Path) {
        let path = &rule.place;
        if let Some(when) = &rule.when {
            self.truth(when, &path.field("when"));
        }
        if let Some((name, list)) = &rule.each {
            let item = self.items(list, &path.field("forEach").field("in"));
            // The item hides what else is called so.
            self.known.insert(0, (name, item));
        }
        if let Some(because) = &rule.because {
            self.read(because, &path.field("because"));
        }
        self.act(&rule.act, path, own);
        if rule.each.is_some() {
            self.known.remove(0);
        }
    }

    /// The type of the items of an expression that has to be a list.
    fn items(&mut self, list: &Program, path: &Path) -> Type {
        let of = self.inferred(list, path);
        if !of.may_be_list() {
            self.problems.push(other_type(self.document, path, &of, "list"));
        }
        match of {
            Type::List(item) => (*item).clone(),
            _ => Type::Unknown,
        }
    }

    fn act(&mut self, act: &Act, path: &Path, own: &Path) {
        match act {
            Act::Apply { object, .. } => self.made(object, &path.field("apply").field("object")),
            Act::Create { object, .. } => self.made(object, &path.field("create").field("object")),
            Act::Update { target, change } => self.changed(target.as_ref(), change, &path.field("update"), own),
            Act::Patch { target, change } => self.changed(target.as_ref(), change, &path.field("patch"), own),
            Act::Status { status, .. } => self.status(status, &path.field("status").field("set"), own),
            Act::Delete { target, uid, .. } => {
                let path = path.field("delete");
                self.named(target, &path);
                if let Some(uid) = uid {
                    self.text(uid, &path.field("uid"));
                }
            }
            Act::Fail { message } => self.read(message, &path.field("fail")),
            Act::Stop => {}
        }
    }

    fn made(&mut self, object: &Template, path: &Path) {
        let of = self.type_at(path);
        self.written(object, path, &of, (&self.kind_at(path), ""));
    }

    /// A change of the object that is reconciled, which is of the kind at `own`, or of another object.
    fn changed(&mut self, target: Option<&Target>, change: &Template, path: &Path, own: &Path) {
        let there = path.field("target");
        if let Some(target) = target {
            self.named(target, &there);
        }
        // A target that cannot be read is told as that, and nothing is known of it.
        let is_own = there.of(&self.document.value).is_null();
        let place = if is_own { own } else { &there };
        let of = self.type_at(place);
        self.written(change, &path.field("change"), &of, (&self.kind_at(place), ""));
    }

    fn status(&mut self, status: &Template, path: &Path, own: &Path) {
        let Type::Object(record) = self.type_at(own) else {
            return self.read(status, path);
        };
        match record.fields.get("status") {
            Some(of) => self.written(status, path, of, (&record.owner, "status")),
            None => {
                if !record.open {
                    self.problems.push(problem(self.document, path, Mistake::no_field(&record, "status")));
                }
                self.read(status, path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_api::Memory;
    use evenkeel_api::server::known::type_of;
    use evenkeel_object::parse::parse;

    use crate::Model;

    /// `Boat`: a name, a crew, a cargo of which anything may be, and a status with one field.
    const BOAT: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.sea.example}
spec:
  group: sea.example
  scope: Namespaced
  names: {kind: Boat, plural: boats}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              crew: {type: integer}
              name: {type: string}
              ports: {type: array, items: {type: string}}
              cargo: {type: object, x-kubernetes-preserve-unknown-fields: true}
          status:
            type: object
            properties: {afloat: {type: boolean}}
";

    /// What is told of a model of boats whose `spec` goes on like that in line 6: place, message, what was found, what was expected.
    fn check(spec: &str, expect: &[&str]) {
        let head = "apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {name: harbour}\nspec:\n";
        let text = format!("{head}  for: {{apiVersion: sea.example/v1, kind: Boat}}\n{spec}");
        let (documents, mut problems) = parse("model.yaml", &text);
        let mut store = Memory::default();
        parse("boat.yaml", BOAT).0.iter().for_each(|document| store.insert(document.object()));
        let model = Model::read(&documents[0], &mut problems).expect("a model");
        assert_eq!(problems, [], "{spec}");
        let mut problems = model.mistyped(&mut |version, kind| type_of(&mut store, version, kind));
        problems.sort();
        let told: Vec<String> = problems.iter().map(|problem| problem.to_string().replace("model.yaml:", "")).collect();
        assert_eq!(told, expect, "{spec}");
    }

    #[test]
    fn a_misspelt_field_is_told_with_what_there_is() {
        check(
            "  rules:\n  - when: \"object.spec.crow > 2\"\n    stop: true\n",
            &["7:24: Boat has no field spec.crow (found crow, expected one of cargo, crew, name, ports)"],
        );
        check(
            "  rules:\n  - {when: has(object.status.aflot), stop: true}\n",
            &["7:30: Boat has no field status.aflot (found aflot, expected afloat)"],
        );
        check("  rules: [{when: object.spec.cargo.tons.of.whatever > 2, stop: true}]\n", &[]);
        // Of more than one line, the whole expression is told.
        check(
            "  rules:\n  - when: |\n      true &&\n      object.spec.crow > 2\n    stop: true\n",
            &["8:7: Boat has no field spec.crow (found crow, expected one of cargo, crew, name, ports)"],
        );
    }

    #[test]
    fn what_is_looked_up_has_the_fields_of_its_kind() {
        check(
            "  let:
  - {name: set, get: {apiVersion: apps/v1, kind: StatefulSet, name: \"${object.spec.nam}\"}}
  - {name: pods, list: {apiVersion: v1, kind: Secret, labels: {boat: \"${object.spec.nam}\"}}}
  - {name: keys, value: \"pods.filter(pod, pod.tipe == 'Opaque').size() + set.spec.ordinals.star\"}
  - {name: crew, value: \"object.spec.crew\"}
  rules:
  - {when: \"crew == 'three' || keys == 'three'\", stop: true}
",
            &[
                "7:84: Boat has no field spec.nam (found nam, expected one of cargo, crew, name, ports)",
                "8:85: Boat has no field spec.nam (found nam, expected one of cargo, crew, name, ports)",
                "9:47: Secret has no field tipe (found tipe, expected one of apiVersion, data, immutable, kind, metadata, stringData, type)",
                "9:92: StatefulSet has no field spec.ordinals.star (found star, expected start)",
                "12:12: `==` does not take int and string (found int == string, expected values of one type)",
            ],
        );
    }

    #[test]
    fn conditions_are_bools_and_what_is_gone_through_is_a_list() {
        check(
            "  watches:
  - {apiVersion: v1, kind: Secret, when: object.metadata.name, wakes: object.immutable}
  - {apiVersion: v1, kind: Secret, when: before == null, wakes: \"[{'name': 'a'}]\"}
  rules:
  - {when: object.spec.crew, stop: true}
  - {forEach: {in: object.spec.name}, fail: \"${item}\"}
  - {forEach: {in: object.spec.ports, name: port}, fail: \"${port + 1}\"}
  - {forEach: {in: \"object.?spec.ports.orValue([])\"}, fail: \"${item + 'x'}\"}
",
            &[
                "7:42: spec.watches[0].when comes to string (found string, expected bool)",
                "7:71: spec.watches[0].wakes comes to bool (found bool, expected a string, a map with name and namespace, or a list of these)",
                "10:12: spec.rules[0].when comes to int (found int, expected bool)",
                "11:20: spec.rules[1].forEach.in comes to string (found string, expected list)",
                "12:58: `+` does not take string and int (found string + int, expected two numbers, two strings or two lists)",
            ],
        );
    }

    #[test]
    fn what_is_written_is_what_the_schema_says() {
        check(
            "  rules:
  - create:
      object:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \"${object.metadata.name}\", labels: {crew: \"${object.spec.crew}\"}}
        spec:
          replicas: \"${object.spec.name}\"
          selektor: {matchLabels: {a: b}}
          template: \"${{'spec': {'containers': [{'name': object.spec.crew, 'imag': 'x'}]}}}\"
          paused: \"no-${object.spec.name}\"
          strategy: [RollingUpdate]
          minReadySeconds: \"${object.spec.?crew}\"
",
            &[
                "11:68: metadata.labels.crew of Deployment is never int (found int, expected string)",
                "13:21: spec.replicas of Deployment is never string (found string, expected int)",
                "14:11: Deployment has no field spec.selektor (found selektor, expected one of minReadySeconds, paused, \
                 progressDeadlineSeconds, replicas, revisionHistoryLimit, selector, strategy, template)",
                "15:21: Deployment has no field spec.template.spec.containers[].imag (found imag, expected one of args, command, \
                 env, envFrom, image, imagePullPolicy, lifecycle, livenessProbe, name, ports, readinessProbe, resizePolicy, resources, \
                 restartPolicy, restartPolicyRules, securityContext, startupProbe, stdin, stdinOnce, terminationMessagePath, …)",
                "15:21: spec.template.spec.containers[].name of Deployment is never int (found int, expected string)",
                "16:19: spec.paused of Deployment is never string (found string, expected bool)",
                "17:21: spec.strategy of Deployment is never list (found list, expected map)",
            ],
        );
    }

    #[test]
    fn a_status_that_would_be_pruned_is_told() {
        check(
            "  rules:
  - status: {set: {afloat: \"${object.spec.crew}\", sunk: false}}
  - patch: {change: {status: {afloat: true}, spec: {crew: null, crow: 3}}}
  - update: {target: {apiVersion: v1, kind: Secret, name: \"${object.spec.crew}\"}, change: {data: {a: 1}}}
  - delete: {apiVersion: v1, kind: Secret, name: a, uid: \"${object.metadata.generation}\"}
",
            &[
                "7:28: status.afloat of Boat is never int (found int, expected bool)",
                "7:51: Boat has no field status.sunk (found sunk, expected afloat)",
                "8:65: Boat has no field spec.crow (found crow, expected one of cargo, crew, name, ports)",
                "9:59: spec.rules[2].update.target.name comes to int (found int, expected string)",
                "9:102: data.a of Secret is never int (found int, expected string)",
                "10:58: spec.rules[3].delete.uid comes to int (found int, expected string)",
            ],
        );
    }

    #[test]
    fn a_rule_beside_one_that_cannot_be_read_is_told_where_it_stands() {
        let text = "apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {name: a}\nspec:\n  for: {apiVersion: v1, kind: Secret}\n  rules:\n  - {when: '1 +'}\n  - {when: object.tipe == '', stop: true}\n";
        let (documents, mut problems) = parse("model.yaml", text);
        let model = Model::read(&documents[0], &mut problems).expect("a model");
        assert_eq!(problems.len(), 2, "the other is told as well");
        let mistyped = model.mistyped(&mut |version, kind| type_of(&mut Memory::default(), version, kind));
        let places: Vec<String> = mistyped.iter().filter_map(|problem| Some(problem.position?.to_string())).collect();
        assert_eq!(places, ["8:19"]);
    }
}
