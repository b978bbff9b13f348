//! Where a connection's keys come from, beside a profile: the keychain, and the session of a role.

use leasehold_aws::{Aws, AwsError, Fetching, KeySet, RoleRequest, Source, Want};
use leasehold_domain::{Code, Problem};
use leasehold_keychain::Keychain;
use leasehold_store::{ConnectionRow, Store};
use secrecy::SecretString;

use crate::core::{blocking, keychain_name};

/// How long a role's session lasts where nobody says.
pub(crate) const SESSION_S: i32 = 3_600;

/// The field that a wrong MFA code is reported at.
pub(crate) const MFA_CODE: &str = "mfa_code";
/// What STS says of a code that it does not take; it says nothing of why.
const WRONG_CODE: &str = "invalid MFA one time pass code";
/// What it says of a device that is not the caller's.
const WRONG_DEVICE: &str = "unable to validate MFA code";

/// A key that does not end by itself.
pub(crate) fn lasting(access_key_id: String, secret: SecretString) -> KeySet {
    KeySet {
        access_key_id,
        secret,
        session_token: None,
        ends_at: None,
    }
}

/// The managing key that the state names and the keychain holds. Another process may rotate it.
#[derive(Debug)]
pub(crate) struct StoredKey {
    store: Store,
    keychain: Keychain,
    connection_id: String,
}

impl StoredKey {
    pub(crate) fn new(store: Store, keychain: Keychain, connection_id: String) -> Self {
        Self {
            store,
            keychain,
            connection_id,
        }
    }

    /// Reads it without holding up the runtime: the keychain may wait for a person.
    pub(crate) async fn read(&self) -> Result<KeySet, Problem> {
        let row = self.row()?;
        self.read_of(&row).await
    }

    fn row(&self) -> Result<ConnectionRow, Problem> {
        let row = self.store.connections().by_id(&self.connection_id)?;
        row.ok_or_else(|| Problem::new(Code::NotFound, "This connection was removed."))
    }

    async fn read_of(&self, row: &ConnectionRow) -> Result<KeySet, Problem> {
        let id = row.access_key_id.clone().ok_or_else(|| {
            Problem::new(
                Code::Internal,
                format!("Connection `{}` has no access key id.", row.name),
            )
        })?;
        let (keychain, entry) = (self.keychain.clone(), keychain_name(row));
        let secret = blocking(move || keychain.get(&entry)).await?;
        Ok(lasting(id, secret))
    }

    async fn other_than(&self, refused: Option<&str>) -> Result<KeySet, Problem> {
        let row = self.row()?;
        if refused.is_some() && row.access_key_id.as_deref() == refused {
            return Err(Problem::new(
                Code::AwsWrongKey,
                format!("AWS does not take the key of connection `{}`.", row.name),
            ));
        }
        self.read_of(&row).await
    }
}

impl Source for StoredKey {
    fn fetch<'a>(&'a self, want: Want<'a>) -> Fetching<'a> {
        Box::pin(self.other_than(want.refused))
    }
}

/// Sessions of a role. They are kept in memory, until they end or the process does.
#[derive(Debug)]
pub(crate) struct RoleOf {
    connection: String,
    from: Aws,
    role: RoleRequest,
}

impl RoleOf {
    pub(crate) fn new(connection: &ConnectionRow, from: Aws, installation: &str) -> Self {
        let source = &connection.source;
        let session_name = source.session_name.clone();
        Self {
            connection: connection.name.clone(),
            from,
            role: RoleRequest {
                role_arn: source.role_arn.clone().unwrap_or_default(),
                session_name: session_name.unwrap_or_else(|| format!("leasehold-{installation}")),
                seconds: source.session_s.unwrap_or(SESSION_S),
                external_id: source.external_id.clone(),
                mfa_serial: source.mfa_serial.clone(),
            },
        }
    }

    async fn assume(&self, code: Option<&str>) -> Result<KeySet, Problem> {
        let serial = self.role.mfa_serial.as_deref().filter(|_| code.is_none());
        if let Some(serial) = serial {
            return Err(Problem::new(
                Code::LoginNeeded,
                format!(
                    "The role of connection `{}` needs a code of the MFA device {serial}.",
                    self.connection
                ),
            )
            .with_hint(format!(
                "Check the connection in the window, or run `leasehold connection check {}` in a \
                 terminal: it asks for the code. A session lasts as long as the program that \
                 opened it, at most {} minutes.",
                self.connection,
                self.role.seconds / 60
            )));
        }
        let answer = self.from.assume_role(&self.role, code).await;
        answer.map_err(|error| self.refused(error, code.is_some()))
    }

    /// AWS does not say what of a trust policy was not met.
    fn refused(&self, error: AwsError, with_code: bool) -> Problem {
        if error.message.contains(WRONG_CODE) {
            return Problem::new(Code::AwsDenied, "AWS did not take this code.")
                .with_hint(
                    "Type the one that the device shows now. Each works once, for half a minute.",
                )
                .at(MFA_CODE);
        }
        if error.message.contains(WRONG_DEVICE) {
            let serial = self.role.mfa_serial.as_deref().unwrap_or_default();
            return Problem::new(
                Code::AwsDenied,
                format!("AWS knows no MFA device {serial} of the user who assumes this role."),
            )
            .with_hint("Compare the serial number with the user's security credentials in IAM.")
            .at("mfa_serial");
        }
        let problem = Problem::from(error);
        if problem.code != Code::AwsDenied {
            return problem;
        }
        let mut may_be = vec![format!(
            "that the trust policy of {} names the caller, and that the caller may call \
             sts:AssumeRole on it",
            self.role.role_arn
        )];
        may_be.push(match &self.role.external_id {
            Some(_) => "that the external id is the one the trust policy asks for".to_owned(),
            None => "whether the trust policy asks for an external id (`--external-id`)".to_owned(),
        });
        may_be.push(match with_code {
            true => "that the code was the present one; each works once".to_owned(),
            false => "whether it asks for MFA (`--mfa-serial`)".to_owned(),
        });
        problem.with_hint(format!("Check {}.", may_be.join("; ")))
    }
}

impl Source for RoleOf {
    fn fetch<'a>(&'a self, want: Want<'a>) -> Fetching<'a> {
        Box::pin(self.assume(want.code))
    }

    fn mfa_serial(&self) -> Option<&str> {
        self.role.mfa_serial.as_deref()
    }
}
