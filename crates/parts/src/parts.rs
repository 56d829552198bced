//! Parts of a cluster, merged until none reads what another writes.
//!
//! Everything begins apart: each object that some controller looks after is a part, and so is each applier; all other objects are there, unchanging,
//! for each of them to read. Each part is explored, and what it read and wrote is recorded. Where a version of an object that one part
//! wrote is among those that another reads, the two are one part and are explored again. When nothing touches any more, each part has
//! seen exactly what it would see in the whole, so the behaviours of the whole are the interleavings of those of the parts.

use std::rc::Rc;

use evenkeel_api::current::{Currency, current};
use evenkeel_check::Question;
use evenkeel_cluster::{Action, Cluster, Footprint, State};
use evenkeel_object::{Key, Object};
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

    /// The cluster in which only what is outside `foreign` is looked after or acts, and only those of the pending manifests are applied.
    fn cluster(&self, pending: &[Object], foreign: &[Key]) -> Cluster;

    /// Whether a controller looks after the object.
    fn is_subject(&self, object: &Object) -> bool;
}

/// What does not touch the rest.
pub struct Part {
    /// The objects of the manifests that belong to it.
    pub objects: Vec<Key>,
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
    /// A cluster that was explored as a whole.
    pub fn alone(cluster: Cluster, judgement: Judgement<State, Action>) -> Part {
        let footprint = Rc::new(Footprint::default());
        Part { objects: Vec::new(), judgement, cluster: Rc::new(cluster), same_as: None, glue: Vec::new(), footprint }
    }
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
    let mut groups: Vec<(Vec<Key>, Vec<String>)> = first_groups(setup);
    let mut parts: Vec<Part> = Vec::new();
    loop {
        let n_groups = groups.len();
        let mut explored = Vec::with_capacity(n_groups);
        for (objects, glue) in groups {
            let old = parts.iter().position(|part| part.objects == objects && part.same_as.is_none());
            let part = match old {
                Some(old) => parts.swap_remove(old),
                None => one(setup, question, watch, objects, glue, &explored),
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
fn first_groups(setup: &dyn Setup) -> Vec<(Vec<Key>, Vec<String>)> {
    let objects = setup.objects().iter().chain(setup.pending());
    let pending: Vec<Key> = setup.pending().iter().map(Object::key).collect();
    let subjects = objects.filter(|object| {
        let settled = matches!(current(object), Currency::Current);
        !settled || setup.is_subject(object) || pending.contains(&object.key())
    });
    let mut groups: Vec<(Vec<Key>, Vec<String>)> = Vec::new();
    for (root, key) in subjects.map(|object| (root_of(object, setup.objects()), object.key())) {
        match groups.iter_mut().find(|(keys, _)| keys.contains(&root)) {
            Some((keys, _)) if key != root => keys.push(key),
            Some(_) => {}
            None if key == root => groups.push((vec![key], Vec::new())),
            None => groups.push((vec![root, key], Vec::new())),
        }
    }
    groups.extend(setup.standing().into_iter().map(|key| (vec![key], Vec::new())));
    for (keys, _) in &mut groups {
        keys.sort();
    }
    if groups.is_empty() { vec![(Vec::new(), Vec::new())] } else { groups }
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

fn one(
    setup: &dyn Setup,
    question: &Question,
    watch: &mut dyn Watch,
    objects: Vec<Key>,
    glue: Vec<String>,
    explored: &[Part],
) -> Part {
    let own = |key: &Key| objects.contains(key);
    let shape = Shape::of(setup.objects(), &objects);
    let standing = setup.standing();
    // What an applier holds is not among the objects that are compared.
    let is_comparable = !standing.iter().any(own);
    let twin = explored.iter().position(|part| {
        is_comparable
            && part.same_as.is_none()
            && part.objects.len() == objects.len()
            && shape.equals(&Shape::of(setup.objects(), &part.objects), &part.footprint)
    });
    if let Some(twin) = twin {
        let part = &explored[twin];
        let footprint = Rc::new(shape.renamed(&Shape::of(setup.objects(), &part.objects), &part.footprint));
        return Part {
            objects,
            judgement: part.judgement.clone(),
            cluster: part.cluster.clone(),
            same_as: Some(twin),
            glue,
            footprint,
        };
    }
    let pending: Vec<Object> = setup.pending().iter().filter(|object| own(&object.key())).cloned().collect();
    let all = setup.objects().iter().map(Object::key).chain(standing);
    let foreign: Vec<Key> = all.filter(|key| !own(key)).collect();
    let cluster = Rc::new(setup.cluster(&pending, &foreign));
    let judgement = search(&cluster, question, watch);
    let footprint = Rc::new(cluster.footprint());
    Part { objects, judgement, cluster, same_as: None, glue, footprint }
}

/// The groups after all parts that touch are put together; none if nothing touches.
fn merged(setup: &dyn Setup, parts: &[Part]) -> Option<Vec<(Vec<Key>, Vec<String>)>> {
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
        let members = (0..parts.len()).filter(|&part| find(&root, part) == leader);
        let mut objects: Vec<Key> =
            members.flat_map(|part| parts[part].objects.iter().chain(&adopted[part]).cloned()).collect();
        objects.sort();
        objects.dedup();
        (objects, glue[leader].clone())
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
        Verdict::Oscillates | Verdict::Diverges | Verdict::Violates => 4,
    }
}
