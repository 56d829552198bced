//! A script on a topology, as an algorithm.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Mistake;
use super::expression::{Expression, Fold, Tree, Whose};
use super::parse::{Action, Block, Script, Who};
use crate::algorithm::{Algorithm, Move, Standing, View};
use crate::algorithms::Parameters;
use crate::topology::{Shape, Topology};

/// The most views of a process that are looked at beforehand, so that nothing can go wrong later.
const VIEWS_MAX: u64 = 1 << 20;

/// The least value of a variable at a process, and how many it has.
#[derive(Clone, Copy, Debug)]
struct Domain {
    least: i64,
    size: u32,
}

/// An algorithm that is written down.
pub(crate) struct Program {
    script: Script,
    topology: Topology,
    given: BTreeMap<String, i64>,
    /// By process and variable.
    domains: Vec<Vec<Domain>>,
    /// The block of each process, if it has one.
    blocks: Vec<Option<usize>>,
    /// What went wrong when legitimacy was computed.
    failure: RefCell<Option<Mistake>>,
}

/// Where an expression is computed.
#[derive(Clone, Copy)]
struct Scene<'s> {
    program: &'s Program,
    /// The process whose variables need no name; none where it is about all.
    process: Option<usize>,
    values: &'s dyn Fn(usize) -> u32,
    /// How many processes are enabled, and how many actions.
    counts: (u32, u32),
}

/// The processes that go by a name.
type Bound<'b> = Vec<(&'b str, usize)>;

impl Program {
    pub(crate) fn new(script: Script, topology: &Topology, parameters: &Parameters) -> Result<Program, Vec<Mistake>> {
        let n = topology.size();
        let given = BTreeMap::from([("n".to_owned(), n as i64)]);
        let (domains, blocks, failure) = (Vec::new(), Vec::new(), RefCell::default());
        let mut program = Program { script, topology: topology.clone(), given, domains, blocks, failure };
        let mut mistakes = program.take(parameters);
        mistakes.extend(program.place_blocks());
        if mistakes.is_empty() {
            for process in 0..n {
                match program.domains_at(process) {
                    Ok(domains) => program.domains.push(domains),
                    Err(mistake) => mistakes.push(mistake),
                }
            }
        }
        if mistakes.is_empty() {
            mistakes = program.rehearse();
        }
        mistakes.sort();
        mistakes.dedup_by_key(|mistake| (mistake.line, mistake.column));
        if mistakes.is_empty() { Ok(program) } else { Err(mistakes) }
    }

    /// Takes the parameters, and their defaults where nothing was given.
    fn take(&mut self, parameters: &Parameters) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (name, default) in &self.script.parameters {
            let number = match parameters.get(name) {
                Some(number) => Ok(i64::from(*number)),
                None => self.alone(default, None),
            };
            match number {
                Ok(number) => drop(self.given.insert(name.clone(), number)),
                Err(what) => mistakes.push(default.mistake(what)),
            }
        }
        let known = |name: &&String| self.script.parameters.iter().any(|(known, _)| known == *name);
        for unknown in parameters.keys().filter(|name| !known(name)) {
            mistakes.push(Mistake { line: 1, column: 1, what: format!("there is no parameter {unknown:?}") });
        }
        mistakes
    }

    fn place_blocks(&mut self) -> Vec<Mistake> {
        let n = self.topology.size();
        let mut mistakes = Vec::new();
        let mut blocks = vec![None; n];
        for (number, Block { who, line, .. }) in self.script.blocks.iter().enumerate() {
            let process = match who {
                Who::One(process) => *process,
                Who::Last => n - 1,
                Who::Others => continue,
            };
            if process >= n {
                let what = format!("there are processes 0 to {}, and none of number {process}", n - 1);
                mistakes.push(Mistake { line: *line, column: 9, what });
            } else {
                blocks[process] = Some(number);
            }
        }
        let others = self.script.blocks.iter().position(|block| block.who == Who::Others);
        self.blocks = blocks.into_iter().map(|block| block.or(others)).collect();
        mistakes
    }

    fn domains_at(&self, process: usize) -> Result<Vec<Domain>, Mistake> {
        let variables = self.script.variables.iter();
        let domains: Result<Vec<Domain>, Mistake> = variables
            .map(|variable| {
                let Some([least, most]) = &variable.bounds else { return Ok(Domain { least: 0, size: 2 }) };
                let number = |bound: &Expression| self.alone(bound, Some(process)).map_err(|what| bound.mistake(what));
                let (from, to) = (number(least)?, number(most)?);
                match u32::try_from(to.saturating_sub(from).saturating_add(1)) {
                    Ok(size) if size > 0 && size <= 1 << 16 => Ok(Domain { least: from, size }),
                    _ => Err(least.mistake(format!("1 to 65536 values were expected, not those from {from} to {to}"))),
                }
            })
            .collect();
        let n_values = |all: &[Domain]| all.iter().fold(1_u64, |all, one| all.saturating_mul(one.size.into()));
        let what = format!("process {process} can hold too many different values; at most {VIEWS_MAX} were expected");
        domains.and_then(|all| match n_values(&all) <= VIEWS_MAX {
            true => Ok(all),
            false => Err(Mistake { line: 1, column: 1, what }),
        })
    }

    /// What an expression comes to that reads no variable.
    fn alone(&self, expression: &Expression, process: Option<usize>) -> Result<i64, String> {
        let scene = Scene { program: self, process, values: &|_| 0, counts: (0, 0) };
        scene.value(&expression.tree, &mut Vec::new())
    }

    /// Goes through everything that each process can come to see.
    fn rehearse(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for process in 0..self.topology.size() {
            let seen: Vec<usize> = [process].iter().chain(self.topology.neighbours(process)).copied().collect();
            let domains: Vec<u32> = seen.iter().map(|&process| self.domain(process)).collect();
            let n_views = domains.iter().fold(1_u64, |all, &domain| all.saturating_mul(domain.into()));
            if n_views > VIEWS_MAX {
                let what =
                    format!("process {process} can see {n_views} different things; at most {VIEWS_MAX} were expected");
                mistakes.push(Mistake { line: 1, column: 1, what });
                continue;
            }
            let mut values = vec![0; domains.len()];
            loop {
                let view = View { process, own: values[0], neighbours: &values[1..] };
                if let Err(mistake) = self.acts(view, &mut Vec::new()) {
                    mistakes.push(mistake);
                    break;
                }
                let Some(place) = (0..values.len()).find(|&place| values[place] + 1 < domains[place]) else { break };
                values[..place].fill(0);
                values[place] += 1;
            }
        }
        mistakes.extend(self.check_legitimate());
        mistakes
    }

    /// Whether legitimacy can be computed, as far as one configuration tells.
    fn check_legitimate(&self) -> Vec<Mistake> {
        let values = vec![0; self.topology.size()];
        self.is_legitimate(Standing { values: &values, n_enabled: 0, n_privileges: 0 }).err().into_iter().collect()
    }

    fn acts(&self, view: View<'_>, moves: &mut Vec<Move>) -> Result<(), Mistake> {
        let Some(block) = self.blocks[view.process] else { return Ok(()) };
        let neighbours = self.topology.neighbours(view.process);
        let values = |process: usize| {
            let place = neighbours.iter().position(|&other| other == process);
            place.map_or(view.own, |place| view.neighbours[place])
        };
        let scene = Scene { program: self, process: Some(view.process), values: &values, counts: (0, 0) };
        for (number, action) in (0..).zip(&self.script.blocks[block].actions) {
            match &action.each {
                None => moves.extend(scene.act(number, action, Vec::new())?),
                Some(name) => {
                    for &neighbour in neighbours {
                        moves.extend(scene.act(number, action, vec![(name, neighbour)])?);
                    }
                }
            }
        }
        Ok(())
    }

    fn is_legitimate(&self, standing: Standing<'_>) -> Result<bool, Mistake> {
        let values = |process: usize| standing.values[process];
        let counts = (standing.n_enabled, standing.n_privileges);
        for demand in &self.script.legitimate {
            let processes = if demand.is_local { (0..standing.values.len()).map(Some).collect() } else { vec![None] };
            for process in processes {
                let scene = Scene { program: self, process, values: &values, counts };
                let met = scene.value(&demand.expression.tree, &mut Vec::new());
                if met.map_err(|what| demand.expression.mistake(what))? == 0 {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The value of one variable, from those of all of a process.
    fn read(&self, process: usize, variable: usize, value: u32) -> i64 {
        let domains = &self.domains[process];
        let below: u32 = domains[..variable].iter().map(|domain| domain.size).product();
        domains[variable].least + i64::from(value / below % domains[variable].size)
    }
}

impl Scene<'_> {
    /// What an action does here, if its guard holds.
    fn act<'a>(&self, number: u8, action: &'a Action, mut bound: Bound<'a>) -> Result<Option<Move>, Mistake> {
        let process = self.process.unwrap_or_default();
        let mut compute = |expression: &'a Expression| {
            self.value(&expression.tree, &mut bound).map_err(|what| expression.mistake(what))
        };
        if compute(&action.guard)? == 0 {
            return Ok(None);
        }
        let mut value = (self.values)(process);
        for (variable, expression) in &action.assignments {
            let number = compute(expression)?;
            let domain = self.program.domains[process][*variable];
            let place = u32::try_from(number - domain.least).ok().filter(|place| *place < domain.size);
            let Some(place) = place else {
                let most = domain.least + i64::from(domain.size) - 1;
                let name = &self.program.script.variables[*variable].name;
                let what = format!(
                    "{}: {name} would become {number} at process {process}, where {} to {most} were expected",
                    action.name, domain.least
                );
                return Err(expression.mistake(what));
            };
            let below: u32 = self.program.domains[process][..*variable].iter().map(|domain| domain.size).product();
            let old = value / below % domain.size;
            value = value + place * below - old * below;
        }
        Ok(Some(Move::to(number, value)))
    }

    fn value<'a>(&self, tree: &'a Tree, bound: &mut Bound<'a>) -> Result<i64, String> {
        Ok(match tree {
            Tree::Number(number) => *number,
            Tree::Given(name) => self.given(name)?,
            Tree::Variable(whose, variable) => {
                let process = self.whose(whose, bound)?;
                self.program.read(process, *variable, (self.values)(process))
            }
            Tree::Id(name) => named(name, bound)? as i64,
            Tree::Place(name) => self.place(self.process, named(name, bound)?)?,
            Tree::Back(name) => self.place(Some(named(name, bound)?), self.process.unwrap_or_default())?,
            Tree::Not(tree) => i64::from(self.value(tree, bound)? == 0),
            Tree::Minus(tree) => -self.value(tree, bound)?,
            Tree::Two(sign, both) => self.two(sign, both, bound)?,
            Tree::If(all) => {
                let chosen = if self.value(&all[0], bound)? != 0 { &all[1] } else { &all[2] };
                self.value(chosen, bound)?
            }
            Tree::Over(fold, name, tree) => self.over(*fold, name, tree, bound)?,
        })
    }

    fn given(&self, name: &str) -> Result<i64, String> {
        match (name, self.process) {
            ("enabled", _) => Ok(self.counts.0.into()),
            ("privileges", _) => Ok(self.counts.1.into()),
            ("id", Some(process)) => Ok(process as i64),
            ("degree", Some(process)) => Ok(self.program.topology.neighbours(process).len() as i64),
            _ => self.program.given.get(name).copied().ok_or_else(|| format!("{name} is not known here")),
        }
    }

    fn whose(&self, whose: &Whose, bound: &Bound<'_>) -> Result<usize, String> {
        let own = self.process.unwrap_or_default();
        let n = self.program.topology.size();
        let none = |side: &str| format!("process {own} has no {side} neighbour");
        match (whose, self.program.topology.shape()) {
            (Whose::Own, _) => Ok(own),
            (Whose::Named(name), _) => named(name, bound),
            (Whose::Left, Shape::Ring) => Ok((own + n - 1) % n),
            (Whose::Right, Shape::Ring) => Ok((own + 1) % n),
            (Whose::Left, Shape::Chain) => own.checked_sub(1).ok_or_else(|| none("left")),
            (Whose::Right, Shape::Chain) => Some(own + 1).filter(|right| *right < n).ok_or_else(|| none("right")),
            (Whose::Left | Whose::Right, Shape::Other) => {
                Err("left and right are known on a ring and on a chain only".to_owned())
            }
        }
    }

    /// The place of a process among the neighbours of another, from 1.
    fn place(&self, of: Option<usize>, process: usize) -> Result<i64, String> {
        let neighbours = self.program.topology.neighbours(of.unwrap_or_default());
        let place = neighbours.iter().position(|&other| other == process);
        place.map(|place| place as i64 + 1).ok_or_else(|| format!("process {process} is no neighbour"))
    }

    fn two<'a>(&self, sign: &str, both: &'a [Tree; 2], bound: &mut Bound<'a>) -> Result<i64, String> {
        let left = self.value(&both[0], bound)?;
        match (sign, left) {
            ("&&", 0) => return Ok(0),
            ("||", 1..) => return Ok(1),
            _ => {}
        }
        let right = self.value(&both[1], bound)?;
        let too_large = || format!("{left} {sign} {right} is too large");
        match sign {
            "&&" | "||" => Ok(right),
            "==" => Ok(i64::from(left == right)),
            "!=" => Ok(i64::from(left != right)),
            "<" => Ok(i64::from(left < right)),
            "<=" => Ok(i64::from(left <= right)),
            ">" => Ok(i64::from(left > right)),
            ">=" => Ok(i64::from(left >= right)),
            "+" => left.checked_add(right).ok_or_else(too_large),
            "-" => left.checked_sub(right).ok_or_else(too_large),
            "*" => left.checked_mul(right).ok_or_else(too_large),
            // As in mathematics: what is left over is never negative.
            "/" => left.checked_div_euclid(right).ok_or_else(|| format!("{left} cannot be divided by {right}")),
            _ => left.checked_rem_euclid(right).ok_or_else(|| format!("{left} cannot be divided by {right}")),
        }
    }

    fn over<'a>(&self, fold: Fold, name: &'a str, tree: &'a Tree, bound: &mut Bound<'a>) -> Result<i64, String> {
        let everybody: Vec<usize> = (0..self.program.topology.size()).collect();
        let all = self.process.map_or(&everybody[..], |process| self.program.topology.neighbours(process));
        let mut values = Vec::with_capacity(all.len());
        for &process in all {
            bound.push((name, process));
            let value = self.value(tree, bound);
            bound.pop();
            values.push(value?);
        }
        let values = values.into_iter();
        match fold {
            Fold::Any => Ok(i64::from(values.max() == Some(1))),
            Fold::All => Ok(i64::from(values.min() != Some(0))),
            Fold::Count | Fold::Sum => Ok(values.sum()),
            Fold::Min => values.min().ok_or_else(|| "there is nobody of whom to take the least".to_owned()),
            Fold::Max => values.max().ok_or_else(|| "there is nobody of whom to take the greatest".to_owned()),
        }
    }
}

fn named(name: &str, bound: &Bound<'_>) -> Result<usize, String> {
    let found = bound.iter().rev().find(|(known, _)| *known == name);
    found.map(|(_, process)| *process).ok_or_else(|| format!("{name} is nobody here"))
}

impl Algorithm for Program {
    fn domain(&self, process: usize) -> u32 {
        self.domains[process].iter().map(|domain| domain.size).product()
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        self.acts(view, moves).expect("everything that can be seen was rehearsed");
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        self.is_legitimate(standing).unwrap_or_else(|mistake| {
            self.failure.borrow_mut().get_or_insert(mistake);
            false
        })
    }

    fn failure(&self) -> Option<String> {
        self.failure.borrow().as_ref().map(Mistake::to_string)
    }

    fn told(&self, process: usize, value: u32) -> String {
        let all = (0..self.script.variables.len()).map(|variable| self.read(process, variable, value).to_string());
        all.collect::<Vec<_>>().join("/")
    }
}
