//! A leased key in clear: the one type a secret access key leaves the engine in, and the ways to
//! write it out.

use chrono::{DateTime, SecondsFormat, Utc};
use leasehold_domain::{Code, Problem};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::wire::Format;

/// A leased key. It cannot be serialized and its `Debug` does not show the secret; memory is
/// cleared when it is dropped.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// `AKIA…`
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// Region that formats with a region name.
    pub region: String,
    /// The IAM user.
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
        let text = self.write(format, profile, self.secret_access_key.expose_secret())?;
        Ok(SecretString::from(text.as_str()))
    }

    /// The same text with the secret masked, to be shown.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_masked(&self, format: Format, profile: &str) -> Result<String, Problem> {
        Ok(self.write(format, profile, MASK)?.to_string())
    }

    fn write(
        &self,
        format: Format,
        profile: &str,
        secret: &str,
    ) -> Result<Zeroizing<String>, Problem> {
        let (id, region) = (&self.access_key_id, &self.region);
        // AWS's own alphabets; anything else could be a shell's or a file format's syntax.
        let plain = |text: &str, extra: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
        };
        if !plain(id, "_") || !plain(region, "-") || !(plain(secret, "+/=") || secret == MASK) {
            return Err(Problem::new(
                Code::AwsUnexpected,
                "AWS answered with a key that has characters no AWS key has.",
            )
            .with_hint("Check the connection's endpoint URL, then revoke the lease."));
        }
        let text = match format {
            Format::Process => serde_json::json!({
                "Version": 1, "AccessKeyId": id, "SecretAccessKey": secret,
                "Expiration": self.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            })
            .to_string(),
            Format::Json => serde_json::json!({
                "access_key_id": id, "secret_access_key": secret, "region": region,
                "user_name": self.user_name,
                "expires_at": self.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            })
            .to_string(),
            Format::Bash => lines("export ", "=", "", id, secret, region),
            Format::Dotenv => lines("", "=", "", id, secret, region),
            Format::Fish => lines("set -gx ", " ", "", id, secret, region),
            Format::Powershell => lines("$Env:", " = \"", "\"", id, secret, region),
            Format::Cmd => lines("set ", "=", "", id, secret, region),
            Format::Profile => {
                if profile.is_empty() || !plain(profile, "-_.") {
                    return Err(Problem::refused_input(
                        "profile",
                        "A profile name is made of letters, digits, `-`, `_` and `.`.",
                        "Choose a name such as `s3-upload`.",
                    ));
                }
                format!(
                    "[{profile}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
                     region = {region}\n"
                )
            }
        };
        Ok(Zeroizing::new(text))
    }
}

fn lines(before: &str, between: &str, after: &str, id: &str, secret: &str, region: &str) -> String {
    [
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", region),
    ]
    .iter()
    .map(|(name, value)| format!("{before}{name}{between}{value}{after}\n"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Credentials {
        Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
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
        assert_eq!(
            text(Format::Bash),
            "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n\
             export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n\
             export AWS_REGION=eu-central-1\n"
        );
        assert!(text(Format::Fish).starts_with("set -gx AWS_ACCESS_KEY_ID AKIA"));
        assert!(text(Format::Powershell).starts_with("$Env:AWS_ACCESS_KEY_ID = \"AKIA"));
        assert!(text(Format::Cmd).starts_with("set AWS_ACCESS_KEY_ID=AKIA"));
        assert!(text(Format::Dotenv).starts_with("AWS_ACCESS_KEY_ID=AKIA"));
        assert!(text(Format::Profile).starts_with("[s3]\naws_access_key_id = AKIA"));
        let process: serde_json::Value = serde_json::from_str(&text(Format::Process)).unwrap();
        assert_eq!(process["Version"], 1);
        assert_eq!(process["Expiration"], "2026-11-18T11:06:40Z");
        assert!(process.get("SessionToken").is_none());
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
