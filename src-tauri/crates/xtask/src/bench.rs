//! `cargo xtask bench`: the benchmarks of the crates that have any.

use anyhow::Result;

use crate::places::Places;
use crate::setup::{Purpose, setup};
use crate::step::{cargo, openly};

/// Runs them, or says that there are none.
pub fn bench(places: &Places) -> Result<()> {
    let mut packages = Vec::new();
    for entry in std::fs::read_dir(places.root.join("src-tauri/crates"))? {
        let folder = entry?.path();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        if folder.join("benches").is_dir() {
            packages.extend(package_name(&manifest).map(str::to_owned));
        }
    }
    if packages.is_empty() {
        println!("No crate has benchmarks (a `benches` folder).");
        return Ok(());
    }
    packages.sort();
    setup(places, Purpose::Build)?;
    let mut command = cargo(places);
    command.arg("bench");
    for package in &packages {
        command.args(["--package", package]);
    }
    openly(command)
}

/// The name in a manifest's `[package]` table, which is the first `name` of ours.
fn package_name(manifest: &str) -> Option<&str> {
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = "))?;
    Some(line.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::package_name;

    #[test]
    fn a_package_is_known_by_its_manifest() {
        assert_eq!(
            package_name("[package]\nname = \"leasehold-store\"\n"),
            Some("leasehold-store")
        );
        assert_eq!(package_name(""), None);
    }
}
