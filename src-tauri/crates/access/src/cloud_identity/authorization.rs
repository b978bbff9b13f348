//! The Authorization header of Signature Version 4.

use std::fmt;

use zeroize::Zeroizing;

use crate::reason::{Reason, Refusal};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";

/// What the header says, each part once and in the order that every signer writes.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The access key id.
    pub access_key_id: String,
    /// `20260511`
    pub date: String,
    /// Region of the scope.
    pub region: String,
    /// Service of the scope.
    pub service: String,
    /// Names of the signed headers, sorted.
    pub signed_headers: Vec<String>,
    signature: Zeroizing<String>,
}

impl Authorization {
    /// Reads the header's value. Runs of spaces between the parts do not count: the Python client writes
    /// two after a comma.
    ///
    /// # Errors
    /// What breaks the grammar ("Create a signed AWS API request", add the signature to the request), or
    /// signed headers that are not sorted, lower-case and unique.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let bad = |what: &str| Reason::BadAuthorization.because(what);
        let fields = text
            .strip_prefix(ALGORITHM)
            .filter(|rest| rest.starts_with(' '))
            .ok_or_else(|| bad("the algorithm"))?;
        let mut fields = fields.split(',').map(|field| field.trim_matches(' '));
        let mut next = |name: &str| {
            fields
                .next()
                .and_then(|field| field.strip_prefix(name)?.strip_prefix('='))
                .ok_or_else(|| bad(name))
        };
        let credential = next("Credential")?;
        let signed_headers = next("SignedHeaders")?;
        let signature = next("Signature")?;
        if fields.next().is_some() {
            return Err(bad("something after Signature"));
        }

        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, TERMINATOR] = scope[..] else {
            return Err(bad("the parts of Credential"));
        };
        let key_char = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if access_key_id.is_empty()
            || access_key_id.len() > 128
            || !access_key_id.bytes().all(key_char)
        {
            return Err(bad("the access key id"));
        }
        if date.len() != 8 || !date.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad("the date"));
        }
        if !is_label(region) || !is_label(service) {
            return Err(bad("the region or the service"));
        }
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if signature.len() != 64 || !signature.bytes().all(hex) {
            return Err(bad("the signature"));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: sorted(signed_headers)?,
            signature: Zeroizing::new(signature.to_owned()),
        })
    }

    /// Whether a header is signed, by its lower-case name.
    #[must_use]
    pub fn signs(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == name)
    }

    /// True when the key is one of STS, which comes with a session token.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.access_key_id.starts_with("ASIA")
    }

    /// The header's value, written anew.
    #[must_use]
    pub fn render(&self) -> Zeroizing<String> {
        let Self {
            access_key_id,
            date,
            region,
            service,
            signed_headers,
            signature,
        } = self;
        Zeroizing::new(format!(
            "{ALGORITHM} Credential={access_key_id}/{date}/{region}/{service}/{TERMINATOR}, \
             SignedHeaders={}, Signature={}",
            signed_headers.join(";"),
            signature.as_str()
        ))
    }

    /// The signature, 64 hexadecimal digits.
    pub(crate) fn signature(&self) -> &str {
        &self.signature
    }
}

impl fmt::Debug for Authorization {
    /// Without the signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("access_key_id", &self.access_key_id)
            .field("date", &self.date)
            .field("region", &self.region)
            .field("service", &self.service)
            .field("signed_headers", &self.signed_headers)
            .finish_non_exhaustive()
    }
}

fn sorted(list: &str) -> Result<Vec<String>, Refusal> {
    let names: Vec<&str> = list.split(';').collect();
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let are_names = names
        .iter()
        .all(|name| !name.is_empty() && name.bytes().all(lower));
    if !are_names || !names.is_sorted_by(|a, b| a < b) {
        return Err(Reason::BadSignedHeaders.into());
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn is_label(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.len() <= 32 && text.bytes().all(plain)
}
