//! Profiles of the AWS config file whose keys come from `leasehold credentials`. No key is ever
//! written there.

mod file;

use std::path::{Path, PathBuf};

use leasehold_domain::aws_config::{self, Entry, ProfileName, Shell, command_line};
use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::reference::{full_name, resolve};
use crate::wire::{InstalledProfile, RemovedProfile};
use file::ConfigFile;

/// Where AWS's tools keep what they are told.
#[derive(Debug, Clone)]
pub struct AwsFiles {
    /// `~/.aws/config`, or what `AWS_CONFIG_FILE` says.
    pub config: PathBuf,
    /// `~/.aws/credentials`, or what `AWS_SHARED_CREDENTIALS_FILE` says.
    pub credentials: PathBuf,
}

/// A profile that is to be installed.
#[derive(Debug, Clone)]
pub struct ProfileRequest {
    /// The dynamic secret, by any of its names.
    pub secret: String,
    /// The profile's name; the secret's where nothing is said.
    pub profile: Option<String>,
    /// The program that AWS's tools are to call: `leasehold`, by its whole path.
    pub program: PathBuf,
}

/// The profiles that lead to this home.
#[derive(Debug, Clone, Copy)]
pub struct Profiles<'a>(pub(crate) &'a Core);

impl Profiles<'_> {
    /// Writes a profile, or writes it anew. Nothing else in the file changes.
    ///
    /// # Errors
    /// There is no such secret, the name is taken by a profile that is not ours, or the file cannot
    /// be written.
    pub fn install(
        &self,
        request: &ProfileRequest,
        files: &AwsFiles,
    ) -> Result<InstalledProfile, Problem> {
        let keychain = self.0.keychain.kind();
        if keychain == "memory" {
            return Err(Problem::new(
                Code::Refused,
                "A profile cannot use the keychain `memory`: it forgets every key at once.",
            )
            .with_hint("Install it with `--keychain os` or `--keychain file`.")
            .at("keychain"));
        }
        let secret = resolve(&self.0.store, &request.secret)?;
        if secret.deleting {
            return Err(crate::secrets::deleting(&secret));
        }
        let name = ProfileName::parse(request.profile.as_deref().unwrap_or(&secret.name))?;
        let full_name = full_name(&secret);
        let home = std::path::absolute(&self.0.home).map_err(|error| {
            let home = self.0.home.display();
            Problem::new(Code::StoreFailed, format!("Where is {home}? {error}."))
        })?;
        let words = [
            text(&request.program)?,
            "--home".to_owned(),
            text(&home)?,
            "--keychain".to_owned(),
            keychain.to_owned(),
            "credentials".to_owned(),
            full_name.clone(),
            "--format".to_owned(),
            "process".to_owned(),
        ];
        let entry = Entry {
            name: name.clone(),
            command: command_line(&words, Shell::here())?,
            region: secret.region.clone(),
        };
        let is_practice = self.0.connection(&secret.connection_id)?.kind
            == leasehold_store::ConnectionKind::Practice;
        let warnings = warnings(keychain, &name, is_practice, files);
        let file = ConfigFile::at(&files.config)?;
        let written = file.change(|text| aws_config::install(text, &entry))?;
        Ok(InstalledProfile {
            profile: name.as_str().to_owned(),
            file: file.shown(),
            changed: written.changed,
            backup: written.backup,
            secret: full_name,
            command: entry.command,
            region: entry.region,
            warnings,
        })
    }

    /// Takes a profile of ours out. Nothing else in the file changes.
    ///
    /// # Errors
    /// There is no such profile, it is not ours, or the file cannot be written.
    pub fn remove(&self, name: &str, files: &AwsFiles) -> Result<RemovedProfile, Problem> {
        let name = ProfileName::parse(name)?;
        let file = ConfigFile::at(&files.config)?;
        let written = file.change(|text| aws_config::remove(text, &name))?;
        Ok(RemovedProfile {
            profile: name.as_str().to_owned(),
            file: file.shown(),
            backup: written.backup,
        })
    }
}

fn text(path: &Path) -> Result<String, Problem> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            format!(
                "An AWS config file cannot carry {}: it is not Unicode.",
                path.display()
            ),
        )
        .with_hint("Use a folder with another name.")
    })
}

/// What keeps the profile from working as it is thought, although it is written.
fn warnings(
    keychain: &str,
    name: &ProfileName,
    is_practice: bool,
    files: &AwsFiles,
) -> Vec<String> {
    let mut warnings = Vec::new();
    // A file that is not there, or not ours to read, has no say.
    let credentials = std::fs::read(&files.credentials).unwrap_or_default();
    if aws_config::has_section(&credentials, name) {
        warnings.push(format!(
            "{} has keys for the profile `{name}` too, and AWS's tools prefer those.",
            files.credentials.display()
        ));
    }
    if keychain == "file" {
        warnings.push(
            "Programs that use the profile need LEASEHOLD_PASSPHRASE in their environment: nobody \
             is asked for it."
                .to_owned(),
        );
    }
    if is_practice {
        warnings.push(
            "This is a secret of the practice account; AWS does not know its keys.".to_owned(),
        );
    }
    warnings
}
