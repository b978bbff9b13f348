//! The harness itself: what the other whole-system tests rely on is what a desktop and AWS really do.

mod aws;
mod desktop;
mod proxy;
