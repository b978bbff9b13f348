//! The grammar of `leasehold credentials`.

use clap::{Args, ValueEnum};

use super::Via;
use crate::complete;

/// What `leasehold credentials` is asked for.
#[derive(Debug, Args)]
#[command(after_help = CREDENTIALS_EXAMPLES)]
pub struct CredentialsArgs {
    /// The dynamic secret: `name`, `folder/name` or `environment:folder/name`
    #[arg(add = complete::secrets())]
    pub secret: String,
    /// Time to live of a lease that has to be issued [default: the secret's]
    ///
    /// A kept key is handed out when enough of this is left: see --reuse-share.
    #[arg(long)]
    pub ttl: Option<String>,
    /// How to write them out [default: process, or json with --json]
    #[arg(long, value_enum)]
    pub format: Option<FormatArg>,
    /// Hand a kept key out again while so many percent of its lease's time are left, 0 to 90
    /// [default: the setting reuse-share, which is 25 unless changed]
    ///
    /// With --ttl, of that time where it is the longer one.
    #[arg(
        long,
        value_name = "PERCENT",
        env = "LEASEHOLD_REUSE_SHARE",
        hide_env_values = true
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=90))]
    pub reuse_share: Option<u32>,
    #[command(flatten)]
    pub via: Via,
}

const CREDENTIALS_EXAMPLES: &str = "\
Never asks for anything: a locked keyring is an error at once (exit code 6). Callers at the same \
moment get the same key.

Examples:
  leasehold credentials s3-upload
  eval \"$(leasehold credentials s3-upload --ttl 30m --format bash)\"
  leasehold credentials s3-upload --format dotenv > .env
  leasehold credentials s3-upload --json | jq -r .access_key_id";

/// The ways to write credentials out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// A credential_process document, as the AWS CLI and SDKs run it
    Process,
    /// Lines for bash, zsh and other POSIX shells to evaluate
    Bash,
    /// Lines for fish to source
    Fish,
    /// Lines for PowerShell
    Powershell,
    /// Lines for the Windows command prompt
    Cmd,
    /// A .env file
    Dotenv,
    /// One JSON document
    Json,
    /// A block for ~/.aws/credentials
    Profile,
    /// Options of `docker run`
    Docker,
}
