//! Words and rules of Leasehold: no I/O, no clock, no async.
//!
//! Everything here is a value or a pure function. Time and randomness come in from outside; the two
//! exceptions are [`random_bytes`] and [`InstallationId::generate`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod arn;
pub mod arn_pattern;
pub mod aws_config;
pub mod claim;
pub mod glob;
pub mod guard;
pub mod iam_path;
pub mod installation;
pub mod ip_bounds;
pub mod key_id;
pub mod lease;
pub mod lint;
pub mod list;
pub mod managing_policy;
pub mod moment;
pub mod names;
pub mod path_rule;
pub mod place;
pub mod policy;
pub mod problem;
pub mod recipe;
pub mod region;
pub mod renewal;
pub mod role_arn;
pub mod session;
mod suggest;
pub mod tag;
pub mod template;
pub mod ttl;

pub use arn::{AccountId, Arn, Partition, PolicyArn, group_arn, user_arn};
pub use arn_pattern::ArnPattern;
pub use claim::{ClaimKey, Claims};
pub use glob::{glob, is_glob};
pub use guard::{Budget, GuardKind};
pub use iam_path::IamPath;
pub use installation::{InstallationId, random_bytes};
pub use ip_bounds::{ClientAddress, IpBounds};
pub use key_id::AccessKeyId;
pub use lease::{EndReason, LeaseState};
pub use list::split_list;
pub use managing_policy::{ManagingPolicyDoc, Scope};
pub use moment::Moment;
pub use names::{GroupName, Label, UserName};
pub use path_rule::{Action, Capability, ItemPath, PathMatch, PathPattern, PathRule};
pub use place::{Folder, SecretName, Slug};
pub use policy::PolicyDocument;
pub use problem::{Code, Problem};
pub use recipe::{Recipe, RecipeDraft};
pub use region::Region;
pub use renewal::{latest_expiry, renewed_expiry, renewed_to_maximum};
pub use role_arn::{ExternalId, RoleArn};
pub use session::{Credential, CredentialType, Signer};
pub use suggest::{clip, nearest};
pub use tag::Tag;
pub use template::{TemplateContext, UsernameTemplate};
pub use ttl::{Ttl, lease_ttl};
