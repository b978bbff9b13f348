//! `leasehold connection`: how accounts are reached.

use clap::{ArgGroup, Args, Subcommand};

use crate::complete;

#[derive(Debug, Subcommand)]
pub enum ConnectionVerb {
    /// Add a connection: by access key, AWS profile or role, or the practice account
    Add(Box<ConnectionAdd>),
    /// List connections
    #[command(after_help = "Examples:\n  leasehold connection list")]
    List,
    /// Show one connection
    #[command(after_help = "Examples:\n  leasehold connection show prod")]
    Show {
        /// Its name
        #[arg(add = complete::connections())]
        name: String,
    },
    /// Ask AWS again who it is there
    #[command(after_help = "Examples:\n  leasehold connection check prod")]
    Check {
        /// Its name
        #[arg(add = complete::connections())]
        name: String,
    },
    /// Print the policy to give its managing user, scoped to its dynamic secrets
    #[command(
        after_help = "Examples:\n  leasehold connection policy prod > managing-policy.json\n  \
                            leasehold connection policy prod --optional"
    )]
    Policy {
        /// Its name
        #[arg(add = complete::connections())]
        name: String,
        /// Print what it does not need but can use: finding orphans, tags, what blocks a deletion
        #[arg(long)]
        optional: bool,
    },
    /// Replace its managing key by a new one and delete the old one; goes on with what was
    /// interrupted
    #[command(
        after_help = "Examples:\n  leasehold connection rotate prod\n  leasehold connection rotate prod \
                            --remove-key AKIAI44QH8DHBEXAMPLE"
    )]
    Rotate {
        /// Its name
        #[arg(add = complete::connections())]
        name: String,
        /// Delete this other key of the user first: AWS allows two at a time
        #[arg(long, value_name = "AKIA…")]
        remove_key: Option<String>,
    },
    /// List the access keys of its managing user, with their last use
    #[command(after_help = "Examples:\n  leasehold connection keys prod")]
    Keys {
        /// Its name
        #[arg(add = complete::connections())]
        name: String,
    },
    /// List the profiles of the AWS configuration and what each resolves to
    #[command(after_help = "Examples:\n  leasehold connection profiles")]
    Profiles,
    /// Remove a connection that nothing uses, and its key from the keychain
    #[command(after_help = "Examples:\n  leasehold connection remove prod")]
    Remove {
        /// Its name
        #[arg(add = complete::connections())]
        name: String,
    },
}

/// clap lets a requirement go that conflicts with what is there.
const NOT_A_ROLE: [&str; 3] = ["access_key_id", "profile", "practice"];

#[derive(Debug, Args)]
pub struct KeyArgs {
    /// Id of the managing access key
    #[arg(long, value_name = "AKIA…", requires = "secret_access_key_stdin")]
    pub access_key_id: Option<String>,
    /// Read the secret access key from standard input, or ask for it on a terminal; it is never
    /// an argument
    #[arg(long, requires = "access_key_id")]
    pub secret_access_key_stdin: bool,
    /// An IAM- and STS-compatible endpoint instead of AWS's own
    #[arg(long, value_name = "URL", requires = "access_key_id")]
    pub endpoint_url: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leasehold connection add practice --practice\n  pass show aws/manager | \
                        leasehold connection add prod --secret-access-key-stdin \\\n    \
                        --access-key-id AKIAIOSFODNN7EXAMPLE\n  \
                        leasehold connection add dev --profile dev-sso\n  \
                        leasehold connection add ops --from prod --external-id 4711 \\\n    \
                        --role-arn arn:aws:iam::123456789012:role/leases"
)]
#[command(group = ArgGroup::new("account").required(true)
    .args(["access_key_id", "profile", "role_arn", "practice"]))]
pub struct ConnectionAdd {
    /// A name of your own for it
    pub name: String,
    /// Id of the managing access key
    #[arg(long, value_name = "AKIA…", requires = "secret_access_key_stdin")]
    pub access_key_id: Option<String>,
    /// Read the secret access key from standard input, or ask for it on a terminal; it is never
    /// an argument
    #[arg(long, requires = "access_key_id")]
    pub secret_access_key_stdin: bool,
    /// A profile of ~/.aws/config: single sign-on, credential_process, role chains, web identity;
    /// what it gives is never stored
    #[arg(long, value_name = "AWS_PROFILE")]
    pub profile: Option<String>,
    /// A role to assume; its sessions are kept in memory only
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// What to assume the role from: a connection, else a profile of this name (`profile:NAME` is
    /// always a profile) [default: the profile of AWS_PROFILE, else `default`]
    #[arg(long, value_name = "NAME", requires = "role_arn", conflicts_with_all = NOT_A_ROLE, add = complete::connections())]
    pub from: Option<String>,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "role_arn", conflicts_with_all = NOT_A_ROLE)]
    pub external_id: Option<String>,
    /// The MFA device that the role's trust policy asks for; its code is asked for on a terminal,
    /// once a session
    #[arg(long, value_name = "ARN", requires = "role_arn", conflicts_with_all = NOT_A_ROLE)]
    pub mfa_serial: Option<String>,
    /// What its sessions are called in CloudTrail [default: leasehold-INSTALLATION]
    #[arg(long, value_name = "NAME", requires = "role_arn", conflicts_with_all = NOT_A_ROLE)]
    pub session_name: Option<String>,
    /// How long a session lasts, 15m to 12h [default: 1h]
    #[arg(long, value_name = "TIME", requires = "role_arn", conflicts_with_all = NOT_A_ROLE)]
    pub duration: Option<String>,
    /// Region to reach it in [default: the profile's or the source's, else us-east-1]
    #[arg(long, conflicts_with = "practice")]
    pub region: Option<String>,
    /// An IAM- and STS-compatible endpoint instead of AWS's own
    #[arg(long, value_name = "URL", conflicts_with = "practice")]
    pub endpoint_url: Option<String>,
    /// The built-in practice account: no AWS account, no key, no network
    #[arg(long)]
    pub practice: bool,
}
