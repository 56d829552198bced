//! Algorithms that fall silent: legitimate is that nobody has anything to do.

use crate::algorithm::{Algorithm, Move, Standing, View};
use crate::topology::Topology;

/// Who has the colour of a neighbour takes the smallest that none of them has.
#[derive(Clone, Copy, Debug)]
pub struct Colouring {
    /// How many colours there are; one more than anybody has neighbours is enough.
    pub colours: u32,
}

impl Algorithm for Colouring {
    fn domain(&self, _: usize) -> u32 {
        self.colours
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        if view.neighbours.contains(&view.own) {
            let free = (0..self.colours).find(|colour| !view.neighbours.contains(colour));
            moves.extend(free.map(|colour| Move::to(0, colour)));
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_enabled == 0
    }
}

/// A member with a member for a neighbour leaves; who is none and has none joins.
#[derive(Clone, Copy, Debug)]
pub struct IndependentSet;

impl Algorithm for IndependentSet {
    fn domain(&self, _: usize) -> u32 {
        2
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        match (view.own, view.neighbours.contains(&1)) {
            (1, true) => moves.push(Move::to(0, 0)),
            (0, false) => moves.push(Move::to(1, 1)),
            _ => {}
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_enabled == 0
    }

    fn told(&self, _: usize, value: u32) -> String {
        if value == 1 { "in" } else { "out" }.to_owned()
    }
}

/// Each process points at nobody (0) or at a neighbour (1 and on, by its place). S.-C. Hsu and S.-T. Huang, *A self-stabilizing algorithm for maximal
/// matching*, IPL 43(2), 1992.
#[derive(Clone, Debug)]
pub struct Matching {
    /// For each process and neighbour, what that neighbour's value is if it points back.
    back: Vec<Vec<u32>>,
    names: Vec<Vec<String>>,
}

impl Matching {
    /// On a topology.
    pub fn on(topology: &Topology) -> Matching {
        let all = 0..topology.size();
        let place = |of: usize, at: usize| topology.neighbours(at).iter().position(|&other| other == of).unwrap_or(0);
        let back = |process: usize| {
            topology.neighbours(process).iter().map(|&other| place(process, other) as u32 + 1).collect()
        };
        let names = |process: usize| {
            topology.neighbours(process).iter().map(|&other| topology.name(other).to_owned()).collect()
        };
        Matching { back: all.clone().map(back).collect(), names: all.map(names).collect() }
    }
}

impl Algorithm for Matching {
    fn domain(&self, process: usize) -> u32 {
        self.back[process].len() as u32 + 1
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        let back = &self.back[view.process];
        let points_here = |place: usize| view.neighbours[place] == back[place];
        let places = 0..view.neighbours.len();
        if let Some(place) = view.own.checked_sub(1) {
            let place = place as usize;
            // Abandonment: the other points at somebody else.
            moves.extend((view.neighbours[place] != 0 && !points_here(place)).then(|| Move::to(2, 0)));
        } else if places.clone().any(points_here) {
            // Marriage: with any of those who point here.
            moves.extend(places.filter(|&place| points_here(place)).map(|place| Move::to(0, place as u32 + 1)));
        } else {
            // Seduction: of any who points at nobody.
            let free = places.filter(|&place| view.neighbours[place] == 0);
            moves.extend(free.map(|place| Move::to(1, place as u32 + 1)));
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_enabled == 0
    }

    fn told(&self, process: usize, value: u32) -> String {
        value.checked_sub(1).map_or_else(|| "–".to_owned(), |place| format!("→{}", self.names[process][place as usize]))
    }
}
