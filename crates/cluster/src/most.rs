//! The most, and the fewest, that there can be of something at once, as far as an exploration went.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::{Key, Kind, Object};

use crate::state::State;
use crate::system::Cluster;

/// Amounts by the names of what they are of.
pub type Amounts = BTreeMap<Arc<str>, i128>;

impl Cluster {
    /// A bound on the sum of what the objects of a kind come to in any state that was seen: what the largest content of each cell comes to, added up over
    /// the cells, be there a state with all of them or not.
    pub fn most(&self, kind: &Kind, of: &dyn Fn(&Object) -> Amounts) -> Amounts {
        let mut by_cell: BTreeMap<Key, Amounts> = BTreeMap::new();
        self.with(|expander| {
            for objects in expander.machine.store.all_lists() {
                // The objects of a list lie in one cell, and are without their numbers here.
                let Some(cell) = objects.first().map(Object::key).filter(|key| key.kind == *kind) else {
                    continue;
                };
                let mut sum = Amounts::new();
                objects.iter().for_each(|object| add(&mut sum, &of(object)));
                raise(by_cell.entry(cell).or_default(), &sum);
            }
        });
        let mut all = Amounts::new();
        by_cell.values().for_each(|amounts| add(&mut all, amounts));
        all
    }
}

impl Cluster {
    /// The sum of what the objects of a kind come to in each of these states, and of each name the smallest; what is not there comes to nothing.
    pub fn fewest(
        &self,
        states: impl Iterator<Item = State>,
        names: &[Arc<str>],
        (kind, of): (&Kind, &dyn Fn(&Object) -> Amounts),
    ) -> Amounts {
        let mut known: BTreeMap<(u32, u32), Amounts> = BTreeMap::new();
        let mut fewest: Option<Amounts> = None;
        for state in states {
            let mut sum: Amounts = names.iter().map(|name| (name.clone(), 0)).collect();
            self.with(|expander| {
                let store = &mut expander.machine.store;
                for cell in store.filled(&state.cells) {
                    let list = store.at(&state.cells, cell);
                    if store.place(cell).kind != *kind {
                        continue;
                    }
                    let amounts = known.entry((cell, list)).or_insert_with(|| {
                        let mut amounts = Amounts::new();
                        store.objects(cell, list).iter().for_each(|object| add(&mut amounts, &of(object)));
                        amounts
                    });
                    add(&mut sum, amounts);
                }
            });
            match &mut fewest {
                None => fewest = Some(sum),
                Some(fewest) => {
                    for (name, least) in fewest.iter_mut() {
                        *least = (*least).min(sum.get(name).copied().unwrap_or_default());
                    }
                }
            }
        }
        fewest.unwrap_or_default()
    }
}

/// Adds amounts to others.
pub fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        *sum.entry(name.clone()).or_default() += amount;
    }
}

fn raise(most: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let known = most.entry(name.clone()).or_default();
        *known = (*known).max(*amount);
    }
}
