//! How a cluster begins: what is there, what is applied to it, and who is awake then.

use evenkeel_api::{Precondition, Propagation, Read, Request, Subresource, Verb, merge, shapes};
use evenkeel_object::{Key, Kind, Object};

use crate::ask::Source;
use crate::canonical::{Disorder, canonicalise};
use crate::expand::{APPLIER, Expander};
use crate::machine::{Put, Reader};
use crate::sleep::Note;
use crate::state::State;
use crate::store::{Cells, Renaming};

/// Where a cluster begins.
pub(crate) struct Beginning<'b> {
    pub(crate) preset: &'b [Object],
    /// Whether all had settled before anything is applied, and is not awake just because it has begun.
    pub(crate) is_settled: bool,
    pub(crate) manifests: &'b [Object],
    pub(crate) pruned: &'b [Key],
    pub(crate) foreign: &'b [Key],
}

/// What the server refused, and why.
pub(crate) struct Refused {
    pub(crate) manifests: Vec<(Object, String)>,
    /// What it did not delete.
    pub(crate) kept: Vec<(Key, String)>,
}

impl Expander {
    /// Puts the first objects in, applies the manifests, and deletes what is to be pruned. Tells what the server refused, and why.
    pub(crate) fn set_up(&mut self, beginning: &Beginning<'_>) -> (State, Refused) {
        self.subjects.except(beginning.foreign);
        let mut cells = Cells::new();
        for object in beginning.preset {
            if self.subjects.are_foreign(&object.key()) {
                self.machine.store.lay_around(object);
            } else {
                self.machine.preset(&mut cells, object);
            }
        }
        canonicalise(&mut self.machine, &Cells::new(), &mut cells, &Disorder::Changed);
        let before = State { cells: cells.clone(), ..State::default() };
        let mut puts = Vec::new();
        let mut refused =
            Refused { manifests: self.apply_all(&mut cells, beginning.manifests, &mut puts), kept: Vec::new() };
        self.manifests = refused.manifests.iter().map(|(manifest, _)| manifest.clone()).collect();
        refused.kept = self.prune(&mut cells, beginning.pruned, &mut puts);
        let renaming = canonicalise(&mut self.machine, &before.cells, &mut cells, &Disorder::Changed);
        self.machine.store.forget_changes();
        let pending = (0..self.manifests.len() as u32).collect();
        let mut state = State { cells, pending, ..State::default() };
        if beginning.is_settled && self.lags.most == 0 {
            state.asleep = self.left_asleep(&before, &state, &renaming, &puts);
        }
        (state, refused)
    }

    /// Applies these in their order, and what is refused again as long as that helps.
    fn apply_all(&mut self, cells: &mut Cells, manifests: &[Object], puts: &mut Vec<Put>) -> Vec<(Object, String)> {
        let mut left: Vec<&Object> = manifests.iter().collect();
        loop {
            let n_left = left.len();
            let mut reasons = Vec::new();
            left.retain(|object| match self.apply_now(cells, object, puts) {
                Ok(()) => false,
                Err(reason) => {
                    reasons.push(reason);
                    true
                }
            });
            if left.len() == n_left || left.is_empty() {
                return left.into_iter().cloned().zip(reasons).collect();
            }
        }
    }

    /// Deletes these, as `kubectl delete` does; what is not there is no error. Tells of those that the server refuses to delete, and why.
    fn prune(&mut self, cells: &mut Cells, pruned: &[Key], puts: &mut Vec<Put>) -> Vec<(Key, String)> {
        let mut kept = Vec::new();
        for key in pruned {
            let request = self.machine.requests.intern(&Request {
                manager: "kubectl".into(),
                key: key.clone(),
                subresource: Subresource::Main,
                verb: Verb::Delete { propagation: Some(Propagation::Background), uid: None, grace: None },
                precondition: Precondition::None,
            });
            let decision = self.machine.decide(request, cells);
            match self.machine.replies.get(decision.reply) {
                Err(status) if !status.is_not_found() => kept.push((key.clone(), status.to_string())),
                _ => {
                    self.machine.commit(cells, &decision);
                    puts.extend_from_slice(&decision.puts);
                }
            }
        }
        kept
    }

    /// Those of these who have a subject here, and something to do.
    pub(crate) fn still_asleep(&mut self, state: &State, asleep: &[(String, Key)]) -> Vec<u32> {
        if asleep.is_empty() || self.lags.most > 0 {
            return Vec::new();
        }
        let sleepers = self.processes(state).sleepers;
        let is_named = |expander: &Expander, process: u32| asleep.contains(&expander.who(process));
        let named: Vec<u32> = sleepers.iter().copied().filter(|process| is_named(self, *process)).collect();
        named.into_iter().filter(|process| self.prospect(*process, &state.cells).is_active).collect()
    }

    /// Who sleeps beside work after these changes of a store in which all had settled.
    fn left_asleep(&mut self, before: &State, after: &State, renaming: &Renaming, puts: &[Put]) -> Vec<u32> {
        let crew = self.processes(before);
        self.foresee(before, &crew);
        let applier = self.machine.process(APPLIER, &Key::new(Kind::new("", "everything"), "", ""));
        let mut asleep = Vec::new();
        self.asleep_after((before, after), renaming, (&Note::of(applier, puts), puts), &mut asleep);
        self.machine.asked.clear();
        asleep
    }

    fn apply_now(&mut self, cells: &mut Cells, object: &Object, puts: &mut Vec<Put>) -> Result<(), String> {
        let request = self.application(cells, object);
        let decision = self.machine.decide(request, cells);
        match self.machine.replies.get(decision.reply) {
            Ok(_) => {
                self.machine.commit(cells, &decision);
                puts.extend_from_slice(&decision.puts);
                Ok(())
            }
            Err(status) => Err(status.to_string()),
        }
    }

    /// The request by which a manifest is applied: it makes the object, or patches it as `kubectl apply` would that knows what was applied last.
    pub(crate) fn application(&mut self, cells: &Cells, object: &Object) -> u32 {
        let key = object.key();
        let mut reader = Reader { machine: &mut self.machine, cells, source: Source::Cache, log: Vec::new() };
        let verb = match if key.name.is_empty() { None } else { reader.get(&key) } {
            None => Verb::Create(object.clone()),
            Some(current) => {
                // Lists whose items have no key cannot be compared; the manifest itself is then the patch.
                let last = self.last_applied.get(&key).map(|last| &last.0);
                let patch = merge::three_way(&key.kind, last, object, &current).unwrap_or_else(|_| object.0.clone());
                if shapes::is_built_in(&key.kind) { Verb::StrategicPatch(patch) } else { Verb::MergePatch(patch) }
            }
        };
        let manager = "kubectl-client-side-apply".into();
        self.machine.requests.intern(&Request {
            manager,
            key,
            subresource: Subresource::Main,
            verb,
            precondition: Precondition::None,
        })
    }
}
