//! A gateway on one home, and somebody on another who has nothing but an AWS identity.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use leasehold_practice::{ACCOUNT_ID, MANAGER_NAME};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::account::Account;
use crate::home::{Home, Said, text, words};
use crate::schemas::check;
use crate::watch::Watch;

/// A gateway that serves, and what it printed first.
struct Serving {
    child: Child,
    said: Value,
}

impl Serving {
    fn begin(home: &Home, more: &[&str]) -> Self {
        let serve = ["gateway", "serve", "--json"];
        let mut child = home
            .command(&[&serve, more].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect(&line);
        check("gateway", &said);
        Self { child, said }
    }

    fn url(&self) -> &str {
        text(&self.said, "/urls/0")
    }

    fn stop(mut self) -> i32 {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The owner's home, with a method and a role, and what a stranger's home has.
struct Place {
    owner: Home,
    stranger: Home,
    account: Account,
    access_id: String,
}

impl Place {
    fn new(more: &[&str]) -> Self {
        let owner = Home::practised();
        let account = Account::serve(&owner);
        let create = [
            "auth-method",
            "create",
            "aws-iam",
            "--name",
            "/ci/box",
            "--bound-aws-account-id",
            ACCOUNT_ID,
            "--sts-url",
            &account.url,
            "--insecure-dev-sts",
        ];
        let made = owner.json(&[&create, more].concat());
        owner.ok(&words("role create all"));
        owner.ok(&words(
            "role set-rule all --path /development/* --capability read --capability update",
        ));
        owner.ok(&words("role associate all --auth-method /ci/box"));
        Self {
            access_id: text(&made, "/auth_method/access_id").to_owned(),
            stranger: Home::empty(),
            account,
            owner,
        }
    }

    fn configure(&self, url: &str, more: &[&str]) -> Said {
        let configure = [
            "configure",
            "--profile",
            "box",
            "--access-id",
            &self.access_id,
            "--access-type",
            "aws_iam",
            "--gateway-url",
            url,
            "--sts-url",
            &self.account.url,
        ];
        self.stranger.ok(&[&configure, more].concat())
    }

    /// The stranger's command, with the identity and nothing else.
    fn command(&self, line: &str) -> Command {
        let mut command = self.stranger.command(&words(line));
        command
            .env_remove("LEASEHOLD_PASSPHRASE")
            .env("AWS_ACCESS_KEY_ID", &self.account.id)
            .env("AWS_SECRET_ACCESS_KEY", self.account.secret.expose_secret())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    fn says(&self, line: &str) -> Value {
        let said = Said::of(self.command(&format!("{line} --json")), "");
        assert_eq!(said.code, 0, "{line}: {said:?}");
        said.json()
    }
}

#[test]
fn somebody_with_only_an_identity_gets_renews_and_revokes_a_lease_over_a_socket() {
    let place = Place::new(&["--audit-logs-claims", "user_name"]);
    let socket = place.owner.beside("run/gateway.sock");
    let serving = Serving::begin(&place.owner, &["--socket", socket.to_str().unwrap()]);
    place.configure(serving.url(), &[]);
    let token = place.says("auth --profile box");
    check("auth", &token);

    let seen = place.says("secret list --profile box");
    assert_eq!(text(&seen, "/items/0/item_name"), "/development/s3");
    let made = place.says("lease create s3 --ttl 30m --label deploy --profile box");
    let id = text(&made, "/lease/id").to_owned();
    let secret = text(&made, "/credentials/secret_access_key").to_owned();
    assert!(made["usable_after_ms"].is_u64(), "{made}");
    let listed = place.says("lease list --profile box");
    assert_eq!(text(&listed, "/leases/0/id"), id);
    let before = text(&made, "/lease/expires_at").to_owned();
    let renewed = place.says(&format!("lease renew {id} --ttl 30m --profile box"));
    assert!(text(&renewed, "/lease/expires_at") > before.as_str());

    let owned = place.owner.json(&["lease", "show", &id]);
    let by = text(&owned, "/lease/requested_by");
    assert!(by.ends_with(MANAGER_NAME), "{by}");
    assert!(owned.to_string().contains("user_name="), "{owned}");

    let ended = place.says(&format!("lease revoke {id} --profile box"));
    assert_eq!(ended["revoked"], serde_json::json!([id]));
    let process = Said::of(place.command("credentials s3 --profile box"), "");
    assert_eq!(process.json()["Version"], 1, "{process:?}");

    let ran = "exec s3 --profile box -- sh -c";
    let mut command = place.command(ran);
    let ran = Said::of(
        {
            command.arg("echo $AWS_ACCESS_KEY_ID; exit 7");
            command
        },
        "",
    );
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.out.starts_with("AKIA"), "{ran:?}");
    let open = place.owner.json(&words("lease list"));
    assert_eq!(
        open["leases"].as_array().unwrap().len(),
        1,
        "that of `credentials`"
    );

    let mut sessions = place.owner.json(&words("session list"))["sessions"].clone();
    let session = sessions.as_array_mut().unwrap().remove(0);
    place
        .owner
        .ok(&["session", "revoke", text(&session, "/id")]);
    // The token of before is dead: another login is made without a word.
    assert_eq!(
        place.says("lease list --profile box")["leases"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let off = ["auth-method", "disable", "/ci/box", "--revoke-leases"];
    let ended = place.owner.json(&off);
    assert_eq!(ended["revoked"].as_array().unwrap().len(), 1, "{ended}");
    assert_eq!(serving.stop(), 0);
    assert!(!socket.exists());
    assert!(
        !place.stranger.path().join("leasehold.db").exists(),
        "no state of its own"
    );
    for (path, bytes) in Home::files(&place.owner.path()) {
        let text = String::from_utf8_lossy(&bytes);
        let is_practice = path.components().any(|part| part.as_os_str() == "practice");
        assert!(is_practice || !text.contains(&secret), "{}", path.display());
        assert!(
            !text.contains(token["token"].as_str().unwrap()),
            "{}",
            path.display()
        );
    }
}

#[test]
fn another_computer_is_served_over_tls_with_the_certificate_that_was_printed() {
    let place = Place::new(&[]);
    let serving = Serving::begin(&place.owner, &["--listen", "127.0.0.1:0", "--tls-own"]);
    let sha256 = text(&serving.said, "/certificate_sha256").to_owned();
    assert!(serving.url().starts_with("https://"));
    place.configure(serving.url(), &["--gateway-cert", &sha256]);
    let seen = place.says("secret list --profile box");
    assert_eq!(text(&seen, "/items/0/item_name"), "/development/s3");
    let other = format!("{}{}", &sha256[2..], "00");
    place.configure(serving.url(), &["--gateway-cert", &other]);
    let said = Said::of(place.command("secret list --profile box --json"), "");
    assert_eq!(said.code, 4, "{said:?}");
    serving.stop();
    let again = Serving::begin(&place.owner, &["--listen", "127.0.0.1:0", "--tls-own"]);
    assert_eq!(
        text(&again.said, "/certificate_sha256"),
        sha256,
        "it is kept"
    );
    assert_eq!(
        place
            .owner
            .run(&words("gateway serve --listen 0.0.0.0:0"))
            .code,
        3,
        "never in clear"
    );
}

#[test]
fn who_is_asked_about_comes_in_once_the_owner_has_answered() {
    let place = Place::new(&["--ask-first"]);
    let serving = Serving::begin(&place.owner, &["--listen", "127.0.0.1:0"]);
    place.configure(serving.url(), &[]);
    let said = Said::of(place.command("auth --profile box --json"), "");
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("has not answered"), "{said:?}");
    let waiting = place.owner.json(&words("approval list"));
    check("approval-list", &waiting);
    assert_eq!(text(&waiting, "/approvals/0/standing"), "asked");
    let id = text(&waiting, "/approvals/0/id").to_owned();
    check(
        "approval",
        &place.owner.json(&["approval", "allow", &id, "--always"]),
    );
    place.says("auth --profile box");
    place.says("lease create s3 --no-wait --profile box");
    let ended = place
        .owner
        .json(&["approval", "deny", &id, "--revoke-leases"]);
    check("lease-revoke", &ended);
    assert_eq!(ended["revoked"].as_array().unwrap().len(), 1, "{ended}");
    let said = Said::of(place.command("auth --profile box --json"), "");
    assert_eq!(said.code, 3, "{said:?}");
    place
        .owner
        .refused(5, &words("approval allow 000000000000"));
}

#[test]
fn a_second_gateway_of_a_home_is_refused_and_told_where_the_first_is() {
    let place = Place::new(&["--ask-first"]);
    let idle = place.owner.json(&["status"]);
    check("status", &idle);
    assert_eq!(idle["gateway"]["serving"], Value::Null);
    let serving = Serving::begin(&place.owner, &["--listen", "127.0.0.1:0"]);
    let refused = place
        .owner
        .refused(3, &words("gateway serve --listen 127.0.0.1:0"));
    assert_eq!(text(&refused, "/code"), "busy");
    let message = text(&refused, "/message");
    assert!(message.contains(serving.url()), "{message}");
    assert!(
        message.contains(&serving.child.id().to_string()),
        "{message}"
    );
    let status = place.owner.json(&["status"]);
    check("status", &status);
    assert_eq!(text(&status, "/gateway/serving/urls/0"), serving.url());
    let shown = place.owner.ok(&["status"]).out;
    assert!(
        shown.contains("served by `leasehold gateway serve`"),
        "{shown}"
    );
    let help = place
        .owner
        .json(&words("gateway client --auth-method /ci/box"));
    check("gateway-client", &help);
    let configure = text(&help, "/client/0/text");
    assert!(configure.contains(&place.access_id), "{configure}");
    assert!(configure.contains(serving.url()), "{configure}");
    assert!(
        configure.contains(&place.account.url),
        "its own STS: {configure}"
    );
    serving.stop();
    assert_eq!(
        place.owner.json(&["status"])["gateway"]["serving"],
        Value::Null
    );
}

#[test]
fn whoever_watches_hears_who_asks_who_is_answered_and_who_came_first() {
    let place = Place::new(&["--ask-first"]);
    let serving = Serving::begin(&place.owner, &["--listen", "127.0.0.1:0"]);
    place.configure(serving.url(), &[]);
    let watch = Watch::start(&place.owner, &["--json"]);
    let is = |line: &str, kind: &str| {
        let news: Value = serde_json::from_str(line).unwrap();
        let is_it = news["kind"] == kind;
        if is_it {
            check("access-news", &news);
        }
        is_it
    };
    // The watch may begin after the first knock, and tells of it then.
    Said::of(place.command("auth --profile box --json"), "");
    watch.until(|line| is(line, "asked"));
    let waiting = place.owner.json(&words("approval list"));
    let id = text(&waiting, "/approvals/0/id").to_owned();
    place.owner.ok(&["approval", "allow", &id]);
    watch.until(|line| is(line, "answered"));
    place.says("auth --profile box");
    let session = place.owner.json(&words("session list"));
    check("session-list", &session);
    place.says("lease create s3 --no-wait --profile box");
    let id = text(&session, "/sessions/0/id").to_owned();
    let ended = place
        .owner
        .json(&["session", "revoke", &id, "--revoke-leases"]);
    check("lease-revoke", &ended);
    assert_eq!(ended["revoked"].as_array().unwrap().len(), 1, "{ended}");
    let reach = place.owner.json(&words("role reach --role all"));
    check("role-reach", &reach);
    assert_eq!(text(&reach, "/reach/0/ways/0/role"), "all");
    watch.stop(Signal::TERM);
}

#[test]
fn a_session_of_a_gateway_is_as_long_as_it_is_to_be_and_is_denied_when_its_command_ends() {
    let place = Place::new(&[]);
    let role = format!("arn:aws:iam::{ACCOUNT_ID}:role/practice/practice-reader");
    let add = format!("secret add reader --role-arn {role} --connection practice");
    let add = format!("{add} --default-ttl 1h --max-ttl 2h");
    place.owner.ok(&words(&add));
    let serving = Serving::begin(&place.owner, &["--listen", "127.0.0.1:0"]);
    place.configure(serving.url(), &[]);
    let mut command = place.command("exec reader --profile box -- sh -c");
    command.arg("echo $AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN");
    let ran = Said::of(command, "");
    assert_eq!(ran.code, 0, "{ran:?}");
    let (id, token) = ran.out.trim().split_once(' ').unwrap();
    assert!(id.starts_with("ASIA") && token.len() > 100, "{ran:?}");
    let lease = place.owner.json(&words("lease list"))["leases"][0].clone();
    assert_eq!(text(&lease, "/state"), "access-cut");
    let at = |field: &str| -> chrono::DateTime<chrono::Utc> {
        lease[field].as_str().unwrap().parse().unwrap()
    };
    let length = at("expires_at") - at("issued_at");
    assert_eq!(length.num_minutes(), 60, "nobody can renew it");

    let process = Said::of(place.command("credentials reader --profile box"), "").json();
    assert!(text(&process, "/SessionToken").len() > 100);
    serving.stop();
}

/// The command and we are killed at once: nothing is left that could give the lease back.
#[test]
fn a_lease_of_an_exec_that_is_killed_is_a_short_one_and_grows_while_the_command_lives() {
    let place = Place::new(&[]);
    let serving = Serving::begin(&place.owner, &["--listen", "127.0.0.1:0"]);
    place.configure(serving.url(), &[]);
    let open = || {
        let all = place.owner.json(&["lease", "list"]);
        let lease = all["leases"].as_array().unwrap().first().cloned();
        lease.filter(|lease| lease["state"] == "active")
    };
    let minutes = |lease: &Value| {
        let at = |field: &str| -> chrono::DateTime<chrono::Utc> {
            lease[field].as_str().unwrap().parse().unwrap()
        };
        (at("expires_at") - at("issued_at")).num_minutes()
    };
    let run = |renew: Option<&str>| {
        // It ends by itself when we are gone.
        let waits = "while kill -0 $PPID; do sleep 0.2; done";
        let mut command = place.command("exec s3 --profile box -- sh -c");
        command.arg(waits);
        if let Some(millis) = renew {
            command.env("LEASEHOLD_TEST_RENEW_MS", millis);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null()).spawn().unwrap()
    };
    let until = |is_so: &dyn Fn(&Value) -> bool| loop {
        match open() {
            Some(lease) if is_so(&lease) => return lease,
            _ => std::thread::yield_now(),
        }
    };
    let mut child = run(None);
    let lease = until(&|_| true);
    assert_eq!(minutes(&lease), 10, "its secret's usual is an hour");
    child.kill().unwrap();
    child.wait().unwrap();
    place.owner.ok(&["lease", "revoke", text(&lease, "/id")]);

    let mut child = run(Some("1"));
    let grown = until(&|lease| minutes(lease) >= 60);
    assert_eq!(
        minutes(&grown),
        60,
        "and not longer than it would have been"
    );
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    child.wait().unwrap();
    assert_eq!(open(), None, "given back");
}

#[test]
fn a_profile_that_is_none_and_a_gateway_that_is_away_say_so() {
    let home = Home::empty();
    home.refused(5, &words("secret list --profile nowhere"));
    let configure = "configure --access-id p-abcdefgh234567 --access-type aws_iam --gateway-url";
    check(
        "configure",
        &home.json(&words(&format!("{configure} http://127.0.0.1:9"))),
    );
    home.refused(3, &words(&format!("{configure} http://10.0.0.1:9")));
    let token = "auth --cloud-id bm9uc2Vuc2U=";
    home.refused(4, &words(token));
}
