//! The command as scripts and people meet it: whole processes, each test with a home of its own.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod access;
mod account;
#[cfg(unix)]
mod break_glass;
#[cfg(unix)]
mod bulk;
mod care;
mod credentials;
mod errors;
#[cfg(unix)]
mod exec;
mod exit_codes;
#[cfg(unix)]
mod gate;
#[cfg(unix)]
mod gateway;
mod help;
mod home;
#[cfg(unix)]
mod keychain;
mod main_job;
mod profile;
#[cfg(unix)]
mod pty;
mod recipes;
mod schemas;
mod secrecy;
mod sessions;
mod shapes;
#[cfg(unix)]
mod stay;
#[cfg(unix)]
mod tab;
mod text;
#[cfg(unix)]
mod watch;
