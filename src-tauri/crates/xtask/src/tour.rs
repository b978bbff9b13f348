//! `cargo xtask tour`: the main job in the real window where nobody is looking, with pictures of every screen.

use std::path::Path;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::setup::{Purpose, setup};
use crate::step::{Steps, openly};
use crate::test::{has_virtual_display, isolate, whole_workspace};

/// Builds, does the job and lists the pictures.
pub fn tour(places: &Places) -> Result<()> {
    setup(places, Purpose::Test)?;
    if !has_virtual_display() {
        bail!("the tour needs Xvfb and WebKitWebDriver, which Linux has");
    }
    let pictures = places.root.join("target/tour");
    if pictures.exists() {
        std::fs::remove_dir_all(&pictures)?;
    }
    std::fs::create_dir_all(&pictures)?;
    let mut steps = Steps::new(places, 2)?;
    let began = steps.begin("Leasehold: cargo build (the first time takes some minutes)");
    let mut build = whole_workspace(places, &["build"]);
    build.args(["--bins", "--test", "window"]);
    openly(build)?;
    steps.end(began);
    let began = steps.begin("The main job in the real window, on a virtual display");
    let mut journey = whole_workspace(places, &["test"]);
    journey.args([
        "--quiet",
        "--test",
        "window",
        "--",
        "tour",
        "--exact",
        "--nocapture",
    ]);
    isolate(places, &mut journey)?;
    journey.env("LEASEHOLD_TOUR", &pictures);
    openly(journey)?;
    steps.end(began);
    let found = pictures_in(&pictures)?;
    if found.is_empty() {
        bail!(
            "the journey left no pictures in {}",
            places.short(&pictures)
        );
    }
    println!("{} pictures:", found.len());
    found
        .iter()
        .for_each(|name| println!("    {}", places.short(&pictures.join(name))));
    Ok(())
}

fn pictures_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".png") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
