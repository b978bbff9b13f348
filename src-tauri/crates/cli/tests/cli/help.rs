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

#[test]
fn completions_are_printed_for_every_shell_without_a_home() {
    let home = Home::empty();
    for shell in ["bash", "fish", "zsh", "powershell"] {
        let said = home.ok(&["completions", shell]);
        assert!(
            said.out.contains("environment") && said.out.contains("leasehold"),
            "{shell}"
        );
    }
    assert!(!home.path().exists());
}
