//! `leasehold status --service`: a file for whatever starts services here, so that `lease watch` stays.

use std::path::PathBuf;

use leasehold_domain::{Code, Problem};
use leasehold_engine::default_home;
use serde_json::json;

use crate::args::{Cli, ServiceArg};
use crate::print::Printer;

/// What the passphrase of an encrypted key file is read from, as `LEASEHOLD_PASSPHRASE_FD`.
const PASSPHRASE_FD: &str = "3";
const LABEL: &str = "dev.leasehold.watch";

/// Everything a service has to know.
struct Watch {
    /// Program and arguments, each path from the root on.
    words: Vec<String>,
    /// The key file's passphrase has to be handed in.
    needs_passphrase: bool,
}

pub fn print(cli: &Cli, kind: Option<ServiceArg>, printer: Printer) -> Result<(), Problem> {
    let kind = kind.or_else(of_this_system).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            "This system starts its services neither with systemd nor with launchd.",
        )
        .with_hint(
            "Ask for one: `--service=systemd` or `--service=launchd`. On Windows, have Task \
             Scheduler run `leasehold lease watch` at log-on.",
        )
        .at("service")
    })?;
    let watch = watch(cli)?;
    let (name, folder, text) = match kind {
        ServiceArg::Systemd => (
            "leasehold.service".to_owned(),
            "~/.config/systemd/user",
            unit(&watch),
        ),
        ServiceArg::Launchd => (
            format!("{LABEL}.plist"),
            "~/Library/LaunchAgents",
            property_list(&watch),
        ),
    };
    let kind = match kind {
        ServiceArg::Systemd => "systemd",
        ServiceArg::Launchd => "launchd",
    };
    let file = format!("{folder}/{name}");
    printer.answer(&json!({ "kind": kind, "file": file, "text": text }), || {
        text.clone()
    })
}

fn of_this_system() -> Option<ServiceArg> {
    match std::env::consts::OS {
        "macos" => Some(ServiceArg::Launchd),
        "linux" => Some(ServiceArg::Systemd),
        _ => None,
    }
}

fn watch(cli: &Cli) -> Result<Watch, Problem> {
    if cli.keychain == "memory" {
        return Err(Problem::refused_input(
            "keychain",
            "A service with the keychain `memory` has no keys.",
            "Choose `--keychain os` or `--keychain file`.",
        ));
    }
    let home = cli.home.clone().or_else(default_home).ok_or_else(|| {
        Problem::new(Code::StoreFailed, "This system names no home folder.")
            .with_hint("Say where state lives: `--home DIR`.")
    })?;
    let words = [
        text(program()?)?,
        "--home".to_owned(),
        text(std::path::absolute(&home).unwrap_or(home))?,
        "--keychain".to_owned(),
        cli.keychain.clone(),
        "lease".to_owned(),
        "watch".to_owned(),
    ];
    Ok(Watch {
        words: words.into(),
        needs_passphrase: cli.keychain == "file",
    })
}

/// This program by a path that an update leaves as it is: the one it was found under, where that is
/// a link to it.
fn program() -> Result<PathBuf, Problem> {
    let unknown = |error: std::io::Error| {
        Problem::new(
            Code::Internal,
            format!("The system does not say where this program is: {error}."),
        )
    };
    let real = std::env::current_exe().map_err(unknown)?;
    let is_it = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == real);
    let typed = std::env::args_os().next().map(PathBuf::from);
    let typed = typed.filter(|typed| !typed.as_os_str().is_empty());
    let found = match typed {
        Some(typed) if typed.components().count() > 1 => std::path::absolute(typed).ok(),
        Some(typed) => std::env::var_os("PATH").and_then(|folders| {
            std::env::split_paths(&folders)
                .map(|folder| folder.join(&typed))
                .find(|path| path.is_absolute() && is_it(path))
        }),
        None => None,
    };
    Ok(found.filter(is_it).unwrap_or(real))
}

fn text(path: PathBuf) -> Result<String, Problem> {
    let shown = path.display().to_string();
    let text = path.into_os_string().into_string().ok();
    let text = text.filter(|text| !text.chars().any(char::is_control));
    text.ok_or_else(|| {
        Problem::new(
            Code::Refused,
            format!("The path {shown} cannot be written into a service's file."),
        )
        .with_hint("Use a path of printable characters.")
    })
}

/// A systemd user unit. Of its protections there are only those that work without privileges and
/// leave the session's bus, the network and the home alone.
fn unit(watch: &Watch) -> String {
    let words: Vec<_> = watch.words.iter().map(|word| systemd_word(word)).collect();
    let words = words.join(" ");
    let (start, passphrase) = match watch.needs_passphrase {
        false => (words, String::new()),
        true => (
            // The shell is there for its redirection only, and is replaced.
            format!(
                "/bin/sh -c \"exec \\\"$$0\\\" \\\"$$@\\\" \
                 {PASSPHRASE_FD}<\\\"$$CREDENTIALS_DIRECTORY/passphrase\\\"\" {words}"
            ),
            format!(
                "# The passphrase of the key file, in a file that only you can read. Since systemd 256 \
                 it can be\n# encrypted: `systemd-creds encrypt --user --name=passphrase - FILE`, and \
                 LoadCredentialEncrypted= here.\n\
                 LoadCredential=passphrase:%h/.config/leasehold/passphrase\n\
                 Environment=LEASEHOLD_PASSPHRASE_FD={PASSPHRASE_FD}\n"
            ),
        ),
    };
    format!(
        "# Keeps `leasehold lease watch` running: leases end on time without a window.\n\
         #   leasehold status --service=systemd > ~/.config/systemd/user/leasehold.service\n\
         #   systemctl --user daemon-reload && systemctl --user enable --now leasehold\n\
         # On a server also `loginctl enable-linger`, so that it runs while nobody is logged in.\n\
         \n\
         [Unit]\n\
         Description=Leasehold ends AWS leases on time\n\
         Documentation=man:leasehold-lease-watch(1)\n\
         \n\
         [Service]\n\
         Type=exec\n\
         ExecStart={start}\n\
         {passphrase}\
         Restart=on-failure\n\
         RestartSec=10\n\
         # Asking again does not help against a wrong command line.\n\
         RestartPreventExitStatus=2\n\
         # What is under way is finished first.\n\
         TimeoutStopSec=90\n\
         UMask=0077\n\
         LimitCORE=0\n\
         NoNewPrivileges=yes\n\
         LockPersonality=yes\n\
         MemoryDenyWriteExecute=yes\n\
         RestrictRealtime=yes\n\
         RestrictSUIDSGID=yes\n\
         RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n\
         SystemCallArchitectures=native\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    )
}

/// A word of `ExecStart=`: quoted where it has to be, with systemd's own characters doubled.
fn systemd_word(word: &str) -> String {
    let word = word.replace('%', "%%").replace('$', "$$");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%$".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word;
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

fn property_list(watch: &Watch) -> String {
    let mut words = watch.words.clone();
    if watch.needs_passphrase {
        let shell = [
            "/bin/sh".to_owned(),
            "-c".to_owned(),
            format!("exec \"$0\" \"$@\" {PASSPHRASE_FD}<\"$HOME/.config/leasehold/passphrase\""),
        ];
        words = shell.into_iter().chain(words).collect();
    }
    let words: String = words
        .iter()
        .map(|word| format!("    <string>{}</string>\n", xml(word)))
        .collect();
    let passphrase = match watch.needs_passphrase {
        true => format!(
            "  <!-- The passphrase of the key file stands in ~/.config/leasehold/passphrase, which only \
             you can read. -->\n  <key>EnvironmentVariables</key>\n  <dict>\n    \
             <key>LEASEHOLD_PASSPHRASE_FD</key>\n    <string>{PASSPHRASE_FD}</string>\n  </dict>\n"
        ),
        false => String::new(),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- Keeps `leasehold lease watch` running: leases end on time without a window.\n     \
         leasehold status with the option service=launchd > ~/Library/LaunchAgents/{LABEL}.plist\n     \
         launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/{LABEL}.plist -->\n\
         <plist version=\"1.0\">\n\
         <dict>\n  \
         <key>Label</key>\n  <string>{LABEL}</string>\n  \
         <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n\
         {passphrase}  \
         <key>RunAtLoad</key>\n  <true/>\n  \
         <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n  \
         <key>ThrottleInterval</key>\n  <integer>10</integer>\n  \
         <key>ExitTimeOut</key>\n  <integer>90</integer>\n  \
         <key>ProcessType</key>\n  <string>Background</string>\n  \
         <key>Umask</key>\n  <integer>63</integer>\n\
         </dict>\n\
         </plist>\n"
    )
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(home: &str, needs_passphrase: bool) -> Watch {
        let words = [
            "/opt/lease hold/leasehold",
            "--home",
            home,
            "lease",
            "watch",
        ];
        Watch {
            words: words.map(str::to_owned).into(),
            needs_passphrase,
        }
    }

    fn start(unit: &str) -> &str {
        unit.lines()
            .find_map(|line| line.strip_prefix("ExecStart="))
            .unwrap()
    }

    #[test]
    fn a_path_with_any_character_stays_one_word() {
        let unit = unit(&with("/home/a b/100%/$x/\"q\"\\", false));
        assert_eq!(
            start(&unit),
            "\"/opt/lease hold/leasehold\" --home \"/home/a b/100%%/$$x/\\\"q\\\"\\\\\" lease watch"
        );
        let list = property_list(&with("/home/<a>&b", false));
        assert!(
            list.contains("<string>/home/&lt;a&gt;&amp;b</string>"),
            "{list}"
        );
    }

    #[test]
    fn a_passphrase_comes_by_a_descriptor_and_stands_in_no_file_of_ours() {
        for text in [unit(&with("/x", true)), property_list(&with("/x", true))] {
            assert!(text.contains("LEASEHOLD_PASSPHRASE_FD"), "{text}");
            assert!(!text.contains("LEASEHOLD_PASSPHRASE="), "{text}");
            assert!(text.contains("/bin/sh"), "{text}");
        }
        assert!(!unit(&with("/x", false)).contains("/bin/sh"));
    }
}
