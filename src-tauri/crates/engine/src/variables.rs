//! The environment variables through which AWS's own programs and SDKs take a key, and those that
//! would get in its way.

use zeroize::Zeroizing;

/// What would make a program use another key than the one it is given, or send something along that
/// does not belong to it: a session token of another key, a profile, another provider of keys, the
/// end of another key's time.
///
/// `AWS_CREDENTIAL_EXPIRATION` is cleared and never set: a lease can be renewed while the key stays
/// the same, and botocore refuses to use a key past the moment it was told first.
pub(crate) const CLEARED: &[&str] = &[
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// What is Leasehold's own and no business of a program that it starts.
pub const OURS: &[&str] = &[
    "LEASEHOLD_PASSPHRASE",
    "LEASEHOLD_PASSPHRASE_FD",
    "LEASEHOLD_EXPORT_PASSPHRASE",
    "LEASEHOLD_EXPORT_PASSPHRASE_FD",
];

const TOKEN: &str = "AWS_SESSION_TOKEN";

/// The environment of a program that is to use one key and no other.
pub struct Variables {
    /// Names and values to set, a secret among them.
    pub set: Vec<(&'static str, Zeroizing<String>)>,
    /// Names to take away.
    pub cleared: Vec<&'static str>,
}

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variables").finish_non_exhaustive()
    }
}

impl Variables {
    /// The key and its region. Both region names are set: SDKs read `AWS_REGION`, botocore reads
    /// `AWS_DEFAULT_REGION`. The token of a session is set where another key's would be cleared.
    pub(crate) fn of(id: &str, secret: &str, token: Option<&str>, region: &str) -> Self {
        let text = |text: &str| Zeroizing::new(text.to_owned());
        let mut set = vec![
            ("AWS_ACCESS_KEY_ID", text(id)),
            ("AWS_SECRET_ACCESS_KEY", text(secret)),
        ];
        set.extend(token.map(|token| (TOKEN, text(token))));
        set.push(("AWS_REGION", text(region)));
        set.push(("AWS_DEFAULT_REGION", text(region)));
        let cleared = match token {
            Some(_) => CLEARED
                .iter()
                .copied()
                .filter(|name| *name != TOKEN)
                .collect(),
            None => CLEARED.to_vec(),
        };
        Self { set, cleared }
    }

    /// Lines for a POSIX shell.
    pub(crate) fn bash(&self) -> String {
        format!(
            "unset {}\n{}",
            self.cleared.join(" "),
            self.lines("export ", "=", "")
        )
    }

    /// Options of `docker run`, on one line; a container starts with no other key, so there is
    /// nothing to clear.
    pub(crate) fn docker(&self) -> String {
        let options: Vec<_> = self
            .set
            .iter()
            .map(|(name, value)| Zeroizing::new(format!("-e {name}={}", value.as_str())))
            .collect();
        let mut line = String::with_capacity(256);
        for option in &options {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(option);
        }
        line.push('\n');
        line
    }

    /// Lines for fish.
    pub(crate) fn fish(&self) -> String {
        format!(
            "set -e {}\n{}",
            self.cleared.join(" "),
            self.lines("set -gx ", " ", "")
        )
    }

    /// Lines for PowerShell.
    pub(crate) fn powershell(&self) -> String {
        let cleared: Vec<_> = self
            .cleared
            .iter()
            .map(|name| format!("Env:{name}"))
            .collect();
        format!(
            "Remove-Item -ErrorAction SilentlyContinue -Path {}\n{}",
            cleared.join(", "),
            self.lines("$Env:", " = \"", "\"")
        )
    }

    /// Lines for Windows' command interpreter, where an empty value takes a variable away.
    pub(crate) fn cmd(&self) -> String {
        let cleared: String = self
            .cleared
            .iter()
            .map(|name| format!("set {name}=\n"))
            .collect();
        format!("{cleared}{}", self.lines("set ", "=", ""))
    }

    /// Lines for an `.env` file. It cannot take a variable away, and an empty value is not the same
    /// everywhere.
    pub(crate) fn dotenv(&self) -> String {
        self.lines("", "=", "")
    }

    fn lines(&self, before: &str, between: &str, after: &str) -> String {
        self.set
            .iter()
            .map(|(name, value)| format!("{before}{name}{between}{}{after}\n", value.as_str()))
            .collect()
    }
}
