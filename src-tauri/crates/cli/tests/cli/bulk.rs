//! Ending many leases at once, and calling it off.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::account::Account;
use crate::gate::Gate;
use crate::home::{Home, words};

/// More than are worked on at once.
const LEASES: usize = 20;

struct Rig {
    home: Home,
    gate: Gate,
    _account: Account,
}

impl Rig {
    fn with_leases() -> Self {
        let home = Home::empty();
        let account = Account::serve(&home);
        let gate = Gate::before(&account);
        assert_eq!(gate.connect(&account, &home, "dev").code, 0);
        home.ok(&words(
            "secret add app --connection dev --default-ttl 1h --max-ttl 3h --iam-path /leases/",
        ));
        for _ in 0..LEASES {
            home.ok(&["lease", "create", "app", "--no-wait"]);
        }
        Self {
            home,
            gate,
            _account: account,
        }
    }

    /// A revoke of everything that stands before the shut gate.
    fn held_up(&self) -> Child {
        self.gate.shut();
        let child = self
            .home
            .command(&["lease", "revoke", "--all"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.gate.wait_for(1);
        child
    }

    /// How many leases are as they were.
    fn active(&self) -> usize {
        let active = self.home.json(&["lease", "list", "--state", "active"]);
        active["leases"].as_array().unwrap().len()
    }
}

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

/// Reads its standard error up to a line with this text.
fn until(child: &mut Child, text: &str) -> BufReader<ChildStderr> {
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert_ne!(
            lines.read_line(&mut line).unwrap(),
            0,
            "it ended without {text}"
        );
    }
    lines
}

fn rest(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn an_interrupted_revoke_leaves_what_was_not_begun_as_it_was() {
    let rig = Rig::with_leases();
    let mut child = rig.held_up();
    interrupt(&child);
    let _lines = until(&mut child, "Calling the rest off");
    rig.gate.open();
    let out = rest(child.stdout.take().unwrap());
    assert_eq!(child.wait().unwrap().code(), Some(7), "{out}");
    let active = rig.active();
    assert!(0 < active && active < LEASES, "{active} active: {out}");
    assert!(out.contains(&format!("{active} not begun")), "{out}");

    // They can be ended like any other, and what was begun is finished.
    rig.home.json(&["lease", "revoke", "--all"]);
    assert_eq!(
        rig.home.json(&["lease", "list"])["leases"],
        Value::Array(vec![])
    );
}

#[test]
fn a_second_interruption_leaves_at_once_and_says_who_finishes_it() {
    let rig = Rig::with_leases();
    let mut child = rig.held_up();
    interrupt(&child);
    let lines = until(&mut child, "Calling the rest off");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(7));
    let said = rest(lines);
    assert!(said.contains("leasehold lease watch"), "{said}");
}

#[test]
fn everything_is_ended_and_counted() {
    let home = Home::practised();
    for _ in 0..12 {
        home.ok(&["lease", "create", "s3", "--no-wait"]);
    }
    let said = home.ok(&["lease", "revoke", "--secret", "s3"]);
    assert!(
        said.out.contains("access of 12 leases has ended"),
        "{said:?}"
    );
    assert_eq!(
        said.err, "",
        "progress is for terminals, and for what takes long"
    );
    let said = home.ok(&["lease", "revoke", "--all"]);
    assert!(said.out.contains("no open lease"), "{said:?}");
    let done = home.json(&["lease", "revoke", "--all"]);
    for list in ["revoked", "ended", "pending", "untouched"] {
        assert_eq!(done[list], Value::Array(vec![]), "{done}");
    }
}
