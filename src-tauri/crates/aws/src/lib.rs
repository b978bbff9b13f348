//! IAM and STS through the official SDK: one function per call, errors sorted, throttling shared.
//!
//! Everything here is one round trip (lists: one per page) for one managing key. What the calls
//! mean together, in which order they are made and what is written down between them is the
//! engine's business.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod attempt;
mod believed;
mod caller;
mod calls;
mod client;
mod clock;
mod credentials;
mod error;
mod facts;
mod limiter;
mod lists;
mod log;
mod own_key;
mod pace;
mod permissions;
mod problem;
mod profile;
mod roles;
mod session;
mod sign_in;
mod sort;
mod sts_relay;
mod sts_sessions;
mod text;

pub use aws_smithy_runtime_api::client::http::SharedHttpClient;
pub use caller::{Caller, caller};
pub use client::{Aws, Endpoint};
pub use clock::{ClockOffset, LocalTime};
pub use error::{AwsError, AwsErrorKind, Entity, FailedCall};
pub use facts::{
    CallerIdentity, CreatedUser, KeyFacts, LastUse, ListedUser, NewKey, NewUser, UserFacts,
};
pub use limiter::{Lane, Limiter, Limiters};
pub use log::{CallLog, CallRecord};
pub use permissions::{Simulated, Simulation};
pub use profile::{Beginning, Login, Mfa, ProfileFacts, ProfileSource, profile, profiles};
pub use roles::RoleRequest;
pub use session::{Fetching, KeySet, Session, Source, Want};
pub use sign_in::SignIn;
pub use sts_relay::{Addressee, MayReach, RelayAnswer, RelayError, relay};
pub use sts_sessions::{NewSession, OpenedSession};
