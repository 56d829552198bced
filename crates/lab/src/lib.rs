//! Textbook algorithms of self-stabilization, on any topology and under any daemon.
//!
//! * [`topology`]: who is whose neighbour; `dot` reads one from a drawing
//! * [`algorithm`]: what a process does with what it sees; [`algorithms`]: those of the literature, by name
//! * [`daemon`]: which processes move together
//! * [`laboratory`]: an algorithm on a topology under a daemon, as a space of configurations; [`experiment`]: one, carried out
//!
//! ```
//! use evenkeel_check::space::{Fairness, judge_space};
//! use evenkeel_lab::{Daemon, Laboratory, Parameters, Topology, algorithms};
//!
//! let topology = Topology::parse("ring:4").unwrap();
//! let (ring, topology) = algorithms::named("dijkstra-k-state", &topology, &Parameters::default()).unwrap();
//! let laboratory = Laboratory::new(ring, topology, Daemon::Distributed).unwrap();
//! let answer = judge_space(&laboratory, Fairness::Unfair, &Default::default(), &mut ());
//! assert_eq!(answer.worst.unwrap().steps, 13);
//! ```

pub mod algorithm;
pub mod algorithms;
pub mod daemon;
mod digits;
mod dot;
pub mod experiment;
pub mod laboratory;
mod table;
pub mod topology;
pub mod written;

pub use algorithm::{Algorithm, Move, Outcome, Standing, View};
pub use algorithms::Parameters;
pub use daemon::Daemon;
pub use laboratory::{Laboratory, Owed};
pub use topology::{Shape, Topology};
pub use written::{Mistake, written};
