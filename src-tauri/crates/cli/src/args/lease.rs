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
        /// Issue although the last pre-flight says that the lease could not be revoked
        #[arg(long)]
        despite_preflight: bool,
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
    ///
    /// What is asked for is recorded first. Ctrl-C calls the rest off: leases on which no work had
    /// begun stay as they are. A second Ctrl-C leaves at once; what is under way is finished by the
    /// next start of `leasehold lease watch` or the window.
    #[command(
        after_help = "Examples: leasehold lease revoke --secret s3-upload; leasehold lease revoke --all"
    )]
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
    /// Try an ending lease again now instead of when its next try is due
    Retry {
        /// Its id
        id: String,
    },
    /// Compare the ledger with the accounts, and finish what was left
    ///
    /// Exit code 0: everything could be compared; 4: an account could not be asked.
    #[command(after_help = "Example: leasehold lease reconcile --connection prod")]
    Reconcile {
        /// Only over this connection
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
    },
    /// Note that you have seen a lease's alarm
    Acknowledge {
        /// Its id
        id: String,
    },
    /// Give a lease up without AWS; it is listed as forgotten for ever
    Forget {
        /// Its id
        id: String,
        /// Yes: the IAM user stays in AWS until you delete it there
        #[arg(long, required = true)]
        yes_leave_the_user_in_aws: bool,
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
