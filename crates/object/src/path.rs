//! A place in a value.

use std::fmt;
use std::sync::Arc;

use crate::Value;

/// One step into a value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// Into the field of that name.
    Field(Arc<str>),
    /// Into the item at that place.
    Index(usize),
}

/// The way from the top of a value to a place in it. Is written `.spec.containers[0].image`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The top.
    pub fn root() -> Path {
        Path::default()
    }

    /// One field further.
    #[must_use]
    pub fn field(&self, name: &str) -> Path {
        self.then(Step::Field(name.into()))
    }

    /// One item further.
    #[must_use]
    pub fn index(&self, index: usize) -> Path {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }

    /// What stands at this place; `null` where there is nothing.
    pub fn of<'v>(&self, value: &'v Value) -> &'v Value {
        self.0.iter().fold(value, |value, step| match step {
            Step::Field(name) => &value[&**name],
            Step::Index(index) => &value[*index],
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Field(name) if is_plain(name) => write!(f, ".{name}")?,
                Step::Field(name) => write!(f, "[\"{name}\"]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_reads_as_people_write_it() {
        let path = Path::root().field("metadata").field("labels").field("app.kubernetes.io/name");
        assert_eq!(path.to_string(), ".metadata.labels[\"app.kubernetes.io/name\"]");
        assert_eq!(Path::root().field("items").index(2).field("a").to_string(), ".items[2].a");
    }
}
