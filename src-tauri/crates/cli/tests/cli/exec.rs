//! `exec`: the command's environment, its exit code, its signals, and the end of its lease.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::account::Account;
use crate::home::{Home, text};

const PATIENCE: Duration = Duration::from_secs(60);

fn leases(home: &Home) -> Vec<Value> {
    let listed = home.json(&["lease", "list", "--all"]);
    listed["leases"].as_array().unwrap().clone()
}

/// Every lease is at rest; the answer is why each ended.
fn ended(home: &Home) -> Vec<String> {
    let ended = leases(home);
    let ended = ended.iter().map(|lease| {
        assert_eq!(text(lease, "/state"), "revoked", "{lease}");
        text(lease, "/end_reason").to_owned()
    });
    ended.collect()
}

/// `exec` under way: the command says a line when it has begun.
struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// `exec s3 -- sh -c SCRIPT`
    fn script(home: &Home, script: &str) -> Self {
        Self::start(home.command(&["exec", "s3", "--", "sh", "-c", script]))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

/// The variables of a process as the system knows them.
fn environ(pid: u32) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.split('\0').map(str::to_owned).collect()
}

#[test]
fn the_command_gets_the_key_and_its_lease_ends_with_it() {
    let home = Home::practised();
    let said = home.ok(&["exec", "s3", "--", "env"]);
    let value = |name: &str| {
        let mut lines = said.out.lines();
        lines.find_map(|line| line.strip_prefix(&format!("{name}=")))
    };
    let ended_leases = leases(&home);
    let lease = &ended_leases[0];
    assert_eq!(value("AWS_ACCESS_KEY_ID"), lease["access_key_id"].as_str());
    assert!(value("AWS_SECRET_ACCESS_KEY").is_some());
    assert_eq!(value("AWS_REGION"), Some("us-east-1"));
    assert_eq!(value("AWS_DEFAULT_REGION"), Some("us-east-1"));
    assert_eq!(text(lease, "/label"), "exec env");
    assert_eq!(lease["for_command"], true);
    assert_eq!(ended(&home), ["by_us"]);
    let id = text(lease, "/id");
    let shown = home.ok(&["lease", "show", id]).out;
    assert!(
        shown.contains("The command that it was made for has ended."),
        "{shown}"
    );
    assert_eq!(
        std::fs::read_dir(home.path().join("owners"))
            .unwrap()
            .count(),
        0
    );
    // Nothing of it is kept for `credentials`.
    let other = home.json(&["credentials", "s3"]);
    assert_ne!(
        text(&other, "/access_key_id"),
        text(lease, "/access_key_id")
    );
}

#[test]
fn what_would_lead_the_command_to_another_key_is_taken_away() {
    let home = Home::practised();
    let strays = [
        ("AWS_SESSION_TOKEN", "stale"),
        ("AWS_PROFILE", "admin"),
        ("AWS_DEFAULT_PROFILE", "admin"),
        ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
        ("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
        ("AWS_REGION", "eu-north-1"),
    ];
    let mut command = home.command(&["exec", "s3", "--", "env"]);
    command
        .envs(strays)
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let said = crate::home::Said::of(command, "");
    assert_eq!(said.code, 0, "{said:?}");
    for (name, value) in strays {
        assert!(
            !said.out.contains(&format!("{name}={value}")),
            "{name}: {said:?}"
        );
    }
    assert!(!said.out.contains("LEASEHOLD_PASSPHRASE"), "{said:?}");
    assert!(
        said.out.contains("AWS_ENDPOINT_URL=http://127.0.0.1:9"),
        "{said:?}"
    );
}

#[test]
fn only_the_command_has_the_key_in_its_environment() {
    let home = Home::practised();
    let mut running = Running::script(&home, "echo $$; read line < /dev/zero");
    let command: u32 = running.line().parse().unwrap();
    let has_key = |pid| {
        let environ = environ(pid);
        environ
            .iter()
            .any(|one| one.starts_with("AWS_SECRET_ACCESS_KEY="))
    };
    assert!(has_key(command));
    assert!(!has_key(running.child.id()));
    running.send(Signal::TERM);
    assert_eq!(
        running.child.wait().unwrap().signal(),
        Some(Signal::TERM.as_raw())
    );
}

#[test]
fn the_exit_code_is_the_commands_own() {
    let home = Home::practised();
    for code in [0, 1, 3, 125, 255] {
        let script = format!("exit {code}");
        let said = home.run(&["exec", "s3", "--", "sh", "-c", &script]);
        assert_eq!(
            (said.code, said.err.contains("error")),
            (code, false),
            "{said:?}"
        );
    }
    assert_eq!(ended(&home), ["by_us"; 5]);
}

#[test]
fn a_command_that_dies_of_a_signal_is_died_after() {
    let home = Home::practised();
    for signal in [Signal::KILL, Signal::TERM, Signal::INT, Signal::USR1] {
        let script = format!("kill -{} $$", signal.as_raw());
        let mut running = Running::script(&home, &script);
        let status = running.child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status:?}");
    }
    // No picture of our own memory is left behind for the signals that make one.
    let said = home.run(&["exec", "s3", "--", "sh", "-c", "ulimit -c 0; kill -QUIT $$"]);
    assert_eq!(said.code, 128 + Signal::QUIT.as_raw());
    assert_eq!(ended(&home), ["by_us"; 5]);
}

#[test]
fn signals_reach_the_command_which_may_answer_them() {
    let home = Home::practised();
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::INT, "INT"),
        (Signal::HUP, "HUP"),
        (Signal::USR1, "USR1"),
    ] {
        let script = format!(
            "trap 'echo heard {name}; exit 42' {name}; echo ready; while :; do sleep 0.05; done"
        );
        let mut command = home.command(&["exec", "s3", "--", "sh", "-c", &script]);
        // As under a service manager or in CI: no terminal speaks to the command by itself.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut running = Running::start(command);
        assert_eq!(running.line(), "ready");
        running.send(signal);
        assert_eq!(running.line(), format!("heard {name}"));
        assert_eq!(running.child.wait().unwrap().code(), Some(42));
    }
    assert_eq!(ended(&home), ["by_us"; 4]);
}

#[test]
fn a_command_that_cannot_be_run_makes_no_lease() {
    let home = Home::practised();
    std::fs::write(home.beside("text"), "no program").unwrap();
    for (command, code) in [
        ("no-such-command-anywhere", 127),
        ("./no-such-file", 127),
        ("./text", 126),
        ("/", 126),
    ] {
        let said = home.run(&["exec", "s3", "--", command, "--json"]);
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.err.contains(command), "{said:?}");
    }
    let said = home.run(&["--json", "exec", "s3", "--", "no-such-command-anywhere"]);
    assert_eq!(said.error(127)["field"], "command");
    assert!(leases(&home).is_empty());
}

#[test]
fn a_program_that_the_system_does_not_start_leaves_no_lease_open() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::practised();
    let broken = home.beside("broken");
    std::fs::write(&broken, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
    let said = home.run(&["exec", "s3", "--", "./broken"]);
    assert_eq!(said.code, 127, "{said:?}");
    assert_eq!(ended(&home), ["by_us"]);
}

#[test]
fn refusals_have_their_own_exit_codes_and_run_nothing() {
    let home = Home::practised();
    assert_eq!(home.run(&["exec", "s3", "env"]).code, 2);
    assert_eq!(home.run(&["exec", "s3", "--"]).code, 2);
    let said = home.run(&["exec", "s4", "--", "touch", "ran"]);
    assert_eq!(said.code, 5, "{said:?}");
    let said = home.run(&["exec", "s3", "--ttl", "9h", "--", "touch", "ran"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(!home.beside("ran").exists());
}

/// Kills `exec` itself while its command runs, and that command too.
fn killed(home: &Home) -> String {
    let mut running = Running::script(home, "echo $$; exec sleep 600");
    let command: i32 = running.line().parse().unwrap();
    running.send(Signal::KILL);
    running.child.wait().unwrap();
    kill_process(Pid::from_raw(command).unwrap(), Signal::KILL).unwrap();
    let open = leases(home);
    let lease = open
        .iter()
        .find(|lease| lease["state"] == "active")
        .unwrap();
    // What only reads says how it stands, and does nothing.
    assert_eq!(lease["abandoned"], true, "{lease}");
    assert_eq!(home.json(&["status"])["need_attention"], 1);
    text(lease, "/id").to_owned()
}

fn state(home: &Home, id: &str) -> String {
    let shown = home.json(&["lease", "show", id]);
    text(&shown, "/lease/state").to_owned()
}

#[test]
fn the_lease_of_a_killed_exec_is_ended_by_the_next_command_that_asks_aws() {
    let home = Home::practised();
    for next in [
        &["exec", "s3", "--", "true"][..],
        &["lease", "create", "s3", "--no-wait"],
        &["connection", "check", "practice"],
    ] {
        let id = killed(&home);
        assert_eq!(state(&home, &id), "active", "reading changes nothing");
        home.ok(next);
        assert_eq!(state(&home, &id), "revoked", "{next:?}");
    }
}

#[test]
fn the_lease_of_a_killed_exec_is_ended_by_the_watch() {
    let home = Home::practised();
    let id = killed(&home);
    let mut watch = home
        .command(&["lease", "watch"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while state(&home, &id) != "revoked" {
        assert!(began.elapsed() < PATIENCE, "it stays open");
    }
    kill_process(Pid::from_child(&watch), Signal::TERM).unwrap();
    watch.wait().unwrap();
}

#[test]
fn the_lease_of_a_running_exec_is_left_alone_by_others() {
    let home = Home::practised();
    let mut running = Running::script(&home, "echo ready; read line < /dev/zero");
    assert_eq!(running.line(), "ready");
    home.ok(&["exec", "s3", "--", "true"]);
    home.ok(&["connection", "check", "practice"]);
    let open = home.json(&["lease", "list"]);
    assert_eq!(open["leases"].as_array().unwrap().len(), 1);
    assert_eq!(open["leases"][0]["state"], "active");
    assert_eq!(open["leases"][0]["abandoned"], false);
    running.send(Signal::TERM);
    running.child.wait().unwrap();
    assert_eq!(ended(&home), ["by_us"; 2]);
}

#[test]
fn an_end_that_aws_cannot_confirm_is_told_and_finished_later() {
    let home = Home::empty();
    let mut account = Account::serve(&home);
    account.connect(&home, "dev", &[]);
    let add = [
        "secret",
        "add",
        "s3",
        "--connection",
        "dev",
        "--default-ttl",
        "1h",
        "--max-ttl",
        "3h",
    ];
    home.ok(&add);
    let mut running = Running::script(&home, "echo ready; read line < /dev/zero; exit 9");
    assert_eq!(running.line(), "ready");
    account.go_away();
    running.send(Signal::TERM);
    let output = running.child.wait_with_output().unwrap();
    // The command's own end is what is passed on.
    assert_eq!(output.status.signal(), Some(Signal::TERM.as_raw()));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("has not ended yet"), "{err}");
    let open = home.json(&["lease", "list"]);
    assert_eq!(open["leases"][0]["state"], "revoking", "{open}");
}
