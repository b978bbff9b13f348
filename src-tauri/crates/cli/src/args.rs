//! The grammar of `leasehold`. Its help texts are its documentation.

mod access;
mod care;
mod connection;
mod console;
mod credentials;
mod gate;
mod keychain;
mod lease;
mod secret;
mod settings;
mod stay;
mod use_key;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use access::{
    AuthMethodVerb, CloudIdentityArgs, CreateVerb, MethodClear, MethodFields, MethodUpdate,
    RoleVerb, SessionVerb, TestArgs, UpdateVerb,
};
pub use care::{ActivityVerb, ActivityWhich, BreakGlassArgs, ExportFormatArg, OrphanVerb};
pub use connection::{ConnectionAdd, ConnectionVerb, KeyArgs};
pub use console::ConsoleArgs;
pub use credentials::{CredentialsArgs, FormatArg};
pub use gate::{ApprovalVerb, AuthArgs, ConfigureArgs, GatewayVerb, ServeArgs, Via};
pub use keychain::{FilePassphrase, KeychainVerb};
pub use lease::{LeaseVerb, StateArg};
pub use secret::{Clearable, Provider, RecipeArgs, SecretAdd, SecretEdit, SecretVerb};
pub use settings::{GATEWAY, SETTINGS, SettingsVerb};
pub use stay::{CompletionsArgs, ManArgs, ServiceArg, ShellArg, StatusArgs};
pub use use_key::{ExecArgs, ProfileVerb};

use crate::complete;

/// AWS access that ends by itself: short-lived IAM users from recipes called dynamic secrets.
#[derive(Debug, Parser)]
#[command(name = "leasehold", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Folder of the state, shared with the window [default: the platform's data folder]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    #[arg(env = "LEASEHOLD_HOME", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// Where keys are kept: `os` is the system's keyring, `file` an encrypted file whose
    /// passphrase comes from a descriptor, LEASEHOLD_PASSPHRASE or a prompt, `memory` forgets them at exit
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "KIND")]
    #[arg(env = "LEASEHOLD_KEYCHAIN", hide_env_values = true)]
    #[arg(default_value = "os", value_parser = ["os", "file", "memory"])]
    pub keychain: String,
    /// Descriptor to read the passphrase of `--keychain file` from: its first line, once
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "N")]
    #[arg(env = "LEASEHOLD_PASSPHRASE_FD", hide_env_values = true)]
    pub passphrase_fd: Option<u32>,
    /// Print one JSON document on standard output; errors as JSON on standard error
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    #[command(subcommand)]
    pub noun: Noun,
}

/// Options of every verb stand apart from its own.
const EVERYWHERE: &str = "Everywhere";

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
    /// IAM users under the connections' paths that no lease knows
    #[command(subcommand)]
    Orphan(OrphanVerb),
    /// Auth methods: which AWS identities may log in to ask for leases
    #[command(subcommand)]
    AuthMethod(AuthMethodVerb),
    /// Access roles: what whoever logged in may do
    #[command(subcommand)]
    Role(RoleVerb),
    /// Who is logged in
    #[command(subcommand)]
    Session(SessionVerb),
    /// Who asked to log in, and your answers
    #[command(subcommand)]
    Approval(ApprovalVerb),
    /// The listener where callers who proved who they are get leases
    #[command(subcommand)]
    Gateway(GatewayVerb),
    /// Keep under a name how to log in at a gateway
    Configure(ConfigureArgs),
    /// Log in at a gateway and print the token
    Auth(AuthArgs),
    /// Print a cloud identity: proof of who this computer is at AWS
    GetCloudIdentity(CloudIdentityArgs),
    /// The activity log: every attempt and outcome, with AWS's request ids
    #[command(subcommand)]
    Activity(ActivityVerb),
    /// Where keys are kept, and moving them to another keychain
    #[command(subcommand)]
    Keychain(KeychainVerb),
    /// Print a script that ends every open lease from any other machine
    BreakGlass(BreakGlassArgs),
    /// Print the key of a live lease of a secret, issuing one when there is none
    Credentials(CredentialsArgs),
    /// Open the AWS console as a lease
    Console(ConsoleArgs),
    /// Run a command with a fresh key in its environment, revoked when it ends
    Exec(ExecArgs),
    /// Profiles of the AWS config file whose keys come from dynamic secrets
    #[command(subcommand)]
    Profile(ProfileVerb),
    /// Leases, the next deadline, connections and the keychain on one screen
    Status(StatusArgs),
    /// What a person chose: notifications, the clipboard, the break-glass folder
    #[command(subcommand)]
    Settings(SettingsVerb),
    /// Print a script that completes words at Tab, with the names of your secrets and leases
    Completions(CompletionsArgs),
    /// Write the manual, one page a verb
    Man(ManArgs),
}

#[derive(Debug, Subcommand)]
pub enum EnvironmentVerb {
    /// Add one at the end
    #[command(after_help = "Examples:\n  leasehold environment add sandbox")]
    Add {
        /// Its name
        name: String,
    },
    /// List them in their order
    #[command(after_help = "Examples:\n  leasehold environment list")]
    List,
    /// Give one another name
    #[command(after_help = "Examples:\n  leasehold environment rename staging preview")]
    Rename {
        /// Its name
        #[arg(add = complete::environments())]
        old: String,
        /// Its new name
        new: String,
    },
    /// Remove an empty one
    #[command(after_help = "Examples:\n  leasehold environment remove preview")]
    Remove {
        /// Its name
        #[arg(add = complete::environments())]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum PracticeVerb {
    /// Move the practice clock ahead, to see leases end
    #[command(after_help = "Examples:\n  leasehold practice skip 1h")]
    Skip {
        /// How far, e.g. 1h
        #[arg(value_name = "TIME")]
        by: String,
    },
    /// Empty the practice account and set its clock back
    #[command(after_help = "Examples:\n  leasehold practice reset")]
    Reset,
}
