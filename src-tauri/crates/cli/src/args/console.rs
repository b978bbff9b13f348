//! The grammar of `leasehold console`.

use clap::Args;

use crate::complete;

/// What `leasehold console` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ConsoleArgs {
    /// A dynamic secret, whose kept lease is used or a new one made; or the id of a lease whose key is
    /// kept
    #[arg(value_name = "SECRET|LEASE", add = complete::secrets())]
    pub of: String,
    /// Open the page of this service, e.g. s3
    #[arg(long)]
    pub service: Option<String>,
    /// Time to live of a lease that has to be made [default: the secret's]
    #[arg(long)]
    pub ttl: Option<String>,
    /// Print the link and open nothing: for 15 minutes, whoever has it is signed in
    #[arg(long, conflicts_with = "browser")]
    pub url: bool,
    /// The command that opens it; `{}` in it stands for the address [default: the setting
    /// console-browser, else the system's browser]
    #[arg(long, value_name = "COMMAND")]
    pub browser: Option<String>,
}

const EXAMPLES: &str = "\
The lease's policies must allow sts:GetFederationToken. The console may then do what the lease may do; \
switching roles and other calls to STS do not work there, nor do calls to IAM's API. The browser is \
given an address of this computer that leads on once, so that the link is in no list of processes.

Examples:
  leasehold console s3-upload --service s3
  leasehold console s3-upload --browser \"firefox --private-window\"
  leasehold console s3-upload --url | wl-copy";
