//! Starting with the desktop session, where a person wants that. What is chosen is the file that the
//! desktop reads, and nothing else: whoever changes it there is believed.

use std::path::{Path, PathBuf};

use leasehold_domain::{Code, Problem};
use serde::Serialize;

/// What the session starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// Our program.
    pub(crate) program: PathBuf,
    /// The home, where it was named at this start.
    pub(crate) home: Option<PathBuf>,
}

/// Whether the session starts Leasehold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Autostart {
    Off,
    /// As it was chosen here.
    On {
        /// Without a window.
        hidden: bool,
    },
    /// There is a file of that name, with something else in it.
    Foreign {
        path: String,
    },
    /// This system's way is not built in.
    Missing,
}

/// The folder that freedesktop sessions read.
#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) fn folder(environment: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        environment(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let config =
        absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    config.map(|config| config.join("autostart"))
}

/// Other systems start programs by other means, which are not built in yet.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(crate) fn folder(_: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    None
}

const FILE: &str = "leasehold-desktop.desktop";

impl Start {
    /// This program as it was started: inside an `AppImage` the file that was opened, not what is
    /// mounted while it runs.
    pub(crate) fn of_this(
        home: Option<PathBuf>,
        environment: impl Fn(&str) -> Option<std::ffi::OsString>,
    ) -> Option<Self> {
        let program = this_program(std::env::current_exe().ok()?, environment);
        let home = home.and_then(|home| std::path::absolute(home).ok());
        Some(Self { program, home })
    }

    /// The file as it is written, by the Desktop Entry Specification.
    fn entry(&self, hidden: bool) -> String {
        let mut exec = vec![quoted(&self.program)];
        if hidden {
            exec.push("--hidden".into());
        }
        if let Some(home) = &self.home {
            exec.push("--home".into());
            exec.push(quoted(home));
        }
        format!(
            "[Desktop Entry]\n\
             Type=Application\n\
             Name=Leasehold\n\
             Comment=AWS credentials that end by themselves\n\
             Exec={}\n\
             Icon=leasehold-desktop\n\
             Terminal=false\n\
             X-GNOME-Autostart-enabled=true\n",
            exec.join(" ")
        )
    }

    /// How it is now.
    pub(crate) fn state(&self, folder: Option<&Path>) -> Autostart {
        let Some(folder) = folder else {
            return Autostart::Missing;
        };
        let path = folder.join(FILE);
        let found = match std::fs::read_to_string(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Autostart::Off,
            Err(_) => return Autostart::Foreign { path: shown(&path) },
        };
        let known = [true, false]
            .into_iter()
            .find(|hidden| self.entry(*hidden) == found);
        match known {
            Some(hidden) => Autostart::On { hidden },
            // The desktop's own switch leaves the file in place.
            None if is_off(&found) => Autostart::Off,
            None => Autostart::Foreign { path: shown(&path) },
        }
    }

    /// Has the session start it, or not any more.
    ///
    /// # Errors
    /// The file cannot be written or removed, or this system's way is not built in.
    pub(crate) fn set(&self, folder: Option<&Path>, wanted: Option<Hidden>) -> Result<(), Problem> {
        let folder = folder.ok_or_else(missing)?;
        let path = folder.join(FILE);
        let done = match wanted {
            Some(Hidden(hidden)) => write(folder, &path, &self.entry(hidden)),
            None => match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        };
        done.map_err(|error| {
            Problem::new(
                Code::Refused,
                format!("{} could not be changed: {error}.", shown(&path)),
            )
            .with_hint("Look at the rights of that folder, then try again.")
        })
    }
}

/// The file to start again. Another `AppImage` that we were started from hands its own name down, so
/// it counts only where we run inside of it; Linux marks a program that was replaced while it runs.
fn this_program(
    running: PathBuf,
    environment: impl Fn(&str) -> Option<std::ffi::OsString>,
) -> PathBuf {
    let mount = environment("APPDIR").filter(|mount| !mount.is_empty());
    let opened = environment("APPIMAGE").filter(|_| mount.is_some_and(|m| running.starts_with(m)));
    if let Some(opened) = opened {
        return opened.into();
    }
    match running
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"))
    {
        Some(path) => path.into(),
        None => running,
    }
}

/// Started without a window, or with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hidden(pub(crate) bool);

/// A session that reads it meanwhile finds the old file or the new one, whole.
fn write(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let new = path.with_extension("desktop.new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)
}

fn missing() -> Problem {
    Problem::new(
        Code::Refused,
        "Leasehold cannot put itself among the programs that this system starts.",
    )
    .with_hint("Add it yourself in the system's settings, with the option `--hidden`.")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn is_off(entry: &str) -> bool {
    entry.lines().any(|line| {
        let line = line.replace(' ', "");
        line == "Hidden=true" || line == "X-GNOME-Autostart-enabled=false"
    })
}

/// An argument of `Exec`: quoted, with the quoting's own characters escaped, then once more as the
/// value of a key is; `%` begins a field code.
fn quoted(path: &Path) -> String {
    let mut text = String::from("\"");
    for character in path.to_string_lossy().chars() {
        match character {
            '"' | '`' | '$' => {
                text.push_str("\\\\");
                text.push(character);
            }
            '\\' => text.push_str("\\\\\\\\"),
            '%' => text.push_str("%%"),
            '\n' => text.push_str("\\n"),
            _ => text.push(character),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_again_is_this_program_and_not_what_it_was_started_from() {
        let none = |_: &str| None;
        let other = |name: &str| match name {
            "APPIMAGE" => Some("/home/me/Terminal.AppImage".into()),
            "APPDIR" => Some("/tmp/.mount_Term".into()),
            _ => None,
        };
        let program = |path: &str| PathBuf::from(path);
        let installed = program("/usr/bin/leasehold-desktop");
        assert_eq!(this_program(installed.clone(), none), installed);
        assert_eq!(this_program(installed.clone(), other), installed);
        let replaced = program("/usr/bin/leasehold-desktop (deleted)");
        assert_eq!(this_program(replaced, none), installed);
        let inside = program("/tmp/.mount_Term/usr/bin/leasehold-desktop");
        assert_eq!(
            this_program(inside, other),
            program("/home/me/Terminal.AppImage")
        );
    }

    fn start(program: &str) -> Start {
        Start {
            program: program.into(),
            home: None,
        }
    }

    #[test]
    fn the_file_has_these_bytes() {
        let start = Start {
            home: Some("/home/ada/lease hold".into()),
            ..start("/usr/bin/leasehold-desktop")
        };
        assert_eq!(
            start.entry(true),
            "[Desktop Entry]\nType=Application\nName=Leasehold\n\
             Comment=AWS credentials that end by themselves\n\
             Exec=\"/usr/bin/leasehold-desktop\" --hidden --home \"/home/ada/lease hold\"\n\
             Icon=leasehold-desktop\nTerminal=false\nX-GNOME-Autostart-enabled=true\n"
        );
    }

    #[test]
    fn a_path_cannot_break_out_of_its_argument() {
        for (path, text) in [
            ("/a b", r#""/a b""#),
            ("/a\"b", r#""/a\\"b""#),
            ("/$HOME/`x`", r#""/\\$HOME/\\`x\\`""#),
            ("/a\\b", r#""/a\\\\b""#),
            ("/100%u", r#""/100%%u""#),
            ("/a\nExec=b", r#""/a\nExec=b""#),
        ] {
            assert_eq!(quoted(Path::new(path)), text);
        }
    }

    #[test]
    fn what_is_chosen_is_what_stands_in_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("config/autostart");
        let (start, at) = (start("/opt/leasehold-desktop"), Some(folder.as_path()));
        assert_eq!(start.state(at), Autostart::Off);
        start.set(at, None).unwrap();
        for hidden in [true, false] {
            start.set(at, Some(Hidden(hidden))).unwrap();
            assert_eq!(start.state(at), Autostart::On { hidden });
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        start.set(at, None).unwrap();
        assert_eq!(start.state(at), Autostart::Off);
    }

    #[test]
    fn what_somebody_else_wrote_is_said_and_their_switch_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let at = Some(folder.path());
        let start = start("/opt/leasehold-desktop");
        let file = folder.path().join(FILE);
        std::fs::write(&file, "[Desktop Entry]\nExec=/elsewhere\n").unwrap();
        let path = file.display().to_string();
        assert_eq!(start.state(at), Autostart::Foreign { path });
        let off = start.entry(true).replace("enabled=true", "enabled=false");
        std::fs::write(&file, off).unwrap();
        assert_eq!(start.state(at), Autostart::Off);
        std::fs::write(&file, start.entry(true) + "Hidden=true\n").unwrap();
        assert_eq!(start.state(at), Autostart::Off);
    }

    #[test]
    fn a_system_whose_way_is_not_built_in_says_so() {
        let start = start("/opt/leasehold-desktop");
        assert_eq!(start.state(None), Autostart::Missing);
        let problem = start.set(None, Some(Hidden(true))).unwrap_err();
        assert!(problem.hint.is_some());
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_folder_is_where_the_desktop_keeps_its_configuration() {
        let with = |pairs: &'static [(&str, &str)]| {
            folder(move |name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).into())
            })
        };
        assert_eq!(with(&[]), None);
        let usual = Some(PathBuf::from("/home/ada/.config/autostart"));
        assert_eq!(with(&[("HOME", "/home/ada")]), usual);
        assert_eq!(
            with(&[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "x")]),
            usual
        );
        assert_eq!(
            with(&[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "/c")]),
            Some(PathBuf::from("/c/autostart"))
        );
    }
}
