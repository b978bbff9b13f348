//! `cargo xtask tour`: every screen of the real window where nobody is looking, as pictures side by side.

use std::path::Path;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::setup::{Purpose, setup};
use crate::step::{Steps, openly};
use crate::test::{has_virtual_display, isolate, whole_workspace};

/// The contact sheet.
const INDEX: &str = "index.html";

/// Builds, goes everywhere, and puts the pictures side by side.
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
    let began = steps.begin("Everywhere in the real window, on a virtual display");
    let mut journey = whole_workspace(places, &["test"]);
    journey.args(["--quiet", "--test", "window", "--", "tour", "--nocapture"]);
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
    let index = pictures.join(INDEX);
    std::fs::write(&index, contact_sheet(&found))?;
    println!(
        "{} pictures, side by side in {}",
        found.len(),
        places.short(&index)
    );
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

/// A page that shows the pictures of each place beside each other: its themes, and the small window.
fn contact_sheet(names: &[String]) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Leasehold, every screen</title>\n\
         <style>\n\
         body { margin: 24px; background: #777; color: #fff; font: 14px sans-serif; }\n\
         section { display: flex; flex-wrap: wrap; gap: 12px; margin-bottom: 32px; }\n\
         h2 { width: 100%; margin: 0; font-size: 16px; }\n\
         figure { margin: 0; }\n\
         img { display: block; width: 720px; max-width: 94vw; }\n\
         </style>\n",
    );
    let mut last = None;
    for name in names {
        let place = place_of(name);
        if last != Some(place) {
            if last.is_some() {
                page.push_str("</section>\n");
            }
            page.push_str(&format!("<section><h2>{place}</h2>\n"));
            last = Some(place);
        }
        page.push_str(&format!(
            "<figure><a href=\"{name}\"><img src=\"{name}\" alt=\"{name}\" loading=\"lazy\"></a></figure>\n"
        ));
    }
    if last.is_some() {
        page.push_str("</section>\n");
    }
    page
}

/// `desk-leases` of `desk-leases-dark-small.png`.
fn place_of(name: &str) -> &str {
    let name = name.strip_suffix(".png").unwrap_or(name);
    let name = name.strip_suffix("-small").unwrap_or(name);
    ["-light", "-dark"]
        .into_iter()
        .find_map(|theme| name.strip_suffix(theme))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{contact_sheet, place_of};

    #[test]
    fn pictures_of_one_place_stand_together() {
        assert_eq!(place_of("desk-leases-dark-small.png"), "desk-leases");
        let names = [
            "a-dark.png",
            "a-light-small.png",
            "a-light.png",
            "b-dark.png",
        ];
        let page = contact_sheet(&names.map(str::to_owned));
        assert_eq!(page.matches("<section>").count(), 2);
        assert_eq!(page.matches("</section>").count(), 2);
        assert_eq!(page.matches("<img").count(), 4);
    }
}
