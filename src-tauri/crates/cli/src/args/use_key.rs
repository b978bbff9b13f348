//! The words of `leasehold exec` and `leasehold profile`.

use std::ffi::OsString;

use clap::{Args, Subcommand};

use super::Via;
use crate::complete;

const EXEC_NOTES: &str = "\
The command gets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_DEFAULT_REGION, and none of
the variables by which it could take another key (AWS_PROFILE, AWS_SESSION_TOKEN and the like). The lease is
revoked when the command ends, however it ends; what it started in the background loses access then.
Signals are passed on, and the exit code is the command's own: 126 when it cannot be run, 127 when there is
no such command. Where leasehold itself is killed, the next leasehold that asks AWS ends the lease. With
--profile the lease begins with 10 minutes and is renewed while the command lives, where the identity may
renew: then a kill leaves it for no longer than that.

Examples:
  leasehold exec s3-upload -- aws s3 sync ./site s3://bucket
  leasehold exec production:/payments/deploy --ttl 15m -- terraform apply";

#[derive(Debug, Args)]
#[command(after_help = EXEC_NOTES)]
pub struct ExecArgs {
    /// The dynamic secret: `name`, `folder/name` or `environment:folder/name`
    #[arg(add = complete::secrets())]
    pub secret: String,
    /// Time to live of the lease [default: the secret's]
    #[arg(long)]
    pub ttl: Option<String>,
    #[command(flatten)]
    pub via: Via,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

const INSTALL_NOTES: &str = "\
The entry is a marked block at the end of the file that AWS_CONFIG_FILE names, or ~/.aws/config. It calls
`leasehold credentials` and holds no key. Everything else in the file stays as it is, byte for byte; a copy of
the file as it was is left beside it.

Examples:
  leasehold profile install s3-upload
  leasehold profile install production:/payments/deploy --profile deploy";

#[derive(Debug, Subcommand)]
pub enum ProfileVerb {
    /// Add a profile to the AWS config file whose keys come from a dynamic secret
    #[command(after_help = INSTALL_NOTES)]
    Install {
        /// The dynamic secret: `name`, `folder/name` or `environment:folder/name`
        #[arg(add = complete::secrets())]
        secret: String,
        /// The profile's name [default: the secret's]
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
    },
    /// Take a profile that Leasehold added out of the AWS config file
    #[command(after_help = "Examples:\n  leasehold profile remove s3-upload")]
    Remove {
        /// The profile's name
        name: String,
    },
}
