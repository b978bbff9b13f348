//! The grammar of `leasehold secret`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::KeyArgs;
use super::Via;
use crate::complete;

#[derive(Debug, Subcommand)]
pub enum SecretVerb {
    /// Add a dynamic secret: of IAM users, or of sessions of STS
    ///
    /// AWS ends sessions by itself, and they are not renewed: a session of a role lasts 15m to 12h (1h
    /// where the connection is a session itself), a federation token 15m to 36h.
    #[command(
        after_help = "Examples:\n  leasehold secret add s3-upload --connection prod \\\n    \
                            --default-ttl 1h --max-ttl 8h --iam-path /leases/ \\\n    \
                            --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\n  \
                            leasehold secret add deploy --connection prod --environment production \\\n    \
                            --default-ttl 15m --max-ttl 1h --policy-document deploy.json\n  \
                            leasehold secret add reports --connection prod --provider aws-sts \\\n    \
                            --role-arn arn:aws:iam::123456789012:role/reports --default-ttl 1h --max-ttl 4h\n  \
                            leasehold secret add upload --connection prod --federation-token \\\n    \
                            --policy-document upload.json --default-ttl 1h --max-ttl 12h"
    )]
    // What an edit may leave out, an addition must say.
    #[command(mut_arg("default_ttl", |arg| arg.required(true)))]
    #[command(mut_arg("max_ttl", |arg| arg.required(true)))]
    Add(Box<SecretAdd>),
    /// List dynamic secrets
    #[command(after_help = "Examples:\n  leasehold secret list --environment production")]
    List {
        /// Only of this environment
        #[arg(long, value_name = "NAME", add = complete::environments())]
        environment: Option<String>,
        /// Only in this folder, not below it
        #[arg(long, value_name = "PATH")]
        folder: Option<String>,
        #[command(flatten)]
        via: Via,
    },
    /// Show one
    #[command(after_help = "Examples:\n  leasehold secret show production:payments/s3-upload")]
    Show {
        /// `name`, `folder/name` or `environment:folder/name`
        #[arg(add = complete::secrets())]
        name: String,
    },
    /// Change a recipe; leases that exist keep what they were made with
    #[command(
        after_help = "Examples:\n  leasehold secret edit s3-upload --max-ttl 4h\n  leasehold secret edit \
                            s3-upload --clear policy-document --policy-document new.json"
    )]
    Edit(Box<SecretEdit>),
    /// Find out whether AWS would let its leases be made, renewed and ended
    ///
    /// Asks AWS without changing anything, as far as AWS answers that. With `--canary` the whole life
    /// of a lease is tried. Exit code 0: nothing is denied; 4: something that is needed is denied, and
    /// the statement to add is printed; 7: the canary's user could not be taken down yet.
    #[command(after_help = "Examples:\n  leasehold secret preflight s3-upload --canary")]
    Preflight {
        /// `name`, `folder/name` or `environment:folder/name`
        #[arg(add = complete::secrets())]
        name: String,
        /// Make a user as the recipe says, with a key that nobody sees, renew it, and take
        /// everything down again
        #[arg(long)]
        canary: bool,
    },
    /// Print dynamic secrets as TOML, to keep in version control; no keys are in it
    #[command(
        after_help = "Examples:\n  leasehold secret export > secrets.toml\n  leasehold secret export \
                            production:payments/s3-upload"
    )]
    Export {
        /// `name`, `folder/name` or `environment:folder/name` [default: all]
        #[arg(value_name = "NAME", add = complete::secrets())]
        names: Vec<String>,
    },
    /// Add and edit dynamic secrets so that they are as a file says; remove none
    ///
    /// The whole file is judged first: every problem in it is listed, with its line, and nothing is
    /// changed. Then everything is written at once. Environments that are missing are added. Leases
    /// that exist keep what they were made with.
    #[command(after_help = RECIPE_FILE)]
    Apply {
        /// File as `secret export` prints it, `-` for standard input
        file: PathBuf,
        /// Print what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove one
    #[command(after_help = "Examples:\n  leasehold secret remove s3-upload --revoke-leases")]
    Remove {
        /// `name`, `folder/name` or `environment:folder/name`
        #[arg(add = complete::secrets())]
        name: String,
        /// Revoke its open leases first; it goes when AWS confirmed the last of them
        #[arg(long)]
        revoke_leases: bool,
    },
}

const RECIPE_FILE: &str = r#"The file:
  version = 1                       # of the format

  [[secret]]                        # one block a dynamic secret
  name = "s3-upload"
  connection = "prod"               # by its name
  default_ttl = "1h"
  max_ttl = "8h"
  environment = "development"       # from here on all may be left out
  folder = "/"
  region = "us-east-1"
  credential_type = "iam_user"      # or "assumed_role", "federation_token"
  role_arn = "arn:…:role/reports"   # of assumed_role only, as external_id
  iam_path = "/leases/"             # of iam_user only, as the next three
  permission_boundary = "arn:aws:iam::123456789012:policy/boundary"
  username_template = "{{randomUsername}}"
  groups = ["developers"]
  policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
  policy_documents = ['{"Version": "2012-10-17", "Statement": […]}']
  tags = { team = "payments" }

What is left out is as `secret add` has it, not as it was.

Examples:
  leasehold secret apply secrets.toml --dry-run
  leasehold secret apply secrets.toml"#;

#[derive(Debug, Args)]
pub struct RecipeArgs {
    /// Time to live when none is asked for, e.g. 1h
    #[arg(long, value_name = "TTL")]
    pub default_ttl: Option<String>,
    /// The longest a lease may live, renewals included, e.g. 8h
    #[arg(long, value_name = "TTL")]
    pub max_ttl: Option<String>,
    /// Connection to make the leases over
    #[arg(long, value_name = "NAME", add = complete::connections())]
    pub connection: Option<String>,
    /// Environment it stands under [default: development]
    #[arg(long, value_name = "NAME", add = complete::environments())]
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
    /// Managed policy that the users get, or that limits the sessions; repeat or divide by commas
    #[arg(long = "policy-arn", value_name = "ARN")]
    pub policy_arns: Vec<String>,
    /// File with an inline policy document, `-` for standard input; repeat for more. A session has one
    #[arg(long = "policy-document", value_name = "FILE")]
    pub policy_documents: Vec<PathBuf>,
    /// How users are named [default: {{randomUsername}}]
    #[arg(long, value_name = "TEMPLATE")]
    pub username_template: Option<String>,
    /// Tag of the users; needs iam:TagUser; repeat for more
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
    #[command(flatten, next_help_heading = "Sessions of STS")]
    pub session: SessionArgs,
}

#[derive(Debug, Args)]
pub struct SessionArgs {
    /// Role that the sessions are of; its account may be another one
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// What the role's trust policy asks for
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// Tag of the sessions; needs sts:TagSession; repeat for more
    #[arg(long = "session-tag", value_name = "KEY=VALUE")]
    pub session_tags: Vec<String>,
}

/// What gives the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    /// IAM users with access keys
    AwsIam,
    /// Sessions of STS: of a role, or of a federated user
    AwsSts,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("reach").required(true).args(["connection", "access_key_id"]))]
pub struct SecretAdd {
    /// Its name: 1 to 64 of a-z, 0-9 and -
    pub name: String,
    #[command(flatten)]
    pub recipe: RecipeArgs,
    /// What gives the credentials [default: aws-iam, or aws-sts with --role-arn or --federation-token]
    #[arg(long)]
    pub provider: Option<Provider>,
    /// Federated users instead of sessions of a role
    #[arg(long)]
    pub federation_token: bool,
    /// An access key here makes a connection of the secret's name for it
    #[command(flatten, next_help_heading = "Access key instead of a connection")]
    pub key: KeyArgs,
}

#[derive(Debug, Args)]
pub struct SecretEdit {
    /// `name`, `folder/name` or `environment:folder/name`
    #[arg(add = complete::secrets())]
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

impl SecretEdit {
    /// True when no option says what to change.
    pub fn changes_nothing(&self) -> bool {
        self.new_name.is_none() && self.clear.is_empty() && self.recipe.is_empty()
    }
}

impl RecipeArgs {
    fn is_empty(&self) -> bool {
        let texts = [
            &self.default_ttl,
            &self.max_ttl,
            &self.connection,
            &self.environment,
            &self.folder,
            &self.region,
            &self.iam_path,
            &self.permission_boundary,
            &self.username_template,
            &self.session.role_arn,
            &self.session.external_id,
        ];
        let lists = [
            &self.groups,
            &self.policy_arns,
            &self.tags,
            &self.session.session_tags,
        ];
        texts.iter().all(|text| text.is_none())
            && lists.iter().all(|list| list.is_empty())
            && self.policy_documents.is_empty()
    }
}

/// What an edit can empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Clearable {
    /// No permission boundary
    PermissionBoundary,
    /// No groups
    Group,
    /// No managed policies
    PolicyArn,
    /// No inline policy documents
    PolicyDocument,
    /// No tags
    Tag,
    /// No external id
    ExternalId,
    /// No session tags
    SessionTag,
}
