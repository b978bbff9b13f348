//! A verified identity: what STS said about the caller, when its parts agree with each other.

use leasehold_domain::{AccountId, Arn, ClaimKey, Claims, ClientAddress, Partition, Problem};
use serde::{Deserialize, Serialize};

use crate::answer::CallerWords;
use crate::reason::{Reason, Refusal};

/// What the session of an imagined role is called.
const IMAGINED_SESSION: &str = "test-session";

/// Who somebody is at AWS.
///
/// Its wire form is what STS said; reading it back judges it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Words", into = "Words")]
pub struct Identity {
    arn: Arn,
    account: AccountId,
    user_id: String,
    principal: Principal,
}

/// The kinds of principals that STS names ("GetCallerIdentity" and "IAM JSON policy elements:
/// Principal").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An IAM user.
    User {
        /// Its name, without the path.
        name: String,
    },
    /// Somebody who took a role; single sign-on, EC2, Lambda and service-linked roles among them.
    AssumedRole {
        /// The role's name; its path is not told.
        role: String,
        /// `AROA…`
        role_id: String,
        /// The session's name, which whoever takes the role chooses.
        session: String,
    },
    /// A session of `GetFederationToken`.
    FederatedUser {
        /// Its name, chosen by who made it.
        name: String,
    },
    /// The account's root user.
    Root,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    arn: String,
    user_id: String,
    account: String,
}

impl TryFrom<Words> for Identity {
    type Error = Refusal;

    fn try_from(words: Words) -> Result<Self, Refusal> {
        Self::read(&words.arn, &words.user_id, &words.account)
    }
}

impl From<Identity> for Words {
    fn from(identity: Identity) -> Self {
        Self {
            arn: identity.arn.to_string(),
            user_id: identity.user_id,
            account: identity.account.as_str().to_owned(),
        }
    }
}

impl Identity {
    /// The identity in an answer of a host in this partition.
    ///
    /// # Errors
    /// [`Reason::IdentityInconsistent`]: what cannot have come from AWS, or not from there.
    pub fn of_answer(words: &CallerWords, partition: &Partition) -> Result<Self, Refusal> {
        let identity = Self::read(&words.arn, &words.user_id, &words.account)?;
        if identity.arn.partition != *partition {
            return Err(inconsistent("the partition"));
        }
        Ok(identity)
    }

    /// Somebody imagined, to test bounds and rules with: a user, a role or a session by its ARN, with
    /// the unique id that it would have, if that matters. It has proved nothing, and is never stored.
    ///
    /// # Errors
    /// The named field, with the forms that there are.
    pub fn imagine(field: &str, arn: &str, unique_id: &str) -> Result<Self, Problem> {
        let read = Arn::parse(field, arn.trim())?;
        let id = |prefix: &str| match unique_id.trim() {
            "" => format!("{prefix}{}", "0".repeat(16)),
            own => own.to_owned(),
        };
        let account = read.account.clone();
        let (kind, rest) = read
            .resource
            .split_once('/')
            .unwrap_or((&read.resource, ""));
        let last = rest.rsplit('/').next().unwrap_or_default();
        let (arn, user_id) = match (read.service.as_str(), kind) {
            ("iam", "role") => {
                let session = Arn {
                    service: "sts".into(),
                    resource: format!("assumed-role/{last}/{IMAGINED_SESSION}"),
                    ..read.clone()
                };
                (
                    session.to_string(),
                    format!("{}:{IMAGINED_SESSION}", id("AROA")),
                )
            }
            ("sts", "assumed-role") => (read.to_string(), format!("{}:{last}", id("AROA"))),
            ("sts", "federated-user") => (read.to_string(), format!("{account}:{last}")),
            ("iam", "root") => (read.to_string(), account.clone()),
            _ => (read.to_string(), id("AIDA")),
        };
        Self::read(&arn, &user_id, &account).map_err(|refusal| {
            let what = refusal.detail.unwrap_or_default();
            Problem::refused_input(
                field,
                format!("There is nobody with this ARN and id: {what} is not as AWS has it."),
                "Write arn:aws:iam::123456789012:role/name, \
                 arn:aws:sts::123456789012:assumed-role/name/session or \
                 arn:aws:iam::123456789012:user/name, and an id that begins with AROA or AIDA.",
            )
        })
    }

    fn read(arn: &str, user_id: &str, account: &str) -> Result<Self, Refusal> {
        let arn = Arn::parse("arn", arn).map_err(|_| inconsistent("the ARN"))?;
        let account =
            AccountId::parse("account", account).map_err(|_| inconsistent("the account"))?;
        if arn.account != account.as_str() {
            return Err(inconsistent("the ARN's account"));
        }
        if !arn.region.is_empty() {
            return Err(inconsistent("the ARN's region"));
        }
        let principal = Principal::read(&arn, user_id, &account)?;
        Ok(Self {
            arn,
            account,
            user_id: user_id.to_owned(),
            principal,
        })
    }

    /// The ARN as STS gave it.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        &self.arn
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Its kind, and what belongs to it.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// For a role's session the role's ARN, without the path that STS does not tell; otherwise the ARN.
    #[must_use]
    pub fn canonical_arn(&self) -> Arn {
        let Principal::AssumedRole { role, .. } = &self.principal else {
            return self.arn.clone();
        };
        Arn {
            service: "iam".into(),
            resource: format!("role/{role}"),
            ..self.arn.clone()
        }
    }

    /// What stays the same for as long as the role or the user lives, and is never given to another:
    /// `AROA…`, `AIDA…`. A federated user and root have their user id.
    #[must_use]
    pub fn stable_id(&self) -> &str {
        match &self.principal {
            Principal::AssumedRole { role_id, .. } => role_id,
            Principal::User { .. } | Principal::FederatedUser { .. } | Principal::Root => {
                &self.user_id
            }
        }
    }

    /// Its sub-claims.
    #[must_use]
    pub fn claims(&self, client: Option<&ClientAddress>) -> Claims {
        let mut claims = Claims::from([
            (ClaimKey::AccountId, self.account.as_str().to_owned()),
            (ClaimKey::Arn, self.arn.to_string()),
            (ClaimKey::CanonicalArn, self.canonical_arn().to_string()),
            (ClaimKey::Partition, self.arn.partition.as_str().to_owned()),
            (ClaimKey::PrincipalType, self.principal.kind().to_owned()),
        ]);
        let user_id = || (ClaimKey::UserId, self.user_id.clone());
        match &self.principal {
            Principal::AssumedRole {
                role,
                role_id,
                session,
            } => claims.extend([
                (ClaimKey::RoleName, role.clone()),
                (ClaimKey::RoleId, role_id.clone()),
                (ClaimKey::ResourceId, session.clone()),
            ]),
            Principal::User { name } => {
                claims.extend([(ClaimKey::UserName, name.clone()), user_id()]);
            }
            // Its name is chosen by who made it: as a user's name it would pass for that user.
            Principal::FederatedUser { .. } | Principal::Root => claims.extend([user_id()]),
        }
        if let Some(client) = client {
            claims.insert(ClaimKey::ClientIp, client.to_string());
        }
        claims
    }
}

impl Principal {
    /// The word for its kind, as the claim `principal_type` has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::AssumedRole { .. } => "assumed_role",
            Self::FederatedUser { .. } => "federated_user",
            Self::Root => "root",
        }
    }

    fn read(arn: &Arn, user_id: &str, account: &AccountId) -> Result<Self, Refusal> {
        let parts: Vec<&str> = arn.resource.split('/').collect();
        match (arn.service.as_str(), &parts[..]) {
            ("iam", ["root"]) if user_id == account.as_str() => Ok(Self::Root),
            ("iam", ["user", path @ .., name]) => {
                let path_part = |part: &&str| {
                    !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && b != b':')
                };
                if !is_name(name, 1, 64) || !path.iter().all(path_part) {
                    return Err(inconsistent("the user's name"));
                }
                if !is_unique_id(user_id, "AIDA") {
                    return Err(inconsistent("the user's id"));
                }
                Ok(Self::User {
                    name: (*name).to_owned(),
                })
            }
            ("sts", ["assumed-role", role, session]) => {
                if !is_name(role, 1, 64) || !is_name(session, 2, 64) {
                    return Err(inconsistent("the role's or the session's name"));
                }
                let role_id = user_id
                    .strip_suffix(session)
                    .and_then(|rest| rest.strip_suffix(':'))
                    .filter(|id| is_unique_id(id, "AROA"))
                    .ok_or_else(|| inconsistent("the role's id or the session in it"))?;
                Ok(Self::AssumedRole {
                    role: (*role).to_owned(),
                    role_id: role_id.to_owned(),
                    session: (*session).to_owned(),
                })
            }
            ("sts", ["federated-user", name]) if is_name(name, 2, 64) => {
                if user_id != format!("{account}:{name}") {
                    return Err(inconsistent("the federated user's id"));
                }
                Ok(Self::FederatedUser {
                    name: (*name).to_owned(),
                })
            }
            _ => Err(inconsistent("the kind of principal")),
        }
    }
}

fn inconsistent(what: &str) -> Refusal {
    Reason::IdentityInconsistent.because(what)
}

/// Names of users, roles and sessions ("IAM and AWS STS quotas", name requirements).
fn is_name(text: &str, least: usize, most: usize) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
    (least..=most).contains(&text.len()) && text.bytes().all(plain)
}

/// A unique id ("IAM identifiers", unique identifiers).
pub(crate) fn is_unique_id(text: &str, prefix: &str) -> bool {
    (16..=128).contains(&text.len())
        && text.starts_with(prefix)
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
