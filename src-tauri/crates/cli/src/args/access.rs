//! The grammar of who may ask for leases: auth methods, access roles, sessions, cloud identities.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum AuthMethodVerb {
    /// Make an auth method: which AWS identities may log in, from where, until when
    #[command(subcommand)]
    Create(CreateVerb),
    /// Change an auth method; a list that is given replaces the old one
    #[command(subcommand)]
    Update(UpdateVerb),
    /// List auth methods
    #[command(after_help = "Examples:\n  leasehold auth-method list")]
    List,
    /// Show one auth method with everything that is worth knowing about it
    #[command(after_help = "Examples:\n  leasehold auth-method show /runners/dev-box")]
    Show {
        /// Its name, or its access id
        name: String,
    },
    /// Switch one on again
    #[command(after_help = "Examples:\n  leasehold auth-method enable /runners/dev-box")]
    Enable {
        /// Its name, or its access id
        name: String,
    },
    /// Switch one off; its sessions end at once
    #[command(
        after_help = "Examples:\n  leasehold auth-method disable /runners/dev-box\
                            \n  leasehold auth-method disable /runners/dev-box --revoke-leases"
    )]
    Disable {
        /// Its name, or its access id
        name: String,
        /// End the leases that were got by it, too
        #[arg(long)]
        revoke_leases: bool,
    },
    /// Delete one, with its sessions and its ways to roles
    #[command(after_help = "Examples:\n  leasehold auth-method delete /runners/dev-box")]
    Delete {
        /// Its name, or its access id
        name: String,
        /// End the leases that were got by it, too
        #[arg(long)]
        revoke_leases: bool,
    },
    /// Try an identity on an auth method: every bound and rule, pass or fail, and why
    ///
    /// A cloud identity is asked about at AWS STS and not used up. It is as good as a login for some
    /// minutes: give it on standard input (`-`) where others could see arguments. Exit code 0: it would
    /// be let in; 3: it would not; 4: STS could not be asked.
    #[command(after_help = "Examples:\
            \n  printf %s \"$IDENTITY\" | leasehold auth-method test dev-box --cloud-id -\
            \n  leasehold auth-method test dev-box --path /staging/s3-upload \\\
            \n    --arn arn:aws:sts::123456789012:assumed-role/deploy/ci")]
    Test(Box<TestArgs>),
}

#[derive(Debug, Subcommand)]
pub enum CreateVerb {
    /// For IAM principals: users, roles, federated users
    #[command(
        name = "aws-iam",
        after_help = "Examples:\n  leasehold auth-method create aws-iam --name /runners/dev-box \\\
            \n    --bound-aws-account-id 123456789012 --bound-role-name dev-box"
    )]
    AwsIam(Box<MethodCreate>),
}

#[derive(Debug, Subcommand)]
pub enum UpdateVerb {
    /// One for IAM principals
    #[command(
        name = "aws-iam",
        after_help = "Examples:\
            \n  leasehold auth-method update aws-iam --name /runners/dev-box --jwt-ttl 30 \\\
            \n    --clear bound-role-name"
    )]
    AwsIam(Box<MethodUpdate>),
}

#[derive(Debug, Args)]
pub struct MethodCreate {
    /// Its name; folders in it (`/runners/dev-box`) are made on the way
    #[arg(short, long)]
    pub name: String,
    /// An AWS account whose identities may log in; at least one
    #[arg(short, long, value_name = "ID", value_delimiter = ',', required = true)]
    pub bound_aws_account_id: Vec<String>,
    #[command(flatten)]
    pub fields: MethodFields,
}

#[derive(Debug, Args)]
pub struct MethodUpdate {
    /// Its name, or its access id
    #[arg(short, long)]
    pub name: String,
    /// Another name
    #[arg(long, value_name = "NAME")]
    pub new_name: Option<String>,
    /// An AWS account whose identities may log in
    #[arg(short, long, value_name = "ID", value_delimiter = ',')]
    pub bound_aws_account_id: Vec<String>,
    /// Empty a list or a field
    #[arg(long, value_enum, value_name = "FIELD", value_delimiter = ',')]
    pub clear: Vec<MethodClear>,
    #[command(flatten)]
    pub fields: MethodFields,
}

/// What `--clear` empties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MethodClear {
    BoundArn,
    BoundRoleName,
    BoundRoleId,
    BoundResourceId,
    BoundUserName,
    BoundUserId,
    BoundStsRegion,
    BoundIps,
    GwBoundIps,
    AuditLogsClaims,
    ExpirationEventIn,
    AccessExpires,
    UniqueIdentifier,
    Description,
    StsUrl,
}

#[derive(Debug, Args)]
pub struct MethodFields {
    /// A full ARN that may log in, with `*` and `?`; repeatable
    #[arg(long, value_name = "ARN")]
    pub bound_arn: Vec<String>,
    /// Name of a role; repeatable
    #[arg(long, value_name = "NAME")]
    pub bound_role_name: Vec<String>,
    /// Id of a role (AROA…), which another role of the same name has not
    #[arg(long, value_name = "AROA…", value_delimiter = ',')]
    pub bound_role_id: Vec<String>,
    /// Name of a role's session, for EC2 the instance id; repeatable
    #[arg(long, value_name = "NAME")]
    pub bound_resource_id: Vec<String>,
    /// Name of an IAM user; repeatable
    #[arg(long, value_name = "NAME")]
    pub bound_user_name: Vec<String>,
    /// Id of an IAM user (AIDA…)
    #[arg(long, value_name = "AIDA…", value_delimiter = ',')]
    pub bound_user_id: Vec<String>,
    /// Region whose STS the identity was signed for, with `*` and `?`
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub bound_sts_region: Vec<String>,
    /// Where calls may come from: addresses, CIDR blocks, `unix` for the socket
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pub bound_ips: Vec<String>,
    /// Gateways that are believed about where a call came from
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pub gw_bound_ips: Vec<String>,
    /// Sub-claims that go into the activity log
    #[arg(long, value_name = "CLAIM", value_delimiter = ',')]
    pub audit_logs_claims: Vec<String>,
    /// The sub-claim that tells one client from another
    #[arg(long, value_name = "CLAIM")]
    pub unique_identifier: Option<String>,
    /// When it stops working, in Unix seconds; 0 is never
    #[arg(long, value_name = "SECONDS")]
    pub access_expires: Option<u64>,
    /// Days before that on which you are told
    #[arg(long, value_name = "DAYS", value_delimiter = ',')]
    pub expiration_event_in: Vec<u32>,
    /// Minutes that a token lives; 0 is the default
    #[arg(long, value_name = "MINUTES")]
    pub jwt_ttl: Option<u32>,
    /// An STS of your own instead of AWS's: whoever runs it can log in as anybody
    #[arg(long, value_name = "URL")]
    pub sts_url: Option<String>,
    /// That STS is in a private network, and that is meant
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub sts_url_private: Option<bool>,
    /// That STS is an emulator on this computer
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub insecure_dev_sts: Option<bool>,
    /// Roles are only reached by associations that ask for sub-claims
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub force_sub_claims: Option<bool>,
    /// It cannot be deleted until this is taken away
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub delete_protection: Option<bool>,
    /// Only cloud identities that were signed for this vault
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub require_audience: Option<bool>,
    /// Ask you about every identity that you have not allowed yet
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub ask_first: Option<bool>,
    /// A note
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").required(true).args(["cloud_id", "arn"]))]
pub struct TestArgs {
    /// Name of the auth method, or its access id
    pub name: String,
    /// A cloud identity, as `get-cloud-identity` prints it; `-` reads it from standard input
    #[arg(long, value_name = "TOKEN|-", hide_env_values = true)]
    pub cloud_id: Option<String>,
    /// Somebody imagined instead: a user, a role or a session
    #[arg(long, value_name = "ARN")]
    pub arn: Option<String>,
    /// The id that the imagined role or user would have
    #[arg(long, value_name = "AROA…|AIDA…", requires = "arn")]
    pub unique_id: Option<String>,
    /// The region that the imagined identity would be proved in
    #[arg(
        long,
        value_name = "REGION",
        requires = "arn",
        default_value = "us-east-1"
    )]
    pub sts_region: String,
    /// Path of a dynamic secret: say also what could be done there
    #[arg(long, value_name = "/ENVIRONMENT/FOLDER/NAME")]
    pub path: Option<String>,
    /// Where the call is taken to come from: an address, or `unix`
    #[arg(long, value_name = "ADDRESS", default_value = "unix")]
    pub client_ip: String,
}

#[derive(Debug, Subcommand)]
pub enum RoleVerb {
    /// Make an access role, which allows nothing yet
    #[command(after_help = "Examples:\n  leasehold role create deployers")]
    Create {
        /// Its name
        name: String,
        /// A note
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List access roles
    #[command(after_help = "Examples:\n  leasehold role list")]
    List,
    /// Show one with its rules and associations
    #[command(after_help = "Examples:\n  leasehold role show deployers")]
    Show {
        /// Its name
        name: String,
    },
    /// Delete one, with its rules and associations
    #[command(after_help = "Examples:\n  leasehold role delete deployers")]
    Delete {
        /// Its name
        name: String,
    },
    /// Say what a role may do at a path; a rule that was there for the path is replaced
    ///
    /// Paths are /ENVIRONMENT/FOLDER/NAME; `*` is any text, `+` any text within one part, `{{claim}}`
    /// the caller's own sub-claim. `deny` wins over everything.
    #[command(
        name = "set-rule",
        after_help = "Examples:\
            \n  leasehold role set-rule deployers --path '/staging/payments/*' \\\
            \n    --capability read --capability update\
            \n  leasehold role set-rule deployers --path '/production/*' --capability deny"
    )]
    SetRule {
        /// Name of the role
        name: String,
        /// Where
        #[arg(long, value_name = "PATH")]
        path: String,
        /// What: list, read (get leases), update (renew), delete (revoke), deny; repeatable
        #[arg(long, value_name = "WORD", value_delimiter = ',', required = true)]
        capability: Vec<String>,
    },
    /// Take the rule for a path away
    #[command(
        name = "delete-rule",
        after_help = "Examples:\n  leasehold role delete-rule deployers --path '/production/*'"
    )]
    DeleteRule {
        /// Name of the role
        name: String,
        /// Where
        #[arg(long, value_name = "PATH")]
        path: String,
    },
    /// Give a role to identities of an auth method
    #[command(after_help = "Examples:\
            \n  leasehold role associate deployers --auth-method /runners/dev-box \\\
            \n    --sub-claims role_name=dev-*,ops --sub-claims account_id=123456789012")]
    Associate {
        /// Name of the role
        name: String,
        /// The auth method, by name or access id
        #[arg(long, value_name = "NAME")]
        auth_method: String,
        /// What a sub-claim must be: values with `*` and `?`, commas between alternatives; all that are
        /// given must fit
        #[arg(long, value_name = "CLAIM=VALUES")]
        sub_claims: Vec<String>,
        /// Whether case counts
        #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
        case_sensitive: bool,
    },
    /// Take a role away from an auth method
    #[command(after_help = "Examples:\
            \n  leasehold role dissociate deployers --auth-method /runners/dev-box")]
    Dissociate {
        /// Name of the role
        name: String,
        /// The auth method, by name or access id
        #[arg(long, value_name = "NAME")]
        auth_method: String,
    },
    /// List who can do what at a dynamic secret
    #[command(
        name = "who-can",
        after_help = "Examples:\n  leasehold role who-can /staging/s3-upload"
    )]
    WhoCan {
        /// Path of the dynamic secret
        #[arg(value_name = "/ENVIRONMENT/FOLDER/NAME")]
        path: String,
    },
    /// List the dynamic secrets that a role, the identities of an auth method, or anybody comes to
    #[command(after_help = "Examples:\n  leasehold role reach --auth-method /runners/dev-box")]
    Reach {
        /// Only by this role
        #[arg(long, value_name = "NAME")]
        role: Option<String>,
        /// Only identities of this auth method, by name or access id
        #[arg(long, value_name = "NAME")]
        auth_method: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum SessionVerb {
    /// List who is logged in
    #[command(after_help = "Examples:\n  leasehold session list")]
    List,
    /// End one: its token is dead at once
    #[command(after_help = "Examples:\n  leasehold session revoke 9f2c01d4a7be")]
    Revoke {
        /// Its id
        id: String,
        /// End the leases of its identity by this method, too
        #[arg(long)]
        revoke_leases: bool,
    },
}

/// Nothing is sent anywhere unless --describe-sub-claims asks AWS STS who it is. What is printed is as good
/// as a login for some minutes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leasehold get-cloud-identity --cloud-provider aws_iam\
        \n  leasehold get-cloud-identity --cloud-provider aws_iam --describe-sub-claims"
)]
pub struct CloudIdentityArgs {
    /// Whose identity
    #[arg(long, value_name = "PROVIDER", value_parser = ["aws_iam"])]
    pub cloud_provider: String,
    /// Show what the identity would claim, instead of the identity
    #[arg(long)]
    pub describe_sub_claims: bool,
    /// Percent-escaped, for a URL's query
    #[arg(long = "url_safe", alias = "url-safe")]
    pub url_safe: bool,
    /// A profile of ~/.aws/config instead of the default chain
    #[arg(long, value_name = "AWS_PROFILE")]
    pub aws_profile: Option<String>,
    /// Sign for the STS of this region instead of the global one
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Sign for this vault only: the audience that its auth method asks for
    #[arg(long, value_name = "VAULT")]
    pub audience: Option<String>,
    /// Sign for the STS that the auth method names instead of AWS's
    #[arg(long, value_name = "URL", conflicts_with = "region")]
    pub sts_url: Option<String>,
}
