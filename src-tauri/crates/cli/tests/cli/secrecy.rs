//! Secrets are in no argument, no message, no log and no file.

use secrecy::ExposeSecret;

use crate::account::Account;
use crate::home::{Home, PASSPHRASE, Said, text, words};

const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[test]
fn a_secret_given_as_an_argument_is_a_usage_error_that_does_not_repeat_it() {
    let home = Home::empty();
    let flag = format!("--secret-access-key={KEY}");
    let stdin = format!("--secret-access-key-stdin={KEY}");
    let id = ["--access-key-id", "AKIAIOSFODNN7EXAMPLE"];
    for more in [
        &[KEY][..],
        &["--secret-access-key", KEY],
        &[&flag],
        &[&stdin],
    ] {
        for json in [&[][..], &["--json"]] {
            let said = home.run(&[&["connection", "add", "x"], &id[..], more, json].concat());
            assert_eq!(said.code, 2, "{said:?}");
            assert!(!said.err.contains("wJalr"), "{said:?}");
            assert!(!said.err.contains("EXAMPLEKEY"), "{said:?}");
        }
    }
}

#[test]
fn a_secret_where_the_key_id_belongs_is_refused_without_being_repeated() {
    let home = Home::empty();
    let words = [
        "connection",
        "add",
        "x",
        "--access-key-id",
        KEY,
        "--secret-access-key-stdin",
    ];
    let said = home.run_with(&words, "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(said.code, 3, "{said:?}");
    assert!(!said.err.contains("wJalr"), "{said:?}");
}

#[test]
fn what_is_read_from_standard_input_is_checked_without_being_repeated() {
    let home = Home::empty();
    let words = [
        "connection",
        "add",
        "x",
        "--access-key-id",
        "AKIAIOSFODNN7EXAMPLE",
        "--secret-access-key-stdin",
        "--json",
    ];
    for input in [
        "",
        "two words here",
        &format!("{KEY}\n{KEY}"),
        &KEY.repeat(100),
    ] {
        let said = home.run_with(&words, input);
        assert_eq!(said.error(3)["field"], "secret_access_key", "{said:?}");
        assert!(
            !said.err.contains("wJalr") && !said.err.contains("two words"),
            "{said:?}"
        );
    }
}

#[test]
fn no_key_and_no_passphrase_is_in_a_log_or_a_file() {
    let home = Home::empty();
    let account = Account::serve(&home);
    let loud = |words: &[&str], input: &str| {
        let mut command = home.command(words);
        command.env("LEASEHOLD_LOG", "trace");
        Said::of(command, input)
    };
    let managing = account.secret.expose_secret();
    let add = [
        "connection",
        "add",
        "dev",
        "--access-key-id",
        &account.id,
        "--secret-access-key-stdin",
        "--endpoint-url",
        &account.url,
    ];
    let mut logs = loud(&add, managing).err;
    home.ok(&words(
        "secret add s3 --connection dev --default-ttl 1h --max-ttl 8h --iam-path /leases/",
    ));
    let kept = loud(&["credentials", "s3"], "");
    let made = loud(&["lease", "create", "s3", "--json"], "");
    logs += &kept.err;
    logs += &made.err;
    let secrets = [
        managing.to_owned(),
        text(&kept.json(), "/SecretAccessKey").to_owned(),
        text(&made.json(), "/credentials/secret_access_key").to_owned(),
        PASSPHRASE.to_owned(),
    ];
    for secret in secrets {
        assert!(!logs.contains(&secret), "{logs}");
        for (path, bytes) in Home::files(&home.path()) {
            let found = bytes
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

#[test]
fn only_leaseholds_own_code_is_heard_in_the_log() {
    let home = Home::practised();
    let mut command = home.command(&["lease", "create", "s3"]);
    command.env("LEASEHOLD_LOG", "trace");
    for line in Said::of(command, "").err.lines() {
        assert!(line.contains(" leasehold"), "{line}");
    }
}
