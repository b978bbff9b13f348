//! What the practice account holds: users, groups, roles, policies, sessions, and its dice.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::account::iam_arn;
use crate::fault::Fault;

/// Everything the practice account knows. It holds practice keys, so it has no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct State {
    /// The layout of this file.
    pub(crate) format: u32,
    /// How far the practice clock stands ahead of the computer's, in milliseconds.
    pub(crate) clock_offset_ms: i64,
    /// By name in lower case: AWS compares names without case.
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) roles: BTreeMap<String, Role>,
    /// Customer managed policies by ARN.
    pub(crate) policies: BTreeMap<String, Policy>,
    /// Temporary credentials by access key id.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Serial numbers of virtual MFA devices, given to a user or not.
    #[serde(default)]
    pub(crate) virtual_mfa: BTreeSet<String>,
    /// The managing user's key, as it was made for this installation.
    pub(crate) manager_key: (String, String),
    pub(crate) dice: Dice,
    /// Whether something changed that must reach the file.
    #[serde(skip)]
    pub(crate) changed: bool,
    /// Lists give no more than so many at once: "IAM might return fewer results, even when there
    /// are more results available" (API reference).
    #[serde(skip)]
    pub(crate) page_size: Option<usize>,
}

/// The layout that this version writes.
pub(crate) const FORMAT: u32 = 1;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: DateTime<Utc>,
    pub boundary: Option<String>,
    pub tags: Vec<(String, String)>,
    pub inline: BTreeMap<String, String>,
    pub attached: Vec<String>,
    /// Groups by name in lower case.
    pub groups: Vec<String>,
    pub keys: Vec<AccessKey>,
    #[serde(default)]
    pub credentials: Credentials,
}

/// What a user can have besides access keys. No secret of these is kept.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub login: Option<LoginProfile>,
    pub mfa: Vec<MfaDevice>,
    pub ssh_keys: Vec<Credential>,
    pub certificates: Vec<Credential>,
    pub services: Vec<Credential>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LoginProfile {
    pub created: DateTime<Utc>,
    pub reset_required: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct MfaDevice {
    pub serial: String,
    pub enabled: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credential {
    pub id: String,
    pub created: DateTime<Utc>,
    /// The public part, or the service's name.
    pub text: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    pub id: String,
    pub secret: String,
    pub active: bool,
    pub created: DateTime<Utc>,
    pub last_used: Option<LastUse>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LastUse {
    pub at: DateTime<Utc>,
    pub region: String,
    pub service: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: DateTime<Utc>,
    pub inline: BTreeMap<String, String>,
    pub attached: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: DateTime<Utc>,
    pub description: Option<String>,
    pub trust: String,
    /// The unique ids behind the ARNs that the trust names: a user made again under the same
    /// name is another user.
    pub trusted: BTreeMap<String, String>,
    pub max_session: i64,
    pub boundary: Option<String>,
    pub tags: Vec<(String, String)>,
    pub inline: BTreeMap<String, String>,
    pub attached: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub name: String,
    pub path: String,
    pub id: String,
    pub arn: String,
    pub created: DateTime<Utc>,
    pub description: Option<String>,
    pub document: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub secret: String,
    pub token: String,
    pub issued: DateTime<Utc>,
    pub expires: DateTime<Utc>,
    pub kind: SessionKind,
    /// Session policies; `None` when the maker gave none.
    pub policies: Option<Vec<String>>,
    /// Session tags.
    #[serde(default)]
    pub tags: Vec<(String, String)>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum SessionKind {
    /// `AssumeRole`: the role's unique id and the session's name.
    Role { role_id: String, name: String },
    /// `GetFederationToken`: the unique id of the user who made it and the federated name.
    Federated { user_id: String, name: String },
    /// `GetSessionToken`: the user's unique id.
    User { user_id: String },
}

/// A deterministic source of identifiers and secrets, seeded once from the system.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Dice {
    seed: [u8; 32],
    rolls: u64,
    /// Request ids given since the state was read; they need not be remembered.
    #[serde(skip)]
    requests: u64,
}

/// The alphabet of AWS's unique ids (Base32).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The alphabet of secret access keys.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Puts a word that people know into key ids, so that nobody takes them for AWS's.
const PRACTICE: &str = "PRACTICE";

impl Dice {
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            seed,
            rolls: 0,
            requests: 0,
        }
    }

    fn block(&mut self) -> [u8; 32] {
        self.rolls = self.rolls.wrapping_add(1);
        self.hash(b"kept", &self.rolls.to_be_bytes())
    }

    /// What is shown to everybody comes from another stream than what is secret.
    fn hash(&self, stream: &[u8], number: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(stream);
        hash.update(number);
        hash.finalize().into()
    }

    fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        let mut out = String::with_capacity(count);
        while out.len() < count {
            let wanted = count - out.len();
            for byte in self.block().into_iter().take(wanted) {
                // Both alphabets are powers of two long, so every letter is equally likely.
                out.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
            }
        }
        out
    }

    /// A unique id such as `AIDA…`, 21 letters as in AWS.
    pub fn unique_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.letters(BASE32, 17))
    }

    /// An access key id such as `AKIAPRACTICE…`, 20 letters as in AWS.
    pub fn key_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{PRACTICE}{}", self.letters(BASE32, 8))
    }

    /// A secret access key, 40 letters as in AWS.
    pub fn secret(&mut self) -> String {
        self.letters(BASE64, 40)
    }

    /// A session token.
    pub fn token(&mut self) -> String {
        self.letters(BASE64, 180)
    }

    /// A request id in the form of a UUID.
    pub fn request_id(&mut self, now: DateTime<Utc>) -> String {
        self.requests = self.requests.wrapping_add(1);
        let number = format!("{}/{}", now.timestamp_micros(), self.requests);
        let block = self.hash(b"request", number.as_bytes());
        let hex: String = block.iter().take(16).map(|b| format!("{b:02x}")).collect();
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }
}

impl User {
    pub fn arn(&self) -> String {
        iam_arn("user", &self.path, &self.name)
    }
}

impl Group {
    pub fn arn(&self) -> String {
        iam_arn("group", &self.path, &self.name)
    }
}

impl Role {
    pub fn arn(&self) -> String {
        iam_arn("role", &self.path, &self.name)
    }
}

impl State {
    /// A new account: the seeded users, groups and policies, with keys from `seed`.
    #[must_use]
    pub fn fresh(seed: [u8; 32], now: DateTime<Utc>) -> Self {
        crate::seed::fresh(seed, now)
    }

    /// The managing user's access key id and secret.
    #[must_use]
    pub fn manager_key(&self) -> (&str, &str) {
        (&self.manager_key.0, &self.manager_key.1)
    }

    /// Gives the managing user the key it had before.
    pub(crate) fn keep_manager_key(&mut self, before: &Self) {
        self.manager_key.clone_from(&before.manager_key);
        let manager = self.users.get_mut(crate::account::MANAGER_NAME);
        if let Some(key) = manager.and_then(|user| user.keys.first_mut()) {
            (key.id, key.secret) = before.manager_key.clone();
        }
    }

    pub(crate) fn user(&self, name: &str) -> Result<&User, Fault> {
        self.users
            .get(&name.to_ascii_lowercase())
            .ok_or_else(|| Fault::no_name("user", name))
    }

    /// The user, about to be changed.
    pub(crate) fn user_mut(&mut self, name: &str) -> Result<&mut User, Fault> {
        let found = self.users.get_mut(&name.to_ascii_lowercase());
        self.changed |= found.is_some();
        found.ok_or_else(|| Fault::no_name("user", name))
    }

    pub(crate) fn group(&self, name: &str) -> Result<&Group, Fault> {
        self.groups
            .get(&name.to_ascii_lowercase())
            .ok_or_else(|| Fault::no_name("group", name))
    }

    pub(crate) fn group_mut(&mut self, name: &str) -> Result<&mut Group, Fault> {
        let found = self.groups.get_mut(&name.to_ascii_lowercase());
        self.changed |= found.is_some();
        found.ok_or_else(|| Fault::no_name("group", name))
    }

    pub(crate) fn role(&self, name: &str) -> Result<&Role, Fault> {
        self.roles
            .get(&name.to_ascii_lowercase())
            .ok_or_else(|| Fault::no_name("role", name))
    }

    pub(crate) fn role_mut(&mut self, name: &str) -> Result<&mut Role, Fault> {
        let found = self.roles.get_mut(&name.to_ascii_lowercase());
        self.changed |= found.is_some();
        found.ok_or_else(|| Fault::no_name("role", name))
    }

    pub(crate) fn user_by_id(&self, id: &str) -> Option<&User> {
        self.users.values().find(|user| user.id == id)
    }

    pub(crate) fn role_by_id(&self, id: &str) -> Option<&Role> {
        self.roles.values().find(|role| role.id == id)
    }

    /// The user who owns an access key, and the key.
    pub(crate) fn key(&self, id: &str) -> Option<(&User, &AccessKey)> {
        self.users.values().find_map(|user| {
            user.keys
                .iter()
                .find(|key| key.id == id)
                .map(|key| (user, key))
        })
    }

    /// The document of a managed policy, customer's or AWS's.
    pub(crate) fn managed_document(&self, arn: &str) -> Option<&str> {
        self.policies
            .get(arn)
            .map(|policy| policy.document.as_str())
            .or_else(|| crate::aws_managed::find(arn).map(|policy| policy.document))
    }

    /// An access key id that nothing in the account has yet.
    pub(crate) fn new_key_id(&mut self, prefix: &str) -> String {
        loop {
            let id = self.dice.key_id(prefix);
            if self.key(&id).is_none() && !self.sessions.contains_key(&id) {
                return id;
            }
        }
    }
}
