//! What the engine promises, asked of it through its public API only, with the practice account in
//! AWS's place.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod activity;
mod asked;
mod backoff;
mod blockers;
mod bulk;
mod claims;
mod clocks;
mod codes;
mod console;
mod crash;
mod delivery;
mod disk;
mod faults;
mod forget;
mod gateway;
mod gone;
mod inputs;
mod life;
mod offline;
mod orphans;
mod others;
mod pages;
mod preflight;
mod random;
mod recipes;
mod reconcile;
mod restored;
mod rotate;
mod sessions;
mod support;
mod trips;
