//! The figures as Markdown: each beside the empty window's.

use std::fmt::Write;

use super::Costs;

/// One of the figures that are bytes.
type Bytes = fn(&Costs) -> Option<u64>;

/// One line a figure, one column a program; the first is what the others are held against.
#[must_use]
pub fn table(all: &[Costs]) -> String {
    let mut text = String::new();
    let names = all.iter().map(|one| one.name).collect::<Vec<_>>();
    let _ = writeln!(text, "| | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(all.len()));
    let milliseconds = |value: f64| format!("{value:.0} ms");
    let megabytes = |value: f64| format!("{value:.0} MB");
    let times = |value: f64| format!("{value:.0}");
    let drawn = |one: &Costs| median(&one.drawn).map(|time| time.as_secs_f64() * 1000.0);
    line(
        &mut text,
        "from its start to the finished picture",
        all,
        drawn,
        milliseconds,
    );
    let figures: [(&str, Bytes); 4] = [
        ("memory, visible", |one| median(&one.shown)),
        ("memory, hidden", |one| median(&one.hidden)),
        ("memory, hidden for long", |one| one.unloaded),
        ("memory, started hidden", |one| one.started_hidden),
    ];
    for (name, figure) in figures {
        let bytes = |one: &Costs| Some(figure(one)? as f64 / 1024.0 / 1024.0);
        line(&mut text, name, all, bytes, megabytes);
    }
    for (name, state) in [
        ("wake-ups a minute, visible", "visible"),
        ("wake-ups a minute, hidden", "hidden"),
        ("wake-ups a minute, hidden for long", "given up"),
        ("wake-ups a minute, started hidden", "started hidden"),
    ] {
        line(&mut text, name, all, |one| one.a_minute(state), times);
    }
    text
}

/// Which threads woke, in every state, for whoever wants to know why.
#[must_use]
pub fn who_woke(all: &[Costs]) -> String {
    let mut text = String::new();
    for one in all {
        for (state, woken) in &one.wakes {
            let seconds = one.idle.as_secs();
            let threads: Vec<_> = woken
                .iter()
                .map(|(name, count)| format!("{name} {count}"))
                .collect();
            let (name, threads) = (one.name, threads.join(", "));
            let _ = writeln!(text, "{name}, {state}, in {seconds} s: {threads}");
        }
    }
    text
}

impl Costs {
    fn a_minute(&self, state: &str) -> Option<f64> {
        let (_, woken) = self.wakes.iter().find(|(name, _)| *name == state)?;
        let all: u64 = woken.iter().map(|(_, count)| count).sum();
        Some(all as f64 * 60.0 / self.idle.as_secs_f64())
    }
}

fn line(
    text: &mut String,
    name: &str,
    all: &[Costs],
    figure: impl Fn(&Costs) -> Option<f64>,
    shown: impl Fn(f64) -> String,
) {
    let first = all.first().and_then(&figure);
    let _ = write!(text, "| {name} |");
    for (column, one) in all.iter().enumerate() {
        let cell = figure(one).map_or_else(String::new, |value| match first {
            Some(first) if column > 0 && first > 0.0 => {
                format!("{} (×{:.2})", shown(value), value / first)
            }
            _ => shown(value),
        });
        let _ = write!(text, " {cell} |");
    }
    text.push('\n');
}

fn median<T: Copy + Ord>(values: &[T]) -> Option<T> {
    let mut values = values.to_vec();
    values.sort();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_figure_stands_beside_the_first_with_its_ratio() {
        let costs = |name, ms, mb: u64| Costs {
            name,
            drawn: vec![Duration::from_millis(ms); 3],
            shown: vec![mb * 1024 * 1024],
            wakes: vec![("visible", vec![("a".into(), 3), ("b".into(), 2)])],
            idle: Duration::from_secs(30),
            ..Costs::default()
        };
        let text = table(&[costs("empty", 200, 100), costs("ours", 500, 125)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "| | empty | ours |");
        assert_eq!(
            lines[2],
            "| from its start to the finished picture | 200 ms | 500 ms (×2.50) |"
        );
        assert_eq!(lines[3], "| memory, visible | 100 MB | 125 MB (×1.25) |");
        assert_eq!(
            lines[4], "| memory, hidden |  |  |",
            "what was not measured"
        );
        assert_eq!(lines[7], "| wake-ups a minute, visible | 10 | 10 (×1.00) |");
    }

    #[test]
    fn one_slow_start_is_no_figure() {
        assert_eq!(median(&[5, 900, 6]), Some(6));
        assert_eq!(median::<u64>(&[]), None);
    }
}
