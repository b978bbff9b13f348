//! The store as the engine uses it: real files in temporary folders, two openings at once, damage.
#![allow(clippy::unwrap_used, reason = "a test may fail this way")]

mod access;
mod activity;
mod batch;
mod claims;
mod damage;
mod disk;
mod fixtures;
mod lists;
mod rows;
mod sharing;
mod shut;
