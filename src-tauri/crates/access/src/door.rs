//! The door: logins and calls with a token, over the store. What a listener calls, and all that it
//! decides by.
//!
//! Everything is judged anew on every call: the method as it is kept now, its bounds, where the call comes
//! from, what the owner said of the identity, and the rules of the roles.

mod call;
mod login;
mod paces;
mod used;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use leasehold_domain::{ClientAddress, Problem};

use crate::desk::Desk;
use crate::forwarded::{self, Origin};
use crate::method::AuthMethod;
use crate::reason::{Reason, Refusal, Told};
use crate::request::Audience;
use crate::verify::Freshness;

pub use call::Caller;
pub use login::{Knock, LoggedIn};
use paces::Paces;
pub use paces::{Pacing, neighbours};
pub use used::UsedInStore;

/// Time that has passed, on a clock that only goes forward.
pub type Uptime = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Hears that something was written.
pub type Voice = Arc<dyn Fn(Heard) + Send + Sync>;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Who is in or waits is another than before, with a line of the activity log.
    Changed,
    /// A line of the activity log, and nothing else.
    Noted,
}

/// Where a call came from, as the listener knows it.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The kernel's word.
    pub address: ClientAddress,
    /// Every `X-Forwarded-For`, as it came; believed only from a gateway that the method trusts.
    pub forwarded_for: Vec<String>,
    /// What the kernel says of the process at the other end of a socket.
    pub process: Option<String>,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// For the owner.
    pub refusal: Refusal,
    /// For the caller.
    pub told: Told,
    /// How long to wait, where that is the reason.
    pub wait: Option<Duration>,
}

impl Turned {
    fn away(refusal: impl Into<Refusal>, verified: bool) -> Self {
        let refusal = refusal.into();
        Self {
            told: refusal.reason.told(verified),
            refusal,
            wait: None,
        }
    }

    fn later(wait: Duration) -> Self {
        Self {
            wait: Some(wait),
            ..Self::away(Reason::RateLimited, false)
        }
    }
}

/// Why there is no answer: a refusal, or a fault of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shut {
    /// Refused.
    Turned(Turned),
    /// The state could not be read or written.
    Fault(Problem),
}

impl From<Turned> for Shut {
    fn from(turned: Turned) -> Self {
        Self::Turned(turned)
    }
}

impl<E: Into<Problem>> From<E> for Shut {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// The door of one home, with the way to STS.
pub struct Door<R> {
    desk: Desk,
    relay: R,
    audience: Audience,
    freshness: Freshness,
    used: UsedInStore,
    paces: Mutex<Paces>,
    uptime: Uptime,
    voice: Voice,
}

impl<R> fmt::Debug for Door<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

impl<R> Door<R> {
    /// The door of this vault.
    pub fn new(desk: Desk, relay: R, vault: &str, uptime: Uptime) -> Self {
        Self {
            used: UsedInStore::new(desk.store.clone(), Arc::clone(&uptime)),
            relay,
            audience: Audience::of(vault),
            freshness: Freshness::default(),
            paces: Mutex::new(Paces::new(Pacing::default())),
            uptime,
            voice: Arc::new(|_| ()),
            desk,
        }
    }

    /// Tells somebody of what it writes.
    #[must_use]
    pub fn telling(mut self, voice: Voice) -> Self {
        self.voice = voice;
        self
    }

    /// Another pace than the usual.
    #[must_use]
    pub fn at_pace(mut self, pacing: Pacing) -> Self {
        self.paces = Mutex::new(Paces::new(pacing));
        self
    }

    fn pace<T>(&self, take: impl FnOnce(&mut Paces, Duration) -> T) -> T {
        let now = (self.uptime)();
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        take(&mut paces, now)
    }
}

/// Where the call came from, by what the method trusts.
fn origin(peer: &Peer, method: Option<&AuthMethod>) -> Result<Origin, Refusal> {
    let Some(method) = method else {
        return Ok(Origin {
            client: peer.address,
            gateway: None,
        });
    };
    let headers: Vec<&str> = peer.forwarded_for.iter().map(String::as_str).collect();
    forwarded::origin(peer.address, &method.gateway_ips, &headers)
        .map_err(|_| Refusal::from(Reason::ForwardingMalformed))
}

/// Where from, for a line of the activity log.
fn from_where(origin: &Origin, peer: &Peer) -> String {
    let mut text = format!("from {}", origin.client);
    if let Some(gateway) = origin.gateway {
        text += &format!(" over the gateway {gateway}");
    }
    if let Some(process) = &peer.process {
        text += &format!(" ({process})");
    }
    text
}
