//! The AWS console as a lease: a link that signs a browser in with what the lease may do.
//!
//! The key of an IAM user cannot be federated itself. A session is made from it
//! (`sts:GetFederationToken`) whose policy allows everything: what it may do is what that *and* the lease's
//! user may do, which is the lease. The lease's guards count for it too, so that it ends with the lease.
//! A lease that has a session token already goes straight to AWS's sign-in.

mod browser;
mod door;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{AwsError, AwsErrorKind, KeySet, Limiter, NewSession, SignIn as Endpoint};
use leasehold_domain::{Code, Credential, LeaseState, Problem, Region};
use leasehold_store::{ConnectionRow, LeaseRow};
use secrecy::SecretString;

use crate::core::Core;
use crate::credentials::Credentials;
use crate::leases::{self, Leases};
use crate::note::Note;
use crate::wire::{ActivityKind, ConsoleView};

pub(crate) use browser::check_browser;
pub use browser::open_in_browser;
pub use door::Door;

/// AWS takes a link for so long ("Enable custom identity broker access to the AWS console").
const LINK_LASTS: TimeDelta = TimeDelta::minutes(15);
/// STS's shortest session, and the longest that the console keeps open.
const SHORTEST_S: i64 = 900;
const LONGEST_S: i64 = 43_200;
/// STS's longest name of a federated user.
const LONGEST_NAME: usize = 32;
/// What a session policy cannot add to, it takes nothing from.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A link that signs a browser in, and what is to be said about it. `Debug` does not show the link.
#[derive(Debug)]
pub struct SignIn {
    /// The link. Whoever has it is signed in.
    pub link: SecretString,
    /// Everything else.
    pub about: ConsoleView,
}

impl Leases<'_> {
    /// A link to the AWS console for an active lease whose key is at hand, at the page of a service where
    /// one is named (`s3`). The activity log says so before it is handed out.
    ///
    /// # Errors
    /// The lease is over or of the practice account, its connection is not AWS itself, its policies do not
    /// allow `sts:GetFederationToken`, or AWS cannot be asked.
    pub async fn console(
        &self,
        id: &str,
        key: &Credentials,
        service: Option<&str>,
    ) -> Result<SignIn, Problem> {
        sign_in(self.0, id, key, service).await
    }
}

async fn sign_in(
    core: &Core,
    id: &str,
    key: &Credentials,
    service: Option<&str>,
) -> Result<SignIn, Problem> {
    let lease = leases::row(core, id)?;
    let connection = core.store.connections().by_id(&lease.connection_id)?;
    let now = core.clock.now() + core.offset_over(&lease.connection_id);
    refuse_what_has_no_console(core, &lease, connection.as_ref(), now)?;
    if lease.access_key_id.as_deref() != Some(&key.access_key_id) {
        return Err(Problem::new(
            Code::Refused,
            "This key is not the one of the lease.",
        ));
    }
    let region = Region::parse("region", &lease.region)?;
    let endpoint = Endpoint::of(&region, core.sign_in.as_deref()).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            format!(
                "The console of partition {} cannot be reached from here.",
                region.partition()
            ),
        )
    })?;
    let destination = destination(&endpoint, &region, service)?;
    let session = match &key.session_token {
        Some(token) => given(key, token),
        None => federated(core, &lease, connection.as_ref(), key, now).await?,
    };
    let link = endpoint.link(&session, &destination).await?;
    // No line, no link.
    let text = format!("A link that signs a browser in to {destination} was made.");
    core.note(Note::new(ActivityKind::ConsoleOpened, text).of_lease(&lease))?;
    let ends = session.ends_at.unwrap_or(lease.expires_at);
    Ok(SignIn {
        link,
        about: ConsoleView {
            lease_id: lease.id.clone(),
            user_name: lease.user_name.clone(),
            account_id: lease.account_id.clone(),
            destination,
            link_until: now + LINK_LASTS,
            session_until: ends.min(lease.expires_at),
            notes: notes(&lease),
        },
    })
}

fn refuse_what_has_no_console(
    core: &Core,
    lease: &LeaseRow,
    connection: Option<&ConnectionRow>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let refused = |why: &str, fix: &str| Err(Problem::new(Code::Refused, why).with_hint(fix));
    if lease.practice {
        return refused(
            "The practice account has no console.",
            "Use a dynamic secret of an AWS account.",
        );
    }
    if lease.state != LeaseState::Active || now >= lease.expires_at || lease.end_asked_at.is_some()
    {
        return refused(
            "The lease is over or about to end.",
            "Generate a new lease.",
        );
    }
    let is_elsewhere = connection.is_some_and(|row| row.endpoint_url.is_some());
    if is_elsewhere && core.sign_in.is_none() {
        return refused(
            "The lease is of an endpoint of its own, whose users AWS's console does not know.",
            "Use a dynamic secret of an AWS account.",
        );
    }
    Ok(())
}

/// `s3` of `eu-central-1`. Nothing but a service of AWS's own console can be named, so that no link leads
/// anywhere else.
fn destination(
    endpoint: &Endpoint,
    region: &Region,
    service: Option<&str>,
) -> Result<String, Problem> {
    let service = service.map(str::trim).filter(|text| !text.is_empty());
    let service = service.unwrap_or("console");
    let fits = service.len() <= 64
        && service
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits {
        return Err(Problem::refused_input(
            "service",
            "A service of the console is named as in its address: letters, digits and `-`.",
            "Write for example s3, ec2 or cloudwatch.",
        ));
    }
    Ok(format!(
        "{}/{service}/home?region={region}",
        endpoint.console
    ))
}

/// The session of a lease that is one itself. AWS makes no session of a session.
fn given(key: &Credentials, token: &SecretString) -> KeySet {
    KeySet {
        access_key_id: key.access_key_id.clone(),
        secret: key.secret_access_key.clone(),
        session_token: Some(token.clone()),
        ends_at: Some(key.expires_at),
    }
}

async fn federated(
    core: &Core,
    lease: &LeaseRow,
    connection: Option<&ConnectionRow>,
    key: &Credentials,
    now: DateTime<Utc>,
) -> Result<KeySet, Problem> {
    let endpoint = match connection {
        Some(row) => core.endpoint(row)?,
        None => leasehold_aws::Endpoint {
            region: lease.region.clone(),
            ..leasehold_aws::Endpoint::default()
        },
    };
    let offset = core.offset_over(&lease.connection_id).num_milliseconds();
    let reached = core.client(
        &key.access_key_id,
        &key.secret_access_key,
        None,
        &endpoint,
        offset,
        Limiter::unshared(),
    );
    let left = (lease.expires_at - now).num_seconds();
    let asked = NewSession {
        name: federated_name(&lease.user_name),
        policy: Some(EVERYTHING.to_owned()),
        // What is too long for the lease is ended by its guards.
        seconds: i32::try_from(left.clamp(SHORTEST_S, LONGEST_S)).unwrap_or(900),
        ..NewSession::default()
    };
    let made = reached.aws.open_federated_session(&asked).await;
    made.map(|made| made.key)
        .map_err(|error| refused(lease, error))
}

/// A user's name is up to 64 characters long, a federated user's up to 32.
fn federated_name(user: &str) -> String {
    user.chars().take(LONGEST_NAME).collect()
}

fn refused(lease: &LeaseRow, error: AwsError) -> Problem {
    match &error.kind {
        AwsErrorKind::Denied { .. } => {
            let statement = serde_json::json!({
                "Effect": "Allow",
                "Action": "sts:GetFederationToken",
                "Resource": format!(
                    "arn:{}:sts::{}:federated-user/*", lease.partition, lease.account_id
                ),
            });
            Problem::new(
                Code::AwsDenied,
                format!(
                    "The lease may not be used in the console: its policies do not allow {}.",
                    error.action
                ),
            )
            .with_hint(format!(
                "Add this statement to an inline policy of `{}`, then generate a new lease: \
                 {statement}",
                lease.secret_name
            ))
        }
        AwsErrorKind::WrongKey => {
            Problem::new(Code::AwsWrongKey, "AWS does not take the key of the lease.")
                .with_hint("A new key takes some seconds to be known everywhere. Try again.")
        }
        _ => error.into(),
    }
}

/// What is different from working with the key itself, and when it ends.
fn notes(lease: &LeaseRow) -> Vec<String> {
    let mut notes = vec!["The console may do what the lease may do, and nothing more.".to_owned()];
    // The console of an IAM user is a federated session as well.
    if !matches!(lease.credential, Credential::AssumedRole { .. }) {
        notes.push(
            "Switching roles does not work from it, nor does anything else of STS; IAM is shut to \
             its API calls."
                .to_owned(),
        );
    }
    notes.push(format!(
        "It ends with the lease, {}, and after 12 hours at the latest.",
        lease.expires_at.format("%Y-%m-%d %H:%M UTC")
    ));
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_a_page_of_the_console_and_nothing_else() {
        let region = Region::parse("region", "eu-central-1").unwrap();
        let endpoint = Endpoint::of(&region, None).unwrap();
        let to = |service| destination(&endpoint, &region, service);
        assert_eq!(
            to(Some(" s3 ")).unwrap(),
            "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"
        );
        assert!(to(None).unwrap().contains("/console/home?"));
        for bad in [
            "//evil.example",
            "s3/../x",
            "s3?a=b",
            "S3",
            "https:",
            "s3 x",
        ] {
            let problem = to(Some(bad)).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("service"), "{bad}");
        }
    }

    #[test]
    fn a_federated_user_is_called_like_the_lease_as_far_as_sts_allows() {
        assert_eq!(federated_name("lh-s3"), "lh-s3");
        assert_eq!(federated_name(&"x".repeat(64)).len(), 32);
    }
}
