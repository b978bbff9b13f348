//! Reads from the Secret Service without ever asking its user anything, and in few round trips.
//!
//! The store that everything else goes through unlocks what is locked, which opens a prompt, and
//! looks at everything several times. Here an item that is locked is an error, and the way to a
//! secret is: connect, agree on a key, search, get. The key is agreed on because whoever listens to
//! the bus would read the secret otherwise.

use std::collections::HashMap;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use hkdf::Hkdf;
use leasehold_domain::random_bytes;
use num_bigint::BigUint;
use secrecy::SecretString;
use sha2::Sha256;
use zbus::blocking::Connection;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::KeychainError;
use crate::secret_service::{ROOT, SERVICE, failed};

/// Diffie-Hellman in the second Oakley group, then HKDF with SHA-256: what the Secret Service API
/// names so, and what every implementation has.
const ALGORITHM: &str = "dh-ietf1024-sha256-aes128-cbc-pkcs7";
const GENERATOR: u8 = 2;
/// RFC 2409, 6.2.
const PRIME: &[u8] = b"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437\
4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";
const PRIME_LENGTH: usize = 128;
/// Three times what the group's strength asks for; a full-length exponent would only take longer.
const EXPONENT: usize = 32;

type AesKey = Zeroizing<[u8; 16]>;

/// A connection to the Secret Service and the key that was agreed on over it.
pub(crate) struct Reader {
    bus: Connection,
    session: OwnedObjectPath,
    key: AesKey,
}

impl Reader {
    pub(crate) fn connect() -> Result<Self, KeychainError> {
        let bus = Connection::session().map_err(|_| KeychainError::NoBus)?;
        let exchange = Exchange::begin()?;
        let ours = Value::from(exchange.public.clone());
        let (theirs, session): (OwnedValue, OwnedObjectPath) =
            call(&bus, ROOT, "Service", "OpenSession", &(ALGORITHM, ours))?;
        let theirs = Vec::<u8>::try_from(theirs).map_err(|_| odd())?;
        let key = exchange.agree(&theirs)?;
        Ok(Self { bus, session, key })
    }

    /// The secret of this name. What is locked stays locked.
    pub(crate) fn get(&self, service: &str, name: &str) -> Result<SecretString, KeychainError> {
        let wanted = HashMap::from([("service", service), ("username", name)]);
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            call(&self.bus, ROOT, "Service", "SearchItems", &(wanted,))?;
        let item = match (open.as_slice(), locked.is_empty()) {
            (_, false) => return Err(KeychainError::Locked),
            ([], true) => return Err(KeychainError::NoEntry),
            ([item], true) => item.as_str(),
            (_, true) => {
                return Err(KeychainError::Failed(
                    "the keyring holds several entries of one name".to_owned(),
                ));
            }
        };
        let (_, iv, sealed, _): (OwnedObjectPath, Vec<u8>, Vec<u8>, String) =
            call(&self.bus, item, "Item", "GetSecret", &(&self.session,))?;
        decrypt(&self.key, &iv, &sealed)
    }
}

fn call<B, T>(
    bus: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<T, KeychainError>
where
    B: serde::Serialize + DynamicType,
    T: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
{
    let interface = format!("org.freedesktop.Secret.{interface}");
    let answer = bus
        .call_method(Some(SERVICE), path, Some(interface.as_str()), method, body)
        .map_err(|error| failed(&error))?;
    answer.body().deserialize().map_err(|error| failed(&error))
}

/// Our half of the agreement.
struct Exchange {
    prime: BigUint,
    private: BigUint,
    public: Vec<u8>,
}

impl Exchange {
    fn begin() -> Result<Self, KeychainError> {
        let prime = BigUint::parse_bytes(PRIME, 16).ok_or_else(odd)?;
        let mut private = Zeroizing::new([0; EXPONENT]);
        random_bytes(&mut *private).map_err(|problem| KeychainError::Failed(problem.message))?;
        let private = BigUint::from_bytes_be(&*private);
        let public = BigUint::from(GENERATOR).modpow(&private, &prime);
        Ok(Self {
            public: public.to_bytes_be(),
            prime,
            private,
        })
    }

    fn agree(&self, theirs: &[u8]) -> Result<AesKey, KeychainError> {
        let theirs = BigUint::from_bytes_be(theirs);
        // A number that leads to a key that everybody knows.
        if theirs <= BigUint::from(1_u8) || theirs >= &self.prime - 1_u8 {
            return Err(odd());
        }
        let mut shared = theirs.modpow(&self.private, &self.prime).to_bytes_be();
        let mut padded = Zeroizing::new([0; PRIME_LENGTH]);
        padded[PRIME_LENGTH - shared.len()..].copy_from_slice(&shared);
        shared.zeroize();
        let mut key = AesKey::default();
        Hkdf::<Sha256>::new(None, &*padded)
            .expand(&[], &mut *key)
            .map_err(|_| odd())?;
        Ok(key)
    }
}

fn decrypt(key: &AesKey, iv: &[u8], sealed: &[u8]) -> Result<SecretString, KeychainError> {
    let cipher = cbc::Decryptor::<aes::Aes128>::new_from_slices(&**key, iv).map_err(|_| odd())?;
    let clear = cipher
        .decrypt_padded_vec::<Pkcs7>(sealed)
        .map_err(|_| odd())?;
    let text = String::from_utf8(clear).map_err(|error| {
        error.into_bytes().zeroize();
        KeychainError::Failed("an entry of the keyring is not text".to_owned())
    })?;
    Ok(SecretString::from(text))
}

fn odd() -> KeychainError {
    KeychainError::Failed("the keyring's answer cannot be understood".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Exchange;

    #[test]
    fn both_sides_agree_on_a_key_and_weak_numbers_are_refused() {
        let (one, other) = (Exchange::begin().unwrap(), Exchange::begin().unwrap());
        assert_eq!(
            one.agree(&other.public).unwrap(),
            other.agree(&one.public).unwrap()
        );
        assert_ne!(one.public, other.public);
        let last = (&one.prime - 1_u8).to_bytes_be();
        for weak in [vec![], vec![0], vec![1], last, one.prime.to_bytes_be()] {
            one.agree(&weak).unwrap_err();
        }
    }
}
