//! `cargo xtask run`: the window, from whatever state the machine is in.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::USAGE_ERROR;
use crate::places::Places;
use crate::setup::{Purpose, setup};
use crate::step::{Steps, cargo, openly};

/// Makes the desktop load the bundled page instead of looking for a development server.
pub const BUNDLED_PAGE: &str = "leasehold-desktop/custom-protocol";

/// Installs, builds, and opens the window; ends with the window's own exit code.
pub fn run(places: &Places, arguments: &[String]) -> Result<ExitCode> {
    if !has_display(cfg!(target_os = "linux"), |name| {
        std::env::var_os(name).is_some_and(|value| !value.is_empty())
    }) {
        eprintln!(
            "error: there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set\n\
             hint: `cargo xtask tour` goes through the real window on a virtual display and leaves pictures in target/tour/"
        );
        return Ok(ExitCode::from(USAGE_ERROR));
    }
    setup(places, Purpose::Build)?;
    let mut steps = Steps::new(places, 2)?;
    let began = steps.begin("Leasehold: cargo build (the first time takes some minutes)");
    let mut build = cargo(places);
    build.args([
        "build",
        "--package",
        "leasehold-desktop",
        "--package",
        "leasehold-cli",
    ]);
    build.args(["--features", BUNDLED_PAGE]);
    openly(build)?;
    steps.end(began);
    let window = places.program("leasehold-desktop");
    steps.begin(&format!("Window: {}", places.short(&window)));
    let status = Command::new(&window)
        .args(arguments)
        .status()
        .with_context(|| window.display().to_string())?;
    Ok(ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    ))
}

/// Whether a window can be opened; only Linux can lack a display.
fn has_display(linux: bool, is_set: impl Fn(&str) -> bool) -> bool {
    !linux || ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().any(is_set)
}

#[cfg(test)]
mod tests {
    use super::has_display;

    #[test]
    fn either_kind_of_display_will_do_and_only_linux_needs_one() {
        assert!(has_display(true, |name| name == "DISPLAY"));
        assert!(has_display(true, |name| name == "WAYLAND_DISPLAY"));
        assert!(!has_display(true, |_| false));
        assert!(has_display(false, |_| false));
    }
}
