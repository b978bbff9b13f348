//! Sessions of STS: what kinds of credentials a lease may be of, how long AWS lets each live, what ours
//! are called, and the one policy that ends a single one of them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Arn, InstallationId, Problem, Ttl, random_bytes};

/// What a lease is made of. Old recipes say nothing and mean an IAM user.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CredentialType {
    /// An IAM user with one access key.
    #[default]
    IamUser,
    /// A session of a role (`sts:AssumeRole`).
    AssumedRole,
    /// A federated user (`sts:GetFederationToken`).
    FederationToken,
}

impl CredentialType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::IamUser, Self::AssumedRole, Self::FederationToken];

    /// The spelling of forms and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IamUser => "iam_user",
            Self::AssumedRole => "assumed_role",
            Self::FederationToken => "federation_token",
        }
    }

    /// True for what STS gives: it ends by itself, cannot be renewed, and has a session token.
    #[must_use]
    pub fn is_session(self) -> bool {
        self != Self::IamUser
    }

    /// Reads the spelling; nothing is an IAM user.
    ///
    /// # Errors
    /// The named field, with the words there are.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::IamUser);
        }
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| {
            Problem::refused_input(
                field,
                format!("`{}` is no type of credentials.", crate::clip(text, 40)),
                "Write iam_user, assumed_role or federation_token.",
            )
        })
    }
}

impl fmt::Display for CredentialType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the credentials of a lease are of, as it is recorded with a secret and with each of its leases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credential {
    /// An IAM user.
    #[default]
    IamUser,
    /// A session of a role.
    AssumedRole {
        /// The role.
        role_arn: String,
        /// What its trust policy asks for.
        external_id: Option<String>,
    },
    /// A federated user.
    FederationToken,
}

impl Credential {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> CredentialType {
        match self {
            Self::IamUser => CredentialType::IamUser,
            Self::AssumedRole { .. } => CredentialType::AssumedRole,
            Self::FederationToken => CredentialType::FederationToken,
        }
    }

    /// As [`CredentialType::is_session`].
    #[must_use]
    pub fn is_session(&self) -> bool {
        self.kind().is_session()
    }
}

/// Who signs the calls to STS, as far as it decides how long a session may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// An IAM user.
    User,
    /// The root user of the account.
    Root,
    /// A session itself: an assumed role, single sign-on.
    Session,
}

impl Signer {
    /// From the ARN that `sts:GetCallerIdentity` answers.
    #[must_use]
    pub fn of(caller_arn: &str) -> Self {
        match Arn::parse("caller_arn", caller_arn) {
            Ok(arn) if arn.service == "iam" && arn.resource == "root" => Self::Root,
            Ok(arn) if arn.service == "sts" => Self::Session,
            _ => Self::User,
        }
    }
}

/// "The value can range from 900 seconds" (API reference of both calls).
pub const SHORTEST: Ttl = Ttl::from_secs(15 * 60);

/// The longest session that AWS gives to this signer, whatever the role allows.
///
/// # Errors
/// AWS gives none: the field `connection`, why, and what helps.
pub fn longest(kind: CredentialType, signer: Signer) -> Result<Ttl, Problem> {
    let hours = |n: u64| Ok(Ttl::from_secs(n * 3600));
    match (kind, signer) {
        (CredentialType::IamUser, _) => hours(10 * 365 * 24),
        (CredentialType::AssumedRole, Signer::User) => hours(12),
        // "Role chaining limits your AWS CLI or AWS API role session to a maximum of one hour."
        (CredentialType::AssumedRole, Signer::Session)
        | (CredentialType::FederationToken, Signer::Root) => hours(1),
        (CredentialType::FederationToken, Signer::User) => hours(36),
        (CredentialType::AssumedRole, Signer::Root) => Err(Problem::refused_input(
            "connection",
            "The connection signs as the root user, and AWS lets root assume no role.",
            "Choose a connection with the key of an IAM user.",
        )),
        (CredentialType::FederationToken, Signer::Session) => Err(Problem::refused_input(
            "connection",
            "The connection signs with a session of its own, and AWS gives federation tokens only to \
             the long-term key of an IAM user.",
            "Choose a connection with an access key, or make it an assumed role.",
        )),
    }
}

/// Refuses a length that AWS would not give.
///
/// # Errors
/// The named field with the limit that it breaks; or `connection`.
pub fn check_length(
    field: &str,
    ttl: Ttl,
    kind: CredentialType,
    signer: Signer,
) -> Result<(), Problem> {
    if !kind.is_session() {
        return Ok(());
    }
    let longest = longest(kind, signer)?;
    if ttl < SHORTEST {
        return Err(Problem::refused_input(
            field,
            format!("AWS gives no session shorter than {SHORTEST}; this is {ttl}."),
            format!("Write {SHORTEST} or more."),
        ));
    }
    if ttl <= longest {
        return Ok(());
    }
    let (rule, fix) = match (kind, signer) {
        (CredentialType::AssumedRole, Signer::Session) => (
            format!(
                "The connection is a session itself, and AWS gives a role assumed from a session at \
                 most {longest}; this is {ttl}."
            ),
            format!("Write {longest} or less, or choose a connection with an access key."),
        ),
        (CredentialType::FederationToken, Signer::Root) => (
            format!("AWS gives the root user at most {longest}; this is {ttl}."),
            format!("Write {longest} or less, or choose a connection with the key of an IAM user."),
        ),
        _ => (
            format!("AWS gives a session of this type at most {longest}; this is {ttl}."),
            format!("Write {longest} or less."),
        ),
    };
    Err(Problem::refused_input(field, rule, fix))
}

/// Characters of a session policy ("IAM and AWS STS quotas"); AWS's packed limit comes on top and is
/// only known to AWS.
pub const POLICY_LIMIT: u32 = 2048;
/// Managed session policies of one call.
pub const MAX_POLICY_ARNS: usize = 10;
/// Session tags of one call.
pub const MAX_TAGS: usize = 50;

const PREFIX: &str = "lh-";
/// 24 characters of base32: 120 random bits.
const RANDOM: usize = 15;
/// `Name` of `GetFederationToken` has 32 characters at most, a `RoleSessionName` 64.
const LONGEST_ROLE_SESSION: usize = 64;

/// The name of a new session: unique for ever, so that it alone can be denied. Names of role sessions
/// begin with what CloudTrail's readers know the secret by.
///
/// # Errors
/// The system gives no random bytes.
pub fn new_session_name(kind: CredentialType, secret: &str) -> Result<String, Problem> {
    let mut bytes = [0_u8; RANDOM];
    random_bytes(&mut bytes)?;
    Ok(session_name(kind, secret, &bytes))
}

fn session_name(kind: CredentialType, secret: &str, bytes: &[u8; RANDOM]) -> String {
    let random = base32(bytes);
    if kind != CredentialType::AssumedRole {
        return format!("{PREFIX}{random}");
    }
    let room = LONGEST_ROLE_SESSION - PREFIX.len() - random.len() - 1;
    let known: String = secret.chars().take(room).collect();
    format!("{PREFIX}{known}-{random}")
}

fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut out = String::with_capacity(bytes.len() * 8 / 5);
    for five in bytes.chunks(5) {
        let mut bits = five
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        bits <<= 8 * (5 - five.len());
        for n in (0..8).rev() {
            let letter = (bits >> (5 * n)) & 31;
            out.push(char::from(ALPHABET[usize::try_from(letter).unwrap_or(0)]));
        }
    }
    out
}

/// Name of the policy on a role that denies everything to one session.
#[must_use]
pub fn cut_policy_name(installation: &InstallationId, lease_id: &str) -> String {
    let id: String = lease_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("leasehold-cut-{installation}-{id}")
}

/// Denies everything to one session of the role that this policy stands on. `user_id` is
/// `AROA…:<session name>`; where AWS never said it, the name alone does, since no other session of the role
/// has it.
#[must_use]
pub fn cut_policy_document(user_id: Option<&str>, session_name: &str) -> String {
    let (operator, value) = match user_id {
        Some(id) => ("StringEquals", id.to_owned()),
        None => ("StringLike", format!("*:{session_name}")),
    };
    let value = serde_json::Value::from(value);
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"{operator}":{{"aws:userid":{value}}}}}}}}}"#
    )
}

/// The statement that lets the managing user cut a session of this role, and nothing else.
#[must_use]
pub fn cut_statement(role_arn: &str) -> String {
    let role_arn = serde_json::Value::from(role_arn);
    format!(
        r#"{{"Effect":"Allow","Action":["iam:PutRolePolicy","iam:DeleteRolePolicy"],"Resource":{role_arn}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicyDocument;
    use CredentialType::{AssumedRole, FederationToken, IamUser};
    use proptest::prelude::*;

    fn secs(n: u64) -> Ttl {
        Ttl::from_secs(n)
    }

    #[test]
    fn aws_limits_are_kept_to_the_second() {
        let table = [
            (AssumedRole, Signer::User, 43_200),
            (AssumedRole, Signer::Session, 3_600),
            (FederationToken, Signer::User, 129_600),
            (FederationToken, Signer::Root, 3_600),
        ];
        for (kind, signer, most) in table {
            let check = |n| check_length("ttl", secs(n), kind, signer);
            assert!(
                check(900).is_ok() && check(most).is_ok(),
                "{kind} {signer:?}"
            );
            for n in [899, most + 1] {
                assert_eq!(check(n).unwrap_err().field.as_deref(), Some("ttl"));
            }
        }
        for (kind, signer) in [
            (AssumedRole, Signer::Root),
            (FederationToken, Signer::Session),
        ] {
            let problem = check_length("ttl", secs(900), kind, signer).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("connection"));
        }
        assert!(check_length("ttl", secs(60), IamUser, Signer::Root).is_ok());
    }

    #[test]
    fn the_signer_is_read_from_the_callers_arn() {
        for (arn, signer) in [
            ("arn:aws:iam::123456789012:root", Signer::Root),
            ("arn:aws:iam::123456789012:user/a/b", Signer::User),
            (
                "arn:aws:sts::123456789012:assumed-role/r/s",
                Signer::Session,
            ),
            (
                "arn:aws:sts::123456789012:federated-user/s",
                Signer::Session,
            ),
        ] {
            assert_eq!(Signer::of(arn), signer, "{arn}");
        }
    }

    #[test]
    fn words_are_fixed_and_nothing_means_an_iam_user() {
        for kind in CredentialType::ALL {
            assert_eq!(CredentialType::parse("f", kind.as_str()), Ok(kind));
            assert_eq!(serde_json::json!(kind), kind.as_str());
        }
        assert_eq!(CredentialType::parse("f", " "), Ok(IamUser));
        assert!(CredentialType::parse("f", "sts").is_err());
        let stored = r#"{"kind":"assumed_role","role_arn":"r","external_id":null}"#;
        let credential: Credential = serde_json::from_str(stored).unwrap();
        assert_eq!(credential.kind(), AssumedRole);
        assert_eq!(serde_json::to_string(&credential).unwrap(), stored);
        assert_eq!(
            serde_json::to_string(&Credential::IamUser).unwrap(),
            r#"{"kind":"iam_user"}"#
        );
    }

    #[test]
    fn the_cut_names_one_session_and_is_a_policy() {
        let exact = cut_policy_document(Some("AROAEXAMPLE:lh-x"), "lh-x");
        assert_eq!(
            exact,
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:userid":"AROAEXAMPLE:lh-x"}}}}"#
        );
        let by_name = cut_policy_document(None, "lh-x");
        assert!(
            by_name.contains(r#""StringLike":{"aws:userid":"*:lh-x"}"#),
            "{by_name}"
        );
        for text in [exact, by_name] {
            PolicyDocument::parse("d", &text).unwrap();
        }
        let installation = InstallationId::parse("abcd1234").unwrap();
        let name = cut_policy_name(&installation, "0b5c-1f");
        assert_eq!(name, "leasehold-cut-abcd1234-0b5c1f");
    }

    proptest! {
        #[test]
        fn every_session_name_is_one_that_sts_takes(
            bytes in any::<[u8; RANDOM]>(), other in any::<[u8; RANDOM]>(), secret in "[a-z0-9-]{1,64}"
        ) {
            for (kind, most) in [(AssumedRole, 64), (FederationToken, 32)] {
                let name = session_name(kind, &secret, &bytes);
                prop_assert!((2..=most).contains(&name.len()), "{name}");
                prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b)));
                prop_assert_eq!(name == session_name(kind, &secret, &other), bytes == other);
            }
        }
    }
}
