//! The format of the key file: what is in clear, what is sealed, and how damage is told from a
//! wrong passphrase.
//!
//! ```text
//! magic 8 · version 4 · memory KiB 4 · passes 4 · lanes 4 · salt 16 · nonce 24   the header
//! XChaCha20-Poly1305 of the entries, the header as associated data
//! SHA-256 of everything before: finds damage, protects nothing
//! ```
//! Numbers are little-endian. The entries are names and secrets, each with its length before it.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use leasehold_domain::random_bytes;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"LEASEKEY";
const VERSION: u32 = 1;
const SALT: usize = 16;
const NONCE: usize = 24;
const HEADER: usize = 8 + 4 + 12 + SALT + NONCE;
const TAG: usize = 16;
const CHECKSUM: usize = 32;

/// Entries by name.
pub(crate) type Entries = BTreeMap<String, SecretString>;

/// The derived key.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Why a file cannot be opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsealed {
    /// Not what was written.
    Damaged,
    /// Written by a newer version.
    TooNew,
    /// What was written, with another passphrase.
    WrongKey,
}

/// How the key is derived from the passphrase (argon2id), as the header holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Derivation {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; SALT],
}

impl Derivation {
    /// With a fresh salt: 64 MiB and three passes, the second choice of RFC 9106 with one lane.
    pub(crate) fn fresh() -> Result<Self, String> {
        let mut salt = [0; SALT];
        random_bytes(&mut salt).map_err(|problem| problem.message)?;
        Ok(Self {
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
            salt,
        })
    }

    /// More than any version of ours asks for: a doctored header must not eat the machine.
    fn is_sane(&self) -> bool {
        (8..=1024 * 1024).contains(&self.memory_kib)
            && (1..=64).contains(&self.passes)
            && (1..=16).contains(&self.lanes)
    }

    /// Takes about a tenth of a second, on purpose.
    pub(crate) fn derive(&self, passphrase: &SecretString) -> Result<Key, String> {
        let mut key = Key::default();
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(key.len()))
            .map_err(|error| error.to_string())?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose_secret().as_bytes(), &self.salt, &mut *key)
            .map_err(|error| error.to_string())?;
        Ok(key)
    }
}

/// A file whose form is sound; its content is still sealed.
pub(crate) struct Sealed {
    pub(crate) derivation: Derivation,
    header: Vec<u8>,
    nonce: [u8; NONCE],
    body: Vec<u8>,
}

impl Sealed {
    pub(crate) fn parse(file: &[u8]) -> Result<Self, Unsealed> {
        let content = file.strip_prefix(MAGIC).ok_or(Unsealed::Damaged)?;
        let version = content.first_chunk().ok_or(Unsealed::Damaged)?;
        let checked = file.len().checked_sub(CHECKSUM).ok_or(Unsealed::Damaged)?;
        let (before, checksum) = file.split_at(checked);
        if Sha256::digest(before).as_slice() != checksum {
            return Err(Unsealed::Damaged);
        }
        if u32::from_le_bytes(*version) > VERSION {
            return Err(Unsealed::TooNew);
        }
        let (header, body) = before.split_at_checked(HEADER).ok_or(Unsealed::Damaged)?;
        let mut fields = Fields(&header[MAGIC.len() + 4..]);
        let derivation = Derivation {
            memory_kib: fields.number()?,
            passes: fields.number()?,
            lanes: fields.number()?,
            salt: fields.array()?,
        };
        let nonce = fields.array()?;
        if body.len() < TAG || !derivation.is_sane() {
            return Err(Unsealed::Damaged);
        }
        Ok(Self {
            derivation,
            header: header.to_owned(),
            nonce,
            body: body.to_owned(),
        })
    }

    pub(crate) fn open(mut self, key: &Key) -> Result<Entries, Unsealed> {
        XChaCha20Poly1305::new(&(**key).into())
            .decrypt_in_place(&XNonce::from(self.nonce), &self.header, &mut self.body)
            .map_err(|_| Unsealed::WrongKey)?;
        let plain = Zeroizing::new(self.body);
        let mut fields = Fields(&plain);
        let mut entries = Entries::new();
        while !fields.0.is_empty() {
            let name = fields.text()?.to_owned();
            entries.insert(name, SecretString::from(fields.text()?));
        }
        Ok(entries)
    }
}

/// The bytes of a file with these entries.
pub(crate) fn seal(
    entries: &Entries,
    derivation: &Derivation,
    key: &Key,
) -> Result<Vec<u8>, String> {
    let mut nonce = [0; NONCE];
    random_bytes(&mut nonce).map_err(|problem| problem.message)?;
    let mut file = Vec::with_capacity(HEADER);
    file.extend_from_slice(MAGIC);
    for number in [
        VERSION,
        derivation.memory_kib,
        derivation.passes,
        derivation.lanes,
    ] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&derivation.salt);
    file.extend_from_slice(&nonce);

    let mut body = plain(entries)?;
    XChaCha20Poly1305::new(&(**key).into())
        .encrypt_in_place(&XNonce::from(nonce), &file, &mut *body)
        .map_err(|_| "the entries are too long to be encrypted".to_owned())?;
    file.extend_from_slice(&body);
    let checksum = Sha256::digest(&file);
    file.extend_from_slice(&checksum);
    Ok(file)
}

/// The entries in clear, in a buffer that never moves (so that no copy stays behind) and has room
/// for the tag.
fn plain(entries: &Entries) -> Result<Zeroizing<Vec<u8>>, String> {
    let size = |text: &str| text.len() + 4;
    let length: usize = entries
        .iter()
        .map(|(name, secret)| size(name) + size(secret.expose_secret()))
        .sum();
    let mut plain = Zeroizing::new(Vec::with_capacity(length + TAG));
    for (name, secret) in entries {
        for text in [name.as_str(), secret.expose_secret()] {
            let length = u32::try_from(text.len()).map_err(|error| error.to_string())?;
            plain.extend_from_slice(&length.to_le_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
    }
    Ok(plain)
}

/// Takes fields off the front.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unsealed> {
        let (field, rest) = self.0.split_first_chunk().ok_or(Unsealed::Damaged)?;
        self.0 = rest;
        Ok(*field)
    }

    fn number(&mut self) -> Result<u32, Unsealed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<&'b str, Unsealed> {
        let length = usize::try_from(self.number()?).map_err(|_| Unsealed::Damaged)?;
        let (field, rest) = self.0.split_at_checked(length).ok_or(Unsealed::Damaged)?;
        self.0 = rest;
        std::str::from_utf8(field).map_err(|_| Unsealed::Damaged)
    }
}
