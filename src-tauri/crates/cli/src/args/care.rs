//! The grammar of what looks after leases: orphans, the activity log, the break-glass kit.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::complete;

#[derive(Debug, Subcommand)]
pub enum OrphanVerb {
    /// List them; needs the optional permission iam:ListUsers
    #[command(after_help = "Examples:\n  leasehold orphan list --connection prod")]
    List {
        /// Only over this connection
        #[arg(long, value_name = "NAME", add = complete::connections())]
        connection: Option<String>,
    },
    /// Make one a lease again, with the expiry that AWS enforces
    ///
    /// Only of users that carry this installation's guards. Others are never touched.
    #[command(after_help = "Examples:\n  leasehold orphan adopt leasehold-s3-4f2a")]
    Adopt {
        /// Name of the IAM user
        user: String,
        /// The connection it is found over, where more than one has a user of this name
        #[arg(long, value_name = "NAME", add = complete::connections())]
        connection: Option<String>,
    },
    /// End one: its key, its policies, the user
    ///
    /// Only of users that carry this installation's guards. Others are never touched.
    #[command(after_help = "Examples:\n  leasehold orphan remove leasehold-s3-4f2a")]
    Remove {
        /// Name of the IAM user
        user: String,
        /// The connection it is found over, where more than one has a user of this name
        #[arg(long, value_name = "NAME", add = complete::connections())]
        connection: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ActivityVerb {
    /// List lines of the log, newest first
    #[command(after_help = "Examples:\n  leasehold activity list --since 24h --failed")]
    List {
        #[command(flatten)]
        which: ActivityWhich,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Check that no line was edited, removed, added or moved
    ///
    /// Exit code 0: every line is as it was written; 1: one is not. The printed head is the hash of the
    /// newest line: keep it elsewhere to be sure later that none was taken from the end.
    #[command(after_help = "Examples:\n  leasehold activity verify --head HASH")]
    Verify {
        /// A head that was kept: check also that the log still has that line
        #[arg(long, value_name = "HASH", conflicts_with = "file")]
        head: Option<String>,
        /// Check a log that was exported as JSON lines instead
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Write the log out, oldest line first
    #[command(
        after_help = "Examples:\n  leasehold activity export --format csv --since 30d > log.csv"
    )]
    Export {
        /// How to write it
        #[arg(long, value_enum)]
        format: ExportFormatArg,
        #[command(flatten)]
        which: ActivityWhich,
    },
}

/// Which lines of the log.
#[derive(Debug, Args)]
pub struct ActivityWhich {
    /// Not older than this, e.g. 24h or 2 days
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only of this lease
    #[arg(long, value_name = "ID", add = complete::leases())]
    pub lease: Option<String>,
    /// Only over this connection
    #[arg(long, value_name = "NAME", add = complete::connections())]
    pub connection: Option<String>,
    /// Only of the dynamic secret of this name
    #[arg(long, value_name = "NAME")]
    pub secret: Option<String>,
    /// Only what failed, and alarms
    #[arg(long)]
    pub failed: bool,
    /// Only with this text somewhere: words, user names, AWS request ids
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
}

/// How the log is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormatArg {
    /// One JSON document a line
    Jsonl,
    /// For a spreadsheet
    Csv,
}

/// The script needs the AWS CLI version 2 and nothing else, and holds no secret. Keep it where you can
/// reach it without this computer.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leasehold break-glass > revoke-all.sh\n  leasehold break-glass --keep-in ~/Sync/break-glass"
)]
#[group(multiple = false)]
pub struct BreakGlassArgs {
    /// Print the list for people instead: every open lease, and how to end it by hand (Markdown)
    #[arg(long)]
    pub list: bool,
    /// Write script and list into this folder
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// The same, and again whenever a lease is made, renewed or ended
    #[arg(long, value_name = "DIR")]
    pub keep_in: Option<PathBuf>,
    /// Write them nowhere by itself any more; what was written stays
    #[arg(long)]
    pub stop_keeping: bool,
}
