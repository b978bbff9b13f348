//! The table: kinds of trouble by operation, and what they broke. All zeros is the aim.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::case::Operation;
use super::{Column, Outcome};

/// The heading of each column of numbers.
const HEADINGS: [(Column, &str); 4] = [
    (Column::Orphan, "orphans"),
    (Column::Lost, "lost leases"),
    (Column::Key, "keys past expiry"),
    (Column::State, "wrong states"),
];

/// The table as text, totals last.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut rows: BTreeMap<(Operation, String), Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let key = (outcome.case.operation, outcome.case.kind());
        rows.entry(key).or_default().push(outcome);
    }
    let mut text = String::new();
    let line = |text: &mut String, operation: &str, kind: &str, of: &[&Outcome]| {
        let _ = write!(text, "{operation:<9}{kind:<34}{:>7}", of.len());
        for (column, heading) in HEADINGS {
            let count = of.iter().map(|one| broken(one, column)).sum::<usize>();
            let _ = write!(text, "{count:>width$}", width = heading.len() + 2);
        }
        text.push('\n');
    };
    let _ = write!(text, "{:<9}{:<34}{:>7}", "operation", " trouble", "points");
    for (_, heading) in HEADINGS {
        let _ = write!(text, "  {heading}");
    }
    text.push('\n');
    for ((operation, kind), of) in &rows {
        line(&mut text, operation.name(), kind, of);
    }
    let all: Vec<&Outcome> = outcomes.iter().collect();
    line(&mut text, "total", "", &all);
    text
}

/// What was broken, each with the command that plays it again; empty when nothing was.
#[must_use]
pub fn replays(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes.iter().filter(|one| !one.findings.is_empty()) {
        let _ = writeln!(text, "\n{}", command(outcome));
        for finding in &outcome.findings {
            let _ = writeln!(text, "  {:?}: {}", finding.column, finding.text);
        }
    }
    text
}

/// The commands that play what was broken again.
#[must_use]
pub fn commands(outcomes: &[Outcome]) -> String {
    let broken = outcomes.iter().filter(|one| !one.findings.is_empty());
    broken
        .map(|one| format!("{}\n", command(one)))
        .collect::<String>()
}

fn command(outcome: &Outcome) -> String {
    format!("cargo xtask faults --full --case '{}'", outcome.case)
}

fn broken(outcome: &Outcome, column: Column) -> usize {
    let of_it = outcome.findings.iter().filter(|one| one.column == column);
    of_it.count()
}

#[cfg(test)]
mod tests {
    use super::super::case::{Case, Operation, Trouble};
    use super::super::{Column, Finding, Outcome};
    use super::{replays, table};
    use std::time::Duration;

    #[test]
    fn what_is_broken_is_counted_in_its_column_and_can_be_played_again() {
        let outcome = |trouble, findings| Outcome {
            case: Case {
                operation: Operation::Issue,
                trouble,
            },
            findings,
            took: Duration::ZERO,
        };
        let broken = Finding {
            column: Column::Lost,
            text: "no row".into(),
        };
        let all = [
            outcome(Trouble::None, vec![broken]),
            outcome(Trouble::World("w"), vec![]),
        ];
        let text = table(&all);
        let last: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["total", "2", "0", "1", "0", "0"]);
        assert!(replays(&all).contains("--case 'issue/none'"));
        assert_eq!(replays(&all[1..]), "");
    }
}
