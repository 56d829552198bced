//! Where runs begin that begin with something settled.

use evenkeel_check::Question;
use evenkeel_cluster::{Granularity, Legitimacy};
use evenkeel_object::Object;
use evenkeel_parts::{Part, Parts as Explored, whole};
use evenkeel_report::Report;
use evenkeel_system::{Verdict, Watch};

use crate::combined::Combined;
use crate::document::Scenario;
use crate::explored::{Beginning, Parts, Settings, explored};
use crate::input::Input;
use crate::setup::Situation;
use crate::tell;

/// The most states in which something has settled from which the rest is explored.
pub(crate) const MAX_BEGINNINGS: usize = 64;

/// The stores in which something has settled.
pub(crate) struct Settled {
    /// All of them; or, if there are too many, one of them, and with it every other final state of each single part.
    pub(crate) stores: Vec<Vec<Object>>,
    /// The objects of each part that has several final states, in each of these; only if not all combinations are among `stores`.
    loose: Vec<Vec<Vec<Object>>>,
}

impl Settled {
    fn only(store: Vec<Object>) -> Settled {
        Settled { stores: vec![store], loose: Vec::new() }
    }

    /// Whether these are all of them.
    pub(crate) fn is_all(&self) -> bool {
        self.loose.is_empty()
    }

    /// Whether what was found from these stores is true of all: no part that was explored hangs on more than one of what varies.
    pub(crate) fn covers(&self, parts: &[Part]) -> bool {
        parts.iter().all(|part| self.loose.iter().filter(|versions| part.tells_apart(versions)).count() <= 1)
    }
}

/// A question about something that has to settle first.
pub(crate) struct Asked<'a> {
    pub(crate) input: &'a Input,
    /// What is there before anything is applied.
    pub(crate) preset: &'a [Object],
    pub(crate) question: &'a Question,
    pub(crate) settings: &'a Settings,
}

impl Asked<'_> {
    /// The stores from which the manifests are applied: the assumed objects, and what was given in each state in which it can settle.
    pub(crate) fn given(&self, watch: &mut dyn Watch) -> Result<Settled, Box<Report>> {
        let input = self.input;
        if input.given.is_empty() {
            return Ok(Settled::only(self.preset.to_vec()));
        }
        let mut before = Input {
            given: Vec::new(),
            manifests: input.given.clone(),
            appliers: Vec::new(),
            pruned: Vec::new(),
            steps: Vec::new(),
            ..input.clone()
        };
        before.scenario = undisturbed(&before.scenario);
        // What is demanded is demanded of what happens from then on.
        before.scenario.legitimacy = Legitimacy::default();
        let beginning = Beginning { objects: self.preset, applied: &before.manifests };
        self.from(&before, beginning, Some("what was given, which does not settle by itself"), watch)
    }

    /// The stores in which everything has settled that was given and applied; if it does not settle, the report says so.
    pub(crate) fn manifests(&self, watch: &mut dyn Watch) -> Result<Settled, Box<Report>> {
        let calm = Input { scenario: undisturbed(&self.input.scenario), ..self.input.clone() };
        let before = Asked { input: &calm, ..*self }.given(watch)?;
        let mut all = Settled { stores: Vec::new(), loose: Vec::new() };
        for store in &before.stores {
            let beginning = Beginning { objects: store, applied: &calm.manifests };
            let settled = self.from(&calm, beginning, None, watch)?;
            if before.stores.len() > 1 && !(before.loose.is_empty() && settled.loose.is_empty()) {
                return Err(self.undecided(format!(
                    "what was given and the manifests settle in more states than {MAX_BEGINNINGS}"
                )));
            }
            all.stores.extend(settled.stores);
            all.loose = settled.loose;
        }
        all.stores.sort();
        all.stores.dedup();
        if all.stores.len() > MAX_BEGINNINGS {
            let n_states = all.stores.len();
            return Err(
                self.undecided(format!("the manifests settle in {n_states} states, more than {MAX_BEGINNINGS}"))
            );
        }
        Ok(all)
    }

    /// The stores in which what is undisturbed settles from there; a report if it does not, which says, if need be, where it begins.
    fn from(
        &self,
        calm: &Input,
        beginning: Beginning<'_>,
        initial: Option<&str>,
        watch: &mut dyn Watch,
    ) -> Result<Settled, Box<Report>> {
        let (situation, parts) = explored(calm, beginning, self.question, self.settings, watch);
        if let Some(doubt) = situation.doubt(&parts.parts) {
            return Err(self.undecided(doubt));
        }
        let found = whole(&parts);
        if found.verdict != Verdict::Stabilizes {
            let mut report = tell::report(calm, &situation, self.question, &parts.parts, &found);
            if let Some(initial) = initial {
                initial.clone_into(&mut report.assumptions.initial);
            }
            return Err(Box::new(report));
        }
        of_parts(&situation, &parts, self.settings, watch).map_err(|reason| self.undecided(reason))
    }

    fn undecided(&self, reason: String) -> Box<Report> {
        Box::new(tell::undecided(self.input, self.question, reason))
    }
}

/// The stores in which all parts have settled; or why they are not known.
fn of_parts(
    situation: &Situation,
    parts: &Explored,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> Result<Settled, String> {
    let too_many =
        |n_states: usize| format!("what has to settle first does so in {n_states} states, more than {MAX_BEGINNINGS}");
    let combined = Combined::of(situation, parts, settings, watch)
        .map_err(|stop| format!("not every state was found in which everything has settled: {stop}"))?;
    if let Some(stores) = combined.all(MAX_BEGINNINGS) {
        return Ok(Settled { stores: stores.into_iter().map(|store| store.objects).collect(), loose: Vec::new() });
    }
    if settings.parts == Parts::Together {
        return Err(too_many(combined.finals[0].len()));
    }
    let stores: Vec<Vec<Object>> = combined.one_varied().into_iter().map(|store| store.objects).collect();
    if stores.len() > MAX_BEGINNINGS {
        return Err(too_many(stores.len()));
    }
    let several = combined.finals.into_iter().filter(|states| states.len() > 1);
    let loose = several.map(|states| states.into_iter().map(|state| state.objects).collect()).collect();
    Ok(Settled { stores, loose })
}

/// The scenario without anything that goes wrong, each reconcile a step.
fn undisturbed(scenario: &Scenario) -> Scenario {
    Scenario {
        granularity: Granularity::Atomic,
        lag: 0,
        crashes: 0,
        pod_deletions: 0,
        settled: None,
        steps: Vec::new(),
        ..scenario.clone()
    }
}
