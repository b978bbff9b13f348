//! What the tests stand on.

mod ground;
mod home;
mod own;
mod wire;

pub use ground::{Ground, Settled, TestClock};
pub use home::{Home, Timer, draft, open, request};
pub use own::Own;
pub use wire::{Fault, Moment, Rule, Wire};
