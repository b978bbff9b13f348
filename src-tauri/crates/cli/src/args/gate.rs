//! The grammar of the gateway and of who logs in at one.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum GatewayVerb {
    /// Listen for callers who prove who they are, and end leases on time, until interrupted
    ///
    /// One process of a home serves at a time: this one, or the window with its own gateway switched on.
    /// Only this computer reaches it unless there is TLS. While the keyring is locked every call is
    /// answered with 423.
    #[command(after_help = "Examples:\
            \n  leasehold gateway serve\
            \n  leasehold gateway serve --socket /run/user/1000/leasehold/gateway.sock\
            \n  leasehold gateway serve --listen 10.0.0.7:8732 --tls-own --name vault.internal")]
    Serve(ServeArgs),
    /// Print what a client is set up with: the command here and over SSH, a profile, a script
    #[command(after_help = "Examples:\n  leasehold gateway client --auth-method /runners/dev-box")]
    Client {
        /// The auth method it logs in by, by name or access id
        #[arg(long, value_name = "NAME")]
        auth_method: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// An address to listen at; repeatable [default: 127.0.0.1:8732, or none with --socket]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Vec<String>,
    /// A Unix socket to listen at; its folder is made, for you alone
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// TLS with this certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// TLS with a certificate of its own, made once and kept in the keychain
    #[arg(long, conflicts_with = "tls_cert")]
    pub tls_own: bool,
    /// Another name or address that callers know this computer by; repeatable
    #[arg(long, value_name = "HOST")]
    pub name: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum ApprovalVerb {
    /// List who came to methods that ask you first, those that wait for an answer first
    #[command(after_help = "Examples:\n  leasehold approval list")]
    List,
    /// Let somebody in: for one login, or always
    #[command(after_help = "Examples:\n  leasehold approval allow 9f2c01d4a7be --always")]
    Allow {
        /// The id that the list shows
        id: String,
        /// Not only for one login
        #[arg(long)]
        always: bool,
    },
    /// Keep somebody out, and end their sessions
    #[command(after_help = "Examples:\n  leasehold approval deny 9f2c01d4a7be --revoke-leases")]
    Deny {
        /// The id that the list shows
        id: String,
        /// End the leases that it got by this method, too
        #[arg(long)]
        revoke_leases: bool,
    },
}

/// Keeps how to log in at a gateway under a name. There is no secret in it: each login is proved with the
/// AWS credentials that are there at that moment.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\
        \n  leasehold configure --access-id p-abcdefgh234567 --access-type aws_iam\
        \n  leasehold configure --profile box --access-id p-abcdefgh234567 --access-type aws_iam \\\
        \n    --gateway-url unix:/home/me/.leasehold.sock")]
pub struct ConfigureArgs {
    /// Name of the profile
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub profile: String,
    /// The auth method's access id
    #[arg(long, value_name = "ID")]
    pub access_id: String,
    /// How to log in
    #[arg(long, value_name = "TYPE", value_parser = ["aws_iam"])]
    pub access_type: String,
    /// Where the gateway is: http:// on this computer, https://, or unix: and a path
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8732")]
    pub gateway_url: String,
    /// SHA-256 of the gateway's certificate, as it prints it, instead of the system's authorities
    #[arg(long, value_name = "HEX")]
    pub gateway_cert: Option<String>,
    /// A profile of ~/.aws/config instead of the default chain
    #[arg(long, value_name = "AWS_PROFILE")]
    pub aws_profile: Option<String>,
    /// The STS that the auth method names instead of AWS's
    #[arg(long, value_name = "URL")]
    pub sts_url: Option<String>,
    /// The vault that the auth method asks to be signed for
    #[arg(long, value_name = "VAULT")]
    pub audience: Option<String>,
}

/// Logs in at a gateway and prints the token, which is as good as a key until it ends.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("who").args(["profile", "access_id"]))]
#[command(after_help = "Examples:\
        \n  leasehold auth --profile default\
        \n  leasehold auth --access-id p-abcdefgh234567 --access-type aws_iam --json\
        \n  leasehold auth --token-file /run/leasehold/token --stay\
        \n\nAWS's own clients get sessions of STS from a gateway by three variables:\
        \n  AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:8732/container-credentials/production/reports\
        \n  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/leasehold/token\
        \n  AWS_REGION=eu-central-1")]
pub struct AuthArgs {
    /// The profile that `configure` made [default: default]
    #[arg(long, value_name = "NAME")]
    #[arg(env = "LEASEHOLD_PROFILE", hide_env_values = true)]
    pub profile: Option<String>,
    /// An auth method's access id, without a profile
    #[arg(long, value_name = "ID", requires = "access_type")]
    pub access_id: Option<String>,
    /// How to log in
    #[arg(long, value_name = "TYPE", value_parser = ["aws_iam"])]
    pub access_type: Option<String>,
    /// A cloud identity that was made before; `-` reads it from standard input
    #[arg(long, value_name = "TOKEN|-", hide_env_values = true)]
    pub cloud_id: Option<String>,
    /// Where the gateway is, without a profile
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8732")]
    pub gateway_url: String,
    /// Write the token to this file, for you alone, instead of printing it
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Stay, and write another token before one ends
    #[arg(long, requires = "token_file", conflicts_with = "cloud_id")]
    pub stay: bool,
}

/// Whether a verb goes to a gateway instead of to the state here.
#[derive(Debug, Clone, Default, Args)]
pub struct Via {
    /// Ask the gateway of this profile, as the identity that it logs in with, instead of the state here
    #[arg(long, value_name = "NAME")]
    #[arg(env = "LEASEHOLD_PROFILE", hide_env_values = true)]
    pub profile: Option<String>,
}
