//! What the shells get to see: plain data, the same for the window and for `--json`.
//!
//! Field names are stable. Times are RFC 3339 UTC. No secret is in any of these types; the one that
//! holds a secret access key, [`crate::Credentials`], cannot be serialized.

mod catalog;
mod desk;
mod lease;

pub use catalog::{
    BudgetView, ConnectionView, DraftCheck, EnvironmentView, ManagingPolicy, SecretDraft,
    SecretView, TagView,
};
pub use desk::{Event, IssueStep, KeychainView, Settings, StatusView, Theme};
pub use lease::{
    Cleanup, EndReason, Format, IssuedView, LeaseDetail, LeaseEvent, LeaseView, PendingRevoke,
    RevokeReport, State,
};
