//! Which Pods of a node have to go so that a more important one fits.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go#L286>,
//! `SelectVictimsOnNode`. It takes all less important Pods away, and puts back as many as there is room for: first those whose going would break a
//! disruption budget, each time the most important first. Of those that are equally important the one goes first that started last. As there is no time
//! here, each order among them is possible (but one that has not started yet is behind those that have): as many outcomes as there are ways to choose among
//! Pods that differ. A filter that no longer admits the Pod once another is put back is taken not to admit it with still more of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use evenkeel_control::{Client, Pause};
use evenkeel_object::{Object, Value};

use super::budgets::{self, Breaking, Budget, Claim};
use super::sieve::Asked;
use super::supposed;
use crate::nodes::was_admitted;
use crate::pods;

/// A node on which room could be made, and at what price.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) node: String,
    /// Groups of Pods that are alike, the most important first, each with how many of it have to go.
    pub(super) victims: Vec<(Vec<Object>, usize)>,
    /// How many of them break a disruption budget by going.
    n_breaking: usize,
}

impl Candidate {
    /// What is paid: less is better. When the victims started is not known.
    ///
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/preemption/preemption.go#L337>: `pickOneNodeForPreemption`
    pub(super) fn price(&self) -> (usize, i64, i64, usize) {
        let priorities = || {
            let each = |(pods, count): &(Vec<Object>, usize)| vec![pods::priority(&pods[0]); *count];
            self.victims.iter().flat_map(each)
        };
        // So that a few of a negative priority are not better than fewer of it.
        let sum = priorities().map(|priority| priority + (1 << 31)).sum();
        (self.n_breaking, priorities().next().unwrap_or(0), sum, priorities().count())
    }
}

/// Pods that are alike.
struct Kin {
    pods: Vec<Object>,
    budgets: Vec<usize>,
}

/// How dispensable a Pod is, the most important first.
type Rank = (Reverse<i64>, bool);

fn rank(pod: &Object) -> Rank {
    (Reverse(pods::priority(pod)), !was_admitted(pod))
}

/// How many Pods of each kin.
type Counts = Vec<usize>;

/// The ways to make room on a node by taking away some of the Pods that `may_go`; none if that does not help.
pub(super) fn candidates(
    client: &mut Client<'_>,
    asked: &Asked<'_>,
    scene: &Scene<'_>,
) -> Result<Vec<Candidate>, Pause> {
    let mut selection = Selection::new(asked, scene);
    let none: Counts = vec![0; selection.kins.len()];
    if none.is_empty() || !selection.fits(client, &none)? {
        return Ok(Vec::new());
    }
    let mut found = BTreeSet::new();
    for breaking in selection.broken(scene.budgets) {
        found.extend(selection.reprieved(client, &breaking)?);
    }
    Ok(found
        .into_iter()
        .filter(|(kept, _)| *kept != selection.counts())
        .map(|(kept, n_breaking)| selection.candidate(&kept, n_breaking))
        .collect())
}

/// What there is on a node, and around it.
pub(super) struct Scene<'s> {
    pub(super) node: &'s Object,
    /// All Pods that are on nodes, as filters see them.
    pub(super) bound: &'s [Object],
    /// The Pods on this node that are less important, as they are.
    pub(super) may_go: Vec<Object>,
    /// The Pods that wait for room on this node and come first.
    pub(super) ahead: Vec<Object>,
    pub(super) budgets: &'s [Budget],
}

struct Selection<'s> {
    asked: &'s Asked<'s>,
    scene: &'s Scene<'s>,
    kins: Vec<Kin>,
    /// The kins of each rank.
    ranks: Vec<Range<usize>>,
    /// The Pods that stay in any case.
    staying: Vec<Object>,
    /// Whether the Pod fits if so many of each kin stay.
    known: BTreeMap<Counts, bool>,
}

impl<'s> Selection<'s> {
    fn new(asked: &'s Asked<'s>, scene: &'s Scene<'s>) -> Selection<'s> {
        let mut grouped: BTreeMap<(Rank, Vec<usize>, Value), Vec<Object>> = BTreeMap::new();
        for pod in &scene.may_go {
            let id = (rank(pod), budgets::of(scene.budgets, pod), pods::character(pod));
            grouped.entry(id).or_default().push(pod.clone());
        }
        let all_ranks: Vec<Rank> = grouped.keys().map(|(rank, _, _)| *rank).collect();
        let kins: Vec<Kin> = grouped.into_iter().map(|((_, budgets, _), pods)| Kin { pods, budgets }).collect();
        let mut ranks = Vec::new();
        let mut start = 0;
        for same in all_ranks.chunk_by(PartialEq::eq) {
            ranks.push(start..start + same.len());
            start += same.len();
        }
        let goes = |pod: &Object| scene.may_go.iter().any(|other| other.key() == pod.key());
        let staying = scene.bound.iter().filter(|pod| !goes(pod)).cloned().collect();
        Selection { asked, scene, kins, ranks, staying, known: BTreeMap::new() }
    }

    fn counts(&self) -> Counts {
        self.kins.iter().map(|kin| kin.pods.len()).collect()
    }

    /// How many of each kin break a disruption budget: every way in which that may be.
    fn broken(&self, all: &[Budget]) -> BTreeSet<Breaking> {
        let claim = |kin: &Kin| Claim { n_pods: kin.pods.len(), budgets: kin.budgets.clone() };
        let ranks: Vec<Vec<Claim>> =
            self.ranks.iter().map(|rank| self.kins[rank.clone()].iter().map(claim).collect()).collect();
        budgets::broken(all, &ranks)
    }

    /// How many of each kin can stay: every way in which that may be, each with how many break a budget by going.
    fn reprieved(&mut self, client: &mut Client<'_>, breaking: &Breaking) -> Result<BTreeSet<(Counts, usize)>, Pause> {
        let others: Counts = self.counts().iter().zip(breaking).map(|(all, some)| all - some).collect();
        let none: Counts = vec![0; self.kins.len()];
        let mut ways = BTreeSet::from([(none, 0)]);
        for (counts, breaks) in [(breaking, true), (&others, false)] {
            for rank in self.ranks.clone() {
                let mut longer = BTreeSet::new();
                for (kept, n_breaking) in ways {
                    for more in self.fullest(client, &kept, (rank.clone(), counts))? {
                        let n_going = rank.clone().map(|kin| kept[kin] + counts[kin] - more[kin]).sum::<usize>();
                        longer.insert((more, n_breaking + if breaks { n_going } else { 0 }));
                    }
                }
                ways = longer;
            }
        }
        Ok(ways)
    }

    /// The ways to put back so many of `counts` of a rank that none of the others could be put back, too.
    fn fullest(
        &mut self,
        client: &mut Client<'_>,
        kept: &Counts,
        (rank, counts): (Range<usize>, &Counts),
    ) -> Result<Vec<Counts>, Pause> {
        let mut full = kept.clone();
        rank.clone().for_each(|kin| full[kin] += counts[kin]);
        let mut found = Vec::new();
        // Each with the kin from which on more may be taken away, so that nothing is tried twice.
        let mut open = vec![(full.clone(), rank.start)];
        while let Some((now, from)) = open.pop() {
            if self.fits(client, &now)? {
                if self.is_fullest(client, &now, (&full, rank.clone()))? {
                    found.push(now);
                }
                continue;
            }
            for kin in (from..rank.end).filter(|&kin| now[kin] > kept[kin]) {
                let mut less = now.clone();
                less[kin] -= 1;
                open.push((less, kin));
            }
        }
        Ok(found)
    }

    fn is_fullest(
        &mut self,
        client: &mut Client<'_>,
        now: &Counts,
        (full, rank): (&Counts, Range<usize>),
    ) -> Result<bool, Pause> {
        for kin in rank.filter(|&kin| now[kin] < full[kin]) {
            let mut more = now.clone();
            more[kin] += 1;
            if self.fits(client, &more)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the Pod fits if so many of each kin stay.
    fn fits(&mut self, client: &mut Client<'_>, kept: &Counts) -> Result<bool, Pause> {
        if let Some(known) = self.known.get(kept) {
            return Ok(*known);
        }
        let kept_pods = self.kins.iter().zip(kept).flat_map(|(kin, count)| kin.pods[..*count].iter().cloned());
        let there: Vec<Object> = self.staying.iter().cloned().chain(kept_pods).collect();
        let Scene { node, ahead, .. } = self.scene;
        let fits = !supposed::sieved(client, self.asked, node, &there, ahead)?.open.is_empty();
        self.known.insert(kept.clone(), fits);
        Ok(fits)
    }

    fn candidate(&self, kept: &Counts, n_breaking: usize) -> Candidate {
        let going = self.kins.iter().zip(kept).map(|(kin, kept)| (kin.pods.clone(), kin.pods.len() - kept));
        let victims = going.filter(|(_, count)| *count > 0).collect();
        Candidate { node: self.scene.node.name().to_owned(), victims, n_breaking }
    }
}
