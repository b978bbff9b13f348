//! The real window under WebDriver.

mod access;
mod away;
mod camera;
mod desk;
mod first;
mod gateway;
mod hands;
mod keyring;
mod keys;
mod life;
mod menu;
mod sessions;
mod sources;
mod steps;
mod tour;
mod tour_access;
mod tour_desk;
mod tour_sources;
mod tour_trouble;
