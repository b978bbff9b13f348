//! The service file, the manual, the settings.

use std::process::Command;

use crate::home::{Home, Said, text, words};

#[test]
fn a_unit_names_program_home_and_keychain_from_the_root_on() {
    let home = Home::empty();
    let said = home.ok(&["status", "--service=systemd"]);
    let start = said.out.lines().find(|line| line.starts_with("ExecStart="));
    let start = start.unwrap();
    let program = assert_cmd::cargo::cargo_bin("leasehold");
    for part in [program.to_str().unwrap(), home.path().to_str().unwrap()] {
        assert!(start.contains(part), "{start}");
    }
    assert!(start.ends_with("--keychain file lease watch"), "{start}");
    assert!(!said.out.contains(crate::home::PASSPHRASE), "{said:?}");
    assert!(!home.path().exists(), "nothing is made for it");
    let refused = home.command(&["status", "--service", "--json", "--keychain", "memory"]);
    assert_eq!(Said::of(refused, "").error(3)["field"], "keychain");
}

/// systemd's own judge, where it is installed.
#[cfg(target_os = "linux")]
#[test]
fn systemd_takes_the_unit_for_right() {
    let home = Home::empty();
    let file = home.beside("leasehold.service");
    for keychain in ["os", "file"] {
        let mut command = home.command(&["status", "--service=systemd"]);
        command.args(["--keychain", keychain]);
        std::fs::write(&file, Said::of(command, "").out).unwrap();
        let mut verify = Command::new("systemd-analyze");
        verify.args(["--user", "verify", "--man=no"]).arg(&file);
        verify
            .env("XDG_RUNTIME_DIR", home.beside(""))
            .env("HOME", home.beside(""));
        let output = match verify.output() {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => panic!("{error}"),
        };
        assert!(output.status.success(), "{keychain}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        let name = "leasehold.service";
        let about: Vec<_> = said.lines().filter(|line| line.contains(name)).collect();
        assert!(about.is_empty(), "{keychain}: {about:?}");
    }
}

#[test]
fn the_property_list_is_one() {
    let home = Home::empty();
    let said = home.ok(&["status", "--service=launchd"]);
    let file = home.beside("watch.plist");
    std::fs::write(&file, &said.out).unwrap();
    let read = "import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],'rb'))))";
    let mut python = Command::new("python3");
    python.args(["-c", read]).arg(&file);
    let list = Said::of(python, "").json();
    assert_eq!(list["Label"], "dev.leasehold.watch");
    assert_eq!(list["KeepAlive"]["SuccessfulExit"], false);
    assert_eq!(list["EnvironmentVariables"]["LEASEHOLD_PASSPHRASE_FD"], "3");
    let words: Vec<_> = list["ProgramArguments"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let home = home.path();
    assert!(
        words.iter().any(|word| **word == home.to_str().unwrap()),
        "{words:?}"
    );
    assert_eq!(words[words.len() - 2..], ["lease", "watch"]);
}

#[test]
fn the_manual_has_a_page_for_every_verb() {
    let home = Home::empty();
    let folder = home.beside("man1");
    let document = home.json(&["man", folder.to_str().unwrap()]);
    let pages: Vec<_> = document["pages"].as_array().unwrap().iter().collect();
    for page in [
        "leasehold.1",
        "leasehold-lease-watch.1",
        "leasehold-secret-add.1",
        "leasehold-credentials.1",
        "leasehold-status.1",
    ] {
        assert!(pages.iter().any(|one| **one == page), "{page}: {pages:?}");
    }
    assert!(pages.len() > 45, "{}", pages.len());
    let page = std::fs::read_to_string(folder.join("leasehold-lease-watch.1")).unwrap();
    assert!(page.contains(".TH LEASEHOLD"), "{page}");
    assert!(page.contains("leasehold lease watch"), "{page}");
    assert!(page.contains("jq"), "its examples are there: {page}");
    assert!(!home.path().exists());
}

#[test]
fn settings_are_shown_and_set_as_the_window_does() {
    let home = Home::empty();
    assert!(home.ok(&["settings", "show"]).out.contains("lead-minutes"));
    home.ok(&words("settings set lead-minutes 15,5"));
    home.ok(&words("settings set notify-expiry off"));
    let settings = home.json(&["settings", "show"])["settings"].clone();
    assert_eq!(settings["lead_minutes"], serde_json::json!([5, 15]));
    assert_eq!(settings["notify_expiry"], false);
    for (line, field) in [
        ("settings set lead-minutes 0", "lead_minutes"),
        ("settings set clipboard-seconds soon", "clipboard_seconds"),
        (
            "settings set break-glass-folder nowhere",
            "break_glass_folder",
        ),
        ("settings set theme pink", "theme"),
    ] {
        let error = home.refused(3, &words(line));
        assert_eq!(error["field"], field);
        assert!(!text(&error, "/hint").is_empty());
    }
    home.ok(&words("settings set gateway-listen 127.0.0.1:9732"));
    let said = home.json(&words("settings set gateway on"));
    assert_eq!(said["gateway"]["on"], true);
    assert_eq!(
        said["gateway"]["listen"],
        serde_json::json!(["127.0.0.1:9732"])
    );
    for (line, field) in [
        ("settings set gateway-listen 0.0.0.0:1", "listen"),
        ("settings set gateway-tls files", "tls_cert"),
        ("settings set gateway perhaps", "on"),
    ] {
        assert_eq!(home.refused(3, &words(line))["field"], field, "{line}");
    }
    assert_eq!(home.json(&["settings", "show"])["gateway"], said["gateway"]);
    home.run(&words("settings set colour red --json")).error(2);
    assert_eq!(home.json(&["settings", "show"])["settings"], settings);
}
