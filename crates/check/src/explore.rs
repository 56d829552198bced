//! The exploration loop: breadth first, every choice of every state, once.

use evenkeel_system::{Flow, Limits, Pack, Progress, Stabilizing, Stop, Watch};

use crate::graph::{Graph, Parent};
use crate::table::Interned;

/// How many states pass between two words with the watch.
const STATES_PER_PROGRESS: usize = 4096;
/// How many states pass between two looks at the memory held.
const STATES_PER_WEIGHING: usize = 64;

/// Walks everything that `system` can reach, until it ends, a limit is hit, `watch` ends it, or an invariant breaks.
///
/// Breadth first, so the way by which a state is first seen is a shortest one, and the first state found to break an invariant is
/// among the nearest that do.
pub fn explore<S: Stabilizing>(system: &S, limits: &Limits, watch: &mut dyn Watch) -> Graph {
    let mut search = Search {
        system,
        limits: *limits,
        watch,
        graph: Graph::new(),
        next_level: 0,
        words: Vec::new(),
    };
    let stop = search.run().err().unwrap_or(Stop::Complete);
    search.end(stop)
}

struct Search<'a, S: Stabilizing> {
    system: &'a S,
    limits: Limits,
    watch: &'a mut dyn Watch,
    graph: Graph,
    /// The first state of the distance after the one that is being expanded.
    next_level: usize,
    /// Where states are packed; kept so as not to allocate.
    words: Vec<u32>,
}

impl<S: Stabilizing> Search<'_, S> {
    fn run(&mut self) -> Result<(), Stop> {
        self.begin()?;
        let mut actions = Vec::new();
        for index in 0.. {
            if index == self.next_level {
                if index == self.graph.n_states() {
                    break;
                }
                self.graph.open_level(index);
                self.next_level = self.graph.n_states();
            }
            self.look_up(index)?;
            self.expand(index, &mut actions)?;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Stop> {
        let initial = self.system.initial();
        self.graph.reserve(initial.len().min(self.limits.states));
        for (i, state) in initial.iter().enumerate() {
            self.look_up(i)?;
            self.intern(state, Parent::NONE)?;
        }
        Ok(())
    }

    fn expand(&mut self, index: usize, actions: &mut Vec<S::Action>) -> Result<(), Stop> {
        let state: S::State = self.graph.state(index);
        actions.clear();
        self.system.enabled(&state, actions);
        for (choice, action) in (0..).zip(actions.iter()) {
            let next = self.system.step(&state, action);
            let target = self.intern(
                &next,
                Parent {
                    state: index as u32,
                    choice,
                },
            )?;
            self.graph.connect(target, self.system.duty(action));
        }
        self.graph.close_row();
        Ok(())
    }

    fn intern(&mut self, state: &S::State, parent: Parent) -> Result<u32, Stop> {
        self.words.clear();
        state.pack(&mut self.words);
        match self.graph.intern(&self.words, self.limits.states) {
            Interned::Known(index) => Ok(index),
            Interned::Full => Err(Stop::States(self.graph.n_states())),
            Interned::New(index) => {
                self.graph.describe(parent, self.system.legitimate(state));
                self.uphold(state, index)
            }
        }
    }

    /// Ends the search at the first state that breaks an invariant: no later one is nearer.
    fn uphold(&mut self, state: &S::State, index: u32) -> Result<u32, Stop> {
        let Some(invariant) = self.system.violated(state) else {
            return Ok(index);
        };
        self.graph.violate(index as usize, invariant);
        Err(Stop::Violation)
    }

    /// Looks up from the work every now and then: at the memory held, and at whoever watches.
    fn look_up(&mut self, n_done: usize) -> Result<(), Stop> {
        if n_done.is_multiple_of(STATES_PER_WEIGHING) && self.graph.bytes() > self.limits.bytes {
            return Err(Stop::Bytes(self.limits.bytes));
        }
        if !n_done.is_multiple_of(STATES_PER_PROGRESS) {
            return Ok(());
        }
        match self.watch.progress(&self.progress()) {
            Flow::Continue => Ok(()),
            // Nobody but the search itself can know that it is complete.
            Flow::End(Stop::Complete) => Err(Stop::Interrupted),
            Flow::End(stop) => Err(stop),
        }
    }

    fn progress(&self) -> Progress {
        Progress {
            states: self.graph.n_states(),
            transitions: self.graph.n_transitions(),
            frontier: self.graph.n_states() - self.graph.n_expanded(),
            depth: self.graph.level(),
            bytes: self.graph.bytes(),
        }
    }

    fn end(mut self, stop: Stop) -> Graph {
        if self.next_level < self.graph.n_states() {
            self.graph.open_level(self.next_level);
        }
        self.graph.finish(stop);
        self.graph
    }
}
