//! The grammar of `leasehold lease`.

use clap::{ArgGroup, Subcommand, ValueEnum};

use super::Via;
use crate::complete;

#[derive(Debug, Subcommand)]
pub enum LeaseVerb {
    /// Generate a lease; its key is printed once
    #[command(
        after_help = "Examples:\n  leasehold lease create s3-upload --ttl 30m --label 'the import'\n  \
                            leasehold lease create production:payments/s3-upload --json"
    )]
    Create {
        /// The dynamic secret: `name`, `folder/name` or `environment:folder/name`
        #[arg(add = complete::secrets())]
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
        #[command(flatten)]
        via: Via,
    },
    /// List leases, newest first
    #[command(
        after_help = "Examples:\n  leasehold lease list\n  leasehold lease list --secret s3-upload --state \
                            revoking --state access-cut\n  leasehold lease list --all --json"
    )]
    List {
        /// Only of this dynamic secret
        #[arg(long, value_name = "SECRET", add = complete::secrets())]
        secret: Option<String>,
        /// Only in this state; repeat for more
        #[arg(long = "state", value_name = "STATE")]
        states: Vec<StateArg>,
        /// Also the ones that ended
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        via: Via,
    },
    /// Show a lease with its history
    #[command(
        after_help = "Examples:\n  leasehold lease show 1b4e28ba-2fa1-41d2-883f-0016d3cca427"
    )]
    Show {
        /// Its id
        #[arg(add = complete::leases())]
        id: String,
        #[command(flatten)]
        via: Via,
    },
    /// Add time to a lease, never past its maximum
    #[command(
        after_help = "Examples:\n  leasehold lease renew 1b4e28ba-2fa1-41d2-883f-0016d3cca427 --ttl 30m\n  \
                            leasehold lease renew 1b4e28ba-2fa1-41d2-883f-0016d3cca427 --to-max"
    )]
    Renew {
        /// Its id
        #[arg(add = complete::leases())]
        id: String,
        /// How much to add [default: the secret's default TTL]
        #[arg(long, conflicts_with = "to_max")]
        ttl: Option<String>,
        /// Extend it to its maximum
        #[arg(long)]
        to_max: bool,
        #[command(flatten)]
        via: Via,
    },
    /// End leases now
    ///
    /// What is asked for is recorded first. Ctrl-C calls the rest off: leases on which no work had
    /// begun stay as they are. A second Ctrl-C leaves at once; what is under way is finished by the
    /// next start of `leasehold lease watch` or the window.
    #[command(
        after_help = "Examples:\n  leasehold lease revoke --secret s3-upload\n  leasehold lease revoke --all"
    )]
    #[command(group = ArgGroup::new("what").required(true).args(["ids", "secret", "all"]))]
    Revoke {
        /// Their ids; nothing is done when one of them does not exist
        #[arg(value_name = "ID", add = complete::leases())]
        ids: Vec<String>,
        /// All of this dynamic secret
        #[arg(long, value_name = "SECRET", add = complete::secrets())]
        secret: Option<String>,
        /// Everything
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        via: Via,
    },
    /// Try an ending lease again now instead of when its next try is due
    #[command(
        after_help = "Examples:\n  leasehold lease retry 1b4e28ba-2fa1-41d2-883f-0016d3cca427"
    )]
    Retry {
        /// Its id
        #[arg(add = complete::leases())]
        id: String,
    },
    /// Compare the ledger with the accounts, and finish what was left
    ///
    /// Exit code 0: everything could be compared; 4: an account could not be asked.
    #[command(after_help = "Examples:\n  leasehold lease reconcile --connection prod")]
    Reconcile {
        /// Only over this connection
        #[arg(long, value_name = "NAME", add = complete::connections())]
        connection: Option<String>,
    },
    /// Note that you have seen a lease's alarm
    #[command(
        after_help = "Examples:\n  leasehold lease acknowledge 1b4e28ba-2fa1-41d2-883f-0016d3cca427"
    )]
    Acknowledge {
        /// Its id
        #[arg(add = complete::leases())]
        id: String,
    },
    /// Give a lease up without AWS; it is listed as forgotten for ever
    #[command(
        after_help = "Examples:\n  leasehold lease forget 1b4e28ba-2fa1-41d2-883f-0016d3cca427 \\\n    \
                            --yes-leave-the-user-in-aws"
    )]
    Forget {
        /// Its id
        #[arg(add = complete::leases())]
        id: String,
        /// Yes: the IAM user stays in AWS until you delete it there
        #[arg(long, required = true)]
        yes_leave_the_user_in_aws: bool,
    },
    /// Stay, end leases on time, print a line for whatever happens
    ///
    /// The window without a window, for servers and WSL. It stops at Ctrl-C, at a service manager's
    /// SIGTERM and when its terminal goes, after it has finished what is under way; asked a second
    /// time it leaves at once, and the next start finishes the rest. `leasehold status --service`
    /// prints a file that keeps it running.
    #[command(
        after_help = "Examples:\n  leasehold lease watch\n  leasehold lease watch --json | jq -r .kind"
    )]
    Watch,
}

/// A state to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateArg {
    /// Its user is being made
    Issuing,
    /// The key works until it expires
    Active,
    /// Asked to end; access may still be open
    Revoking,
    /// The key is gone or denied; the user still exists
    AccessCut,
    /// AWS confirmed that the user is gone, or that the session was denied everything
    Revoked,
    /// A session that ended by itself
    Expired,
    /// Never became active; nothing is left in AWS
    Failed,
    /// Given up by a person; the user may still exist
    Forgotten,
}
