//! Where each part comes to rest.

use std::rc::Rc;

use evenkeel_check::explore;
use evenkeel_cluster::Cluster;
use evenkeel_object::{Key, Object};
use evenkeel_system::{Limits, Stop, Watch};

use crate::parts::cluster_of;
use crate::{Part, Parts, Setup};

/// A state that nobody changes any more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Final {
    /// What is there.
    pub objects: Vec<Object>,
    /// Whether that is as it should be. If not, somebody waits in vain.
    pub is_legitimate: bool,
}

/// For each part, its own objects in each of its final states, in order and each once; if all were seen.
///
/// The final states of the whole are the combinations of these, together with the objects that belong to no part: the parts do not touch.
pub fn finals(
    setup: &dyn Setup,
    parts: &Parts,
    limits: &Limits,
    watch: &mut dyn Watch,
) -> Result<Vec<Vec<Final>>, Stop> {
    let all = || setup.objects().iter().map(Object::key);
    let mut finals = Vec::with_capacity(parts.parts.len());
    for part in &parts.parts {
        let foreign: Vec<Key> = all().filter(|key| !part.objects.contains(key)).collect();
        let is_own = |object: &Object| !foreign.contains(&object.key());
        let own = |state: Final| Final { objects: state.objects.into_iter().filter(is_own).collect(), ..state };
        let states = final_states(&part.own_cluster(setup), limits, watch)?;
        let mut states: Vec<Final> = states.into_iter().map(own).collect();
        states.sort();
        states.dedup();
        finals.push(states);
    }
    Ok(finals)
}

/// The final states of a cluster, if all were seen.
pub fn final_states(cluster: &Cluster, limits: &Limits, watch: &mut dyn Watch) -> Result<Vec<Final>, Stop> {
    let mut graph = explore(cluster, limits, watch);
    while cluster.outgrown() {
        graph = explore(cluster, limits, watch);
    }
    if graph.stop() != Stop::Complete {
        return Err(graph.stop());
    }
    let resting = (0..graph.n_expanded()).filter(|index| graph.rests(*index));
    let told = |index| Final { objects: cluster.objects(&graph.state(index)), is_legitimate: graph.legitimate(index) };
    Ok(resting.map(told).collect())
}

impl Part {
    /// The cluster of the part itself, also if an equal part was explored in its stead.
    pub fn own_cluster(&self, setup: &dyn Setup) -> Rc<Cluster> {
        match self.same_as {
            None => self.cluster.clone(),
            Some(_) => Rc::new(cluster_of(setup, &self.objects, &self.shared)),
        }
    }

    /// Whether anything that was asked in it could have been answered otherwise if there were other of these versions of some objects.
    pub fn tells_apart(&self, versions: &[Vec<Object>]) -> bool {
        let is_own = |object: &Object| self.objects.contains(&object.key());
        versions.iter().flatten().any(is_own) || self.footprint().tells_apart(versions)
    }
}
