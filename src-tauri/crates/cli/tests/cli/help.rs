//! The help of every verb is the command's reference, kept whole in one file.

use std::fmt::Write as _;
use std::path::Path;

use crate::home::Home;

/// The reference. `LEASEHOLD_UPDATE_SNAPSHOTS=1` writes it anew; read the difference.
#[test]
fn the_help_of_every_verb_is_as_the_reference_says() {
    let home = Home::empty();
    let mut text = String::new();
    describe(&home, &mut Vec::new(), &mut text);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/help.txt");
    if std::env::var_os("LEASEHOLD_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(
        kept == text,
        "the help differs from {}; LEASEHOLD_UPDATE_SNAPSHOTS=1 writes it anew",
        file.display()
    );
}

fn describe(home: &Home, verbs: &mut Vec<String>, text: &mut String) {
    let words: Vec<&str> = verbs.iter().map(String::as_str).chain(["--help"]).collect();
    let said = home.ok(&words);
    let name = ["leasehold"]
        .into_iter()
        .chain(verbs.iter().map(String::as_str));
    let name = name.collect::<Vec<_>>().join(" ");
    writeln!(text, "# {name}\n\n{}", said.out).unwrap();
    let below = said
        .out
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    for line in below.take_while(|line| !line.is_empty()) {
        // A verb stands two spaces in; the rest of its description stands further in.
        let verb = line
            .strip_prefix("  ")
            .filter(|line| !line.starts_with(' '));
        let verb = verb.and_then(|line| line.split_whitespace().next());
        if let Some(verb) = verb.filter(|verb| *verb != "help") {
            verbs.push(verb.to_owned());
            describe(home, verbs, text);
            verbs.pop();
        }
    }
}

#[test]
fn help_shows_no_value_from_the_environment() {
    let home = Home::empty();
    let mut command = home.command(&["lease", "--help"]);
    command.env("LEASEHOLD_HOME", "/somewhere/private");
    let output = command.output().unwrap();
    assert!(
        !String::from_utf8(output.stdout)
            .unwrap()
            .contains("private")
    );
}

/// A verb that prints something by itself is learned from lines that can be typed.
#[test]
fn every_verb_shows_examples_that_are_its_own() {
    let home = Home::empty();
    let mut leaves = Vec::new();
    below(&home, &[], &mut leaves);
    assert!(leaves.len() > 35, "{leaves:?}");
    for (verb, help) in leaves {
        let examples = help.split_once("Examples:\n").map(|(_, examples)| examples);
        let examples = examples.unwrap_or_else(|| panic!("{verb} has no examples:\n{help}"));
        let mut goes_on = false;
        for line in examples.lines().take_while(|line| !line.is_empty()) {
            assert!(goes_on || line.contains(&verb), "{verb}: {line}");
            // A line that is broken for the terminal can be typed only with its backslash.
            assert!(line.starts_with("  ") && line.len() <= 88, "{verb}: {line}");
            goes_on = line.ends_with('\\');
        }
    }
}

/// The verbs that have no verbs below them, with their help.
fn below(home: &Home, verbs: &[String], leaves: &mut Vec<(String, String)>) {
    let words: Vec<&str> = verbs.iter().map(String::as_str).chain(["--help"]).collect();
    let help = home.ok(&words).out;
    let below: Vec<String> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        })
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .map(str::to_owned)
        .collect();
    if below.is_empty() {
        leaves.push((format!("leasehold {}", verbs.join(" ")), help));
    }
    for verb in below {
        self::below(home, &[verbs, &[verb]].concat(), leaves);
    }
}
