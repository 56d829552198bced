//! What the checker answers, against what is known and against a second checker.

mod agreement;
mod dice;
mod known_answers;
mod naive;
mod partial;
mod replicas;
mod spaces;
mod symmetry;
mod table;
mod witness;
