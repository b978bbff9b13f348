//! What this computer signs with by itself: the SDK's default chain (environment, profile, single
//! sign-on, web identity, container, instance).

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, error::CredentialsError};
use leasehold_domain::{Code, Problem};

use crate::client::HTTP;

/// Credentials of the default chain, and the region that goes with them.
#[derive(Debug, Clone)]
pub struct Caller {
    /// To sign with. Its `Debug` shows no secret.
    pub credentials: Credentials,
    /// The configured region, if any.
    pub region: Option<String>,
}

/// Asks the default chain, or the named profile.
///
/// # Errors
/// There are no credentials here, or what stands behind them failed.
pub async fn caller(profile: Option<&str>) -> Result<Caller, Problem> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(HTTP.clone());
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let config = loader.load().await;
    let Some(provider) = config.credentials_provider() else {
        return Err(none());
    };
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|error| match error {
            CredentialsError::CredentialsNotLoaded(_) => none(),
            other => Problem::new(
                Code::SourceFailed,
                format!("This computer's AWS credentials could not be had: {other}."),
            )
            .with_hint("`aws sts get-caller-identity` meets the same; log in anew if it says so."),
        })?;
    Ok(Caller {
        credentials,
        region: config.region().map(ToString::to_string),
    })
}

fn none() -> Problem {
    Problem::new(Code::SourceFailed, "There are no AWS credentials here.").with_hint(
        "Set a profile (AWS_PROFILE) or keys in the environment, log in with `aws sso login`, or \
         run this where a role is attached.",
    )
}
