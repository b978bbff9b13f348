//! `lease watch`: ends leases on time, and stops when it is asked to.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::home::{Home, text};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    pub(crate) fn start(home: &Home, more: &[&str]) -> Self {
        Self::begin(home.command(&[&["lease", "watch"], more].concat()))
    }

    fn begin(mut command: std::process::Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// The lines up to the first that is wanted, which is the last of them.
    pub(crate) fn until(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => seen.push(line),
                Err(error) => panic!("{error}: {seen:?}"),
            }
            if wanted(seen.last().unwrap()) {
                return seen;
            }
        }
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How often any of its threads went to sleep and was woken again.
    #[cfg(target_os = "linux")]
    fn wake_ups(&self) -> u64 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let switches = |status: String| -> Option<u64> {
            let mut lines = status.lines();
            let line = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
            line.trim().parse().ok()
        };
        threads
            .map(|thread| thread.unwrap().path().join("status"))
            .filter_map(|status| switches(std::fs::read_to_string(status).ok()?))
            .sum()
    }

    /// Sends a signal; gives the exit code and what was said on standard error.
    pub(crate) fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        self.send(signal);
        let code = self.child.wait().unwrap().code();
        let mut err = String::new();
        let mut from = self.child.stderr.take().unwrap();
        std::io::Read::read_to_string(&mut from, &mut err).unwrap();
        (code, err)
    }
}

#[test]
fn what_is_over_is_ended_and_told_line_by_line() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    let user = text(&made, "/lease/user_name");
    home.ok(&["practice", "skip", "61m"]);
    let watch = Watch::start(&home, &[]);
    let lines = watch.until(|line| line.contains("revoked (expired)"));
    assert!(lines.iter().all(|line| line.contains(user)), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.contains("access-cut")),
        "{lines:?}"
    );
    assert_eq!(watch.stop(Signal::TERM), (Some(0), String::new()));
    let shown = home.json(&["lease", "show", text(&made, "/lease/id")]);
    assert_eq!(shown["lease"]["state"], "revoked");
    assert_eq!(shown["lease"]["end_reason"], "expired");
}

#[test]
fn with_json_every_line_is_a_document() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let watch = Watch::start(&home, &["--json"]);
    let lines = watch.until(|line| line.contains("\"revoked\""));
    for line in lines {
        let event: Value = serde_json::from_str(&line).unwrap();
        assert!(event["kind"].is_string(), "{event}");
        if event["kind"] == "lease_changed" {
            assert_eq!(event["lease"]["id"], made["lease"]["id"]);
        }
    }
    assert_eq!(watch.stop(Signal::INT).0, Some(0));
}

#[test]
fn a_watch_that_was_stopped_has_closed_the_state_in_order() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let watch = Watch::start(&home, &[]);
    watch.until(|line| line.contains("revoked"));
    watch.stop(Signal::TERM);
    // SQLite removes its journal when the last connection is closed in order.
    let journal = home.path().join("leasehold.db-wal");
    let left = std::fs::metadata(&journal).map_or(0, |journal| journal.len());
    assert_eq!(left, 0, "{}", journal.display());
}

#[test]
fn a_watch_nobody_reads_ends_by_itself_after_its_work() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = home
        .command(&["lease", "watch"])
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let shown = home.json(&["lease", "show", text(&made, "/lease/id")]);
    assert_eq!(shown["lease"]["state"], "revoked");
}

#[test]
fn a_terminal_that_goes_ends_it_in_order() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let watch = Watch::start(&home, &[]);
    watch.until(|line| line.contains("revoked (expired)"));
    assert_eq!(watch.stop(Signal::HUP), (Some(0), String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn nohup_is_heeded() {
    let home = Home::practised();
    let watch = Watch::begin(home.command_under("nohup", &["lease", "watch"]));
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    watch.until(|line| line.contains("active"));
    watch.send(Signal::HUP);
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    watch.until(|line| line.contains("active"));
    assert_eq!(watch.stop(Signal::TERM).0, Some(0));
}

/// What the window does is told too, although nothing is due.
#[test]
fn every_change_of_another_process_is_told_when_it_happens() {
    let home = Home::practised();
    let watch = Watch::start(&home, &["--json"]);
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    let id = text(&made, "/lease/id");
    let is_about = |line: &str, kind: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["kind"] == kind && (event["lease"]["id"] == id || event["lease"].is_null())
    };
    watch.until(|line| is_about(line, "lease_changed"));
    home.ok(&["lease", "renew", id, "--ttl", "5m"]);
    watch.until(|line| is_about(line, "lease_changed"));
    home.ok(&["secret", "edit", "s3", "--max-ttl", "4h"]);
    watch.until(|line| is_about(line, "catalog_changed"));
    home.ok(&["settings", "set", "lead-minutes", "7"]);
    watch.until(|line| is_about(line, "settings_changed"));
    home.ok(&["practice", "skip", "1m"]);
    watch.until(|line| is_about(line, "clock_moved"));
    home.ok(&["lease", "revoke", id]);
    let seen = watch.until(|line| is_about(line, "lease_changed") && line.contains("\"revoked\""));
    let last: Value = serde_json::from_str(seen.last().unwrap()).unwrap();
    assert_eq!(last["lease"]["end_reason"], "by_us");
    watch.stop(Signal::TERM);
}

/// With nothing open and nobody writing there is nothing to wake up for.
#[cfg(target_os = "linux")]
#[test]
fn with_no_lease_nothing_wakes_up() {
    let home = Home::practised();
    let watch = Watch::start(&home, &[]);
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    watch.until(|line| line.contains("active"));
    home.ok(&["lease", "revoke", "--all"]);
    watch.until(|line| line.contains("revoked"));
    let deadline = std::time::Instant::now() + PATIENCE;
    let quiet = Duration::from_secs(3);
    let mut before = watch.wake_ups();
    loop {
        std::thread::sleep(quiet);
        let now = watch.wake_ups();
        if now == before {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{before} {now}");
        before = now;
    }
    assert_eq!(watch.stop(Signal::TERM).0, Some(0));
}

#[test]
fn what_other_processes_do_while_it_runs_is_seen() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let watch = Watch::start(&home, &[]);
    watch.until(|line| line.contains("revoked (expired)"));
    // Now it runs, and has nothing left to wait for.
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let user = text(&made, "/lease/user_name");
    watch.until(|line| line.contains(user) && line.contains("revoked (expired)"));
    assert_eq!(watch.stop(Signal::TERM).0, Some(0));
}

/// What a watch says up to the first line that is wanted; then it is stopped.
pub fn lines_until(home: &Home, more: &[&str], wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let watch = Watch::start(home, more);
    let lines = watch.until(wanted);
    assert_eq!(watch.stop(Signal::TERM).0, Some(0));
    lines
}
