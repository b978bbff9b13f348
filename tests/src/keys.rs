//! Access keys in a test's hands, and AWS's own SDK signing with them: the outside world that judges what Leasehold made.

use std::fmt;
use std::time::Duration;

use anyhow::{Result, anyhow};
use aws_credential_types::Credentials;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::config::timeout::TimeoutConfig;
use aws_sdk_iam::config::{Region, SharedHttpClient};
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::TokioSleep;

use crate::STEP;

/// An access key: its id and its secret, and the token of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// `AKIA…`, or `ASIA…` of a session.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// What the key of a session is worth nothing without.
    pub token: Option<String>,
}

impl Keys {
    /// A key from its two halves, for example as read from the window.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            token: None,
        }
    }

    /// The same with the token of a session, where there is one.
    #[must_use]
    pub fn with_token(self, token: Option<&str>) -> Self {
        let token = token.map(str::to_owned);
        Self { token, ..self }
    }

    /// An IAM client that signs with this key. It never retries.
    #[must_use]
    pub fn iam(&self, endpoint: &str) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version_latest()
            .region(Region::from_static("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(self.credentials())
            .http_client(plain_http())
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::disabled())
            .timeout_config(time_limit());
        aws_sdk_iam::Client::from_conf(config.build())
    }

    /// An STS client that signs with this key. It never retries.
    #[must_use]
    pub fn sts(&self, endpoint: &str) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version_latest()
            .region(Region::from_static("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(self.credentials())
            .http_client(plain_http())
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::disabled())
            .timeout_config(time_limit());
        aws_sdk_sts::Client::from_conf(config.build())
    }

    fn credentials(&self) -> Credentials {
        let token = self.token.clone();
        Credentials::new(&self.id, &self.secret, token, None, "leasehold-tests")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The code AWS refused a call with, such as `AccessDenied`.
///
/// # Errors
/// When the call was not refused, or never got an answer.
pub fn refused<T, E, R>(result: std::result::Result<T, SdkError<E, R>>) -> Result<String>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let Err(error) = result else {
        return Err(anyhow!("the call was allowed"));
    };
    let code = error.code().map(str::to_owned);
    code.ok_or_else(|| anyhow::Error::new(error).context("the call got no answer"))
}

fn plain_http() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

fn time_limit() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_timeout(STEP)
        .build()
}
