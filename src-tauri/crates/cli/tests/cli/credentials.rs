//! `leasehold credentials` among other processes: one issuer, the same key for all, no question.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::home::{Home, text};

/// Starts so many at the same moment.
fn start(home: &Home, how_many: usize, words: &[&str]) -> Vec<Child> {
    let spawn = |_| {
        let mut command = home.command(words);
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    (0..how_many).map(spawn).collect()
}

fn documents(processes: Vec<Child>) -> Vec<Value> {
    let read = |process: Child| {
        let said = process.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success(), "{err}");
        serde_json::from_slice(&said.stdout).unwrap()
    };
    processes.into_iter().map(read).collect()
}

fn leases(home: &Home) -> Vec<Value> {
    let all = home.json(&["lease", "list", "--all"]);
    all["leases"].as_array().unwrap().clone()
}

/// The secret `app` over a connection of this name.
fn add_secret(home: &Home, connection: &str) {
    home.ok(&[
        "secret",
        "add",
        "app",
        "--connection",
        connection,
        "--default-ttl",
        "1h",
        "--max-ttl",
        "3h",
        "--iam-path",
        "/leases/",
    ]);
}

#[test]
fn ten_processes_at_once_make_one_lease_and_print_the_same_key() {
    let home = Home::practised();
    let printed = documents(start(&home, 10, &["credentials", "s3"]));
    let first = text(&printed[0], "/SecretAccessKey");
    for one in &printed {
        assert_eq!(text(one, "/SecretAccessKey"), first);
        assert_eq!(one["Expiration"], printed[0]["Expiration"]);
    }
    let made = leases(&home);
    assert_eq!(made.len(), 1, "{made:?}");
    let history = home.json(&["lease", "show", text(&made[0], "/id")]);
    assert!(
        history.to_string().contains("handed out again. (9 times"),
        "{history}"
    );
}

#[cfg(unix)]
#[test]
fn when_the_issuer_is_killed_one_of_those_who_wait_issues_for_the_rest() {
    use crate::account::Account;
    use crate::gate::Gate;

    let home = Home::empty();
    let account = Account::serve(&home);
    let gate = Gate::before(&account);
    assert_eq!(gate.connect(&account, &home, "far").code, 0);
    add_secret(&home, "far");
    gate.shut();
    let mut first = start(&home, 1, &["credentials", "app"]);
    gate.wait_for(1);
    let rest = start(&home, 5, &["credentials", "app"]);
    first[0].kill().unwrap();
    first[0].wait().unwrap();
    gate.open();
    let printed = documents(rest);
    for one in &printed {
        assert_eq!(one["SecretAccessKey"], printed[0]["SecretAccessKey"]);
    }
    let made = leases(&home);
    let states: Vec<_> = made.iter().map(|lease| text(lease, "/state")).collect();
    assert_eq!(states.len(), 2, "{states:?}");
    // What the killed one had recorded is not open to anybody, and is taken down by what runs on.
    assert_eq!(states.iter().filter(|s| **s == "active").count(), 1);
}

#[test]
fn the_share_is_an_option_a_variable_and_checked() {
    let home = Home::practised();
    let first = home.ok(&["credentials", "s3"]).json();
    let id = text(&first, "/AccessKeyId");
    home.ok(&["practice", "skip", "30m"]);
    let same = home
        .ok(&["credentials", "s3", "--reuse-share", "40"])
        .json();
    assert_eq!(text(&same, "/AccessKeyId"), id);
    let mut command = home.command(&["credentials", "s3"]);
    command.env("LEASEHOLD_REUSE_SHARE", "60");
    let other = crate::home::Said::of(command, "").json();
    assert_ne!(text(&other, "/AccessKeyId"), id);
    for share in ["91", "-1", "half", ""] {
        let share = format!("--reuse-share={share}");
        assert_eq!(home.run(&["credentials", "s3", &share]).code, 2, "{share}");
    }
}

#[test]
fn killed_at_any_commit_it_leaves_no_open_lease_without_its_key() {
    let home = Home::practised();
    let mut last = None;
    for n in 1..60 {
        let mut killed = home.command(&["credentials", "s3"]);
        killed.env("LEASEHOLD_TEST_KILL_AT_COMMIT", format!("{n}:after"));
        killed.stdout(Stdio::null()).stderr(Stdio::null());
        let ended = killed.status().unwrap();
        for lease in leases(&home) {
            let open = lease["state"] == "active";
            assert!(!open || lease["kept"] == true, "{n}: {lease}");
        }
        let next = home.ok(&["credentials", "s3"]).json();
        if ended.success() {
            last = Some(n);
            break;
        }
        assert!(next["SecretAccessKey"].is_string());
        home.run(&["lease", "revoke", "--secret", "s3"]);
    }
    assert!(last.is_some_and(|n| n > 4), "{last:?}");
}

/// In a terminal of its own, where a question could be asked.
#[cfg(target_os = "linux")]
fn in_a_terminal(command: &Command) -> std::process::Output {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<_> = words
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    let mut script = Command::new("script");
    script
        .args(["-qec", &line.join(" "), "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::null());
    script.output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_passphrase_it_ends_at_once_also_where_it_could_ask() {
    let home = Home::practised();
    home.ok(&["credentials", "s3"]);
    let said = in_a_terminal(&home.command(&["credentials", "s3"]));
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(6), "{text}");
    assert!(text.contains("LEASEHOLD_PASSPHRASE"), "{text}");
    assert!(!text.contains("Passphrase of"), "{text}");
}
