//! What a person chose for the gateway as a way to open it: every problem at once, with its field.

use std::path::{Path, PathBuf};

use leasehold_domain::{Problem, clip};
use leasehold_engine::wire::{GatewaySettings, GatewayTls};

use crate::listen::{Listen, Options, TlsFiles};

/// Folder of the usual socket, in the home; for its user alone.
const FOLDER: &str = "gateway";
const SOCKET: &str = "gateway.sock";
/// More addresses or names are a mistake.
const MOST: usize = 16;

/// The socket that is meant by the usual one; none where this system has none that could be guarded.
#[must_use]
pub fn usual_socket(home: &Path) -> Option<PathBuf> {
    let home = std::path::absolute(home).ok()?;
    cfg!(unix).then(|| home.join(FOLDER).join(SOCKET))
}

/// Every problem of a choice, in the order of the form. Nothing is opened, and no file is read.
#[must_use]
pub fn check(chosen: &GatewaySettings, home: &Path) -> Vec<Problem> {
    read(chosen, home).1
}

/// How the gateway is opened as it is chosen.
///
/// # Errors
/// The first problem of [`check`].
pub fn chosen(settings: &GatewaySettings, home: &Path) -> Result<Options, Problem> {
    let (options, problems) = read(settings, home);
    match problems.into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(options),
    }
}

fn read(chosen: &GatewaySettings, home: &Path) -> (Options, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut options = Options {
        own_tls: chosen.tls == GatewayTls::Own,
        ..Options::default()
    };
    for (field, entries) in [("listen", &chosen.listen), ("names", &chosen.names)] {
        if entries.len() > MOST {
            problems.push(Problem::refused_input(
                field,
                format!("There are at most {MOST}; here are {}.", entries.len()),
                "Leave some out.",
            ));
        }
    }
    for text in said(&chosen.listen) {
        match Listen::parse("listen", text) {
            Ok(listen) if options.listen.contains(&listen) => {}
            Ok(listen) => options.listen.push(listen),
            Err(problem) => problems.push(problem),
        }
    }
    match chosen.socket.trim() {
        "" => {}
        GatewaySettings::USUAL => options.socket = usual_socket(home),
        path if Path::new(path).is_absolute() && cfg!(unix) => options.socket = Some(path.into()),
        path => problems.push(Problem::refused_input(
            "socket",
            match cfg!(unix) {
                true => format!("`{}` is not a whole path.", clip(path, 80)),
                false => "This system has no Unix sockets that could be guarded.".to_owned(),
            },
            match cfg!(unix) {
                true => "Write it from the root on, or leave it empty for none.",
                false => "Leave it empty.",
            },
        )),
    }
    if chosen.tls == GatewayTls::Files {
        let cert = file("tls_cert", "certificate", &chosen.tls_cert, &mut problems);
        let key = file("tls_key", "private key", &chosen.tls_key, &mut problems);
        options.tls = cert.zip(key).map(|(cert, key)| TlsFiles { cert, key });
    }
    for name in said(&chosen.names) {
        match is_host(name) {
            true => options.names.push(name.to_ascii_lowercase()),
            false => problems.push(Problem::refused_input(
                "names",
                format!("`{}` is not the name of a host.", clip(name, 80)),
                "Write it without a scheme, a port or a path, for example vault.internal.",
            )),
        }
    }
    // What is wrong with a part is said before what is wrong with the whole.
    if problems.is_empty()
        && let Err(problem) = options.check()
    {
        problems.push(problem);
    }
    (options, problems)
}

fn said(entries: &[String]) -> impl Iterator<Item = &str> {
    entries
        .iter()
        .map(|entry| entry.trim())
        .filter(|entry| !entry.is_empty())
}

fn file(field: &str, what: &str, path: &str, problems: &mut Vec<Problem>) -> Option<PathBuf> {
    let path = Path::new(path.trim());
    if path.is_absolute() {
        return Some(path.to_owned());
    }
    problems.push(Problem::refused_input(
        field,
        format!("There is no whole path to the {what}."),
        "Write the path of a PEM file from the root on.",
    ));
    None
}

/// Labels of letters, digits and hyphens; an address of IPv6 in its brackets.
fn is_host(name: &str) -> bool {
    if let Some(bare) = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return bare.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(settings: &GatewaySettings) -> Vec<String> {
        let problems = check(settings, Path::new("/home/u/.leasehold"));
        problems
            .into_iter()
            .map(|problem| problem.field.unwrap())
            .collect()
    }

    #[test]
    fn what_nobody_chose_is_loopback_and_the_homes_own_socket() {
        let options = chosen(&GatewaySettings::default(), Path::new("/home/u/lh")).unwrap();
        assert!(options.listen.iter().all(|listen| listen.is_loopback()));
        assert_eq!(options.listen.len(), 1);
        assert!(!options.has_tls());
        #[cfg(unix)]
        assert_eq!(
            options.socket.as_deref(),
            Some(Path::new("/home/u/lh/gateway/gateway.sock"))
        );
    }

    #[test]
    fn every_problem_of_a_choice_is_told_with_its_field() {
        let wrong = GatewaySettings {
            listen: vec!["localhost:1".into(), "127.0.0.1".into()],
            socket: "relative.sock".into(),
            tls: GatewayTls::Files,
            names: vec!["https://vault".into(), "vault:1".into(), String::new()],
            ..GatewaySettings::default()
        };
        assert_eq!(
            fields(&wrong),
            [
                "listen", "listen", "socket", "tls_cert", "tls_key", "names", "names"
            ]
        );
    }

    #[test]
    fn an_address_that_others_reach_needs_a_certificate_and_nowhere_is_refused() {
        let mut open = GatewaySettings {
            listen: vec!["0.0.0.0:8732".into()],
            ..GatewaySettings::default()
        };
        assert_eq!(fields(&open), ["listen"]);
        open.tls = GatewayTls::Own;
        assert!(fields(&open).is_empty());
        let nowhere = GatewaySettings {
            listen: Vec::new(),
            socket: String::new(),
            ..GatewaySettings::default()
        };
        assert_eq!(fields(&nowhere), ["listen"]);
    }
}
