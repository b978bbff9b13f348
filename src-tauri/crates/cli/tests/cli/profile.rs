//! `profile`: an entry in the AWS config file, and every other byte of it as it was.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::home::{Home, Said, text};

/// `leasehold profile …` for a person whose home folder is beside the test's home.
fn command(home: &Home, words: &[&str]) -> Command {
    let mut command = home.command(&[&["profile"], words].concat());
    command.env("HOME", home.beside("me"));
    command
}

fn run(home: &Home, words: &[&str]) -> Said {
    Said::of(command(home, words), "")
}

fn ok(home: &Home, words: &[&str]) -> Value {
    let said = run(home, &[words, &["--json"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let kept = match words[0] {
        "install" => "profile-installed",
        _ => "profile-removed",
    };
    crate::schemas::check(kept, &said.json());
    said.json()
}

fn config(home: &Home) -> PathBuf {
    home.beside("me").join(".aws/config")
}

/// Writes a config file as somebody had it.
fn given(home: &Home, text: &str) -> PathBuf {
    let config = config(home);
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(&config, text).unwrap();
    config
}

fn read(path: &PathBuf) -> String {
    std::fs::read_to_string(path).unwrap()
}

const MINE: &str =
    "\u{feff}# mine\n[default]\r\nregion=us-west-1\n\n[profile dev]\n  sso_session = x\n; end";

#[test]
fn a_profile_calls_this_program_for_the_secret_of_this_home() {
    let home = Home::practised();
    let done = ok(&home, &["install", "s3"]);
    let text_of_file = read(&config(&home));
    let command = text(&done, "/profile/command");
    assert!(text_of_file.contains("[profile s3]\n"), "{text_of_file}");
    assert!(text_of_file.contains(&format!("credential_process = {command}\n")));
    assert!(text_of_file.contains("region = us-east-1\n"));
    assert_eq!(done["profile"]["backup"], Value::Null, "there was no file");
    assert_eq!(text(&done, "/profile/secret"), "development:/s3");
    // The command works as it stands, in a shell that knows nothing of this home.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .env_clear()
        .env("LEASEHOLD_PASSPHRASE", crate::home::PASSPHRASE)
        .current_dir("/");
    let key = Said::of(shell, "").json();
    assert_eq!(key["Version"], 1);
    assert!(!read(&config(&home)).contains(text(&key, "/SecretAccessKey")));
}

#[test]
fn everything_else_in_the_file_stays_and_comes_back() {
    let home = Home::practised();
    let config = given(&home, MINE);
    let done = ok(&home, &["install", "s3", "--profile", "uploads"]);
    assert!(read(&config).starts_with(MINE));
    let backup = PathBuf::from(text(&done, "/profile/backup"));
    assert_eq!(read(&backup), MINE);
    let installed = read(&config);
    let again = ok(&home, &["install", "s3", "--profile", "uploads"]);
    assert_eq!(
        (read(&config), &again["profile"]["changed"]),
        (installed, &Value::Bool(false))
    );
    ok(&home, &["remove", "uploads"]);
    assert_eq!(read(&config), MINE);
    let folder = std::fs::read_dir(config.parent().unwrap()).unwrap();
    assert_eq!(folder.count(), 2, "the file and its copy, nothing else");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_file_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::practised();
    let config = given(&home, "");
    let real = home.beside("dotfiles-config");
    std::fs::write(&real, MINE).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::remove_file(&config).unwrap();
    std::os::unix::fs::symlink(&real, &config).unwrap();
    ok(&home, &["install", "s3"]);
    assert!(config.is_symlink());
    assert!(read(&real).contains("[profile s3]"));
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    // A link to nowhere is somebody's mistake.
    std::fs::remove_file(&real).unwrap();
    let said = run(&home, &["install", "s3", "--json"]);
    assert!(text(&said.error(3), "/message").contains("is a link to a file that is not there"));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_made_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::practised();
    ok(&home, &["install", "s3"]);
    let mode = |path: PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(config(&home)), 0o600);
    assert_eq!(mode(home.beside("me").join(".aws")), 0o700);
}

#[test]
fn the_file_is_where_aws_says() {
    let home = Home::practised();
    for (said, place) in [
        (home.beside("elsewhere"), home.beside("elsewhere")),
        (PathBuf::from("~/cfg"), home.beside("me/cfg")),
    ] {
        let mut command = command(&home, &["install", "s3"]);
        command.env("AWS_CONFIG_FILE", said);
        let said = Said::of(command, "");
        assert_eq!(said.code, 0, "{said:?}");
        assert!(read(&place).contains("[profile s3]"));
    }
    assert!(!config(&home).exists());
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let home = Home::practised();
    let theirs = "[profile s3]\nregion = x\n[profile dev]\n";
    let config = given(&home, theirs);
    for (words, code, error) in [
        (&["install", "s3"][..], 3, "name_taken"),
        (&["remove", "s3"], 3, "name_taken"),
        (&["remove", "dev"], 3, "name_taken"),
        (&["remove", "none"], 5, "not_found"),
        (&["install", "s4"], 5, "not_found"),
        (&["install", "s3", "--profile", "a b"], 3, "invalid_input"),
    ] {
        let said = run(&home, &[words, &["--json"]].concat());
        assert_eq!(said.error(code)["code"], error, "{words:?}");
        assert_eq!(read(&config), theirs, "{words:?}");
    }
}

#[test]
fn what_keeps_a_profile_from_working_is_said() {
    let home = Home::practised();
    given(&home, "");
    std::fs::write(
        home.beside("me").join(".aws/credentials"),
        "[s3]\naws_access_key_id = A\n",
    )
    .unwrap();
    let done = ok(&home, &["install", "s3"]);
    let warnings = done["profile"]["warnings"].as_array().unwrap();
    let warned = |word: &str| {
        warnings
            .iter()
            .any(|one| one.as_str().unwrap().contains(word))
    };
    assert!(warned("prefer those"), "{done}");
    assert!(warned("LEASEHOLD_PASSPHRASE"), "{done}");
    assert!(warned("practice account"), "{done}");
    let said = run(&home, &["install", "s3"]);
    assert!(said.err.contains("note: "), "{said:?}");
}

#[test]
fn many_at_once_all_come_in() {
    let home = Home::practised();
    given(&home, MINE);
    let names: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
    let running: Vec<_> = names
        .iter()
        .map(|name| {
            command(&home, &["install", "s3", "--profile", name])
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let text = read(&config(&home));
    for name in &names {
        assert!(text.contains(&format!("[profile {name}]")), "{text}");
    }
    for name in &names {
        ok(&home, &["remove", name]);
    }
    assert_eq!(read(&config(&home)), MINE);
}
