//! Parts of a cluster, merged until none reads what another writes.
//!
//! Everything begins apart: each object that some controller looks after is a part, and so is each applier; all other objects are there, unchanging,
//! for each of them to read. Each part is explored, and what it read and wrote is recorded. Where a version of an object that one part
//! wrote is among those that another reads, the two are one part and are explored again. When nothing touches any more, each part has
//! seen exactly what it would see in the whole, so the behaviours of the whole are the interleavings of those of the parts.

use std::rc::Rc;

use evenkeel_check::Question;
use evenkeel_cluster::{Action, Cluster, Footprint, Legitimacy, State};
use evenkeel_object::{Key, Object, Selector};
use evenkeel_system::{Judgement, Stop, Verdict, Watch};

use crate::search::search;
use crate::shape::Shape;

/// A cluster that can be explored part by part.
pub trait Setup {
    /// The objects as they are when everything has been applied and nothing has happened.
    fn objects(&self) -> &[Object];

    /// Manifests that the server refused at first.
    fn pending(&self) -> &[Object];

    /// The keys of those who act whatever is there, such as appliers: none of them is an object.
    fn standing(&self) -> Vec<Key>;

    /// What is demanded of all states, and of legitimate ones.
    fn legitimacy(&self) -> &Legitimacy;

    /// The cluster in which only what is outside `foreign` is looked after or acts, only those of the pending manifests are applied, and that much is
    /// demanded.
    fn cluster(&self, pending: &[Object], foreign: &[Key], legitimacy: Legitimacy) -> Cluster;

    /// Whether a controller looks after the object.
    fn is_subject(&self, object: &Object) -> bool;

    /// Whether some controller or policy may read names, so that parts which are equal up to these need not behave alike.
    fn reads_names(&self) -> bool;

    /// The selectors by which somebody tells objects apart and that stand in no object.
    fn selectors(&self) -> Vec<&Selector>;
}

/// What does not touch the rest.
pub struct Part {
    /// The objects of the manifests that belong to it.
    pub objects: Vec<Key>,
    /// The demands on many objects together for which it answers, by name.
    pub shared: Vec<String>,
    /// What became of it.
    pub judgement: Judgement<State, Action>,
    /// The cluster in which it was explored; none if an equal part was explored in its stead.
    pub cluster: Rc<Cluster>,
    /// The part (by number) that is equal to it up to names and was explored in its stead.
    pub same_as: Option<usize>,
    /// What glued it together: which version was written, and which read it concerns.
    pub glue: Vec<String>,
    footprint: Rc<Footprint>,
}

impl Part {
    /// What was read and written in it.
    pub(crate) fn footprint(&self) -> &Footprint {
        &self.footprint
    }

    /// A cluster that was explored as a whole.
    pub fn alone(cluster: Cluster, judgement: Judgement<State, Action>) -> Part {
        let footprint = Rc::new(Footprint::default());
        let (objects, shared, glue) = (Vec::new(), Vec::new(), Vec::new());
        Part { objects, shared, judgement, cluster: Rc::new(cluster), same_as: None, glue, footprint }
    }
}

/// What is to be explored together.
struct Group {
    objects: Vec<Key>,
    shared: Vec<String>,
    glue: Vec<String>,
}

/// The parts of a cluster, and whether nothing touches between them any more.
pub struct Parts {
    /// The parts.
    pub parts: Vec<Part>,
    /// Whether the search for parts came to its end. Otherwise nothing can be said of the whole.
    pub finished: bool,
}

/// Explores a cluster part by part.
pub fn explore(setup: &dyn Setup, question: &Question, watch: &mut dyn Watch) -> Parts {
    let mut groups = first_groups(setup);
    let mut parts: Vec<Part> = Vec::new();
    loop {
        let n_groups = groups.len();
        let mut explored = Vec::with_capacity(n_groups);
        for group in groups {
            let is_known =
                |part: &Part| part.objects == group.objects && part.shared == group.shared && part.same_as.is_none();
            let part = match parts.iter().position(is_known) {
                Some(old) => parts.swap_remove(old),
                None => one(setup, question, watch, group, &explored),
            };
            let interrupted = matches!(part.judgement.stop, Stop::Interrupted | Stop::Time);
            explored.push(part);
            if interrupted {
                let finished = n_groups == 1;
                return Parts { parts: explored, finished };
            }
        }
        parts = explored;
        match merged(setup, &parts) {
            Some(next) => groups = next,
            None => return Parts { parts, finished: true },
        }
    }
}

/// Each object with a controller, or that is not as it should be, and each applier on its own; if there is none, one part with everything.
fn first_groups(setup: &dyn Setup) -> Vec<Group> {
    let objects = setup.objects().iter().chain(setup.pending());
    let pending: Vec<Key> = setup.pending().iter().map(Object::key).collect();
    let subjects = objects.filter(|object| {
        !setup.legitimacy().is_met_by(object) || setup.is_subject(object) || pending.contains(&object.key())
    });
    let mut groups: Vec<Group> = Vec::new();
    let group = |objects: Vec<Key>| Group { objects, shared: Vec::new(), glue: Vec::new() };
    for (root, key) in subjects.map(|object| (root_of(object, setup.objects()), object.key())) {
        match groups.iter_mut().find(|group| group.objects.contains(&root)) {
            Some(found) if key != root => found.objects.push(key),
            Some(_) => {}
            None if key == root => groups.push(group(vec![key])),
            None => groups.push(group(vec![root, key])),
        }
    }
    groups.extend(setup.standing().into_iter().map(|key| group(vec![key])));
    for group in &mut groups {
        group.objects.sort();
    }
    share_out(setup, &mut groups);
    if groups.is_empty() { vec![group(Vec::new())] } else { groups }
}

/// Lets one part answer for each demand on many objects together. It reads all of them, so the parts that write them will come to it.
fn share_out(setup: &dyn Setup, groups: &mut Vec<Group>) {
    for demand in setup.legitimacy().shared() {
        let objects = setup.objects().iter().chain(setup.pending());
        let meant: Vec<Key> = objects.filter(|object| demand.scope.matches(object)).map(Object::key).collect();
        match groups.iter_mut().find(|group| group.objects.iter().any(|key| meant.contains(key))) {
            Some(group) => group.shared.push(demand.name.clone()),
            None => groups.push(Group { objects: Vec::new(), shared: vec![demand.name.clone()], glue: Vec::new() }),
        }
    }
}

/// The object that is at the top of an object's owners.
fn root_of(object: &Object, all: &[Object]) -> Key {
    let mut key = object.key();
    let mut owner = object.controller();
    while let Some(found) = owner.and_then(|owner| all.iter().find(|o| o.uid() == &*owner.uid)) {
        if found.key() == key {
            break;
        }
        key = found.key();
        owner = found.controller();
    }
    key
}

fn one(setup: &dyn Setup, question: &Question, watch: &mut dyn Watch, group: Group, explored: &[Part]) -> Part {
    if let Some(twin) = twin(setup, &group, explored) {
        return twin;
    }
    let Group { objects, shared, glue } = group;
    let cluster = Rc::new(cluster_of(setup, &objects, &shared));
    let judgement = search(&cluster, question, watch);
    let footprint = Rc::new(cluster.footprint());
    Part { objects, shared, judgement, cluster, same_as: None, glue, footprint }
}

/// The cluster in which these objects are looked after, and nothing else, and which answers for these demands on many together.
pub(crate) fn cluster_of(setup: &dyn Setup, objects: &[Key], shared: &[String]) -> Cluster {
    let own = |key: &Key| objects.contains(key);
    let pending: Vec<Object> = setup.pending().iter().filter(|object| own(&object.key())).cloned().collect();
    let all = setup.objects().iter().map(Object::key).chain(setup.standing());
    let foreign: Vec<Key> = all.filter(|key| !own(key)).collect();
    setup.cluster(&pending, &foreign, setup.legitimacy().sharing(shared))
}

/// What is known of a part from one that was explored and is equal to it up to names.
fn twin(setup: &dyn Setup, group: &Group, explored: &[Part]) -> Option<Part> {
    // What an applier holds, and what is not accepted yet, is not among the objects that are compared.
    let waits = |key: &Key| setup.pending().iter().any(|object| object.key() == *key);
    if setup.reads_names()
        || setup.standing().iter().any(|key| group.objects.contains(key))
        || group.objects.iter().any(waits)
    {
        return None;
    }
    let shape = Shape::of(setup.objects(), &group.objects);
    let (twin, footprint) = explored.iter().enumerate().find_map(|(number, part)| {
        let answers_alone = group.shared.is_empty() && part.shared.is_empty();
        if !answers_alone || part.same_as.is_some() || part.objects.len() != group.objects.len() {
            return None;
        }
        let other = Shape::of(setup.objects(), &part.objects);
        if !setup.selectors().into_iter().all(|selector| shape.is_alike_to(&other, selector)) {
            return None;
        }
        let footprint = shape.equals(&other, &part.footprint).then(|| shape.renamed(&other, &part.footprint))?;
        let is_free = is_free(setup, &part.objects, &part.footprint) && is_free(setup, &group.objects, &footprint);
        is_free.then_some((number, footprint))
    })?;
    Some(Part {
        objects: group.objects.clone(),
        shared: group.shared.clone(),
        judgement: explored[twin].judgement.clone(),
        cluster: explored[twin].cluster.clone(),
        same_as: Some(twin),
        glue: group.glue.clone(),
        footprint: Rc::new(footprint),
    })
}

/// Whether no demand is about any of these objects, or of those that were written. An expression may read names, so it can tell parts apart that are
/// equal but for these.
fn is_free(setup: &dyn Setup, objects: &[Key], footprint: &Footprint) -> bool {
    let own = || setup.objects().iter().chain(setup.pending()).filter(|object| objects.contains(&object.key()));
    let is_meant = |scope| footprint.writes_in(scope) || own().any(|object| scope.matches(object));
    !setup.legitimacy().all().any(|demand| is_meant(&demand.scope))
}

/// The groups after all parts that touch are put together; none if nothing touches.
fn merged(setup: &dyn Setup, parts: &[Part]) -> Option<Vec<Group>> {
    let mut root: Vec<usize> = (0..parts.len()).collect();
    let mut glue: Vec<Vec<String>> = parts.iter().map(|part| part.glue.clone()).collect();
    let mut any = false;
    for writer in 0..parts.len() {
        for reader in 0..parts.len() {
            let (a, b) = (find(&root, writer), find(&root, reader));
            if a == b {
                continue;
            }
            let Some((change, question)) = parts[writer].footprint.is_read_by(&parts[reader].footprint) else {
                continue;
            };
            let reason =
                format!("{} is written in one and read in the other through {question:?}", change.object().key());
            any = true;
            root[a.max(b)] = a.min(b);
            let more = std::mem::take(&mut glue[a.max(b)]);
            glue[a.min(b)].extend(more);
            glue[a.min(b)].push(reason);
        }
    }
    let adopted: Vec<Vec<Key>> = parts.iter().map(|part| adopted(setup, part)).collect();
    if !any && adopted.iter().all(Vec::is_empty) {
        return None;
    }
    let groups = (0..parts.len()).filter(|&part| find(&root, part) == part).map(|leader| {
        let members = || (0..parts.len()).filter(|&part| find(&root, part) == leader);
        let mut objects: Vec<Key> =
            members().flat_map(|part| parts[part].objects.iter().chain(&adopted[part]).cloned()).collect();
        objects.sort();
        objects.dedup();
        let shared = members().flat_map(|part| parts[part].shared.clone()).collect();
        Group { objects, shared, glue: glue[leader].clone() }
    });
    Some(groups.collect())
}

/// Objects that were there, belong to nobody, and were written by that part: they are its own from now on.
fn adopted(setup: &dyn Setup, part: &Part) -> Vec<Key> {
    let written: Vec<Key> = part.footprint.writes.iter().map(|change| change.object().key()).collect();
    let there = setup.objects().iter().map(Object::key);
    there.filter(|key| written.contains(key) && !part.objects.contains(key)).collect()
}

fn find(root: &[usize], mut part: usize) -> usize {
    while root[part] != part {
        part = root[part];
    }
    part
}

/// Whether a verdict is worse news than another.
pub fn severity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Stabilizes => 0,
        Verdict::Undecided => 1,
        Verdict::Ambiguous => 2,
        Verdict::Stuck => 3,
        Verdict::Oscillates | Verdict::Diverges => 4,
        // What must never be counts first, as it does within a part.
        Verdict::Violates => 5,
    }
}
