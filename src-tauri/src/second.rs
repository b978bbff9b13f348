//! A second start: it does nothing but show the window of the first one, and say what of it was not
//! done.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use leasehold_domain::{Code, Problem};
use leasehold_engine::default_home;
use tauri::{AppHandle, Manager, Runtime};

use crate::commands::desktop;
use crate::start::{Asked, arguments};
use crate::state::Shell;
use crate::window;

/// Somebody started the application again, with these arguments in this folder.
pub(crate) fn started<R: Runtime>(app: &AppHandle<R>, given: &[String], folder: &str) {
    let given = given.iter().skip(1).map(OsString::from);
    // Arguments that cannot be read were said where they were typed: that process reads them first.
    let (home, hidden) = match arguments(given) {
        Ok(Asked::Window { home, hidden }) => (home, hidden),
        _ => (None, false),
    };
    let shell = app.state::<Shell>();
    let ours = shell.named_home().or_else(default_home);
    if let Some(refusal) = refusal(home.as_deref(), Path::new(folder), ours.as_deref()) {
        shell.say(refusal);
        desktop::changed(app);
    } else if hidden {
        return;
    }
    window::show(app);
}

/// What to say to a start that named another home than the one that is open.
fn refusal(asked: Option<&Path>, folder: &Path, ours: Option<&Path>) -> Option<Problem> {
    let (asked, ours) = (folder.join(asked?), ours?);
    if real(&asked) == real(ours) {
        return None;
    }
    Some(
        Problem::new(
            Code::Refused,
            format!(
                "Leasehold runs already, on {}. The start with {} did nothing.",
                ours.display(),
                asked.display()
            ),
        )
        .with_hint("Quit it, then start it with the other home. The command `leasehold --home` works with both."),
    )
}

/// Two ways to write a folder are one folder.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_home_is_said() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (one, other) = (one.path(), other.path());
        let folder = one.parent().unwrap();
        let name = Path::new(one.file_name().unwrap());
        assert!(refusal(None, folder, Some(one)).is_none());
        assert!(refusal(Some(one), folder, Some(one)).is_none());
        assert!(
            refusal(Some(name), folder, Some(one)).is_none(),
            "from where it was typed"
        );
        assert!(refusal(Some(&one.join(".")), folder, Some(one)).is_none());
        let said = refusal(Some(other), folder, Some(one)).unwrap();
        for path in [one, other] {
            assert!(
                said.message.contains(&path.display().to_string()),
                "{said:?}"
            );
        }
    }
}
