//! What the shells get to see: plain data, the same for the window and for `--json`.
//!
//! Field names are stable. Times are RFC 3339 UTC. No secret is in any of these types; the one that
//! holds a secret access key, [`crate::Credentials`], cannot be serialized.

mod activity;
mod break_glass;
mod catalog;
mod console;
mod desk;
mod gateway;
mod keys;
mod lease;
mod preflight;
mod profile;
mod recipes;
mod reconcile;

pub use activity::{
    ActivityCall, ActivityCheck, ActivityEntry, ActivityFault, ActivityKind, ActivityPage,
    ActivityQuery, Outcome,
};
pub use break_glass::{BreakGlassFiles, BreakGlassKept, BreakGlassKit};
pub use catalog::{
    BudgetView, ConnectionKind, ConnectionView, DraftCheck, EnvironmentView, ManagingKey,
    ManagingKeys, ManagingPolicy, PolicyMark, Rotated, RotationView, SecretDraft, SecretView,
    Severity, TagView,
};
pub use console::ConsoleView;
pub use desk::{ClockOff, Event, IssueStep, KeychainView, Settings, StatusView, Theme};
pub use gateway::{
    ClientHelp, GatewayServing, GatewaySettings, GatewayState, GatewayStatus, GatewayTls,
    GatewayView,
};
pub use keys::{KeyState, KeyView, KeysMoved, KeysView};
pub use lease::{
    Cleanup, CleanupStep, CleanupStepName, CleanupStepState, EndReason, Format, LeaseDetail,
    LeaseEvent, LeasePage, LeasePageQuery, LeaseSet, LeaseSort, LeaseView, PendingRevoke,
    RevokeEffect, RevokeReport, Standing, State, TRIED_SECONDS,
};
pub use preflight::{Canary, CanaryStep, CanaryStepName, NeededFor, Preflight, Probe, Verdict};
pub use profile::{AwsProfileView, InstalledProfile, ProfileOrigin, ProfileRole, RemovedProfile};
pub use recipes::{PlannedSecret, RecipeAction, RecipeChange, RecipeFault, RecipePlan};
pub use reconcile::{ConnectionProblem, Found, Origin, OrphanList, OrphanView, ReconcileReport};
