//! The keys that a home needs, and where they are. Never the keys themselves.

use schemars::JsonSchema;
use serde::Serialize;

use super::KeychainView;

/// The keychain and what it holds for this home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeysView {
    /// The keychain that was chosen.
    pub keychain: KeychainView,
    /// Every key that this home needs.
    pub keys: Vec<KeyView>,
}

/// What became of keys on their way from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeysMoved {
    /// The encrypted file.
    pub file: String,
    /// The keychain that was chosen.
    pub keychain: KeychainView,
    /// Every key that this home needs.
    pub keys: Vec<KeyView>,
}

/// A key that a home needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyView {
    /// `connection` for the managing key of one; `data_key` for the key that seals leased keys which
    /// are kept for re-use.
    pub key: String,
    /// The connection it belongs to.
    pub connection: Option<String>,
    /// The id of the access key, which is no secret.
    pub access_key_id: Option<String>,
    /// Where it is.
    pub state: KeyState,
}

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// In the keychain.
    Present,
    /// In the keychain, and in the file just the same.
    Same,
    /// Nowhere, and something needs it.
    Missing,
    /// Nowhere, and nothing has needed it yet.
    NotMade,
    /// The keychain could not be read.
    Unknown,
    /// It was written to the file.
    Exported,
    /// It was read from the file into the keychain.
    Imported,
    /// The same, in the place of another.
    Replaced,
}
