//! `cargo xtask icons`: every size of the mark, from its SVG sources. The results are committed, so builds do not need this.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::setup::system;
use crate::step::{Steps, ask};

/// Below this the simpler drawing is used: its lines are as thick as a pixel wants them.
const SMALL: u32 = 48;
const ICO: &[u32] = &[16, 24, 32, 48, 64, 256];
/// Apple's types for PNG data, by size in pixels.
const ICNS: &[(&[u8; 4], u32)] = &[
    (b"icp4", 16),
    (b"icp5", 32),
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic07", 128),
    (b"ic13", 256),
    (b"ic08", 256),
    (b"ic14", 512),
    (b"ic09", 512),
    (b"ic10", 1024),
];

/// Draws them all into `icons/`.
pub fn icons(places: &Places) -> Result<()> {
    let folder = places.root.join("icons");
    let mut steps = Steps::new(places, 2)?;
    if ask("rsvg-convert", &["--version"]).is_some() {
        steps.up_to_date("System packages");
    } else {
        system::install(&mut steps, system::ICONS)?;
    }
    let began = steps.begin("Icons: icons/*.png, icon.ico, icon.icns");
    for (name, size) in [
        ("32x32.png", 32),
        ("128x128.png", 128),
        ("128x128@2x.png", 256),
        ("icon.png", 512),
    ] {
        std::fs::write(folder.join(name), mark(&folder, size)?)?;
    }
    for state in ["idle", "soon", "attention"] {
        let source = folder.join(format!("tray-{state}.svg"));
        std::fs::write(folder.join(format!("tray-{state}.png")), draw(&source, 32)?)?;
    }
    let pictures = ICO.iter().map(|size| Ok((*size, mark(&folder, *size)?)));
    std::fs::write(
        folder.join("icon.ico"),
        ico(&pictures.collect::<Result<Vec<_>>>()?)?,
    )?;
    let pictures = ICNS
        .iter()
        .map(|(kind, size)| Ok((**kind, mark(&folder, *size)?)));
    std::fs::write(
        folder.join("icon.icns"),
        icns(&pictures.collect::<Result<Vec<_>>>()?)?,
    )?;
    steps.end(began);
    Ok(())
}

fn mark(folder: &Path, size: u32) -> Result<Vec<u8>> {
    draw(
        &folder.join(if size < SMALL {
            "leasehold-small.svg"
        } else {
            "leasehold.svg"
        }),
        size,
    )
}

fn draw(source: &Path, size: u32) -> Result<Vec<u8>> {
    let size = size.to_string();
    let output = Command::new("rsvg-convert")
        .args(["--width", &size, "--height", &size, "--format", "png"])
        .arg(source)
        .output()
        .context("rsvg-convert (package librsvg2-bin) is not there")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{}: {said}", source.display());
    Ok(output.stdout)
}

/// An ICO file of PNG pictures: a header, a directory of 16 bytes each, then the pictures.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut file = vec![0, 0, 1, 0];
    file.extend(u16::try_from(pictures.len())?.to_le_bytes());
    let mut offset = u32::try_from(6 + 16 * pictures.len())?;
    for (size, picture) in pictures {
        // 256 is written as 0.
        let side = u8::try_from(*size % 256)?;
        let length = u32::try_from(picture.len())?;
        file.extend([side, side, 0, 0, 1, 0, 32, 0]);
        file.extend(length.to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += length;
    }
    pictures
        .iter()
        .for_each(|(_, picture)| file.extend(picture));
    Ok(file)
}

/// An ICNS file of PNG pictures: a header, then type, length and picture each.
fn icns(pictures: &[([u8; 4], Vec<u8>)]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for (kind, picture) in pictures {
        body.extend(kind);
        body.extend(u32::try_from(picture.len() + 8)?.to_be_bytes());
        body.extend(picture);
    }
    let mut file = b"icns".to_vec();
    file.extend(u32::try_from(body.len() + 8)?.to_be_bytes());
    file.extend(body);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::{icns, ico};

    #[test]
    fn an_ico_points_at_each_of_its_pictures() {
        let file = ico(&[(16, vec![1; 10]), (256, vec![2; 20])]).unwrap();
        assert_eq!(file[..6], [0, 0, 1, 0, 2, 0]);
        assert_eq!((file[6], file[22]), (16, 0), "256 is written as 0");
        let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let (length, offset) = (number(6 + 16 + 8), number(6 + 16 + 12));
        assert_eq!(file[offset..offset + length], [2; 20]);
        assert_eq!(file.len(), offset + length);
    }

    #[test]
    fn an_icns_says_how_long_it_and_its_pictures_are() {
        let file = icns(&[(*b"ic07", vec![7; 3])]).unwrap();
        assert_eq!(
            file,
            [&b"icns\0\0\0\x13ic07\0\0\0\x0b"[..], &[7; 3]].concat()
        );
    }
}
