//! Leasehold's state in SQLite: one file, several processes, rows that survive a kill at any point.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod access_roles;
mod access_rules;
mod activity;
mod auth_methods;
mod batch;
mod claims;
mod connections;
mod crash;
mod environments;
mod error;
mod files;
mod kept_keys;
mod lease_callers;
mod lease_list;
mod lease_pages;
mod lease_row;
mod leases;
#[cfg(test)]
mod long_history;
mod migrations;
mod names;
mod open;
mod presence;
mod principals;
mod role_associations;
mod rotations;
mod row;
mod secrets;
mod sessions;
mod settings;
mod shut;
mod store;
mod used_identities;

pub use access_roles::{AccessRoleRow, AccessRoles};
pub use access_rules::{AccessRuleRow, AccessRules};
pub use activity::{
    Activity, ActivityCall, ActivityFilter, ActivityHead, ActivityLine, ActivityRow, Chain,
    ChainFault, Hash, Verdict, hash_of,
};
pub use auth_methods::{AuthMethodRow, AuthMethods};
pub use batch::{Batch, Exchange};
pub use claims::Claim;
pub use connections::{ConnectionKind, ConnectionRow, ConnectionState, Connections, SourceRow};
pub use environments::{EnvironmentRow, Environments};
pub use error::StoreError;
pub use kept_keys::KeptKeys;
pub use lease_callers::{LeaseCallerRow, LeaseCallers};
pub use lease_list::{Deadline, LeaseFilter, SecretCounts};
pub use lease_pages::{
    COUNTED_MATCHES, LeaseMark, LeaseOrder, LeasePageFilter, LeaseRows, LeaseSet,
};
pub use lease_row::LeaseRow;
pub use leases::Leases;
pub use names::{LeaseName, Names, SecretName};
pub use open::Opened;
pub use principals::{PrincipalRow, Principals, Standing};
pub use role_associations::{AssociationRow, RoleAssociations};
pub use rotations::{KeySwitch, RotationRow, RotationStep, Rotations};
pub use secrets::{SecretRow, Secrets};
pub use sessions::{SessionRow, Sessions};
pub use settings::Settings;
pub use shut::{TheirLeases, WayIn};
pub use store::Store;
pub use used_identities::UsedIdentities;
