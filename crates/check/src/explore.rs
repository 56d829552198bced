//! The exploration loop: breadth first, every choice of every state, once.

use std::ops::Range;

use evenkeel_system::{Flow, Limits, Progress, Stabilizing, Stop, Watch};

use crate::graph::{Graph, Parent};
use crate::stage::Stage;
use crate::table::{Batch, Interned};

/// How many states are expanded together, and pass between two looks up: at the memory held, and at whoever watches.
const STATES_PER_BATCH: usize = 32;

/// Walks everything that `system` can reach, until it ends, a limit is hit, `watch` ends it, or an invariant breaks.
///
/// Breadth first, so the way by which a state is first seen is a shortest one, and the first state found to break an invariant is
/// among the nearest that do.
pub fn explore<S: Stabilizing>(system: &S, limits: &Limits, watch: &mut dyn Watch) -> Graph {
    explore_on(system, Graph::default(), limits, watch)
}

/// Goes on where a search ended that was cut short. The graph is then what one search with the new limits would have found.
pub fn explore_on<S: Stabilizing>(system: &S, mut graph: Graph, limits: &Limits, watch: &mut dyn Watch) -> Graph {
    if graph.stop() == Stop::Violation {
        return graph;
    }
    let next_level = graph.reopen();
    let mut search = Search { system, limits: *limits, watch, graph, next_level, next_progress: 0 };
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
    /// How many states will have been worked on at the next word with the watch.
    next_progress: usize,
}

impl<S: Stabilizing> Search<'_, S> {
    fn run(&mut self) -> Result<(), Stop> {
        let mut stage = Stage::new();
        let mut index = self.graph.n_expanded();
        if self.next_level == 0 {
            self.begin(&mut stage)?;
            self.next_progress = 0;
        }
        while index < self.graph.n_states() {
            if index == self.next_level {
                self.graph.open_level(index);
                self.next_level = self.graph.n_states();
            }
            self.pause(index)?;
            let end = self.next_level.min(index + STATES_PER_BATCH);
            self.expand(index..end, &mut stage)?;
            index = end;
        }
        Ok(())
    }

    fn begin(&mut self, stage: &mut Stage<S>) -> Result<(), Stop> {
        let initial = self.system.initial();
        self.graph.reserve(initial.len().min(self.limits.states));
        let mut n_done = 0;
        for states in initial.chunks(STATES_PER_BATCH) {
            self.pause(n_done)?;
            stage.clear();
            states.iter().for_each(|state| stage.batch.push(state));
            self.graph.look_up(&mut stage.batch);
            for (i, state) in states.iter().enumerate() {
                self.intern(&stage.batch, i, state, Parent::NONE)?;
            }
            n_done += states.len();
        }
        Ok(())
    }

    fn expand(&mut self, indices: Range<usize>, stage: &mut Stage<S>) -> Result<(), Stop> {
        stage.clear();
        indices.clone().for_each(|index| stage.expand(self.system, &self.graph.state(index)));
        self.graph.look_up(&mut stage.batch);
        let mut start = 0;
        for (index, &end) in indices.zip(&stage.ends) {
            for (choice, i) in (0..).zip(start..end) {
                let parent = Parent { state: index as u32, choice };
                let target = self.intern(&stage.batch, i, stage.state(i), parent)?;
                self.graph.connect(target, stage.labels[i]);
            }
            self.graph.close_row();
            start = end;
        }
        Ok(())
    }

    fn intern(&mut self, batch: &Batch, i: usize, state: &S::State, parent: Parent) -> Result<u32, Stop> {
        match self.graph.intern(batch, i, self.limits.states) {
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
            if self.graph.unknown().is_none() && self.system.unknown(state) {
                self.graph.doubt(index as usize);
            }
            return Ok(index);
        };
        self.graph.violate(index as usize, invariant);
        Err(Stop::Violation)
    }

    /// Looks up from the work: at the memory held, and every now and then at whoever watches.
    fn pause(&mut self, n_done: usize) -> Result<(), Stop> {
        if self.graph.bytes() > self.limits.bytes {
            return Err(Stop::Bytes(self.limits.bytes));
        }
        if n_done < self.next_progress {
            return Ok(());
        }
        self.next_progress = n_done + STATES_PER_BATCH;
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
