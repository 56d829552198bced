//! Canonical form: interchangeable objects sorted by content, and every mention of them renamed along.

use crate::machine::Machine;
use crate::store::{Cells, Renaming, Renumbering};

/// Which cells may be out of order, and which have to keep theirs.
pub(crate) enum Disorder<'p> {
    /// Those that differ from the ones before, which were in order.
    Changed,
    /// All but those that the function holds: they keep their numbers.
    AllBut(&'p dyn Fn(u32) -> bool),
}

/// Brings the store into canonical form after a step from `before`.
///
/// A renaming can change the order in another cell that mentions the names, so passes follow until one changes nothing. Two cells that
/// mention each other could go on for ever: after a few passes the rest is left as it is, a state too many, never a wrong one.
pub(crate) fn canonicalise(
    machine: &mut Machine,
    before: &Cells,
    cells: &mut Cells,
    disorder: &Disorder<'_>,
) -> Renaming {
    let mut renaming = Renaming::new();
    for pass in 0..4 {
        let known = renaming.len();
        for at in 0..machine.store.generated().len() {
            let cell = machine.store.generated()[at];
            let old = if pass == 0 { machine.store.at(before, cell) } else { machine.store.at(cells, cell) };
            let list = machine.store.at(cells, cell);
            let is_pinned = match disorder {
                Disorder::Changed if pass == 0 && old == list => continue,
                Disorder::Changed => false,
                Disorder::AllBut(pinned) => pinned(cell),
            };
            let sorted = if is_pinned { None } else { resort(machine, cells, cell, list) };
            if let Some(renumbering) = sorted.or_else(|| lost(machine, old, list)) {
                rename_mentions(machine, cells, cell, &renumbering);
                renaming.push((cell, renumbering));
            }
        }
        if renaming.len() == known {
            break;
        }
    }
    renaming
}

/// That an object is gone makes a renumbering too, for those who mention it.
fn lost(machine: &Machine, before: u32, list: u32) -> Option<Renumbering> {
    if before == list {
        return None;
    }
    let now = machine.store.list(list);
    let lost = machine.store.list(before).iter().any(|(number, _)| !now.iter().any(|(n, _)| n == number));
    lost.then(|| now.iter().map(|&(number, _)| (number, number)).collect())
}

fn resort(machine: &mut Machine, cells: &mut Cells, cell: u32, list: u32) -> Option<Renumbering> {
    let (sorted, renumbering) = machine.store.canonical(cell, list);
    if sorted != list {
        machine.store.put(cells, cell, sorted);
    }
    renumbering
}

/// Renames what is mentioned of the objects of a cell, everywhere in the store.
pub(crate) fn rename_mentions(machine: &mut Machine, cells: &mut Cells, of: u32, renumbering: &Renumbering) {
    for cell in 0..machine.store.n_cells() {
        let list = machine.store.at(cells, cell);
        if machine.store.mentions(list, of) && machine.store.may_mention(cell, of) {
            let renamed = machine.store.renamed(list, of, renumbering);
            machine.store.put(cells, cell, renamed);
        }
    }
}
