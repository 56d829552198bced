//! Small controllers that are drawn by chance.

use std::collections::BTreeMap;

use evenkeel_api::{Read, Scope};
use evenkeel_control::{Client, Controller, Done, Event, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value, json};

/// Writes to one or two objects by a table of what it reads, each of which holds one of a few values or is not there.
#[derive(Clone, Debug)]
pub(super) struct Toy {
    name: String,
    own: Key,
    reads: Vec<Key>,
    /// By the values read, as digits to the base of [`VALUES`].
    table: Vec<Vec<Deed>>,
    is_told: bool,
    /// Whether it reads again before each of its deeds but the first, and leaves it if it would not have come to do it.
    reads_again: bool,
    own_writes: OwnWrites,
}

#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// Replaces an object, if it is as it was read.
    Update(Key, u64),
    /// Sets a value whatever there is.
    Patch(Key, u64),
    Create(Key, u64),
    Delete(Key),
    /// Ends with an error.
    Fail,
}

impl Deed {
    fn key(&self) -> Option<&Key> {
        match self {
            Deed::Update(key, _) | Deed::Patch(key, _) | Deed::Create(key, _) | Deed::Delete(key) => Some(key),
            Deed::Fail => None,
        }
    }
}

/// Not there, and three values.
const VALUES: usize = 4;

pub(super) fn object(key: &Key, value: u64) -> Object {
    Object(Value::from(json!({"apiVersion": "v1", "kind": &*key.kind.name,
        "metadata": {"name": &*key.name, "namespace": "x", "labels": {"v": value.to_string()}}})))
}

fn value(object: Option<&Object>) -> usize {
    object.map_or(0, |object| 1 + object.labels()["v"].text().parse::<usize>().expect("a value is a number"))
}

impl Controller for Toy {
    fn name(&self) -> &str {
        &self.name
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::one(&self.own)]
    }

    fn wakes(&self) -> Wakes {
        if self.is_told {
            Wakes::On(self.reads.iter().map(|key| key.kind.clone()).collect())
        } else {
            Wakes::OnWhatItReads
        }
    }

    fn woken(&self, event: &Event, _: &mut dyn Read) -> Vec<Key> {
        if self.reads.contains(&event.object().key()) { vec![self.own.clone()] } else { Vec::new() }
    }

    fn own_writes(&self) -> OwnWrites {
        self.own_writes
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        if client.get(key)?.is_none() {
            return Ok(Done::Settled);
        }
        let (mut row, mut found) = self.look(client)?;
        for (number, deed) in self.table[row].iter().enumerate() {
            if self.reads_again && number > 0 {
                (row, found) = self.look(client)?;
                if self.table[row].is_empty() {
                    return Ok(Done::Settled);
                }
            }
            let answer = match deed {
                Deed::Update(key, value) => {
                    let Some(mut there) = found.get(key).cloned().flatten() else { return Ok(Done::Settled) };
                    there.set(&["metadata", "labels", "v"], value.to_string());
                    client.update(there)?
                }
                Deed::Patch(key, value) => {
                    client.patch(key, Value::from(json!({"metadata": {"labels": {"v": value.to_string()}}})))?
                }
                Deed::Create(key, value) => client.create(object(key, *value))?,
                Deed::Delete(key) => client.delete(key)?,
                Deed::Fail => return Ok(Done::Retry("it does not like it".to_owned())),
            };
            if let Err(status) = answer {
                return Ok(Done::retry(&status));
            }
        }
        Ok(Done::Settled)
    }
}

impl Toy {
    /// The row of its table for what it reads, and that.
    fn look(&self, client: &mut Client<'_>) -> Result<(usize, BTreeMap<&Key, Option<Object>>), Pause> {
        let mut found = BTreeMap::new();
        for key in &self.reads {
            found.insert(key, client.get(key)?);
        }
        let row = self.reads.iter().fold(0, |row, key| row * VALUES + value(found[key].as_ref()));
        Ok((row, found))
    }
}

/// Numbers by chance, the same each time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn deed(&mut self, keys: &[Key]) -> Deed {
        let key = keys[self.roll(keys.len() as u64) as usize].clone();
        match self.roll(12) {
            0..=3 => Deed::Update(key, self.roll(3)),
            4..=6 => Deed::Patch(key, self.roll(3)),
            7..=8 => Deed::Create(key, self.roll(3)),
            9..=10 => Deed::Delete(key),
            _ => Deed::Fail,
        }
    }

    /// One that changes an object until another is there, and one that makes the other if nobody has changed the first meanwhile.
    pub(super) fn race(&mut self, keys: &[Key]) -> [Toy; 2] {
        let (own, other) = (keys[0].clone(), keys[1 + self.roll(2) as usize].clone());
        let toy = |name: &str, deeds: &dyn Fn(usize) -> Vec<Deed>| Toy {
            name: name.to_owned(),
            own: own.clone(),
            reads: vec![own.clone(), other.clone()],
            table: (0..VALUES * VALUES)
                .map(|row| if row % VALUES == 0 { deeds(row / VALUES) } else { Vec::new() })
                .collect(),
            is_told: true,
            reads_again: false,
            own_writes: OwnWrites::Ignored,
        };
        let value = self.roll(2);
        let blinker = toy("blinker", &|now| {
            if now == 0 { Vec::new() } else { vec![Deed::Patch(own.clone(), u64::from(now == 1))] }
        });
        let watchman = toy("watchman", &|_| vec![Deed::Update(own.clone(), value), Deed::Create(other.clone(), 0)]);
        [blinker, watchman]
    }

    pub(super) fn toy(&mut self, number: usize, keys: &[Key]) -> Toy {
        let own = keys[self.roll(keys.len() as u64) as usize].clone();
        let mut reads = vec![own.clone()];
        let other = keys[self.roll(keys.len() as u64) as usize].clone();
        if !reads.contains(&other) {
            reads.push(other);
        }
        let rows = VALUES.pow(reads.len() as u32);
        // Who writes one object twice in one step can change nothing by it; whether that rests is not the question here.
        let table = (0..rows).map(|_| {
            let mut deeds: Vec<Deed> = (0..self.roll(3)).map(|_| self.deed(&reads)).collect();
            deeds.dedup_by_key(|deed| deed.key().cloned());
            deeds
        });
        let table = table.collect();
        let own_writes = [OwnWrites::Ignored, OwnWrites::Awaited, OwnWrites::Known][self.roll(3) as usize];
        Toy {
            name: format!("toy-{number}"),
            own,
            reads,
            table,
            is_told: self.roll(2) == 0,
            reads_again: self.roll(2) == 0,
            own_writes,
        }
    }
}

pub(super) fn keys() -> Vec<Key> {
    let [map, account] = ["ConfigMap", "ServiceAccount"].map(|kind| Kind::new("", kind));
    vec![Key::new(map.clone(), "x", "a"), Key::new(account, "x", "b"), Key::new(map, "x", "c")]
}
