//! Words and rules of Leasehold: no I/O, no clock, no async.
//!
//! Everything here is a value or a pure function. Time and randomness come in from outside; the two
//! exceptions are [`random_bytes`] and [`InstallationId::generate`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod arn;
pub mod aws_config;
pub mod guard;
pub mod iam_path;
pub mod installation;
pub mod key_id;
pub mod lease;
pub mod lint;
pub mod list;
pub mod managing_policy;
pub mod moment;
pub mod names;
pub mod place;
pub mod policy;
pub mod problem;
pub mod recipe;
pub mod region;
pub mod renewal;
mod suggest;
pub mod tag;
pub mod template;
pub mod ttl;

pub use arn::{AccountId, Arn, Partition, PolicyArn, group_arn, user_arn};
pub use guard::{Budget, GuardKind};
pub use iam_path::IamPath;
pub use installation::{InstallationId, random_bytes};
pub use key_id::AccessKeyId;
pub use lease::{EndReason, LeaseState};
pub use list::split_list;
pub use managing_policy::{ManagingPolicyDoc, Scope};
pub use moment::Moment;
pub use names::{GroupName, Label, UserName};
pub use place::{Folder, SecretName, Slug};
pub use policy::PolicyDocument;
pub use problem::{Code, Problem};
pub use recipe::{Recipe, RecipeDraft};
pub use region::Region;
pub use renewal::{latest_expiry, renewed_expiry, renewed_to_maximum};
pub use suggest::nearest;
pub use tag::Tag;
pub use template::{TemplateContext, UsernameTemplate};
pub use ttl::{Ttl, lease_ttl};
