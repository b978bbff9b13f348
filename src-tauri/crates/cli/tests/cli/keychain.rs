//! `leasehold keychain`, and passphrases through descriptors.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use serde_json::Value;

use crate::account::Account;
use crate::home::{Home, PASSPHRASE, Said, text};
use crate::schemas::check;

const OTHER: &str = "quite another one";

/// A home with a connection that has a key, and a leased key that is kept for re-use.
fn connected() -> (Home, Account) {
    let home = Home::empty();
    let account = Account::serve(&home);
    assert_eq!(account.connect(&home, "aws", &[]).code, 0);
    home.ok(&[
        "secret",
        "add",
        "app",
        "--connection",
        "aws",
        "--default-ttl",
        "1h",
        "--max-ttl",
        "3h",
        "--iam-path",
        "/leases/",
    ]);
    (home, account)
}

/// The states of the keys: of the connection's, and of the data key.
fn states(document: &Value) -> Vec<&str> {
    let keys = document["keys"].as_array().unwrap();
    keys.iter().map(|key| text(key, "/state")).collect()
}

fn with(home: &Home, variables: &[(&str, &str)], words: &[&str]) -> Said {
    let mut command = home.command(&[words, &["--json"]].concat());
    command.envs(variables.iter().copied());
    Said::of(command, "")
}

fn keychain(home: &Home) -> PathBuf {
    home.path().join("keychain.enc")
}

/// Writes the keys to `keys.enc` beside the home, under the other passphrase.
fn exported(home: &Home) -> PathBuf {
    let file = home.beside("keys.enc");
    let words = ["keychain", "export", file.to_str().unwrap()];
    let said = with(home, &[("LEASEHOLD_EXPORT_PASSPHRASE", OTHER)], &words);
    assert_eq!(said.code, 0, "{said:?}");
    check("keychain-moved", &said.json());
    file
}

fn import(home: &Home, file: &Path, passphrase: &str, more: &[&str]) -> Said {
    let words = ["keychain", "import", file.to_str().unwrap()];
    let variables = [("LEASEHOLD_EXPORT_PASSPHRASE", passphrase)];
    with(home, &variables, &[&words, more].concat())
}

#[test]
fn status_names_every_key_that_the_home_needs_and_fails_when_one_is_missing() {
    let (home, account) = connected();
    home.ok(&["connection", "add", "practice", "--practice"]);
    let status = home.json(&["keychain", "status"]);
    assert_eq!(status["keychain"]["kind"], "file");
    assert_eq!(status["keychain"]["problem"], Value::Null);
    assert_eq!(states(&status), ["present", "not_made"], "{status}");
    assert_eq!(status["keys"][0]["connection"], "aws");
    assert_eq!(status["keys"][0]["access_key_id"], account.id.as_str());

    home.ok(&["credentials", "app"]);
    assert_eq!(
        states(&home.json(&["keychain", "status"])),
        ["present", "present"]
    );
    let said = home.ok(&["keychain", "status"]).out;
    assert!(
        said.contains("managing key") && said.contains("in the keychain"),
        "{said}"
    );
    assert!(!said.contains(account.secret.expose_secret()));

    std::fs::rename(keychain(&home), home.beside("away.enc")).unwrap();
    let said = home.run(&["keychain", "status", "--json"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert_eq!(states(&said.json()), ["missing", "missing"]);
    std::fs::write(keychain(&home), "nothing of ours").unwrap();
    let said = home.run(&["keychain", "status", "--json"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert_eq!(
        said.json()["keychain"]["problem"]["code"],
        "keychain_failed"
    );
    assert_eq!(states(&said.json()), ["unknown", "unknown"]);
}

#[test]
fn keys_that_were_exported_work_from_another_keychain() {
    let (home, account) = connected();
    let lease = home.json(&["credentials", "app"]);
    let file = exported(&home);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = std::fs::read_dir(file.parent().unwrap()).unwrap();
    let left = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("part") || name.contains("lock"));
    assert_eq!(left.count(), 0, "nothing stays beside it");

    // Another keychain, empty, with a passphrase of its own.
    std::fs::remove_file(keychain(&home)).unwrap();
    let refused = home.run(&["connection", "check", "aws", "--json"]).error(6);
    assert_eq!(text(&refused, "/code"), "keychain_no_entry");
    let own = [
        ("LEASEHOLD_PASSPHRASE", "new"),
        ("LEASEHOLD_EXPORT_PASSPHRASE", OTHER),
    ];
    let words = ["keychain", "import", file.to_str().unwrap()];
    let said = with(&home, &own, &words);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(states(&said.json()), ["imported", "imported"]);
    assert_eq!(with(&home, &own, &["connection", "check", "aws"]).code, 0);
    let again = with(&home, &own, &["credentials", "app"]).json();
    assert_eq!(
        again, lease,
        "the kept key opens with the data key that came along"
    );
    let said = with(&home, &own, &words);
    assert_eq!(states(&said.json()), ["same", "same"]);

    for (path, bytes) in Home::files(home.path().parent().unwrap()) {
        if !path.starts_with(home.beside("account")) {
            let secret = account.secret.expose_secret().as_bytes();
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{}", path.display());
        }
    }
    let lines = home.json(&["activity", "list"])["entries"].to_string();
    for kind in [
        "keychain.exported",
        "keychain.importing",
        "keychain.imported",
    ] {
        assert_eq!(lines.matches(kind).count(), 1, "{kind} in {lines}");
    }
}

#[test]
fn an_export_goes_over_nothing_and_says_what_is_missing() {
    let (home, _account) = connected();
    let file = home.beside("keys.enc");
    std::fs::write(&file, "precious").unwrap();
    let words = ["keychain", "export", file.to_str().unwrap()];
    home.refused(3, &words);
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    home.refused(3, &["keychain", "export", "/nowhere/keys.enc"]);

    // Without a passphrase of its own it is sealed with the keychain's.
    let same = home.beside("same.enc");
    home.ok(&["keychain", "export", same.to_str().unwrap()]);
    assert_eq!(import(&home, &same, PASSPHRASE, &[]).code, 0);

    // A second connection whose key is in another keychain.
    std::fs::rename(keychain(&home), home.beside("first.enc")).unwrap();
    let account = Account::serve_to_admin(&home);
    assert_eq!(account.connect(&home, "more", &[]).code, 0);
    let part = home.beside("part.enc");
    let said = home.run(&["keychain", "export", part.to_str().unwrap(), "--json"]);
    assert_eq!(said.code, 7, "{said:?}");
    assert_eq!(states(&said.json()), ["missing", "exported", "not_made"]);
    let said = home.run(&[
        "keychain",
        "import",
        home.beside("first.enc").to_str().unwrap(),
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        states(&home.json(&["keychain", "status"])),
        ["present", "present", "not_made"]
    );

    let empty = Home::practised();
    let error = empty.refused(6, &["keychain", "export", "keys.enc"]);
    assert_eq!(text(&error, "/code"), "keychain_no_entry");
    assert!(!empty.beside("keys.enc").exists());
}

#[test]
fn an_import_that_cannot_be_whole_changes_nothing() {
    let (home, account) = connected();
    let file = exported(&home);
    let before = std::fs::read(keychain(&home)).unwrap();
    let error = import(&home, &file, "wrong", &[]).error(6);
    assert_eq!(text(&error, "/code"), "keychain_locked");
    assert!(text(&error, "/hint").contains("LEASEHOLD_EXPORT_PASSPHRASE"));
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = home.beside("damaged.enc");
    std::fs::write(&damaged, bytes).unwrap();
    let error = import(&home, &damaged, OTHER, &[]).error(6);
    assert_eq!(text(&error, "/code"), "keychain_failed");
    import(&home, &home.beside("nowhere.enc"), OTHER, &[]).error(5);

    // Made for another home.
    let (stranger, _other) = connected();
    let error = import(&stranger, &file, OTHER, &[]);
    assert_eq!(error.code, 0, "its own keys are there all the same");
    assert_eq!(states(&error.json()), ["present", "not_made"]);
    std::fs::remove_file(keychain(&stranger)).unwrap();
    let error = import(&stranger, &file, OTHER, &[]).error(6);
    assert_eq!(text(&error, "/code"), "keychain_no_entry");
    assert_eq!(std::fs::read(keychain(&home)).unwrap(), before);

    // The keychain has another data key by now.
    home.ok(&["credentials", "app"]);
    let newer = exported_to(&home, "newer.enc");
    std::fs::remove_file(keychain(&home)).unwrap();
    let said = import(&home, &file, OTHER, &[]);
    assert_eq!(
        said.code, 7,
        "a kept key needs the data key, which is not in it"
    );
    assert_eq!(states(&said.json()), ["imported", "missing"]);
    home.ok(&["credentials", "app"]);
    let before = std::fs::read(keychain(&home)).unwrap();
    let error = import(&home, &newer, OTHER, &[]).error(3);
    assert!(text(&error, "/message").contains("the data key"), "{error}");
    assert_eq!(std::fs::read(keychain(&home)).unwrap(), before);
    let said = import(&home, &newer, OTHER, &["--replace"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(states(&said.json()), ["same", "replaced"]);
    assert!(!said.out.contains(account.secret.expose_secret()));
}

fn exported_to(home: &Home, name: &str) -> PathBuf {
    let file = home.beside(name);
    std::fs::rename(exported_fresh(home), &file).unwrap();
    file
}

fn exported_fresh(home: &Home) -> PathBuf {
    let _ = std::fs::remove_file(home.beside("fresh.enc"));
    let file = home.beside("fresh.enc");
    let words = ["keychain", "export", file.to_str().unwrap()];
    let said = with(home, &[("LEASEHOLD_EXPORT_PASSPHRASE", OTHER)], &words);
    assert_eq!(said.code, 0, "{said:?}");
    file
}

/// The command with a file open as descriptor 7, and no passphrase in its environment.
fn with_descriptor(home: &Home, file: &Path, words: &[&str]) -> Command {
    let command = home.command(words);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "exec \"$@\" 7<\"$GIVEN\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("GIVEN", file)
        .env_remove("LEASEHOLD_PASSPHRASE")
        .current_dir(home.path().parent().unwrap());
    shell
}

#[test]
fn a_passphrase_comes_through_a_descriptor_before_the_environment() {
    let (home, _account) = connected();
    let given = home.beside("given");
    let check = ["connection", "check", "aws"];
    let fd = [&check[..], &["--passphrase-fd", "7"]].concat();
    let run = |words: &[&str], held: &str| {
        std::fs::write(&given, held).unwrap();
        Said::of(with_descriptor(&home, &given, words), "")
    };
    assert_eq!(
        run(&check, PASSPHRASE).code,
        6,
        "nobody says which descriptor"
    );
    for held in [
        PASSPHRASE.to_owned(),
        format!("{PASSPHRASE}\n"),
        format!("{PASSPHRASE}\r\nand something else\n"),
    ] {
        let said = run(&fd, &held);
        assert_eq!(said.code, 0, "{held:?}: {said:?}");
    }
    for (held, what) in [
        ("", "empty"),
        ("\n", "empty"),
        (&"x".repeat(5000), "longer"),
    ] {
        let said = run(&fd, held);
        assert_eq!(said.code, 6, "{said:?}");
        assert!(said.err.contains(what), "{said:?}");
    }
    assert_eq!(run(&fd, "wrong").code, 6);

    let mut command = with_descriptor(&home, &given, &check);
    std::fs::write(&given, PASSPHRASE).unwrap();
    command
        .env("LEASEHOLD_PASSPHRASE_FD", "7")
        .env("LEASEHOLD_PASSPHRASE", "wrong");
    assert_eq!(Said::of(command, "").code, 0);

    for number in ["9", "1"] {
        let words = [&check[..], &["--passphrase-fd", number, "--json"]].concat();
        let error = home.run(&words).error(6);
        assert!(text(&error, "/message").contains(&format!("descriptor {number}")));
        assert!(text(&error, "/hint").contains("--passphrase-fd"));
    }
    // Standard input gives its first line, and the rest to whoever reads it.
    let line = format!("{PASSPHRASE}\nversion = 1\n");
    let mut command = home.command(&["secret", "apply", "-", "--passphrase-fd", "0"]);
    command.env_remove("LEASEHOLD_PASSPHRASE");
    assert_eq!(Said::of(command, &line).code, 0);
    assert_eq!(home.run(&["status", "--passphrase-fd", "x"]).code, 2);
}

#[test]
fn the_file_of_an_export_may_have_its_passphrase_from_a_descriptor_too() {
    let (home, _account) = connected();
    let given = home.beside("given");
    std::fs::write(&given, OTHER).unwrap();
    let words = [
        "keychain",
        "export",
        "keys.enc",
        "--export-passphrase-fd",
        "7",
    ];
    let mut command = with_descriptor(&home, &given, &words);
    command.env("LEASEHOLD_PASSPHRASE", PASSPHRASE);
    let said = Said::of(command, "");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(import(&home, &home.beside("keys.enc"), OTHER, &[]).code, 0);
    assert_eq!(
        import(&home, &home.beside("keys.enc"), PASSPHRASE, &[]).code,
        6
    );
}

/// A child would inherit what is open, and everybody of this user may read an environment.
#[cfg(target_os = "linux")]
#[test]
fn a_descriptor_is_closed_once_it_was_read_and_its_passphrase_is_in_no_environment() {
    let (home, _account) = connected();
    let given = home.beside("given");
    std::fs::write(&given, PASSPHRASE).unwrap();
    // It waits for its file after it took the passphrase.
    for keychain in ["file", "os"] {
        let words = [
            "secret",
            "apply",
            "-",
            "--passphrase-fd",
            "7",
            "--keychain",
            keychain,
        ];
        let mut command = with_descriptor(&home, &given, &words);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proc = PathBuf::from(format!("/proc/{}", process.id()));
        let deadline = Instant::now() + Duration::from_secs(60);
        let is_ours = || {
            let program = std::fs::read_link(proc.join("exe")).unwrap_or_default();
            program.ends_with("leasehold")
        };
        // The number may belong to another file by now.
        let holds = || std::fs::read_link(proc.join("fd/7")).is_ok_and(|file| file == given);
        while !is_ours() || holds() {
            assert!(Instant::now() < deadline, "descriptor 7 stays open");
            std::thread::yield_now();
        }
        let environment = std::fs::read(proc.join("environ")).unwrap();
        assert!(!String::from_utf8_lossy(&environment).contains(PASSPHRASE));
        drop(process.stdin.take());
        assert_eq!(process.wait().unwrap().code(), Some(3), "an empty file");
    }
}
