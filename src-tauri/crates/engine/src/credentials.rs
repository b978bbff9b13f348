//! A leased key in clear: the one type a secret access key leaves the engine in, and the ways to
//! write it out.

use chrono::{DateTime, SecondsFormat, Utc};
use leasehold_domain::{Code, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::variables::Variables;
use crate::wire::Format;

/// A leased key. It cannot be serialized and its `Debug` does not show the secret; memory is
/// cleared when it is dropped.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// `AKIA…`, or `ASIA…` of a session.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The token without which the key of a session is worth nothing; none of an IAM user.
    pub session_token: Option<SecretString>,
    /// Region that formats with a region name.
    pub region: String,
    /// The IAM user, or the session's name.
    pub user_name: String,
    /// From this moment AWS denies every call.
    pub expires_at: DateTime<Utc>,
}

/// What stands where the secret would be in a masked rendering.
const MASK: &str = "••••••••••••••••";

impl Credentials {
    /// Writes the key out. `profile` names the block of [`Format::Profile`].
    ///
    /// # Errors
    /// The profile name holds characters that would break out of its block.
    pub fn render(&self, format: Format, profile: &str) -> Result<SecretString, Problem> {
        let token = self
            .session_token
            .as_ref()
            .map(|token| token.expose_secret());
        let text = self.write(
            format,
            profile,
            self.secret_access_key.expose_secret(),
            token,
        )?;
        Ok(SecretString::from(text.as_str()))
    }

    /// The same text with the secret masked, to be shown.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_masked(&self, format: Format, profile: &str) -> Result<String, Problem> {
        let token = self.session_token.as_ref().map(|_| MASK);
        Ok(self.write(format, profile, MASK, token)?.to_string())
    }

    /// The environment of a program that is to use this key and no other.
    ///
    /// # Errors
    /// AWS answered with something that no key can be.
    pub fn variables(&self) -> Result<Variables, Problem> {
        let secret = self.secret_access_key.expose_secret();
        let token = self
            .session_token
            .as_ref()
            .map(|token| token.expose_secret());
        self.check(secret, token)?;
        Ok(Variables::of(
            &self.access_key_id,
            secret,
            token,
            &self.region,
        ))
    }

    /// Refuses what could be a shell's or a file format's syntax: AWS's own alphabets have none.
    fn check(&self, secret: &str, token: Option<&str>) -> Result<(), Problem> {
        let is_key = |text: &str| plain(text, "+/=") || text == MASK;
        if plain(&self.access_key_id, "_")
            && plain(&self.region, "-")
            && is_key(secret)
            && token.is_none_or(is_key)
        {
            return Ok(());
        }
        Err(Problem::new(
            Code::AwsUnexpected,
            "AWS answered with a key that has characters no AWS key has.",
        )
        .with_hint("Check the connection's endpoint URL, then revoke the lease."))
    }

    fn write(
        &self,
        format: Format,
        profile: &str,
        secret: &str,
        token: Option<&str>,
    ) -> Result<Zeroizing<String>, Problem> {
        self.check(secret, token)?;
        let (id, region) = (&self.access_key_id, &self.region);
        let variables = || Variables::of(id, secret, token, region);
        let text = match format {
            Format::Process => json(&Process {
                version: 1,
                access_key_id: id,
                secret_access_key: secret,
                session_token: token,
                expiration: self.expiration(),
            })?,
            Format::Json => json(&Plain {
                access_key_id: id,
                secret_access_key: secret,
                session_token: token,
                region,
                user_name: &self.user_name,
                expires_at: self.expiration(),
            })?,
            Format::Bash => variables().bash(),
            Format::Dotenv => variables().dotenv(),
            Format::Fish => variables().fish(),
            Format::Powershell => variables().powershell(),
            Format::Cmd => variables().cmd(),
            Format::Docker => variables().docker(),
            Format::Profile => {
                if profile.is_empty() || !plain(profile, "-_.") {
                    return Err(Problem::refused_input(
                        "profile",
                        "A profile name is made of letters, digits, `-`, `_` and `.`.",
                        "Choose a name such as `s3-upload`.",
                    ));
                }
                let token =
                    token.map(|token| Zeroizing::new(format!("aws_session_token = {token}\n")));
                format!(
                    "[{profile}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
                     {}region = {region}\n",
                    token.as_ref().map_or("", |line| line.as_str())
                )
            }
        };
        Ok(Zeroizing::new(text))
    }

    fn expiration(&self) -> String {
        self.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// The document of `credential_process` (AWS SDKs and Tools Reference Guide, "Process credential
/// provider").
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Process<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    expiration: String,
}

/// The key for programs that read JSON.
#[derive(Serialize)]
struct Plain<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    region: &'a str,
    user_name: &'a str,
    expires_at: String,
}

fn json(document: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(document)
        .map_err(|_| Problem::new(Code::Internal, "The key could not be written as JSON."))
}

fn plain(text: &str, extra: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Credentials {
        Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: None,
            region: "eu-central-1".into(),
            user_name: "lh-s3".into(),
            expires_at: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn every_format_has_its_exact_text() {
        let text = |format| {
            key()
                .render(format, "s3")
                .unwrap()
                .expose_secret()
                .to_owned()
        };
        let cleared = crate::variables::CLEARED.join(" ");
        assert_eq!(
            text(Format::Bash),
            format!(
                "unset {cleared}\n\
                 export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n\
                 export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n\
                 export AWS_REGION=eu-central-1\n\
                 export AWS_DEFAULT_REGION=eu-central-1\n"
            )
        );
        let fish = text(Format::Fish);
        assert!(fish.starts_with(&format!("set -e {cleared}\nset -gx AWS_ACCESS_KEY_ID AKIA")));
        let powershell = text(Format::Powershell);
        assert!(powershell.contains("Env:AWS_SESSION_TOKEN, "));
        assert!(powershell.contains("\n$Env:AWS_ACCESS_KEY_ID = \"AKIAIOSFODNN7EXAMPLE\"\n"));
        let cmd = text(Format::Cmd);
        assert!(cmd.starts_with("set AWS_SESSION_TOKEN=\n"));
        assert!(cmd.contains("\nset AWS_DEFAULT_REGION=eu-central-1\n"));
        assert!(text(Format::Dotenv).starts_with("AWS_ACCESS_KEY_ID=AKIA"));
        assert!(!text(Format::Dotenv).contains("AWS_SESSION_TOKEN"));
        assert_eq!(
            text(Format::Docker),
            "-e AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE \
             -e AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY \
             -e AWS_REGION=eu-central-1 -e AWS_DEFAULT_REGION=eu-central-1\n"
        );
        assert!(text(Format::Profile).starts_with("[s3]\naws_access_key_id = AKIA"));
        let process: serde_json::Value = serde_json::from_str(&text(Format::Process)).unwrap();
        assert_eq!(process["Version"], 1);
        assert_eq!(process["Expiration"], "2026-11-18T11:06:40Z");
        assert!(process.get("SessionToken").is_none());
    }

    fn session() -> Credentials {
        Credentials {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
            session_token: Some(SecretString::from("FwoGZXIvYXdzEXAMPLE/token+==")),
            ..key()
        }
    }

    #[test]
    fn every_format_of_a_session_has_its_token_and_clears_no_token() {
        let all = [
            (Format::Process, "\"SessionToken\":\"FwoG"),
            (Format::Json, "\"session_token\":\"FwoG"),
            (Format::Bash, "\nexport AWS_SESSION_TOKEN=FwoG"),
            (Format::Fish, "\nset -gx AWS_SESSION_TOKEN FwoG"),
            (Format::Powershell, "\n$Env:AWS_SESSION_TOKEN = \"FwoG"),
            (Format::Cmd, "\nset AWS_SESSION_TOKEN=FwoG"),
            (Format::Dotenv, "\nAWS_SESSION_TOKEN=FwoG"),
            (Format::Docker, " -e AWS_SESSION_TOKEN=FwoG"),
            (Format::Profile, "\naws_session_token = FwoG"),
        ];
        for (format, expected) in all {
            let text = session().render(format, "s3").unwrap();
            let text = text.expose_secret();
            assert!(text.contains(expected), "{format:?}: {text}");
            assert!(
                text.matches("SESSION_TOKEN").count() <= 1,
                "{format:?}: {text}"
            );
            let masked = session().render_masked(format, "s3").unwrap();
            assert!(
                !masked.contains("FwoG") && !masked.contains("wJalr"),
                "{masked}"
            );
        }
        let variables = session().variables().unwrap();
        assert!(!variables.cleared.contains(&"AWS_SESSION_TOKEN"));
        assert!(
            key()
                .variables()
                .unwrap()
                .cleared
                .contains(&"AWS_SESSION_TOKEN")
        );
        assert!(!format!("{:?}", session()).contains("FwoG"));
        let hostile = Credentials {
            session_token: Some(SecretString::from("$(reboot)")),
            ..key()
        };
        assert_eq!(
            hostile.render(Format::Bash, "x").unwrap_err().code,
            Code::AwsUnexpected
        );
    }

    #[test]
    fn a_masked_text_holds_no_part_of_the_secret() {
        for format in [Format::Bash, Format::Json, Format::Process, Format::Profile] {
            let text = key().render_masked(format, "s3").unwrap();
            assert!(!text.contains("wJalr") && text.contains(MASK), "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        assert!(!format!("{:?}", key()).contains("wJalr"));
    }

    #[test]
    fn a_profile_name_cannot_break_out_of_its_block() {
        let problem = key().render(Format::Profile, "x]\n[default").unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("profile"));
    }

    #[test]
    fn a_hostile_endpoint_cannot_smuggle_shell_syntax_into_a_key() {
        let mut hostile = key();
        hostile.access_key_id = "AKIA;rm".into();
        assert_eq!(
            hostile.render(Format::Bash, "x").unwrap_err().code,
            Code::AwsUnexpected
        );
        let mut hostile = key();
        hostile.secret_access_key = SecretString::from("$(reboot)");
        assert_eq!(
            hostile.render(Format::Bash, "x").unwrap_err().code,
            Code::AwsUnexpected
        );
    }
}
