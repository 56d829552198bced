//! Explores everything that can happen from somewhere.

use evenkeel_check::Question;
use evenkeel_object::Object;
use evenkeel_parts::{Part, Parts as Explored, Setup, explore, search};
use evenkeel_roster::nodes::Capacity;
use evenkeel_system::{Limits, Watch};

use crate::input::Input;
use crate::room;
use crate::setup::Situation;

/// How a check is run, apart from what it asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How far it may go.
    pub limits: Limits,
    /// Whether what does not touch is explored apart.
    pub parts: Parts,
}

/// Whether what does not touch is explored apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Parts {
    /// It is.
    #[default]
    Apart,
    /// Everything is explored together.
    Together,
}

/// Where a run begins.
#[derive(Clone, Copy)]
pub(crate) struct Beginning<'b> {
    /// What is there.
    pub(crate) objects: &'b [Object],
    /// What is then applied.
    pub(crate) applied: &'b [Object],
}

/// Everything that can happen from there.
pub(crate) fn explored(
    input: &Input,
    beginning: Beginning<'_>,
    question: &Question,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> (Situation, Explored) {
    match settings.parts {
        Parts::Apart => apart(input, beginning, question, watch),
        Parts::Together => {
            let situation = Situation::new(input, beginning.objects, beginning.applied);
            let parts = together(&situation, question, watch);
            (situation, parts)
        }
    }
}

/// Each part on its own; with nodes that are never full if that comes to the same.
fn apart(input: &Input, beginning: Beginning<'_>, question: &Question, watch: &mut dyn Watch) -> (Situation, Explored) {
    if room::is_bounded(input) && room::is_constant(input) {
        let situation = Situation::with(Capacity::Ample, input, beginning.objects, beginning.applied);
        let parts = explore(&situation, question, watch);
        if parts.finished && room::suffices(&parts.parts, situation.objects()) {
            return (situation, parts);
        }
    }
    let situation = Situation::new(input, beginning.objects, beginning.applied);
    let parts = explore(&situation, question, watch);
    (situation, parts)
}

/// Everything as one part.
fn together(situation: &Situation, question: &Question, watch: &mut dyn Watch) -> Explored {
    let cluster = situation.whole();
    let judgement = search(&cluster, question, watch);
    Explored { parts: vec![Part::alone(cluster, judgement)], finished: true }
}
