//! Profiles of gateways: where one is, and by which auth method to log in. No secret is in them; the token
//! that a login gave is kept beside, for its user alone, until it ends.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_access::AccessId;
use leasehold_domain::{Code, Problem, Slug, clip};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::http::Gateway;
use crate::args::ConfigureArgs;

const FOLDER: &str = "profiles";
/// A token that ends sooner is not worth a call.
const LEAST: TimeDelta = TimeDelta::seconds(20);

/// How to log in at a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The auth method.
    pub access_id: String,
    /// `aws_iam`
    pub access_type: String,
    /// Where the gateway is.
    pub gateway_url: String,
    /// SHA-256 of its certificate.
    pub gateway_cert: Option<String>,
    /// A profile of the AWS configuration.
    pub aws_profile: Option<String>,
    /// The STS that the method names.
    pub sts_url: Option<String>,
    /// The vault that the method asks to be signed for.
    pub audience: Option<String>,
}

/// What a login gave.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The token.
    pub token: String,
    /// When it ends.
    pub expiration: DateTime<Utc>,
    access_id: String,
    gateway_url: String,
}

/// The files of one profile.
pub struct Files {
    profile: PathBuf,
    token: PathBuf,
    name: String,
}

impl Profile {
    /// What `configure` was asked for.
    pub fn of(asked: ConfigureArgs) -> Result<Self, Problem> {
        let profile = Self {
            access_id: AccessId::parse("access_id", &asked.access_id)?
                .as_str()
                .to_owned(),
            access_type: asked.access_type,
            gateway_url: asked.gateway_url.trim().to_owned(),
            gateway_cert: asked.gateway_cert,
            aws_profile: asked.aws_profile,
            sts_url: asked.sts_url,
            audience: asked.audience,
        };
        profile.gateway()?;
        Ok(profile)
    }

    /// The way to its gateway.
    pub fn gateway(&self) -> Result<Gateway, Problem> {
        Gateway::parse(&self.gateway_url, self.gateway_cert.as_deref())
    }
}

impl Files {
    /// Of the profile of this name.
    pub fn of(home: &Path, name: &str) -> Result<Self, Problem> {
        let name = Slug::parse("profile", name)?.to_string();
        let folder = home.join(FOLDER);
        Ok(Self {
            profile: folder.join(format!("{name}.json")),
            token: folder.join(format!("{name}.token")),
            name,
        })
    }

    /// The profile, as it was configured.
    pub fn read(&self) -> Result<Profile, Problem> {
        let text = match fs::read_to_string(&self.profile) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Problem::new(
                    Code::NotFound,
                    format!(
                        "There is no profile `{}` of a gateway.",
                        clip(&self.name, 60)
                    ),
                )
                .with_hint("Make it with `leasehold configure --profile NAME --access-id …`.")
                .at("profile"));
            }
            Err(error) => return Err(self.failed("read", &error)),
        };
        serde_json::from_str(&text).map_err(|error| {
            Problem::new(
                Code::InvalidInput,
                format!("{} is not a profile: {error}.", self.profile.display()),
            )
            .with_hint("Configure it anew.")
        })
    }

    /// Keeps a profile; a token from before is forgotten.
    pub fn write(&self, profile: &Profile) -> Result<(), Problem> {
        let text = serde_json::to_string_pretty(profile).unwrap_or_default();
        self.put(&self.profile, text.as_bytes())?;
        self.forget();
        Ok(())
    }

    /// The token of an earlier login, if it is good for this profile and for a while.
    pub fn kept(&self, profile: &Profile, now: DateTime<Utc>) -> Option<Kept> {
        let text = Zeroizing::new(fs::read_to_string(&self.token).ok()?);
        let kept: Kept = serde_json::from_str(&text).ok()?;
        let is_of_it =
            kept.access_id == profile.access_id && kept.gateway_url == profile.gateway_url;
        (is_of_it && kept.expiration - now > LEAST).then_some(kept)
    }

    /// Keeps the token of a login.
    pub fn keep(
        &self,
        profile: &Profile,
        token: &str,
        expiration: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let kept = Kept {
            token: token.to_owned(),
            expiration,
            access_id: profile.access_id.clone(),
            gateway_url: profile.gateway_url.clone(),
        };
        let text = Zeroizing::new(serde_json::to_string(&kept).unwrap_or_default());
        self.put(&self.token, text.as_bytes())
    }

    /// Forgets the token.
    pub fn forget(&self) {
        // One that is not there is forgotten.
        let _ = fs::remove_file(&self.token);
    }

    /// Writes a file whole, for its user alone.
    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), Problem> {
        let folder = path.parent().unwrap_or(path);
        let written = private_folder(folder).and_then(|()| write_whole(path, bytes));
        written.map_err(|error| self.failed("written", &error))
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Problem {
        Problem::new(
            Code::StoreFailed,
            format!("The profile `{}` cannot be {what}: {error}.", self.name),
        )
        .with_hint("Check that the home folder belongs to your user.")
    }
}

/// Writes a file whole, for its user alone; whoever reads meanwhile reads the old one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    // One of a process that was killed and had our number, as the only one of a container has each time.
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let done = written.and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
