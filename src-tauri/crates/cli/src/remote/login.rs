//! Logging in at a gateway: a cloud identity made at that moment, a token that is used until it ends.

use std::path::Path;

use chrono::{DateTime, Utc};
use leasehold_access::Hosts;
use leasehold_access::make::{Extras, Place};
use leasehold_domain::{Code, Problem};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::profile::{Files, Profile};

/// What a login gave.
pub struct LoggedIn {
    /// The token.
    pub token: Zeroizing<String>,
    /// When it ends.
    pub expiration: DateTime<Utc>,
}

/// Somebody who logs in by a profile, again where the token is not good any more.
pub struct Session {
    profile: Profile,
    files: Files,
    token: Option<Zeroizing<String>>,
}

impl Session {
    /// Of the profile of this name.
    pub fn of(home: &Path, name: &str) -> Result<Self, Problem> {
        let files = Files::of(home, name)?;
        let profile = files.read()?;
        let token = files.kept(&profile, Utc::now());
        Ok(Self {
            profile,
            files,
            token: token.map(|kept| Zeroizing::new(kept.token)),
        })
    }

    /// A call with a token. Where the gateway does not take it any more, once with a new one.
    pub async fn call(&mut self, path: &str, mut form: Value) -> Result<Value, Problem> {
        let gateway = self.profile.gateway()?;
        let kept = self.token.clone();
        let had_one = kept.is_some();
        let mut token = match kept {
            Some(token) => token,
            None => self.log_in().await?,
        };
        loop {
            form["token"] = json!(token.as_str());
            let (status, answer) = gateway.post(path, &form).await?;
            if (200..300).contains(&status) {
                return Ok(answer);
            }
            let is_stale = status == 401 && answer["code"] == "token_invalid";
            if is_stale && had_one && self.token.take().is_some() {
                self.files.forget();
                token = self.log_in().await?;
                continue;
            }
            return Err(problem(status, &answer));
        }
    }

    /// Logs in anew, and keeps the token.
    pub async fn log_in(&mut self) -> Result<Zeroizing<String>, Problem> {
        let entered = log_in(&self.profile, None).await?;
        self.files
            .keep(&self.profile, &entered.token, entered.expiration)?;
        self.token = None;
        Ok(entered.token)
    }
}

/// Logs in, with a cloud identity that is given or that is made now.
pub async fn log_in(profile: &Profile, cloud_id: Option<&str>) -> Result<LoggedIn, Problem> {
    let made;
    let cloud_id = match cloud_id {
        Some(given) => given,
        None => {
            made = sign(profile).await?;
            &made
        }
    };
    let form = json!({
        "access-id": profile.access_id,
        "access-type": profile.access_type,
        "cloud-id": cloud_id,
    });
    let (status, answer) = profile.gateway()?.post("/auth", &form).await?;
    if status != 200 {
        return Err(problem(status, &answer));
    }
    let expiration = answer["expiration"].as_str().and_then(|at| at.parse().ok());
    match (answer["token"].as_str(), expiration) {
        (Some(token), Some(expiration)) => Ok(LoggedIn {
            token: Zeroizing::new(token.to_owned()),
            expiration,
        }),
        _ => Err(Problem::new(
            Code::AwsUnexpected,
            "The gateway gave no token, and no reason.",
        )),
    }
}

async fn sign(profile: &Profile) -> Result<Zeroizing<String>, Problem> {
    let caller = leasehold_aws::caller(profile.aws_profile.as_deref()).await?;
    let url = profile.sts_url.as_deref().unwrap_or_default();
    let place = Place::find(&Hosts::of_this_computer(), url, caller.region.as_deref())?;
    let extras = Extras {
        audience: profile.audience.as_deref(),
        // So that two logins of one second are two.
        nonce: true,
    };
    place.sign(&caller.credentials, extras, Utc::now())
}

/// A refusal of the gateway, by the exit code that the same would have here.
pub fn problem(status: u16, answer: &Value) -> Problem {
    let code = match status {
        404 => Code::NotFound,
        423 => Code::KeychainLocked,
        429 | 503 => Code::Busy,
        502 => Code::AwsUnexpected,
        400..=499 => Code::Refused,
        _ => Code::Internal,
    };
    let said = answer["message"].as_str().or(answer["error"].as_str());
    let message = said.unwrap_or("The gateway refused, and did not say why.");
    let problem = Problem::new(code, crate::print::printable(message));
    match answer["hint"].as_str() {
        Some(hint) => problem.with_hint(crate::print::printable(hint)),
        None => problem.with_hint(match status {
            401 => "The owner of the gateway sees in the activity why.",
            423 => "Its owner has to unlock the keyring.",
            429 => "Wait a moment.",
            _ => "`leasehold auth` shows whether you can log in.",
        }),
    }
}
