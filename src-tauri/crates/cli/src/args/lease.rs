//! The grammar of `leasehold lease`.

use clap::{ArgGroup, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum LeaseVerb {
    /// Generate a lease; its key is printed once
    Create {
        /// The dynamic secret: `name`, `folder/name` or `environment:folder/name`
        secret: String,
        /// Time to live [default: the secret's]
        #[arg(long)]
        ttl: Option<String>,
        /// A note that stays with the lease
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
        /// Do not wait until AWS accepts the key
        #[arg(long)]
        no_wait: bool,
    },
    /// List leases, newest first
    List {
        /// Only of this dynamic secret
        #[arg(long, value_name = "SECRET")]
        secret: Option<String>,
        /// Only in this state; repeat for more
        #[arg(long = "state", value_name = "STATE")]
        states: Vec<StateArg>,
        /// Also the ones that ended
        #[arg(long)]
        all: bool,
    },
    /// Show a lease with its history
    Show {
        /// Its id
        id: String,
    },
    /// Add time to a lease, never past its maximum
    Renew {
        /// Its id
        id: String,
        /// How much to add [default: the secret's default TTL]
        #[arg(long, conflicts_with = "to_max")]
        ttl: Option<String>,
        /// Extend it to its maximum
        #[arg(long)]
        to_max: bool,
    },
    /// End leases now
    #[command(group = ArgGroup::new("what").required(true).args(["ids", "secret", "all"]))]
    Revoke {
        /// Their ids; nothing is done when one of them does not exist
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// All of this dynamic secret
        #[arg(long, value_name = "SECRET")]
        secret: Option<String>,
        /// Everything
        #[arg(long)]
        all: bool,
    },
    /// Stay, end leases on time, print a line for whatever happens
    Watch,
}

/// A state to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateArg {
    Issuing,
    Active,
    Revoking,
    AccessCut,
    Revoked,
    Failed,
    Forgotten,
}
