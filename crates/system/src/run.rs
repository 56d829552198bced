//! Runs and lassos: the evidence of a verdict, each a list of choices that can be replayed.

/// An initial state, and the actions taken from there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run<S, A> {
    /// Where it begins; one of the initial states.
    pub start: S,
    /// What is taken, in order.
    pub actions: Vec<A>,
}

/// A run, and then a cycle that goes round for ever.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lasso<S, A> {
    /// How the cycle is reached.
    pub prefix: Run<S, A>,
    /// The actions of one round; at the end the state is that at the end of the prefix.
    pub cycle: Vec<A>,
}
