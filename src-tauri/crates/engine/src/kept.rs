//! Keys kept for re-use: sealed in the store with a data key that only the keychain has.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use leasehold_domain::{Code, Problem};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::core::Core;
use crate::turn::Turn;

/// Where the data key is in the keychain.
pub(crate) const DATA_KEY: &str = "data-key";
const NONCE: usize = 24;
/// How long another process may take to make the data key.
const PATIENCE: Duration = Duration::from_secs(75);

/// What is kept of a key: its id stands in the lease's row.
pub(crate) struct KeptKey {
    pub(crate) secret: SecretString,
    pub(crate) session_token: Option<SecretString>,
}

/// What divides the secret from the token; neither has it. What was sealed before there were tokens is the
/// secret alone.
const BETWEEN: char = '\n';

/// What is sealed of a key.
pub(crate) fn sealed_text(
    secret: &SecretString,
    token: Option<&SecretString>,
) -> Zeroizing<String> {
    let token = token.map_or("", |token| token.expose_secret());
    let mut text = Zeroizing::new(String::with_capacity(
        secret.expose_secret().len() + token.len() + 1,
    ));
    text.push_str(secret.expose_secret());
    if !token.is_empty() {
        text.push(BETWEEN);
        text.push_str(token);
    }
    text
}

/// The data key at work.
pub(crate) struct Sealer(XChaCha20Poly1305);

impl Core {
    /// Seals and keeps a lease's secret.
    pub(crate) async fn keep_key(
        &self,
        lease_id: &str,
        secret: &SecretString,
        token: Option<&SecretString>,
    ) -> Result<(), Problem> {
        let sealed = self.sealer().await?.seal(lease_id, secret, token)?;
        self.store.kept_keys().put(lease_id, &sealed)?;
        Ok(())
    }

    /// What seals keys. Made ready before a key exists, so that none is made that cannot be kept.
    pub(crate) async fn sealer(&self) -> Result<Sealer, Problem> {
        match self.data_key().await {
            Err(problem) if problem.code == Code::KeychainNoEntry => {}
            found => return found.map(Sealer),
        }
        // Two processes that each made one would leave keys sealed that nobody can open.
        let _turn = self.data_key_turn().await?;
        match self.data_key().await {
            Err(problem) if problem.code == Code::KeychainNoEntry => {}
            found => return found.map(Sealer),
        }
        let mut key = Zeroizing::new([0_u8; 32]);
        random(&mut *key)?;
        let text = Zeroizing::new(STANDARD.encode(*key));
        let text = SecretString::from(text.as_str());
        self.keychain_set(DATA_KEY, text).await?;
        Ok(Sealer(XChaCha20Poly1305::new(&Key::from(*key))))
    }

    /// Held by whoever puts a data key into the keychain.
    pub(crate) async fn data_key_turn(&self) -> Result<Turn, Problem> {
        Turn::take(&self.home, DATA_KEY, PATIENCE).await
    }

    /// Opens a kept key. `None` when none is kept.
    pub(crate) async fn kept_key(&self, lease_id: &str) -> Result<Option<KeptKey>, Problem> {
        let Some(sealed) = self.store.kept_keys().get(lease_id)? else {
            return Ok(None);
        };
        let cipher = self.data_key().await?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let payload = Payload {
            msg: sealed,
            aad: lease_id.as_bytes(),
        };
        let clear = cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| damaged())?;
        let clear = Zeroizing::new(String::from_utf8(clear).map_err(|_| damaged())?);
        let (secret, token) = match clear.split_once(BETWEEN) {
            Some((secret, token)) => (secret, Some(SecretString::from(token))),
            None => (clear.as_str(), None),
        };
        Ok(Some(KeptKey {
            secret: SecretString::from(secret),
            session_token: token,
        }))
    }

    async fn data_key(&self) -> Result<XChaCha20Poly1305, Problem> {
        let text = self.keychain_get(DATA_KEY).await?;
        let bytes = STANDARD
            .decode(text.expose_secret())
            .map(Zeroizing::new)
            .ok();
        let key: Option<Zeroizing<[u8; 32]>> = bytes
            .and_then(|b| <[u8; 32]>::try_from(b.as_slice()).ok())
            .map(Zeroizing::new);
        let key = key.ok_or_else(|| {
            Problem::new(
                Code::KeychainFailed,
                "The data key in the keychain is not ours.",
            )
            .with_hint("Remove the keychain entry `data-key` of Leasehold, then try again.")
        })?;
        Ok(XChaCha20Poly1305::new(&Key::from(*key)))
    }
}

impl Sealer {
    /// A sealed secret; the lease's id is bound to it, so that two sealed keys cannot be exchanged
    /// for each other.
    pub(crate) fn seal(
        &self,
        lease_id: &str,
        secret: &SecretString,
        token: Option<&SecretString>,
    ) -> Result<Vec<u8>, Problem> {
        let text = sealed_text(secret, token);
        let mut nonce = [0_u8; NONCE];
        random(&mut nonce)?;
        let payload = Payload {
            msg: text.as_bytes(),
            aad: lease_id.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Problem::new(Code::Internal, "The leased key could not be sealed."))?;
        Ok([&nonce[..], &sealed].concat())
    }
}

fn random(bytes: &mut [u8]) -> Result<(), Problem> {
    getrandom::fill(bytes).map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("The system gave no random bytes: {error}."),
        )
    })
}

/// What is kept cannot be opened: it was sealed with another data key, or changed.
pub(crate) fn damaged() -> Problem {
    Problem::new(
        Code::KeychainFailed,
        "The kept key of this lease cannot be opened.",
    )
    .with_hint("Issue a new lease; this one still ends on time.")
}
