//! How many rounds it takes at most.
//!
//! The first round ends when every process that was enabled at its beginning has moved or was disabled; then the next begins. What is explored is a
//! configuration together with the processes that the round still waits for. A run that goes round for ever and ends no round passes over somebody, so
//! where weak fairness suffices, every cycle there is left at some time.

use evenkeel_system::{Stop, Watch};
use rustc_hash::FxHashMap;

use super::question::{Choices, Rounds, Space};
use super::settled::{Settled, tell};
use super::tarjan::Tarjan;

/// A configuration, and the processes that the round waits for.
type Place = (u32, u64);

struct Counting<'a, S: Space> {
    space: &'a S,
    settled: &'a Settled,
    numbers: FxHashMap<Place, u32>,
    places: Vec<Place>,
    choices: Choices,
}

/// One way to go on: whether it ends a round, and where it leads; nowhere if that is settled.
type Way = (bool, Option<u32>);

impl<S: Space> Counting<'_, S> {
    fn number(&mut self, place: Place) -> u32 {
        *self.numbers.entry(place).or_insert_with(|| {
            self.places.push(place);
            self.places.len() as u32 - 1
        })
    }

    fn ways(&mut self, number: u32, ways: &mut Vec<Way>) {
        let (configuration, waits) = self.places[number as usize];
        let mut choices = std::mem::take(&mut self.choices);
        choices.clear();
        self.space.choices(configuration, &mut choices);
        for (choice, outcomes) in choices.iter() {
            for outcome in outcomes {
                if self.settled.bits.get(outcome.target as usize) {
                    ways.push((true, None));
                    continue;
                }
                let enabled = self.space.enabled(outcome.target);
                let left = waits & !choice.movers & enabled;
                let next = if left == 0 { enabled } else { left };
                ways.push((left == 0, Some(self.number((outcome.target, next)))));
            }
        }
        self.choices = choices;
    }
}

/// The most rounds from any configuration, if no more than `most` places have to be looked at.
pub(super) fn rounds<S: Space>(
    space: &S,
    settled: &Settled,
    (most, watch): (usize, &mut dyn Watch),
) -> Result<Rounds, Stop> {
    let mut counting =
        Counting { space, settled, numbers: FxHashMap::default(), places: Vec::new(), choices: Choices::default() };
    let mut tarjan = Tarjan::default();
    let mut known: Vec<u32> = Vec::new();
    let mut components: Vec<Vec<u32>> = Vec::new();
    let mut ways = Vec::new();
    for configuration in 0..space.size() {
        tell(watch, configuration)?;
        if settled.bits.get(configuration as usize) {
            continue;
        }
        let root = counting.number((configuration, space.enabled(configuration)));
        let mut successors = |number: u32, found: &mut Vec<u32>| {
            ways.clear();
            counting.ways(number, &mut ways);
            found.extend(ways.iter().filter_map(|(_, target)| *target));
        };
        tarjan.run(root, &mut successors, &mut |component| components.push(component.to_vec()));
        for component in components.drain(..) {
            known.resize(counting.places.len(), 0);
            let Some(value) = value(&mut counting, &component, &known) else { return Ok(Rounds::Unbounded) };
            component.iter().for_each(|&number| known[number as usize] = value);
        }
        if counting.places.len() > most {
            return Ok(Rounds::NotCounted);
        }
    }
    Ok(Rounds::AtMost(known.iter().copied().max().unwrap_or(0).into()))
}

/// The most rounds from any place of a component; none if a round can end in it again and again.
fn value<S: Space>(counting: &mut Counting<'_, S>, component: &[u32], known: &[u32]) -> Option<u32> {
    let mut ways = Vec::new();
    let mut most = 0;
    let is_inside: rustc_hash::FxHashSet<u32> = component.iter().copied().collect();
    for &number in component {
        ways.clear();
        counting.ways(number, &mut ways);
        for (ends, target) in &ways {
            match target {
                Some(target) if is_inside.contains(target) => {
                    if *ends {
                        return None;
                    }
                }
                Some(target) => most = most.max(u32::from(*ends) + known[*target as usize]),
                None => most = most.max(1),
            }
        }
    }
    Some(most)
}
