//! The page: its packages from the lock file, and the bundle the window shows.

use std::process::Command;

use anyhow::{Result, bail};

use super::stamp::Stamp;
use crate::places::Places;
use crate::step::{Steps, ask, npm};

/// Vite's own lower bound.
const NODE: (u32, u32) = (20, 19);
const INPUTS: &[&str] = &[
    "credentials.html",
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

/// `npm ci`, when the lock file or Node has changed.
pub fn install(places: &Places, steps: &mut Steps) -> Result<()> {
    let node = node()?;
    let lock = places.ui().join("package-lock.json");
    let stamp = Stamp::new(places, "npm", &[lock], &[&node])?;
    if stamp.is_fresh(&places.ui().join("node_modules/.package-lock.json")) {
        steps.up_to_date("npm packages");
        return Ok(());
    }
    let began = steps.begin("npm packages: npm ci in ui/");
    let mut command: Command = npm(places);
    command.args(["ci", "--no-audit", "--no-fund"]);
    steps.quietly("npm-ci", command)?;
    stamp.keep()?;
    steps.end(began);
    Ok(())
}

/// `npm run build`, when something that goes into the bundle has changed.
pub fn build(places: &Places, steps: &mut Steps) -> Result<()> {
    let inputs: Vec<_> = INPUTS.iter().map(|name| places.ui().join(name)).collect();
    let stamp = Stamp::new(places, "page", &inputs, &[])?;
    if stamp.is_fresh(&places.ui().join("dist/index.html")) {
        steps.up_to_date("Page");
        return Ok(());
    }
    let began = steps.begin("Page: npm run build in ui/");
    let mut command = npm(places);
    command.args(["run", "build"]);
    steps.quietly("npm-build", command)?;
    stamp.keep()?;
    steps.end(began);
    Ok(())
}

fn node() -> Result<String> {
    let Some(version) = ask("node", &["--version"]) else {
        bail!(
            "Node.js is not there\nhint: install Node.js {}.{} or newer from nodejs.org",
            NODE.0,
            NODE.1
        );
    };
    let version = version.trim().to_owned();
    if numbers(&version) < NODE {
        bail!(
            "Node.js {version} is too old\nhint: install {}.{} or newer",
            NODE.0,
            NODE.1
        );
    }
    Ok(version)
}

/// Major and minor of a version such as `v20.19.2`.
fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{NODE, numbers};

    #[test]
    fn node_versions_compare_as_numbers() {
        assert!(numbers("v20.19.0") >= NODE);
        assert!(numbers("v22.2.0") >= NODE);
        assert!(numbers("v20.9.1") < NODE);
        assert!(numbers("v18.20.4") < NODE);
        assert!(numbers("nonsense") < NODE);
    }
}
