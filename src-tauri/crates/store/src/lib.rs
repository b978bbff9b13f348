//! Leasehold's state in SQLite: one file, several processes, rows that survive a kill at any point.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod activity;
mod batch;
mod claims;
mod connections;
mod crash;
mod environments;
mod error;
mod files;
mod kept_keys;
mod lease_list;
mod lease_row;
mod leases;
mod migrations;
mod names;
mod open;
mod presence;
mod rotations;
mod row;
mod secrets;
mod settings;
mod store;

pub use activity::{
    Activity, ActivityCall, ActivityFilter, ActivityHead, ActivityLine, ActivityRow, Chain,
    ChainFault, Hash, Verdict, hash_of,
};
pub use batch::{Batch, Exchange};
pub use claims::Claim;
pub use connections::{ConnectionKind, ConnectionRow, ConnectionState, Connections, SourceRow};
pub use environments::{EnvironmentRow, Environments};
pub use error::StoreError;
pub use kept_keys::KeptKeys;
pub use lease_list::{Deadline, LeaseFilter, SecretCounts};
pub use lease_row::LeaseRow;
pub use leases::Leases;
pub use names::{LeaseName, Names, SecretName};
pub use open::Opened;
pub use rotations::{KeySwitch, RotationRow, RotationStep, Rotations};
pub use secrets::{SecretRow, Secrets};
pub use settings::Settings;
pub use store::Store;
