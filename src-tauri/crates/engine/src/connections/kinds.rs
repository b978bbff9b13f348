//! Adding connections that hold no key of their own: a profile of the AWS configuration, a role.

use leasehold_aws::{AwsErrorKind, CallLog};
use leasehold_domain::{Arn, Code, Problem, Region, Ttl};
use leasehold_store::{ConnectionKind, ConnectionRow, ConnectionState, SourceRow};

use super::partition::agrees;
use super::{Connections, DEFAULT_REGION, added, endpoint, refusal, region};
use crate::reach::Reached;
use crate::reference::shown;
use crate::sources::SESSION_S;
use crate::wire::ConnectionView;

/// STS's bounds (API reference, "AssumeRole").
const SHORTEST_SESSION_S: u64 = 900;
const LONGEST_SESSION_S: u64 = 43_200;

/// What a connection by profile needs.
#[derive(Debug, Default)]
pub struct AddProfile {
    /// A name of one's own for it.
    pub name: String,
    /// The profile's name in the AWS configuration.
    pub profile: String,
    /// The profile's own where nothing is said, else `us-east-1`.
    pub region: Option<String>,
    /// For anything that speaks IAM and STS.
    pub endpoint_url: Option<String>,
}

/// What a role is assumed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleFrom {
    /// A connection of this name, or where there is none a profile. `profile:NAME` is always a
    /// profile.
    Named(String),
    /// This profile of the AWS configuration.
    Profile(String),
}

/// What a connection by role needs.
#[derive(Debug)]
pub struct AddRole {
    /// A name of one's own for it.
    pub name: String,
    /// `arn:aws:iam::123456789012:role/deployer`
    pub role_arn: String,
    /// What it is assumed from.
    pub from: RoleFrom,
    /// What the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The MFA device of the user behind `from`.
    pub mfa_serial: Option<String>,
    /// What sessions are called in CloudTrail; `leasehold-<installation>` where nothing is said.
    pub session_name: Option<String>,
    /// How long a session lasts, 15 minutes to 12 hours; an hour where nothing is said.
    pub duration: Option<String>,
    /// What the role is assumed from says where nothing is said.
    pub region: Option<String>,
    /// The same.
    pub endpoint_url: Option<String>,
}

impl Connections<'_> {
    /// Adds a connection by a profile of the AWS configuration. Its credentials are never stored.
    ///
    /// # Errors
    /// A field breaks a rule, the name is taken, there is no such profile, it gives no credentials
    /// ([`Code::LoginNeeded`] where a log-in has ended), or what it gives cannot manage IAM users.
    pub async fn add_profile(&self, asked: AddProfile) -> Result<ConnectionView, Problem> {
        let name = self.free_name(&asked.name).await?;
        let profile = asked.profile.trim();
        let facts = leasehold_aws::profile(profile).await?;
        let region = match region(asked.region.as_deref())? {
            Some(region) => region,
            None => usable(facts.region),
        };
        let mut row = self.blank(&name, ConnectionKind::Profile, region);
        row.endpoint_url = endpoint(asked.endpoint_url.as_deref())?;
        if row.endpoint_url.is_none()
            && let Some(url) = &facts.endpoint_url
        {
            return Err(elsewhere(profile, url));
        }
        row.source.profile = Some(profile.to_owned());
        self.add_source(row, None).await
    }

    /// Adds a connection by a role that is assumed from another connection or from a profile.
    /// Sessions are kept in memory only.
    ///
    /// # Errors
    /// A field breaks a rule, the name is taken, there is nothing to assume the role from, or AWS
    /// refuses it.
    pub async fn add_role(&self, asked: AddRole) -> Result<ConnectionView, Problem> {
        let name = self.free_name(&asked.name).await?;
        let role = role_arn(asked.role_arn.trim())?;
        // What was typed is judged before anything is looked up.
        let external_id = typed(asked.external_id).map(external_id).transpose()?;
        let mfa_serial = typed(asked.mfa_serial).map(mfa_serial).transpose()?;
        let session_name = typed(asked.session_name).map(session_name).transpose()?;
        let session_s = typed(asked.duration).map(|text| duration(&text));
        let session_s = session_s.transpose()?.or(Some(SESSION_S));
        let asked_region = region(asked.region.as_deref())?;
        let asked_endpoint = endpoint(asked.endpoint_url.as_deref())?;

        let (source, from_region) = self.role_source(&asked.from).await?;
        let (connection_id, from_url) = match &source {
            Ok(row) => (Some(row.id.clone()), row.endpoint_url.clone()),
            Err(_) => (None, None),
        };
        let region = asked_region.unwrap_or_else(|| usable(from_region));
        agrees("role_arn", &role, &region)?;
        if let Some(Ok(device)) = mfa_serial.as_deref().map(|s| Arn::parse("mfa_serial", s)) {
            agrees("mfa_serial", &device, &region)?;
        }
        let mut row = self.blank(&name, ConnectionKind::Role, region);
        row.endpoint_url = asked_endpoint.or(from_url);
        row.source = SourceRow {
            profile: source.err(),
            role_arn: Some(role.to_string()),
            connection_id,
            external_id,
            mfa_serial,
            session_name,
            session_s,
        };
        let account = Some(role.account.clone());
        self.add_source(row, account).await
    }

    /// The connection, else the profile, that this names, and its region.
    async fn role_source(
        &self,
        from: &RoleFrom,
    ) -> Result<(Result<ConnectionRow, String>, Option<String>), Problem> {
        let profile = match from {
            RoleFrom::Named(name) => match name.strip_prefix("profile:") {
                Some(profile) => profile,
                None => match self.0.connection(name) {
                    Ok(row) if row.kind == ConnectionKind::Practice => {
                        return Err(Problem::refused_input(
                            "from",
                            "No role is assumed from the practice account.",
                            "Name another connection or a profile.",
                        ));
                    }
                    Ok(row) => {
                        let region = row.region.clone();
                        return Ok((Ok(row), Some(region)));
                    }
                    Err(_) => name.as_str(),
                },
            },
            RoleFrom::Profile(name) => name,
        };
        let facts = leasehold_aws::profile(profile).await;
        let facts = facts.map_err(|problem| match (problem.code, from) {
            (Code::NotFound, RoleFrom::Named(name)) => Problem::new(
                Code::NotFound,
                format!("There is neither a connection nor an AWS profile named `{name}`."),
            )
            .with_hint("`leasehold connection list` shows the connections.")
            .at("from"),
            _ => problem.at("from"),
        })?;
        Ok((Err(profile.to_owned()), facts.region))
    }

    /// Asks AWS who it is and whether it may manage users, and only then writes it down.
    async fn add_source(
        &self,
        mut row: ConnectionRow,
        account: Option<String>,
    ) -> Result<ConnectionView, Problem> {
        let log = CallLog::listening();
        let seen = self.see(&mut row, account.as_deref(), &log).await;
        // What was made for looking knows no account yet.
        let looked = self.0.forget_client(&row.id);
        if let Err(problem) = seen {
            self.0.note_after(refusal(&row, &problem).calls(log.take()));
            return Err(problem);
        }
        row.state = ConnectionState::Ready;
        let line = self.0.line(added(&row).calls(log.take()));
        self.0.store.connections().noting(&line).insert(&row)?;
        // A person typed a code for this session, and AWS takes none twice.
        if row.source.mfa_serial.is_some()
            && let Some(looked) = looked
        {
            self.0.go_on_with(&row, &looked)?;
        }
        self.changed();
        self.view(row)
    }

    async fn see(
        &self,
        row: &mut ConnectionRow,
        account: Option<&str>,
        log: &CallLog,
    ) -> Result<(), Problem> {
        let reached = self.0.reach(row).await?;
        self.identify(row, &reached, log).await?;
        if account.is_some_and(|account| account != row.account_id) {
            return Err(Problem::new(
                Code::AwsForeign,
                format!(
                    "The role is of account {}, but AWS says the session is of account {}.",
                    account.unwrap_or_default(),
                    row.account_id
                ),
            )
            .with_hint("Check the endpoint URL."));
        }
        may_manage_users(&reached, &row.caller_arn, log).await
    }

    /// The connections whose role is assumed from this one.
    pub(super) fn roles_from(&self, id: &str) -> Result<Vec<String>, Problem> {
        let all = self.0.store.connections().all()?;
        let from = |row: &ConnectionRow| row.source.connection_id.as_deref() == Some(id);
        Ok(all.into_iter().filter(from).map(|row| row.name).collect())
    }
}

/// A profile that talks to something else than AWS. Nothing is sent there that a person did not write, and
/// what it gives is no use with AWS.
fn elsewhere(profile: &str, url: &str) -> Problem {
    let (profile, url) = (shown(profile), shown(url));
    Problem::refused_input(
        "endpoint_url",
        format!("Profile `{profile}` is of an endpoint of its own, {url}, not of AWS."),
        format!("Write `{url}` as the endpoint URL if that is meant, or take another profile."),
    )
}

/// IAM is shut to some temporary credentials, whatever their policies say ("Compare AWS STS
/// credentials", IAM User Guide). The caller's ARN does not tell a session of a user with MFA from
/// one without, so that IAM is asked.
pub(super) async fn may_manage_users(
    reached: &Reached,
    caller_arn: &str,
    log: &CallLog,
) -> Result<(), Problem> {
    if !reached.aws.session().is_temporary() {
        return Ok(());
    }
    let arn = Arn::parse("caller_arn", caller_arn)?;
    if arn.service == "sts" && arn.resource.starts_with("federated-user/") {
        return Err(shut_out(
            caller_arn,
            "AWS lets no federation session (GetFederationToken) call IAM",
        ));
    }
    let answer = reached.aws.noted_in(log.clone()).may_call_iam().await;
    match answer {
        Ok(()) => Ok(()),
        Err(error) if error.kind == AwsErrorKind::WrongKey && arn.service == "iam" => {
            Err(shut_out(
                caller_arn,
                "AWS lets a session of a user (GetSessionToken) call IAM only when it was opened \
                 with MFA",
            ))
        }
        Err(error) => Err(error.into()),
    }
}

fn shut_out(caller_arn: &str, why: &str) -> Problem {
    Problem::new(
        Code::Refused,
        format!("These credentials of {caller_arn} cannot manage IAM users: {why}."),
    )
    .with_hint(
        "Use a role, single sign-on, or the user's own key; or open the session with an MFA code.",
    )
    .at("profile")
}

/// A region of the AWS configuration, where it is one.
fn usable(region: Option<String>) -> String {
    region
        .filter(|region| Region::parse("region", region).is_ok())
        .unwrap_or_else(|| DEFAULT_REGION.to_owned())
}

fn typed(text: Option<String>) -> Option<String> {
    let text = text?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn role_arn(text: &str) -> Result<Arn, Problem> {
    let refused = || {
        Problem::refused_input(
            "role_arn",
            "This is not the ARN of an IAM role.",
            "Write for example `arn:aws:iam::123456789012:role/deployer`.",
        )
    };
    let arn = Arn::parse("role_arn", text)?;
    let is_role = arn.service == "iam"
        && arn.account.len() == 12
        && arn
            .resource
            .strip_prefix("role/")
            .is_some_and(|name| !name.is_empty());
    is_role.then_some(arn).ok_or_else(refused)
}

fn external_id(text: String) -> Result<String, Problem> {
    fits(&text, 2, 1_224, "_+=,.@:/-")
        .then_some(text)
        .ok_or_else(|| {
            Problem::refused_input(
                "external_id",
                "An external id is 2 to 1224 letters, digits and `_+=,.@:/-`.",
                "Copy it from the role's trust policy (sts:ExternalId).",
            )
        })
}

fn mfa_serial(text: String) -> Result<String, Problem> {
    fits(&text, 9, 256, "_+=/:,.@-")
        .then_some(text)
        .ok_or_else(|| {
            Problem::refused_input(
                "mfa_serial",
                "A serial number is 9 to 256 letters, digits and `_+=/:,.@-`.",
                "A virtual device's is its ARN: `arn:aws:iam::123456789012:mfa/alice`.",
            )
        })
}

fn session_name(text: String) -> Result<String, Problem> {
    fits(&text, 2, 64, "_+=,.@-")
        .then_some(text)
        .ok_or_else(|| {
            Problem::refused_input(
                "session_name",
                "A session's name is 2 to 64 letters, digits and `_+=,.@-`.",
                "Write for example your own user name.",
            )
        })
}

fn fits(text: &str, least: usize, most: usize, also: &str) -> bool {
    (least..=most).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

fn duration(text: &str) -> Result<i32, Problem> {
    let seconds = Ttl::parse(text)
        .map_err(|problem| problem.at("duration"))?
        .secs();
    let refused = || {
        Problem::refused_input(
            "duration",
            "A role's session lasts 15 minutes to 12 hours.",
            "Write for example `1h`; the role's own maximum and AWS's one hour for a role from \
             another role's session count as well.",
        )
    };
    (SHORTEST_SESSION_S..=LONGEST_SESSION_S)
        .contains(&seconds)
        .then(|| i32::try_from(seconds).ok())
        .flatten()
        .ok_or_else(refused)
}
