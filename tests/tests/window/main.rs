//! The real window under WebDriver.

mod desk;
mod first;
mod life;
mod steps;
mod tour;
