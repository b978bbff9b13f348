//! The real window under WebDriver.

mod away;
mod desk;
mod first;
mod hands;
mod life;
mod menu;
mod steps;
mod tour;
