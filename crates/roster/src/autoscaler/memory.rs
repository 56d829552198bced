//! What the controller remembers of an autoscaler between two looks at it.
//!
//! The real one keeps recommendations and changes of the replicas with their times. Here they stand in the order of the looks, one place a look, the newest
//! first; what is too old for every rule is forgotten, so that states are finite in number. Of the metrics, which the real one asks others for, the numbers
//! of ready Pods are kept from which they are worked out.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::Value;

/// All that is remembered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Memory {
    /// How many Pods were ready when metrics were taken.
    pub(super) samples: Vec<i64>,
    /// What was recommended at each look, nothing where no metrics were looked at; none before the first.
    pub(super) recommendations: Option<Vec<Vec<i64>>>,
    /// By how much the replicas were raised, and by how much lowered.
    pub(super) raised: Vec<i64>,
    pub(super) lowered: Vec<i64>,
    /// What the load asks for, if that was chosen.
    pub(super) asked: Option<i64>,
}

/// How many places are kept of each list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kept {
    pub(super) samples: usize,
    pub(super) recommendations: usize,
    pub(super) changes: usize,
    /// Whether the least of the recommendations matters, too.
    pub(super) least: bool,
}

impl Memory {
    /// Reads what [`Memory::written`] wrote.
    pub(super) fn read(value: &Value) -> Memory {
        let slots = |value: &Value| value.items().iter().map(numbers).collect();
        let recommendations = &value["recommendations"];
        Memory {
            samples: numbers(&value["samples"]),
            recommendations: (!recommendations.is_null()).then(|| slots(recommendations)),
            raised: numbers(&value["raised"]),
            lowered: numbers(&value["lowered"]),
            asked: value["asked"].as_int(),
        }
    }

    /// As a value.
    pub(super) fn written(&self) -> Value {
        let list = |numbers: &[i64]| Value::list(numbers.iter().map(|number| Value::from(*number)));
        let mut fields: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        fields.insert("samples".into(), list(&self.samples));
        fields.insert("raised".into(), list(&self.raised));
        fields.insert("lowered".into(), list(&self.lowered));
        if let Some(slots) = &self.recommendations {
            fields.insert("recommendations".into(), Value::list(slots.iter().map(|slot| list(slot))));
        }
        if let Some(asked) = self.asked {
            fields.insert("asked".into(), Value::from(asked));
        }
        Value::fields(fields)
    }

    /// After a look at which that was recommended, and the replicas changed by that much.
    pub(super) fn looked(mut self, recommended: Vec<i64>, change: i64, kept: Kept) -> Memory {
        if let Some(slots) = &mut self.recommendations {
            slots.insert(0, recommended);
        }
        self.raised.insert(0, change.max(0));
        self.lowered.insert(0, (-change).max(0));
        self.cut(kept)
    }

    /// After a look out of turn: what came of it counts as of the look before.
    pub(super) fn looked_again(mut self, recommended: Vec<i64>, change: i64, kept: Kept) -> Memory {
        if let Some(newest) = self.recommendations.as_mut().and_then(|slots| slots.first_mut()) {
            newest.extend(recommended);
            newest.sort_unstable();
            newest.dedup();
        }
        for (list, change) in [(&mut self.raised, change), (&mut self.lowered, -change)] {
            if let Some(newest) = list.first_mut() {
                *newest += change.max(0);
            }
        }
        self.cut(kept)
    }

    fn cut(mut self, kept: Kept) -> Memory {
        self.samples.truncate(kept.samples);
        if let Some(slots) = &mut self.recommendations {
            slots.truncate(kept.recommendations);
            undominated(slots, kept.least);
        }
        for changes in [&mut self.raised, &mut self.lowered] {
            changes.truncate(kept.changes);
            let used = changes.iter().rposition(|change| *change != 0).map_or(0, |last| last + 1);
            changes.truncate(used);
        }
        self
    }

    /// Of the recommendations of the last so many looks the least and the greatest, together with that one.
    pub(super) fn range(&self, reach: usize, with: i64) -> (i64, i64) {
        let slots = self.recommendations.iter().flatten().take(reach).flatten();
        slots.fold((with, with), |(least, greatest), number| (least.min(*number), greatest.max(*number)))
    }
}

/// Leaves out what makes no difference any more: a recommendation as long as it is there is hidden by those after it that are as high (and as low, if
/// that matters), as they are there for longer.
fn undominated(slots: &mut Vec<Vec<i64>>, least_matters: bool) {
    let mut range: Option<(i64, i64)> = None;
    for slot in slots.iter_mut() {
        let newer = range;
        let stands_out = |number: &i64| match newer {
            Some((least, greatest)) => *number > greatest || least_matters && *number < least,
            None => true,
        };
        slot.retain(stands_out);
        for number in slot.iter() {
            let (least, greatest) = range.unwrap_or((*number, *number));
            range = Some((least.min(*number), greatest.max(*number)));
        }
        if !least_matters && slot.len() > 1 {
            slot.drain(..slot.len() - 1);
        }
    }
    let used = slots.iter().rposition(|slot| !slot.is_empty()).map_or(0, |last| last + 1);
    slots.truncate(used);
}

fn numbers(value: &Value) -> Vec<i64> {
    value.items().iter().map(Value::count).collect()
}

#[cfg(test)]
mod tests {
    use super::{Kept, Memory};

    const KEPT: Kept = Kept { samples: 2, recommendations: 3, changes: 1, least: false };

    #[test]
    fn what_was_written_can_be_read() {
        let memory = Memory {
            samples: vec![4, 8],
            recommendations: Some(vec![vec![], vec![2, 5]]),
            raised: vec![4],
            lowered: vec![0],
            asked: Some(12),
        };
        for memory in [memory, Memory::default()] {
            assert_eq!(Memory::read(&memory.written()), memory);
        }
    }

    #[test]
    fn what_is_too_old_or_hidden_is_forgotten() {
        let mut memory = Memory { recommendations: Some(Vec::new()), ..Memory::default() };
        for (recommended, change) in [(20, 0), (3, 1), (9, 6), (5, -4)] {
            memory = memory.looked(vec![recommended], change, KEPT);
        }
        assert_eq!(memory.recommendations, Some(vec![vec![5], vec![9]]));
        assert_eq!((&memory.raised[..], &memory.lowered[..]), (&[][..], &[4][..]));
        assert_eq!([0, 1, 2].map(|reach| memory.range(reach, 6)), [(6, 6), (5, 6), (5, 9)]);
        let low = Memory { recommendations: Some(vec![vec![5], vec![3, 9], vec![4, 10]]), ..Memory::default() };
        let low = low.looked(vec![6], 0, Kept { recommendations: 9, least: true, ..KEPT });
        assert_eq!(low.recommendations, Some(vec![vec![6], vec![5], vec![3, 9], vec![10]]));
    }

    #[test]
    fn a_look_out_of_turn_counts_as_of_the_look_before() {
        let memory = Memory { recommendations: Some(Vec::new()), ..Memory::default() };
        let kept = Kept { least: true, ..KEPT };
        let memory = memory.looked(vec![3], 1, kept).looked_again(vec![7], 4, kept);
        assert_eq!((memory.recommendations, memory.raised), (Some(vec![vec![3, 7]]), vec![5]));
    }
}
