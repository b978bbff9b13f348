//! Tests see none of the developer's things: no home, no desktop session, no AWS profile, no Leasehold of their own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::places::Places;

const FOLDERS: &[(&str, &str)] = &[
    ("HOME", ""),
    ("XDG_DATA_HOME", "data"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_CACHE_HOME", "cache"),
];
const SESSION: &[&str] = &[
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
];

/// Gives the command an empty home and takes the session away. A test that wants a desktop starts one of its own.
pub fn isolate(places: &Places, command: &mut Command) -> Result<()> {
    // Cargo and rustup look below the home that is about to be replaced.
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        if std::env::var_os(name).is_none()
            && let Some(home) = std::env::var_os("HOME")
        {
            command.env(name, PathBuf::from(home).join(folder));
        }
    }
    let home = places.own().join("home");
    if home.exists() {
        std::fs::remove_dir_all(&home).with_context(|| home.display().to_string())?;
    }
    for (name, folder) in FOLDERS {
        let path = home.join(folder);
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        command.env(name, path);
    }
    let ours = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    for name in ours.filter(|name| is_private(name)) {
        command.env_remove(name);
    }
    Ok(())
}

fn is_private(name: &str) -> bool {
    SESSION.contains(&name) || name.starts_with("AWS_") || name.starts_with("LEASEHOLD_")
}

#[cfg(test)]
mod tests {
    use super::{is_private, isolate};
    use crate::places::Places;
    use std::process::Command;

    #[test]
    fn keys_profiles_and_the_session_do_not_reach_tests() {
        for name in [
            "AWS_PROFILE",
            "AWS_SECRET_ACCESS_KEY",
            "LEASEHOLD_HOME",
            "DISPLAY",
            "DBUS_SESSION_BUS_ADDRESS",
        ] {
            assert!(is_private(name), "{name}");
        }
        for name in ["PATH", "HOME", "CARGO_HOME", "CI", "LANG"] {
            assert!(!is_private(name), "{name}");
        }
    }

    #[test]
    fn the_home_is_new_and_empty() {
        let root = std::env::temp_dir().join(format!("xtask-isolation-{}", std::process::id()));
        let places = Places {
            target: root.join("target"),
            root: root.clone(),
        };
        let left = places.own().join("home/left");
        std::fs::create_dir_all(&left).unwrap();
        let mut command = Command::new("true");
        isolate(&places, &mut command).unwrap();
        assert!(!left.exists());
        let home = command
            .get_envs()
            .find(|(name, _)| *name == "HOME")
            .unwrap()
            .1
            .unwrap();
        assert!(std::path::Path::new(home).is_dir());
        std::fs::remove_dir_all(root).unwrap();
    }
}
