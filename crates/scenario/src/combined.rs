//! The final states of the whole, put together from those of its parts.

use evenkeel_object::{Key, Object};
use evenkeel_parts::{Final, Parts as Explored, Setup, final_states, finals};
use evenkeel_system::{Stop, Watch};

use crate::explored::{Parts, Settings};
use crate::setup::Situation;

/// The final states of all parts. They do not touch, so those of the whole are the combinations.
pub(crate) struct Combined {
    /// For each part, its objects in each of its final states.
    pub(crate) finals: Vec<Vec<Final>>,
    /// The objects that belong to no part.
    rest: Vec<Object>,
}

impl Combined {
    /// Those of everything that was explored, if all were seen.
    pub(crate) fn of(
        situation: &Situation,
        parts: &Explored,
        settings: &Settings,
        watch: &mut dyn Watch,
    ) -> Result<Combined, Stop> {
        if settings.parts == Parts::Together {
            let finals = vec![final_states(&parts.parts[0].cluster, &settings.limits, watch)?];
            return Ok(Combined { finals, rest: Vec::new() });
        }
        let finals = finals(situation, parts, &settings.limits, watch)?;
        let is_of_none = |key: &Key| !parts.parts.iter().any(|part| part.objects.contains(key));
        let rest = situation.objects().iter().filter(|object| is_of_none(&object.key()));
        Ok(Combined { finals, rest: rest.cloned().collect() })
    }

    /// All combinations, if there are no more than so many.
    pub(crate) fn all(&self, most: usize) -> Option<Vec<Final>> {
        let n_all = self.finals.iter().try_fold(1_usize, |product, states| product.checked_mul(states.len()))?;
        let of = |number: usize| {
            self.at(&|part| {
                let below: usize = self.finals[..part].iter().map(Vec::len).product();
                number / below % self.finals[part].len()
            })
        };
        (n_all <= most).then(|| (0..n_all).map(of).collect())
    }

    /// One combination, and with it every other state of each single part.
    pub(crate) fn one_varied(&self) -> Vec<Final> {
        let parts = self.finals.iter().enumerate();
        let others = parts.flat_map(|(part, states)| (1..states.len()).map(move |state| (part, state)));
        let varied = others.map(|(varied, state)| self.at(&|part| if part == varied { state } else { 0 }));
        [self.at(&|_| 0)].into_iter().chain(varied).collect()
    }

    /// The combination of that state of each part.
    fn at(&self, choice: &dyn Fn(usize) -> usize) -> Final {
        let chosen = || self.finals.iter().enumerate().map(|(part, states)| &states[choice(part)]);
        let own = chosen().flat_map(|state| &state.objects);
        let mut objects: Vec<Object> = self.rest.iter().chain(own).cloned().collect();
        objects.sort_by_cached_key(Object::key);
        Final { objects, is_legitimate: chosen().all(|state| state.is_legitimate) }
    }
}
