//! The grammar of `leasehold`. Its help texts are its documentation.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// AWS access that ends by itself: short-lived IAM users from recipes called dynamic secrets.
#[derive(Debug, Parser)]
#[command(name = "leasehold", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Folder of the state, shared with the window [default: the platform's data folder]
    #[arg(long, global = true, env = "LEASEHOLD_HOME", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Where managing keys are kept: `os` is the system's keyring, `file` an encrypted file with a
    /// passphrase (from LEASEHOLD_PASSPHRASE or a prompt), `memory` forgets them at exit
    #[arg(long, global = true, env = "LEASEHOLD_KEYCHAIN", value_name = "KIND")]
    #[arg(default_value = "os", value_parser = ["os", "file", "memory"])]
    pub keychain: String,
    /// Print one JSON document on standard output; errors as JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub noun: Noun,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 unexpected; 2 usage; 3 refused before any AWS call; \
4 AWS refused or could not be reached; 5 no such thing; 6 keychain missing or locked; 7 done in \
part (what is pending is printed and will be retried).";

#[derive(Debug, Subcommand)]
pub enum Noun {
    /// How AWS accounts are reached
    #[command(subcommand)]
    Connection(ConnectionVerb),
    /// Environments that dynamic secrets stand under
    #[command(subcommand)]
    Environment(EnvironmentVerb),
    /// The practice account's own buttons
    #[command(subcommand)]
    Practice(PracticeVerb),
    /// Dynamic secrets: recipes for short-lived IAM users
    #[command(subcommand)]
    Secret(SecretVerb),
    /// Leases: IAM users made from dynamic secrets
    #[command(subcommand)]
    Lease(LeaseVerb),
    /// Print the key of a live lease of a secret, issuing one when there is none
    Credentials(CredentialsArgs),
    /// Leases, the next deadline, connections and the keychain on one screen
    Status,
    /// Print a completion script
    Completions {
        /// The shell to print it for
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub enum ConnectionVerb {
    /// Add a connection by access key, or the practice account
    Add(ConnectionAdd),
    /// List connections
    List,
    /// Show one connection
    Show {
        /// Its name
        name: String,
    },
    /// Ask AWS again who its key belongs to
    Check {
        /// Its name
        name: String,
    },
    /// Print the policy to give its managing user, scoped to its dynamic secrets
    Policy {
        /// Its name
        name: String,
    },
    /// Remove a connection that nothing uses, and its key from the keychain
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct KeyArgs {
    /// Id of the managing access key
    #[arg(long, value_name = "AKIA…", requires = "secret_access_key_stdin")]
    pub access_key_id: Option<String>,
    /// Read the secret access key from standard input; it is never an argument
    #[arg(long, requires = "access_key_id")]
    pub secret_access_key_stdin: bool,
    /// An IAM- and STS-compatible endpoint instead of AWS's own
    #[arg(long, value_name = "URL", requires = "access_key_id")]
    pub endpoint_url: Option<String>,
}

#[derive(Debug, Args)]
pub struct ConnectionAdd {
    /// A name of your own for it
    pub name: String,
    #[command(flatten)]
    pub key: KeyArgs,
    /// Region to reach it in [default: us-east-1]
    #[arg(long)]
    pub region: Option<String>,
    /// The built-in practice account: no AWS account, no key, no network
    #[arg(long, conflicts_with_all = ["access_key_id", "endpoint_url", "region"])]
    pub practice: bool,
}

#[derive(Debug, Subcommand)]
pub enum EnvironmentVerb {
    /// Add one at the end
    Add {
        /// Its name
        name: String,
    },
    /// List them in their order
    List,
    /// Give one another name
    Rename {
        /// Its name
        old: String,
        /// Its new name
        new: String,
    },
    /// Remove an empty one
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum PracticeVerb {
    /// Move the practice clock ahead, to see leases end
    Skip {
        /// How far, e.g. 1h
        by: String,
    },
    /// Empty the practice account and set its clock back
    Reset,
}

#[derive(Debug, Subcommand)]
pub enum SecretVerb {
    /// Add a dynamic secret
    Add(Box<SecretAdd>),
    /// List dynamic secrets
    List {
        /// Only of this environment
        #[arg(long)]
        environment: Option<String>,
        /// Only in this folder
        #[arg(long)]
        folder: Option<String>,
    },
    /// Show one: `name`, `folder/name` or `environment:folder/name`
    Show {
        /// Its name
        name: String,
    },
    /// Change a recipe; leases that exist keep what they were made with
    Edit(Box<SecretEdit>),
    /// Remove one
    Remove {
        /// Its name
        name: String,
        /// Revoke its open leases first; it goes when AWS confirmed the last of them
        #[arg(long)]
        revoke_leases: bool,
    },
}

#[derive(Debug, Args)]
pub struct RecipeArgs {
    /// Time to live when none is asked for, e.g. 1h
    #[arg(long, value_name = "TTL")]
    pub default_ttl: Option<String>,
    /// The longest a lease may live, renewals included, e.g. 8h
    #[arg(long, value_name = "TTL")]
    pub max_ttl: Option<String>,
    /// Connection to make the users over
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// Environment it stands under [default: development]
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Folder it stands in, e.g. /payments [default: /]
    #[arg(long, value_name = "PATH")]
    pub folder: Option<String>,
    /// Region that credentials name [default: us-east-1]
    #[arg(long)]
    pub region: Option<String>,
    /// IAM path of the users, e.g. /leases/ [default: /]
    #[arg(long, value_name = "PATH")]
    pub iam_path: Option<String>,
    /// Policy that limits what the users can do at most
    #[arg(long, value_name = "ARN")]
    pub permission_boundary: Option<String>,
    /// IAM group that the users join; repeat or divide by commas
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Managed policy that the users get; repeat or divide by commas
    #[arg(long = "policy-arn", value_name = "ARN")]
    pub policy_arns: Vec<String>,
    /// File with an inline policy document, `-` for standard input; repeat for more
    #[arg(long = "policy-document", value_name = "FILE")]
    pub policy_documents: Vec<PathBuf>,
    /// How users are named [default: {{randomUsername}}]
    #[arg(long, value_name = "TEMPLATE")]
    pub username_template: Option<String>,
    /// Tag of the users; needs iam:TagUser; repeat for more
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SecretAdd {
    /// Its name: 1 to 64 of a-z, 0-9 and -
    pub name: String,
    #[command(flatten)]
    pub recipe: RecipeArgs,
    #[command(flatten)]
    pub key: KeyArgs,
}

#[derive(Debug, Args)]
pub struct SecretEdit {
    /// Its name
    pub name: String,
    /// Give it another name
    #[arg(long, value_name = "NAME")]
    pub new_name: Option<String>,
    #[command(flatten)]
    pub recipe: RecipeArgs,
    /// Empty this list or field before the other options are applied; repeat for more
    #[arg(long, value_name = "FIELD")]
    pub clear: Vec<Clearable>,
}

/// What an edit can empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Clearable {
    PermissionBoundary,
    Group,
    PolicyArn,
    PolicyDocument,
    Tag,
}

#[derive(Debug, Subcommand)]
pub enum LeaseVerb {
    /// Generate a lease; its key is printed once
    Create {
        /// The dynamic secret
        secret: String,
        /// Time to live [default: the secret's]
        #[arg(long)]
        ttl: Option<String>,
        /// A note that stays with the lease
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
        /// Do not wait until the key works everywhere
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
    #[command(group = clap::ArgGroup::new("what").required(true).args(["ids", "secret", "all"]))]
    Revoke {
        /// Their ids
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// All of this dynamic secret
        #[arg(long, value_name = "SECRET")]
        secret: Option<String>,
        /// Everything
        #[arg(long)]
        all: bool,
    },
    /// Stay, end leases on time, print what happens
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

#[derive(Debug, Args)]
pub struct CredentialsArgs {
    /// The dynamic secret
    pub secret: String,
    /// Time to live of a new lease [default: the secret's]
    #[arg(long)]
    pub ttl: Option<String>,
    /// How to write them out
    #[arg(long, value_enum, default_value = "process")]
    pub format: FormatArg,
}

/// The ways to write credentials out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// A credential_process document
    Process,
    Bash,
    Fish,
    Powershell,
    Cmd,
    Dotenv,
    Json,
    /// A block for ~/.aws/credentials
    Profile,
}
