//! Tab in a real bash, and what it may cost.

use std::process::Command;

use crate::home::{Home, Said, text};

/// What bash offers at the end of this line.
fn offered(home: &Home, line: &str) -> Vec<String> {
    let script = r#"
        source "$SCRIPT"
        COMP_LINE=$1; COMP_POINT=${#1}; COMP_TYPE=9
        read -ra COMP_WORDS <<< "$1"
        [[ $1 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        # As bash calls it: the function that the script registered for this command.
        name=$(complete -p leasehold | sed -E 's/.*-F ([^ ]+) .*/\1/')
        "$name" leasehold "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let file = home.beside("completion.bash");
    std::fs::write(&file, home.ok(&["completions", "bash"]).out).unwrap();
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, "bash", line])
        .env("SCRIPT", &file)
        .env("LEASEHOLD_HOME", home.path());
    let said = Said::of(bash, "");
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    let lines = said.out.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The names among what is offered where no letter is typed yet: the verb's flags stand beside them.
fn names(home: &Home, line: &str) -> Vec<String> {
    let mut offered = offered(home, line);
    offered.retain(|word| !word.starts_with("--"));
    offered.sort();
    offered
}

#[test]
fn bash_completes_verbs_and_the_names_of_what_there_is() {
    let home = Home::practised();
    home.add_secret("s3", &["--folder", "/pay"]);
    home.add_secret("deploy", &[]);
    let made = home.json(&["lease", "create", "deploy", "--no-wait"]);
    let id = text(&made, "/lease/id");
    assert_eq!(offered(&home, "leasehold lease rec"), ["reconcile"]);
    assert_eq!(
        names(&home, "leasehold secret show "),
        ["/pay/s3", "/s3", "deploy"]
    );
    assert_eq!(offered(&home, "leasehold credentials de"), ["deploy"]);
    assert_eq!(names(&home, "leasehold lease revoke "), [id]);
    assert_eq!(
        offered(&home, "leasehold lease create deploy --tt"),
        ["--ttl"]
    );
    assert_eq!(offered(&home, "leasehold connection check p"), ["practice"]);
    assert_eq!(
        offered(&home, "leasehold secret list --environment prod"),
        ["production"]
    );
    home.ok(&["lease", "revoke", "--all"]);
    assert_eq!(names(&home, "leasehold lease show "), [""; 0]);
}

#[test]
fn a_word_that_is_completed_leaves_no_trace_in_the_state() {
    let home = Home::practised();
    let before = Home::files(&home.path());
    assert!(offered(&home, "leasehold secret show ").contains(&"s3".to_owned()));
    assert_eq!(Home::files(&home.path()), before);
}

#[test]
fn where_there_is_no_state_or_it_is_damaged_nothing_is_said_and_nothing_made() {
    let home = Home::empty();
    assert_eq!(names(&home, "leasehold secret show "), [""; 0]);
    assert!(!home.path().exists());
    std::fs::create_dir_all(home.path()).unwrap();
    let state = home.path().join("leasehold.db");
    std::fs::write(&state, "no database at all, but long enough to look at").unwrap();
    assert_eq!(names(&home, "leasehold secret show "), [""; 0]);
    let kept = std::fs::read_to_string(&state).unwrap();
    assert!(kept.starts_with("no database"));
}

#[test]
fn every_shell_gets_a_script_without_a_home() {
    let home = Home::empty();
    for shell in ["bash", "fish", "zsh", "powershell"] {
        let said = home.ok(&["completions", shell]);
        assert!(said.out.contains("LEASEHOLD_COMPLETE"), "{shell}: {said:?}");
    }
    assert!(!home.path().exists());
}
