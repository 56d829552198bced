//! An algorithm on a topology under a daemon, as a space of configurations.

use evenkeel_check::space::{Choices, Space};

use crate::algorithm::{Algorithm, Outcome, Standing};
use crate::daemon::{Daemon, bits};
use crate::digits::{Digits, PROCESSES_MAX};
use crate::table::{Acts, Fresh, Table};
use crate::topology::Topology;

/// To whom fairness is owed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Owed {
    /// To each process.
    #[default]
    Process,
    /// To each action of each process.
    Action,
}

/// An algorithm, where it runs, and who moves.
pub struct Laboratory {
    algorithm: Box<dyn Algorithm>,
    topology: Topology,
    daemon: Daemon,
    owed: Owed,
    digits: Digits,
    /// How far apart configurations are that differ in one process's value by one.
    radices: Vec<u32>,
    size: u32,
    tables: Vec<Table>,
    /// The neighbours of each process, as bits.
    neighbours: Vec<u64>,
    n_actions: usize,
}

/// Takes whom a way of moving serves, and the configurations that it may come to with their chances.
type Each<'e> = dyn FnMut(u64, &[(u32, f64)]) + 'e;

/// A process that moves: its place, its value, and what it may do.
struct Mover<'t> {
    process: usize,
    acts: Acts<'t>,
}

impl Laboratory {
    /// Sets up an algorithm; says what cannot be.
    pub fn new(algorithm: Box<dyn Algorithm>, topology: Topology, daemon: Daemon) -> Result<Laboratory, String> {
        let n = topology.size();
        let domains: Vec<u32> = (0..n).map(|process| algorithm.domain(process)).collect();
        let size = domains.iter().fold(1_u64, |size, &domain| size.saturating_mul(domain.into()));
        let most = u64::from(u32::MAX) - 2;
        if size > most {
            return Err(format!("there are {size} configurations or more; at most {most} can be looked at"));
        }
        let tables: Vec<Table> = (0..n).map(|process| Table::of(&*algorithm, &topology, process)).collect();
        if daemon != Daemon::Central && tables.iter().any(Table::writes_elsewhere) {
            return Err(format!("what is handed to a neighbour needs the central daemon, not the {daemon} one"));
        }
        let n_actions = 1 + tables.iter().map(|table| usize::from(table.last_action())).max().unwrap_or(0);
        let radices = (0..n).map(|process| domains[..process].iter().product()).collect();
        let neighbours = (0..n).map(|p| topology.neighbours(p).iter().fold(0, |all, j| all | 1 << j)).collect();
        let digits = Digits::of(&domains);
        Ok(Laboratory {
            algorithm,
            topology,
            daemon,
            owed: Owed::Process,
            digits,
            radices,
            size: size as u32,
            tables,
            neighbours,
            n_actions,
        })
    }

    /// The same with fairness for that.
    pub fn owing(mut self, owed: Owed) -> Result<Laboratory, String> {
        let n_duties = self.topology.size() * self.n_actions;
        let is_known = self.tables.iter().all(Table::is_kept);
        if owed == Owed::Action && (n_duties > 64 || !is_known) {
            return Err(format!("fairness can be owed to 64 actions at most, not to {n_duties}"));
        }
        self.owed = owed;
        Ok(self)
    }

    /// Where it runs.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Why what was found cannot be relied on, if so.
    pub fn failure(&self) -> Option<String> {
        self.algorithm.failure()
    }

    /// The value of each process in a configuration, for people.
    pub fn told(&self, configuration: u32) -> Vec<String> {
        let mut values = [0; PROCESSES_MAX];
        let values = self.values(configuration, &mut values);
        values.iter().enumerate().map(|(process, &value)| self.algorithm.told(process, value)).collect()
    }

    #[inline]
    fn values<'v>(&self, configuration: u32, into: &'v mut [u32; PROCESSES_MAX]) -> &'v [u32] {
        self.digits.read(configuration, into)
    }

    #[inline(always)]
    fn acts<'t>(&'t self, process: usize, values: &[u32], fresh: &'t mut Fresh) -> Acts<'t> {
        let table = &self.tables[process];
        if table.is_kept() { table.at(values) } else { table.worked_out(&*self.algorithm, values, fresh) }
    }

    fn duty(&self, process: usize, action: u8) -> u64 {
        match self.owed {
            Owed::Process => 1 << process,
            Owed::Action => 1 << (process * self.n_actions + usize::from(action)),
        }
    }

    /// By how much a configuration's number changes with an outcome.
    #[inline]
    fn shift(&self, process: usize, outcome: &Outcome, values: &[u32]) -> i64 {
        let step = |process: usize, value: u32| {
            (i64::from(value) - i64::from(values[process])) * i64::from(self.radices[process])
        };
        let own = step(process, outcome.value);
        let elsewhere = outcome.elsewhere.map(|(place, value)| step(self.topology.neighbours(process)[place], value));
        own + elsewhere.unwrap_or(0)
    }

    #[inline(always)]
    fn enabled_in(&self, values: &[u32], fresh: &mut Fresh) -> u64 {
        (0..values.len())
            .fold(0, |set, process| set | u64::from(!self.acts(process, values, fresh).acts.is_empty()) << process)
    }

    fn one_at_a_time(&self, configuration: u32, values: &[u32], choices: &mut Choices) {
        let mut fresh = Fresh::default();
        let (mut views, mut enabled) = ([0; PROCESSES_MAX], 0_u64);
        for (process, table) in self.tables.iter().enumerate() {
            views[process] = table.view(values);
            let is_enabled = match table.is_kept() {
                true => table.is_enabled(views[process]),
                false => !self.acts(process, values, &mut fresh).acts.is_empty(),
            };
            enabled |= u64::from(is_enabled) << process;
        }
        let n_enabled = enabled.count_ones() as usize;
        for process in bits(enabled) {
            let table = &self.tables[process];
            let acts =
                if table.is_kept() { table.of_view(views[process]) } else { self.acts(process, values, &mut fresh) };
            let weight = 1.0 / (n_enabled * acts.acts.len()) as f64;
            for act in acts.acts {
                for outcome in acts.outcomes(act) {
                    let target = i64::from(configuration) + self.shift(process, outcome, values);
                    choices.lead(target as u32, outcome.chance);
                }
                choices.choose(1 << process, self.duty(process, act.action), weight);
            }
        }
    }

    fn several(&self, configuration: u32, values: &[u32], choices: &mut Choices) {
        let mut fresh: Vec<Fresh> = values.iter().map(|_| Fresh::default()).collect();
        let all: Vec<Mover<'_>> = fresh
            .iter_mut()
            .enumerate()
            .map(|(process, fresh)| Mover { process, acts: self.acts(process, values, fresh) })
            .collect();
        let enabled = all.iter().filter(|m| !m.acts.acts.is_empty()).fold(0, |set, m| set | 1 << m.process);
        let mut n_sets = 0_u64;
        self.daemon.sets(enabled, &self.neighbours, &mut |_| n_sets += 1);
        self.daemon.sets(enabled, &self.neighbours, &mut |set| {
            let movers: Vec<&Mover<'_>> = bits(set).map(|process| &all[process]).collect();
            let n_ways: usize = movers.iter().map(|mover| mover.acts.acts.len()).product();
            let weight = 1.0 / (n_sets as f64 * n_ways as f64);
            self.together(&movers, (configuration, values), &mut |served, outcomes| {
                outcomes.iter().for_each(|&(target, chance)| choices.lead(target, chance));
                choices.choose(set, served, weight);
            });
        });
    }

    /// Every way in which some processes can move at once: whom it serves, and what it may come to.
    fn together(&self, movers: &[&Mover<'_>], (configuration, values): (u32, &[u32]), each: &mut Each<'_>) {
        let mut chosen = vec![0; movers.len()];
        loop {
            let mut served = 0;
            let mut outcomes = vec![(configuration, 1.0)];
            for (mover, &at) in movers.iter().zip(&chosen) {
                let act = &mover.acts.acts[at];
                served |= self.duty(mover.process, act.action);
                let options = mover.acts.outcomes(act);
                outcomes = outcomes
                    .iter()
                    .flat_map(|&(target, chance)| {
                        options.iter().map(move |outcome| {
                            let target = i64::from(target) + self.shift(mover.process, outcome, values);
                            (target as u32, chance * outcome.chance)
                        })
                    })
                    .collect();
            }
            each(served, &outcomes);
            let Some(place) = (0..chosen.len()).find(|&at| chosen[at] + 1 < movers[at].acts.acts.len()) else { return };
            chosen[..place].fill(0);
            chosen[place] += 1;
        }
    }
}

impl Space for Laboratory {
    fn size(&self) -> u32 {
        self.size
    }

    fn exists(&self, configuration: u32) -> bool {
        if !self.algorithm.is_partial() {
            return true;
        }
        let mut buffer = [0; PROCESSES_MAX];
        self.algorithm.exists(self.values(configuration, &mut buffer))
    }

    fn legitimate(&self, configuration: u32) -> bool {
        let mut buffer = [0; PROCESSES_MAX];
        let values = self.values(configuration, &mut buffer);
        let (mut n_enabled, mut n_privileges) = (0, 0);
        let mut fresh = Fresh::default();
        for process in 0..values.len() {
            let n_acts = self.acts(process, values, &mut fresh).acts.len() as u32;
            n_enabled += u32::from(n_acts > 0);
            n_privileges += n_acts;
        }
        self.algorithm.legitimate(Standing { values, n_enabled, n_privileges })
    }

    fn enabled(&self, configuration: u32) -> u64 {
        let mut buffer = [0; PROCESSES_MAX];
        let values = self.values(configuration, &mut buffer);
        self.enabled_in(values, &mut Fresh::default())
    }

    fn duties(&self, configuration: u32) -> u64 {
        let mut buffer = [0; PROCESSES_MAX];
        let values = self.values(configuration, &mut buffer);
        let mut fresh = Fresh::default();
        (0..values.len()).fold(0, |set, process| {
            let acts = self.acts(process, values, &mut fresh);
            acts.acts.iter().fold(set, |set, act| set | self.duty(process, act.action))
        })
    }

    fn moves_are_steps(&self) -> bool {
        self.daemon == Daemon::Central
    }

    fn choices(&self, configuration: u32, choices: &mut Choices) {
        let mut buffer = [0; PROCESSES_MAX];
        let values = self.values(configuration, &mut buffer);
        match self.daemon {
            Daemon::Central => self.one_at_a_time(configuration, values, choices),
            _ => self.several(configuration, values, choices),
        }
    }
}
