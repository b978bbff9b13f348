//! Everything a fresh machine lacks, installed once: system packages, the page's packages, the AWS emulator, the page.

mod page;
mod python;
mod stamp;
pub mod system;

use anyhow::Result;

use crate::places::Places;
use crate::step::Steps;

/// What the machine is prepared for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Building and opening the window.
    Build,
    /// The same, and everything the tests need.
    Test,
}

/// Brings the machine into the state the purpose needs.
pub fn setup(places: &Places, purpose: Purpose) -> Result<()> {
    let mut steps = Steps::new(places, if purpose == Purpose::Test { 4 } else { 3 })?;
    system::install(&mut steps, &system::packages(purpose))?;
    page::install(places, &mut steps)?;
    page::build(places, &mut steps)?;
    if purpose == Purpose::Test {
        python::install(places, &mut steps)?;
    }
    Ok(())
}
