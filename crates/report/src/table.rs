//! Many verdicts at a glance: what `evenkeel test` prints.

use evenkeel_system::Verdict;

use crate::layout::{columns, count, pad, time, trimmed};
use crate::{Layout, Style};

/// One case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its name.
    pub case: String,
    /// What came out.
    pub outcome: Outcome,
    /// What should have come out; none if nothing was said, and then anything will do.
    pub expected: Option<Verdict>,
    /// Distinct states.
    pub states: u64,
    /// Milliseconds.
    pub millis: u64,
}

/// What came out of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A verdict.
    Verdict(Verdict),
    /// It could not be run, for this reason.
    Failed(String),
}

impl Row {
    /// Whether it came out as it should. What could not be run did not, and `undecided` does only where it is expected.
    pub fn is_good(&self) -> bool {
        match (&self.outcome, self.expected) {
            (Outcome::Failed(_), _) => false,
            (Outcome::Verdict(verdict), Some(expected)) => *verdict == expected,
            (Outcome::Verdict(verdict), None) => *verdict != Verdict::Undecided,
        }
    }

    fn word(&self) -> String {
        match &self.outcome {
            Outcome::Verdict(verdict) => verdict.word().into(),
            Outcome::Failed(_) => "failed".into(),
        }
    }

    fn expectation(&self) -> String {
        match (self.is_good(), self.expected) {
            (true, _) | (_, None) => String::new(),
            (false, Some(expected)) => format!("expected {expected}"),
        }
    }
}

/// One line a case, those that did not come out as they should with what was expected, and a line with the sum.
pub fn table(rows: &[Row], layout: &Layout) -> String {
    let width = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let case = width(&|row| columns(&row.case));
    let word = width(&|row| columns(&row.word()));
    let states = width(&|row| count(row.states).len());
    let span = width(&|row| time(row.millis).len());
    let mut text = String::new();
    for row in rows {
        let (sign, style) = if row.is_good() { ("✓", Style::Good) } else { ("✗", Style::Bad) };
        text += &format!(
            "{} {}  {}  {:>states$} {}  {:>span$}  {}\n",
            layout.ink.paint(style, sign),
            pad(&row.case, case),
            layout.ink.paint(style_of(row), pad(&row.word(), word)),
            count(row.states),
            if row.states == 1 { "state " } else { "states" },
            time(row.millis),
            row.expectation(),
        );
        if let Outcome::Failed(reason) = &row.outcome {
            text += &crate::layout::paragraph(reason, 4, layout.width);
        }
    }
    trimmed(&(text + "\n" + &sum(rows, layout)))
}

fn style_of(row: &Row) -> Style {
    match (&row.outcome, row.is_good()) {
        // What was expected is good, whatever the word.
        (Outcome::Verdict(_), true) => Style::Strong,
        (Outcome::Verdict(verdict), false) if *verdict == Verdict::Undecided => Style::Unsure,
        _ => Style::Bad,
    }
}

fn sum(rows: &[Row], layout: &Layout) -> String {
    let n_good = rows.iter().filter(|row| row.is_good()).count();
    let n_bad = rows.len() - n_good;
    let states = count(rows.iter().map(|row| row.states).sum());
    let span = time(rows.iter().map(|row| row.millis).sum());
    let (told, style) = match n_bad {
        0 => (format!("{n_good} as expected"), Style::Good),
        _ => (format!("{n_bad} not as expected, {n_good} as expected"), Style::Bad),
    };
    format!("{}   {states} states in {span}\n", layout.ink.paint(style, told))
}

#[cfg(test)]
mod tests {
    use evenkeel_system::Verdict;
    use expect_test::expect;

    use super::{Outcome, Row, table};
    use crate::Layout;

    fn row(case: &str, outcome: Outcome, expected: Option<Verdict>, states: u64, millis: u64) -> Row {
        Row { case: case.into(), outcome, expected, states, millis }
    }

    #[test]
    fn cases_stand_below_one_another() {
        let rows = [
            row("hpa-vs-git", Outcome::Verdict(Verdict::Oscillates), Some(Verdict::Oscillates), 312, 9),
            row("webhook", Outcome::Verdict(Verdict::Stabilizes), Some(Verdict::Stuck), 1_234_567, 12_345),
            row("one", Outcome::Verdict(Verdict::Stabilizes), None, 1, 0),
            row("large", Outcome::Verdict(Verdict::Undecided), None, 20, 1),
            row("bad", Outcome::Failed("bad.yaml:3:1: metadata.name is missing".into()), Some(Verdict::Stuck), 0, 0),
        ];
        expect![[r#"
            ✓ hpa-vs-git  oscillates        312 states    9 ms
            ✗ webhook     stabilizes  1,234,567 states  12.3 s  expected stuck
            ✓ one         stabilizes          1 state     0 ms
            ✗ large       undecided          20 states    1 ms
            ✗ bad         failed              0 states    0 ms  expected stuck
                bad.yaml:3:1: metadata.name is missing

            3 not as expected, 2 as expected   1,234,900 states in 12.3 s
        "#]]
        .assert_eq(&table(&rows, &Layout::default()));
        expect![[r#"
            ✓ hpa-vs-git  oscillates  312 states  9 ms

            1 as expected   312 states in 9 ms
        "#]]
        .assert_eq(&table(&rows[..1], &Layout::default()));
    }
}
