//! Who may ask for a lease: AWS identities verified, bound to auth methods and given roles.
//!
//! Everything here is a value or a function over two traits ([`Relay`], [`Seen`]) and a moment that is
//! passed in, so that the whole verification runs in a test without a network. The owner's side over the
//! store is the module `desk` (feature `desk`).
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod association;
mod cloud_identity;
#[cfg(feature = "desk")]
pub mod desk;
#[cfg(feature = "desk")]
pub mod door;
mod endpoint;
mod forwarded;
mod hosts;
mod identity;
#[cfg(feature = "client")]
pub mod make;
mod method;
mod pace;
mod reason;
#[cfg(feature = "relay")]
pub mod relay;
mod request;
mod rights;
mod seen;
mod token;
mod verify;

pub use answer::{CallerWords, MAX_ANSWER, StsAnswer};
pub use association::{Association, AssociationCheck, ClaimCheck, ClaimTest};
pub use cloud_identity::{Authorization, BODY, CloudIdentity, MAX_LEN};
pub use endpoint::{Confirmed, DEFAULT_STS_URL, Pinned, Reach, StsEndpoint};
pub use forwarded::{MalformedForwarding, Origin, origin};
pub use hosts::{HostKind, Hosts, StsHost};
pub use identity::{Identity, Principal};
pub use method::{
    AccessId, AuthMethod, AuthMethodDraft, Bound, BoundCheck, Bounds, Judgement, Limits, Outcome,
    Saved, State, reload, validate,
};
pub use pace::Pace;
pub use reason::{Reason, Refusal, Told};
pub use request::{AUDIENCE_HEADER, Audience, Expected, NONCE_HEADER, SignedRequest, StsRequest};
pub use rights::{AccessRole, Decision, Grant, Rights, RuleCheck, RuleEffect};
pub use seen::{Seen, SeenFault, SeenInMemory, may_forget};
pub use token::{Session, Token, TokenHash};
pub use verify::{
    Freshness, Login, Proven, Relay, RelayFault, Verdict, identify, identify_fresh, verify,
};
