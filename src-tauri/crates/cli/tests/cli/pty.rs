//! What a person sees on a terminal: colours that mean something, `NO_COLOR`, lines that fit.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::home::{Home, text};

/// Everything the command writes to a terminal of that width.
fn on_terminal(home: &Home, columns: u16, set: &[(&str, &str)], words: &[&str]) -> String {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let far = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&far, size).unwrap();
    let far = File::from(far);
    let mut command = home.command(words);
    command
        .env("TERM", "xterm-256color")
        .envs(set.iter().copied());
    command
        .stdin(Stdio::null())
        .stdout(far.try_clone().unwrap())
        .stderr(far);
    let mut child = command.spawn().unwrap();
    // Its own copies of the far end would keep it open for ever.
    drop(command);
    let mut said = Vec::new();
    let mut near = File::from(near);
    let mut bytes = [0; 4096];
    // Linux answers EIO once nobody holds the far end.
    while let Ok(n @ 1..) = near.read(&mut bytes) {
        said.extend_from_slice(&bytes[..n]);
    }
    child.wait().unwrap();
    String::from_utf8(said).unwrap().replace("\r\n", "\n")
}

#[test]
fn colours_say_what_words_say_and_none_are_shown_where_none_are_wanted() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    let bright = on_terminal(&home, 200, &[], &["lease", "list"]);
    assert!(bright.contains("\u{1b}[32mactive\u{1b}[0m"), "{bright:?}");
    assert!(
        bright.contains("\u{1b}[35m(practice)\u{1b}[0m"),
        "{bright:?}"
    );
    let failed = on_terminal(&home, 200, &[], &["lease", "show", "x"]);
    assert!(
        failed.contains("\u{1b}[1;31merror[not_found]:"),
        "{failed:?}"
    );
    for set in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        for words in [
            &["lease", "list"][..],
            &["lease", "show", "x"],
            &["status"],
            &["--help"],
            &["lese"],
        ] {
            let plain = on_terminal(&home, 200, &[set], words);
            assert!(
                !plain.contains('\u{1b}') && !plain.is_empty(),
                "{words:?}: {plain:?}"
            );
        }
    }
    // An empty one is none: <https://no-color.org>.
    let bright = on_terminal(&home, 200, &[("NO_COLOR", "")], &["lease", "list"]);
    assert!(bright.contains('\u{1b}'), "{bright:?}");
    // A document has no colours, whoever reads it.
    let json = on_terminal(&home, 200, &[], &["lease", "list", "--json"]);
    assert!(!json.contains('\u{1b}'), "{json:?}");
}

#[test]
fn a_table_fits_the_terminal_and_keeps_ids_and_marks() {
    let home = Home::practised();
    let label = "a label that is longer than this terminal is wide, by far";
    let made = home.json(&["lease", "create", "s3", "--no-wait", "--label", label]);
    let said = on_terminal(&home, 100, &[("NO_COLOR", "1")], &["lease", "list"]);
    assert!(
        said.lines().all(|line| line.chars().count() <= 100),
        "{said}"
    );
    assert!(said.contains(text(&made, "/lease/id")), "{said}");
    assert!(said.contains("(practice)"), "{said}");
}
