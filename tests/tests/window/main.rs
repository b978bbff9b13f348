//! The real window under WebDriver.

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
mod sources;
mod steps;
mod tour;
mod tour_desk;
mod tour_trouble;
