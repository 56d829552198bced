//! Canonical form: interchangeable objects sorted by content, and every mention of them renamed along.

use evenkeel_object::Key;

use crate::machine::Machine;
use crate::name;
use crate::store::{Cells, Family, Renumbering, renumbered};

/// How the generated names of a state were given anew, cell by cell, in order.
pub(crate) type Renaming = Vec<(u32, Renumbering)>;

/// Brings the store into canonical form after a step from `before`. Cells that `pinned` holds keep their numbers.
///
/// A renaming can change the order in another cell that mentions the names, so passes follow until one changes nothing. Two cells that
/// mention each other could go on for ever: after a few passes the rest is left as it is, a state too many, never a wrong one.
pub(crate) fn canonicalise(
    machine: &mut Machine,
    before: &Cells,
    cells: &mut Cells,
    pinned: &dyn Fn(u32) -> bool,
) -> Renaming {
    let mut renaming = Renaming::new();
    for pass in 0..4 {
        let known = renaming.len();
        for cell in 0..cells.len() as u32 {
            let old = machine.store.at(if pass == 0 { before } else { cells }, cell);
            if let Some(renumbering) = sort(machine, old, cells, cell, pinned(cell)) {
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

/// Sorts one cell. An object that is gone makes a renumbering too, for those who mention it.
fn sort(machine: &mut Machine, before: u32, cells: &mut Cells, cell: u32, pinned: bool) -> Option<Renumbering> {
    let list = machine.store.at(cells, cell);
    if matches!(machine.store.place(cell).family, Family::Named(_)) {
        return None;
    }
    let renumbering = if pinned { None } else { resort(machine, cells, cell, list) };
    if list == before {
        return renumbering;
    }
    let now = machine.store.list(list);
    let lost = machine.store.list(before).iter().any(|(number, _)| !now.iter().any(|(n, _)| n == number));
    renumbering.or_else(|| lost.then(|| now.iter().map(|&(number, _)| (number, number)).collect()))
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
    let touched: Vec<u32> = machine.store.touched(cells).collect();
    for cell in touched {
        let list = machine.store.at(cells, cell);
        if machine.store.may_mention(cell, of) && machine.store.mentions(list, of) {
            let renamed = machine.store.renamed(list, of, renumbering);
            machine.store.put(cells, cell, renamed);
        }
    }
}

/// The key by which an object goes after a renaming; none if it is gone.
pub(crate) fn renamed_key(machine: &mut Machine, key: &Key, renaming: &Renaming) -> Option<Key> {
    if renaming.is_empty() || name::generated(&key.name).is_none() {
        return Some(key.clone());
    }
    let (cell, mut number) = machine.store.locate(key);
    for (renamed, renumbering) in renaming {
        if *renamed == cell {
            number = renumbered(renumbering, number)?;
        }
    }
    debug_assert!(matches!(machine.store.place(cell).family, Family::Generated(_)), "only generated names are renamed");
    Some(machine.store.place(cell).key(number))
}
