//! The command that opens an address: the system's own, or one that a person chose.

use std::process::{Command, Stdio};

use leasehold_domain::{Code, Problem};

use crate::variables::OURS;

/// Where the address goes in a chosen command; at its end where this is missing.
const PLACE: &str = "{}";
const LONGEST: usize = 1024;

/// Opens an address with the chosen command, the system's where that is empty. It is not waited for.
///
/// # Errors
/// The command cannot be read or started.
pub fn open_in_browser(chosen: &str, address: &str) -> Result<(), Problem> {
    let words = command(chosen, address)?;
    let Some((program, rest)) = words.split_first() else {
        return Err(refused("The command that opens the console is empty."));
    };
    let mut command = Command::new(program);
    for name in OURS {
        command.env_remove(name);
    }
    let mut child = command
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            Problem::new(
                Code::Refused,
                format!("The browser cannot be started: `{program}`: {error}."),
            )
            .with_hint("Choose another with the setting console-browser, or copy the link instead.")
            .at("console_browser")
        })?;
    // Nobody else asks how it ended.
    std::thread::spawn(move || {
        let _ = child.wait();
    });
    Ok(())
}

/// Refuses a command that cannot be read. Empty is the system's own.
pub(crate) fn check_browser(chosen: &str) -> Result<(), Problem> {
    command(chosen, "http://127.0.0.1/").map(drop)
}

/// The words of the command, which no shell ever sees.
fn command(chosen: &str, address: &str) -> Result<Vec<String>, Problem> {
    if chosen.len() > LONGEST || chosen.contains(char::is_control) {
        return Err(refused(
            "The command that opens the console is one line of up to 1024 characters.",
        ));
    }
    let mut words = split(chosen)?;
    if words.is_empty() {
        words = usual();
    }
    let mut is_placed = false;
    for word in &mut words {
        if word.contains(PLACE) {
            *word = word.replace(PLACE, address);
            is_placed = true;
        }
    }
    if !is_placed {
        words.push(address.to_owned());
    }
    Ok(words)
}

fn usual() -> Vec<String> {
    let words: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(windows) {
        &["rundll32", "url.dll,FileProtocolHandler"]
    } else {
        &["xdg-open"]
    };
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Words divided by spaces; quotes hold one together.
fn split(text: &str) -> Result<Vec<String>, Problem> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(refused(
            "A quote in the command that opens the console is not closed.",
        ));
    }
    words.extend(word);
    Ok(words)
}

fn refused(rule: &str) -> Problem {
    Problem::refused_input(
        "console_browser",
        rule,
        "Write for example `firefox --private-window`, or nothing for the system's browser.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_goes_where_it_is_wanted() {
        for (chosen, words) in [
            (
                "firefox --private-window",
                &["firefox", "--private-window", "URL"][..],
            ),
            ("firefox {} --new", &["firefox", "URL", "--new"]),
            (
                r#""/opt/my browser/run" 'ext+container:url={}'"#,
                &["/opt/my browser/run", "ext+container:url=URL"],
            ),
            ("b ''", &["b", "", "URL"]),
            // No shell reads it.
            ("b; $(x) `y` | z", &["b;", "$(x)", "`y`", "|", "z", "URL"]),
        ] {
            assert_eq!(command(chosen, "URL").unwrap(), words, "{chosen}");
        }
        assert_eq!(command("  ", "URL").unwrap().last().unwrap(), "URL");
    }

    #[test]
    fn what_is_no_command_is_refused_at_its_field() {
        for bad in ["firefox \"x", "a\nb", &"x".repeat(2000)] {
            let problem = check_browser(bad).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("console_browser"));
        }
    }

    #[test]
    fn a_browser_that_is_not_there_is_named() {
        let problem = open_in_browser("no-such-browser-anywhere", "http://127.0.0.1/").unwrap_err();
        assert!(problem.message.contains("no-such-browser-anywhere"));
    }
}
