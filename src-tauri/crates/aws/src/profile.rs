//! A named profile of the AWS configuration: single sign-on, `credential_process`, role chains, web
//! identity, whatever the official `aws-config` resolves. What it gives is never stored.

use std::collections::HashSet;
use std::error::Error;

use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_sts::config::Region;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::os_shim_internal::{Env, Fs};
use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Problem};
use secrecy::SecretString;

use crate::client::{Aws, Endpoint, HTTP};
use crate::clock::{AwsTime, ClockOffset};
use crate::limiter::Limiter;
use crate::session::{Fetching, KeySet, Source, Want};
use crate::text;

/// Where the keys of a profile begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Beginning {
    /// An access key in the configuration or the credentials file.
    Key,
    /// Single sign-on: the account and the permission set, where they are named.
    SingleSignOn {
        /// Its account.
        account_id: Option<String>,
        /// Its permission set.
        role: Option<String>,
    },
    /// A log-in of the console, `aws login`.
    ConsoleLogin,
    /// A program.
    Process,
    /// A web identity token in a file.
    WebIdentity,
    /// The metadata of the machine or container.
    Machine,
    /// Nothing that gives a key.
    #[default]
    Nothing,
}

/// What the configuration says of a profile, without anything being asked or run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileFacts {
    /// Where the chain begins.
    pub beginning: Beginning,
    /// The profile that it begins at, where it is another one.
    pub begins_at: Option<String>,
    /// The roles that are assumed from there, the last one first.
    pub roles: Vec<String>,
    /// Its region.
    pub region: Option<String>,
    /// The profile at the beginning of its chain that a person logs in to, and how.
    pub login: Option<Login>,
    /// The program at the beginning of its chain, where there is one. Its arguments may be secret.
    pub process: Option<String>,
    /// A profile of the chain that asks for an MFA code.
    pub mfa: Option<Mfa>,
    /// What it would talk to instead of AWS.
    pub endpoint_url: Option<String>,
}

/// How a person logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The profile to name.
    pub profile: String,
    /// `aws sso login`, or `aws login` for a session of the console.
    pub command: &'static str,
}

impl Login {
    /// The command to type, with the name in quotes where a shell would take it apart.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} --profile {}", self.command, word(&self.profile))
    }
}

/// A profile with `mfa_serial`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mfa {
    /// Its name.
    pub profile: String,
    /// The device.
    pub serial: String,
    /// Its role.
    pub role_arn: String,
    /// Where it takes its first credentials from.
    pub source: Option<String>,
}

/// Looks a profile up, where the AWS CLI and the SDKs do: `AWS_CONFIG_FILE` and
/// `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws`.
///
/// # Errors
/// The files cannot be read, there is none of that name, or nobody is there to resolve it.
pub async fn profile(name: &str) -> Result<ProfileFacts, Problem> {
    let profiles = load(name).await?;
    if profiles.get_profile(name).is_none() {
        return Err(unknown(name, &profiles));
    }
    let facts = facts_of(&profiles, name);
    refuse_what_cannot_work(name, &facts)?;
    Ok(facts)
}

/// All profiles, by name, and what each resolves to; with the reason where it cannot be used. Nothing is
/// asked or run.
///
/// # Errors
/// The files cannot be read.
pub async fn profiles() -> Result<Vec<(String, ProfileFacts, Option<Problem>)>, Problem> {
    let profiles = load("default").await?;
    let mut all: Vec<_> = profiles
        .profiles()
        .map(|name| {
            let facts = facts_of(&profiles, name);
            let problem = refuse_what_cannot_work(name, &facts).err();
            (name.to_owned(), facts, problem)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}

fn facts_of(profiles: &ProfileSet, name: &str) -> ProfileFacts {
    let own = |key: &str| Some(profiles.get_profile(name)?.get(key)?.to_owned());
    ProfileFacts {
        region: own("region"),
        endpoint_url: own("endpoint_url"),
        ..walk(profiles, name)
    }
}

async fn load(name: &str) -> Result<ProfileSet, Problem> {
    let files = EnvConfigFiles::default();
    aws_config::profile::load(
        &Fs::real(),
        &Env::real(),
        &files,
        Some(name.to_owned().into()),
    )
    .await
    .map_err(|error| {
        let said = chain(&error);
        Problem::new(
            Code::SourceFailed,
            format!("The AWS configuration cannot be read: {said}."),
        )
        .with_hint("Mend the file; `aws configure list-profiles` reads the same one.")
        .at("profile")
    })
}

fn unknown(name: &str, profiles: &ProfileSet) -> Problem {
    let mut names: Vec<_> = profiles.profiles().map(str::to_owned).collect();
    names.sort();
    let more = names.len().saturating_sub(12);
    names.truncate(12);
    let hint = match (names.is_empty(), more) {
        (true, _) => "No profile is configured here: `aws configure sso` makes one.".to_owned(),
        (false, 0) => format!("There are: {}.", names.join(", ")),
        (false, more) => format!("There are {} and {more} more.", names.join(", ")),
    };
    Problem::new(
        Code::NotFound,
        format!(
            "The AWS configuration has no profile `{}`.",
            text::message(name)
        ),
    )
    .with_hint(hint)
    .at("profile")
}

/// Follows `source_profile` to where the first credentials come from.
fn walk(profiles: &ProfileSet, first: &str) -> ProfileFacts {
    let mut facts = ProfileFacts::default();
    let mut seen = HashSet::new();
    let mut next = Some(first.to_owned());
    while let Some(name) = next.take().filter(|name| seen.insert(name.clone())) {
        let Some(section) = profiles.get_profile(&name) else {
            break;
        };
        let role = section.get("role_arn");
        facts.roles.extend(role.map(str::to_owned));
        if let (Some(serial), Some(role)) = (section.get("mfa_serial"), role) {
            facts.mfa = Some(Mfa {
                profile: name.clone(),
                serial: serial.to_owned(),
                role_arn: role.to_owned(),
                source: section.get("source_profile").map(str::to_owned),
            });
        }
        // A profile may be its own source: then its own key is the beginning.
        let source = section.get("source_profile").filter(|_| role.is_some());
        if let Some(source) = source.filter(|source| *source != name) {
            next = Some(source.to_owned());
            continue;
        }
        let command = match section {
            s if s.get("sso_session").is_some() || s.get("sso_start_url").is_some() => {
                Some("aws sso login")
            }
            s if s.get("login_session").is_some() => Some("aws login"),
            _ => None,
        };
        facts.login = command.map(|command| Login {
            profile: name.clone(),
            command,
        });
        facts.process = section.get("credential_process").and_then(program);
        facts.beginning = beginning(section);
        facts.begins_at = (name != first).then_some(name);
    }
    facts
}

fn beginning(section: &Profile) -> Beginning {
    let says = |key: &str| section.get(key).is_some();
    let text = |key: &str| section.get(key).map(str::to_owned);
    match () {
        () if says("web_identity_token_file") => Beginning::WebIdentity,
        () if says("sso_session") || says("sso_start_url") => Beginning::SingleSignOn {
            account_id: text("sso_account_id"),
            role: text("sso_role_name"),
        },
        () if says("login_session") => Beginning::ConsoleLogin,
        () if says("aws_access_key_id") => Beginning::Key,
        () if says("credential_process") => Beginning::Process,
        () if says("credential_source") => Beginning::Machine,
        () => Beginning::Nothing,
    }
}

/// The file name of the program that a `credential_process` line runs.
fn program(line: &str) -> Option<String> {
    let line = line.trim_start();
    let first = match line.strip_prefix('"') {
        Some(rest) => rest.split('"').next()?,
        None => line.split_whitespace().next()?,
    };
    let name = first.rsplit(['/', '\\']).next()?;
    Some(name.trim_end_matches(".exe").to_owned())
}

fn refuse_what_cannot_work(name: &str, facts: &ProfileFacts) -> Result<(), Problem> {
    if facts.process.as_deref() == Some("leasehold") {
        return Err(Problem::new(
            Code::Refused,
            format!("Profile `{name}` gets its key from a lease of Leasehold's own."),
        )
        .with_hint(
            "A lease cannot look after leases: use a profile that does not depend on Leasehold.",
        )
        .at("profile"));
    }
    let Some(mfa) = &facts.mfa else {
        return Ok(());
    };
    let from = match &mfa.source {
        Some(source) => format!(" --from {}", word(source)),
        None => String::new(),
    };
    Err(Problem::new(
        Code::Refused,
        format!(
            "Profile `{}` asks for a code of the MFA device {}, which a profile cannot be given.",
            mfa.profile, mfa.serial
        ),
    )
    .with_hint(format!(
        "Add the role itself: `--role-arn {}{from} --mfa-serial {}`.",
        word(&mfa.role_arn),
        word(&mfa.serial)
    ))
    .at("profile"))
}

/// What the configuration says, as one word of a command that a person may copy: in quotes where a shell
/// would see more in it, and without what no terminal should be sent.
fn word(text: &str) -> String {
    let text = text::message(text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text,
        false if cfg!(windows) => format!("\"{}\"", text.replace('"', "")),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// A profile as a source of keys.
///
/// It is resolved anew each time, so that a changed configuration counts from the next key on; the
/// account must stay the same.
#[derive(Debug)]
pub struct ProfileSource {
    name: String,
    endpoint: Endpoint,
    clock: ClockOffset,
    account_id: Option<String>,
}

impl ProfileSource {
    /// The profile of this name. `account_id`, where it is known, is the account that its keys must
    /// belong to.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        endpoint: Endpoint,
        clock: ClockOffset,
        account_id: Option<String>,
    ) -> Self {
        Self {
            name: name.into(),
            endpoint,
            clock,
            account_id,
        }
    }

    async fn resolve(&self) -> Result<KeySet, Problem> {
        let facts = profile(&self.name).await.map_err(|problem| {
            // Somebody who uses the connection asked for nothing by this name.
            let field = None;
            match problem.code {
                Code::NotFound => Problem {
                    code: Code::SourceFailed,
                    field,
                    ..problem
                },
                _ => Problem { field, ..problem },
            }
        })?;
        let http = self.endpoint.http.clone();
        let config = ProviderConfig::without_region()
            .with_region(Some(Region::new(self.endpoint.region.clone())))
            .with_time_source(AwsTime(self.clock.clone()))
            .with_http_client(http.unwrap_or_else(|| HTTP.clone()));
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(&config)
            .profile_name(&self.name)
            .build();
        let given = provider
            .provide_credentials()
            .await
            .map_err(|error| self.failed(&facts, &error))?;
        let key = KeySet {
            access_key_id: given.access_key_id().to_owned(),
            secret: SecretString::from(given.secret_access_key()),
            session_token: given.session_token().map(SecretString::from),
            ends_at: given.expiry().map(DateTime::<Utc>::from),
        };
        self.check_account(&key).await?;
        Ok(key)
    }

    /// Whoever edits the configuration may point the profile at another account: leases are never
    /// made or ended there by mistake.
    async fn check_account(&self, key: &KeySet) -> Result<(), Problem> {
        let Some(expected) = &self.account_id else {
            return Ok(());
        };
        let aws = Aws::new(
            &key.access_key_id,
            &key.secret,
            key.session_token.as_ref(),
            &self.endpoint,
            self.clock.clone(),
            Limiter::unshared(),
        );
        let caller = aws.caller_identity().await?;
        if caller.account == *expected {
            return Ok(());
        }
        Err(Problem::new(
            Code::AwsForeign,
            format!(
                "AWS profile `{}` now leads to account {}, not {expected}.",
                self.name, caller.account
            ),
        )
        .with_hint("Put the profile right, or add the other account as a connection of its own."))
    }

    fn failed(&self, facts: &ProfileFacts, error: &CredentialsError) -> Problem {
        let name = &self.name;
        let said = chain(error);
        let is_network = ["dispatch failure", "timeout", "timed out", "connect error"]
            .iter()
            .any(|word| said.contains(word));
        if is_network {
            return Problem::new(
                Code::AwsUnreachable,
                format!("AWS could not be reached for profile `{name}`: {said}."),
            )
            .with_hint("Check the network, then try again.");
        }
        // What the log-in does not give is not mended by another log-in.
        let is_denied = said.contains("ForbiddenException") || said.contains("AccessDenied");
        let is_mended = !is_denied && !is_refused_by_sts(error);
        if let Some(login) = facts.login.as_ref().filter(|_| is_mended) {
            return Problem::new(
                Code::LoginNeeded,
                format!("The log-in behind AWS profile `{name}` has ended: {said}."),
            )
            .with_hint(format!("Run `{}`.", login.line()));
        }
        let (code, hint) = match denied_by_sts(error) {
            true => (
                Code::AwsDenied,
                "Check who may assume the role (its trust policy, an external id) and that the \
                 source may call sts:AssumeRole."
                    .to_owned(),
            ),
            false => (
                Code::SourceFailed,
                format!(
                    "`aws sts get-caller-identity --profile {}` shows what the AWS CLI says.",
                    word(name)
                ),
            ),
        };
        Problem::new(
            code,
            format!("AWS profile `{name}` gave no credentials: {said}."),
        )
        .with_hint(hint)
    }
}

impl Source for ProfileSource {
    fn fetch<'a>(&'a self, _: Want<'a>) -> Fetching<'a> {
        Box::pin(self.resolve())
    }
}

/// What STS said, if it was STS.
fn of_sts<'a>(error: &'a (dyn Error + 'static)) -> Option<(&'a str, &'a str)> {
    fn parts<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<(&str, &str)> {
        Some((error.code()?, error.message().unwrap_or_default()))
    }
    if let Some(error) = error.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
        return parts(error);
    }
    error
        .downcast_ref::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>()
        .and_then(parts)
}

fn denied_by_sts(error: &CredentialsError) -> bool {
    causes(error).any(|error| of_sts(error).is_some_and(|(code, _)| code == "AccessDenied"))
}

/// STS took the key that the log-in gave, and refused the role for another reason.
fn is_refused_by_sts(error: &CredentialsError) -> bool {
    const OF_THE_KEY: [&str; 3] = ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient"];
    let is_of_the_key = |code: &str| OF_THE_KEY.iter().any(|start| code.starts_with(start));
    causes(error).any(|error| of_sts(error).is_some_and(|(code, _)| !is_of_the_key(code)))
}

fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> + 'a {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        (*error).source()
    })
}

/// What the causes say, without repetitions and without what a service error says of itself.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in causes(error) {
        if let Some((code, message)) = of_sts(error) {
            said.push(text::message(&format!("{code}: {message}")));
            break;
        }
        let text = text::message(&error.to_string());
        let text = text.trim_end_matches('.');
        let is_empty_talk = [
            "",
            "service error",
            "an error occurred while loading credentials",
            "unhandled error",
        ]
        .contains(&text);
        if !is_empty_talk && said.iter().all(|earlier| !earlier.contains(text)) {
            said.push(text.to_owned());
        }
    }
    text::message(said.join(": ").trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    #[test]
    fn the_program_of_a_credential_process_is_found_whatever_its_quotes() {
        let found = |line| program(line).unwrap_or_default();
        assert_eq!(found("/usr/bin/leasehold credentials x"), "leasehold");
        assert_eq!(
            found(r#""C:\Program Files\Leasehold\leasehold.exe" credentials x"#),
            "leasehold"
        );
        assert_eq!(found("  aws-vault export dev"), "aws-vault");
        assert_eq!(found(""), "");
    }

    /// What STS answers to the role of a profile that somebody logged in to.
    fn refused(code: &str) -> Problem {
        let source = ProfileSource::new("ops", Endpoint::default(), ClockOffset::default(), None);
        let login = Login {
            profile: "corp sso".into(),
            command: "aws sso login",
        };
        let facts = ProfileFacts {
            login: Some(login),
            ..ProfileFacts::default()
        };
        let said = ErrorMetadata::builder().code(code).message("no").build();
        let answer = HttpResponse::new(400_u16.try_into().unwrap(), SdkBody::empty());
        let error = SdkError::service_error(AssumeRoleError::generic(said), answer);
        source.failed(&facts, &CredentialsError::provider_error(error))
    }

    #[test]
    fn a_log_in_is_asked_for_where_it_mends_something_and_by_the_exact_command() {
        for ended in [
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
        ] {
            let problem = refused(ended);
            assert_eq!(problem.code, Code::LoginNeeded, "{ended}");
            #[cfg(not(windows))]
            assert_eq!(
                problem.hint.as_deref(),
                Some("Run `aws sso login --profile 'corp sso'`.")
            );
        }
        assert_eq!(refused("AccessDenied").code, Code::AwsDenied);
        // The role's longest session is shorter than what the profile asks for.
        assert_eq!(refused("ValidationError").code, Code::SourceFailed);
    }

    #[cfg(not(windows))]
    #[test]
    fn what_the_configuration_says_is_one_word_of_a_command() {
        let login = |profile: &str| {
            let command = "aws sso login";
            let profile = profile.to_owned();
            Login { profile, command }.line()
        };
        for (name, line) in [
            ("dev", "aws sso login --profile dev"),
            ("acme/dev.eu@1", "aws sso login --profile acme/dev.eu@1"),
            ("my dev", "aws sso login --profile 'my dev'"),
            ("x; rm -rf ~", "aws sso login --profile 'x; rm -rf ~'"),
            ("$(x)`y`", "aws sso login --profile '$(x)`y`'"),
            ("it's", r"aws sso login --profile 'it'\''s'"),
            ("a\u{1b}[31mb", "aws sso login --profile 'a [31mb'"),
            ("", "aws sso login --profile ''"),
        ] {
            assert_eq!(login(name), line);
        }
    }
}
