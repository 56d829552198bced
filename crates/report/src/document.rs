//! The report of one check, as a document: what is written as JSON, and what every other rendering is made of.
//!
//! The format is told in `docs/report.md`. Fields may be added within a version; none is taken away or changes its meaning.

use evenkeel_system::Verdict;
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Reference, Step};
use evenkeel_object::Value;

/// The version of the format that is written and read.
pub const API_VERSION: &str = "evenkeel.dev/v1alpha1";
/// The kind of the document.
pub const KIND: &str = "Report";

/// What one check found, with everything that is needed to believe it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`API_VERSION`].
    pub api_version: String,
    /// [`KIND`].
    pub kind: String,
    /// The version of the program that wrote it.
    pub version: String,
    /// The word.
    #[serde(with = "word")]
    pub verdict: Verdict,
    /// The invariant that is broken, by the name that whoever claimed it gave it; only if the verdict is `violates`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invariant: Option<String>,
    /// What was assumed.
    pub assumptions: Assumptions,
    /// What is demanded besides what always is, a text each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demanded: Vec<String>,
    /// What was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input: Vec<Input>,
    /// The parts that do not touch and were explored apart, in the order of their names; none if there is one part only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What the search saw.
    pub statistics: Statistics,
    /// How far the search was allowed to go.
    pub limits: Limits,
    /// How many final states there are: legitimate, and nobody has anything left to do.
    pub finals: u64,
    /// The worst case until the first legitimate state; none where there is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_case: Option<WorstCase>,
    /// How few ready Pods each workload has on the way that had some before; only of a change to something that had settled, and if it settles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dips: Vec<Dip>,
    /// What shows that the verdict is right; none for `stabilizes`, nor for `undecided` where a limit was hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Kinds that no known controller acts on; their objects were taken as inert.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmodelled: Vec<Unmodelled>,
    /// Declared bookkeeping that was left out of the judgement (heartbeats, last-seen times, …), one text each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// How few ready Pods a workload has on the way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dip {
    /// The workload.
    pub object: Reference,
    /// How many of the Pods that it selects were ready before.
    pub before: u64,
    /// How many are in the state in which there are fewest.
    pub least: u64,
}

/// The assumptions under which a verdict holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumptions {
    /// Which processes may move in one step: `central`.
    pub daemon: String,
    /// Which infinite runs count: `unfair`, `weakly fair`.
    pub fairness: String,
    /// What one step is: `atomic` (a whole reconcile) or `interleaved` (one API call).
    pub granularity: String,
    /// How far caches may lag: `fresh` or `stale`.
    pub caches: String,
    /// What may go wrong, one text each, with its budget; none if nothing may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Where a run may begin: `manifests`, `settled+k`, `anything`.
    pub initial: String,
    /// What was assumed of the world outside (nodes, load, containers), one text each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
    /// The weakest stronger assumption under which the claim was found to hold, if one was looked for and found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sufficient: Option<String>,
}

/// One input.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Its name as the user gave it: a path, or `-`.
    pub source: String,
    /// How many objects it held.
    pub objects: u64,
}

/// One part of what was checked, which nothing outside of it touches.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Its name: that of its first object.
    pub name: String,
    /// Its own verdict.
    #[serde(with = "word")]
    pub verdict: Verdict,
    /// Its distinct states.
    pub states: u64,
    /// The objects that were given for it, as `Kind/name` or `Kind/namespace/name`.
    pub objects: Vec<String>,
    /// The part of the same shape that was explored in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
}

/// What a search saw, and what it cost.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// Distinct states, over all parts that were explored.
    pub states: u64,
    /// Transitions between them.
    pub transitions: u64,
    /// How often a controller was really run; everything else was remembered.
    pub controller_calls: u64,
    /// Milliseconds from beginning to end. The only number here that differs from run to run.
    pub wall_millis: u64,
    /// The most bytes that the tables of the search held.
    pub peak_bytes: u64,
}

/// How far a search was allowed to go.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Distinct states.
    pub states: u64,
    /// Bytes of the tables.
    pub bytes: u64,
    /// Milliseconds; none if time was not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    /// Which of them ended the search, as a sentence without a full stop; none if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<String>,
}

/// The exact worst case. The three numbers need not belong to one run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorstCase {
    /// The most steps of processes.
    pub moves: u64,
    /// The most reconciles begun.
    pub reconciles: u64,
    /// The most writes that the API server carried out.
    pub api_writes: u64,
    /// The objects at the beginning of the run, whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub initial_objects: Vec<Value>,
    /// A run that takes the most moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<Step>,
}

/// A kind that nothing is known of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmodelled {
    /// The kind, as `Kind` or `Kind.group`.
    pub kind: String,
    /// How many objects of it there are.
    pub count: u64,
}

/// Why a text is not a report that can be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON, or not of the shape of a report.
    #[error("not a report: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is a document of another kind or version.
    #[error("found {found}, expected {API_VERSION} {KIND}")]
    Other {
        /// What it says that it is.
        found: String,
    },
}

impl Report {
    /// The report as JSON: two spaces to a level, fields always in one order, a line feed at the end.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report is always JSON");
        text.push('\n');
        text
    }

    /// Reads what [`Report::to_json`] wrote, also with fields that are not known yet.
    pub fn from_json(text: &str) -> Result<Report, Unreadable> {
        let json: serde_json::Value = serde_json::from_str(text)?;
        let (version, kind) = (&json["apiVersion"], &json["kind"]);
        if version != API_VERSION || kind != KIND {
            return Err(Unreadable::Other { found: format!("{version} {kind}") });
        }
        Ok(serde_json::from_value(json)?)
    }
}

/// A verdict as its word.
pub(crate) mod word {
    use evenkeel_system::Verdict;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(verdict.word())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Verdict, D::Error> {
        let word = String::deserialize(deserializer)?;
        Verdict::from_word(&word).ok_or_else(|| D::Error::custom(format!("{word:?} is not a verdict")))
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_system::Verdict;

    use super::Report;
    use crate::diagnostic::Record;
    use crate::example::{everything, fork, oscillation, report};

    const DOCUMENTATION: &str = include_str!("../../../docs/report.md");

    #[test]
    fn a_report_that_was_written_can_be_read() {
        for report in [oscillation(), fork(), report(Verdict::Stabilizes), everything()] {
            let json = report.to_json();
            let read = Report::from_json(&json).expect("it was just written");
            assert_eq!(read, report);
            assert_eq!(read.to_json(), json);
        }
    }

    #[test]
    fn fields_that_are_not_known_are_passed_over() {
        let json = report(Verdict::Stuck).to_json().replacen('{', "{\"later\": 1,", 1);
        assert_eq!(Report::from_json(&json).expect("it is a report"), report(Verdict::Stuck));
    }

    #[test]
    fn another_document_is_refused() {
        let pod = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}";
        let error = Report::from_json(pod).expect_err("it is a Pod").to_string();
        assert_eq!(error, "found \"v1\" \"Pod\", expected evenkeel.dev/v1alpha1 Report");
        assert!(Report::from_json("[").is_err());
        assert!(Report::from_json("3").is_err());
        let word = report(Verdict::Stuck).to_json().replace("stuck", "dead");
        let error = Report::from_json(&word).expect_err("it is no verdict").to_string();
        assert_eq!(error, "not a report: \"dead\" is not a verdict");
    }

    #[test]
    fn the_example_in_the_documentation_is_real() {
        let json = oscillation().to_json();
        assert!(DOCUMENTATION.contains(&format!("```json\n{json}```")), "put this into docs/report.md:\n{json}");
    }

    #[test]
    fn every_field_is_documented() {
        let mut names = Vec::new();
        let report = serde_json::to_value(everything()).expect("a report is JSON");
        gather(&report, &mut names);
        let problem = evenkeel_object::parse("f", "a: !!int x").1.remove(0).hint("h");
        gather(&serde_json::to_value(Record::from(&problem)).expect("a problem is JSON"), &mut names);
        for name in names {
            let forms = [format!("`{name}`"), format!(".{name}`")];
            assert!(
                forms.iter().any(|form| DOCUMENTATION.contains(form)),
                "docs/report.md does not tell what {name} is"
            );
        }
    }

    /// The names of all fields, but not those of objects within.
    fn gather(json: &serde_json::Value, names: &mut Vec<String>) {
        match json {
            serde_json::Value::Object(map) => {
                for (name, value) in map {
                    names.push(name.clone());
                    if !["initialObjects", "after", "before", "patch"].contains(&name.as_str()) {
                        gather(value, names);
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| gather(item, names)),
            _ => {}
        }
    }
}
