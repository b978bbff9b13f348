//! The signed request judged, and the request to STS made anew from constants and what was signed.

use std::fmt;

use leasehold_domain::Moment;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::cloud_identity::{Authorization, BODY, CloudIdentity, Field, Headers};
use crate::endpoint::{Pinned, StsEndpoint};
use crate::hosts::Hosts;
use crate::reason::{Reason, Refusal};

/// The header in which our own client signs for which vault a cloud identity is.
pub const AUDIENCE_HEADER: &str = "x-leasehold-audience";
/// The header that makes two cloud identities of one second differ. Other clients do not send it, and
/// can log in once per second with the same credentials.
pub const NONCE_HEADER: &str = "x-leasehold-nonce";

const SERVICE: &str = "sts";
const MAX_EXTRA: usize = 128;
/// SHA-256 of [`BODY`].
const BODY_SHA256: &str = "ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843";
/// What clients sign as the body's type; the first one is sent when they sign none.
const CONTENT_TYPES: [&str; 5] = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/x-www-form-urlencoded; charset=UTF-8",
    "application/x-www-form-urlencoded;charset=utf-8",
    "application/x-www-form-urlencoded;charset=UTF-8",
];

/// A header that says for which vault a cloud identity was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// Lower-case name.
    pub header: String,
    /// The vault's own value.
    pub value: String,
}

impl Audience {
    /// Our own header with this vault's value.
    pub fn of(value: impl Into<String>) -> Self {
        Self {
            header: AUDIENCE_HEADER.to_owned(),
            value: value.into(),
        }
    }
}

/// What a signed request is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Hosts of STS.
    pub hosts: &'a Hosts,
    /// Where the method's identities are verified.
    pub endpoint: &'a StsEndpoint,
    /// This vault.
    pub audience: &'a Audience,
    /// Whether a cloud identity for no vault in particular is refused.
    pub audience_required: bool,
}

/// A signed request in which nothing is wrong that can be seen without STS.
#[derive(Debug)]
pub struct SignedRequest {
    /// Who claims to have signed; not yet verified.
    pub access_key_id: String,
    /// Host that it was signed for.
    pub host: String,
    /// Region of the signature.
    pub region: String,
    /// When it was signed, as the signer says.
    pub signed_at: Moment,
    /// True when it was signed for this vault.
    pub has_audience: bool,
    /// Names this cloud identity, and cannot be turned back into it.
    pub fingerprint: [u8; 32],
    pub(crate) relay: StsRequest,
}

/// The request to send: `POST /` with [`BODY`], made of constants and of signed values.
pub struct StsRequest {
    /// Host of AWS to connect to, unless one is pinned; always https and the standard port.
    pub host: String,
    /// The pinned host to connect to instead, with the addresses it may have.
    pub pinned: Option<Pinned>,
    /// All headers by lower-case names, `host` and `content-length` among them.
    pub headers: Vec<(String, Zeroizing<String>)>,
}

impl fmt::Debug for StsRequest {
    /// Without the values of headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("StsRequest")
            .field("host", &self.host)
            .field("pinned", &self.pinned)
            .field("headers", &names)
            .finish()
    }
}

impl SignedRequest {
    /// Judges a decoded cloud identity.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(identity: CloudIdentity, expected: Expected<'_>) -> Result<Self, Refusal> {
        let CloudIdentity {
            origin,
            mut headers,
        } = identity;
        let (host, host_region) = signed_host(&origin, &expected)?;
        let authorization = headers
            .get(Field::AUTHORIZATION)
            .ok_or_else(|| Reason::MissingHeader.because(Field::AUTHORIZATION))?;
        let authorization = Authorization::parse(authorization)?;
        check_scope(&authorization, host_region.as_deref())?;
        let signed_at = signed_at(&headers, &authorization)?;
        check_token(&headers, &authorization)?;
        let has_audience = check_audience(&headers, &authorization, &expected)?;

        let mut relayed = vec![(Field::AUTHORIZATION.to_owned(), authorization.render())];
        for name in [Field::HOST, Field::DATE] {
            if !authorization.signs(name) {
                return Err(Reason::HeaderNotSigned.because(name));
            }
        }
        for name in &authorization.signed_headers {
            let value = signed_value(name, &host, &mut headers, expected.audience)?;
            relayed.push((name.clone(), value));
        }
        // What STS needs and the signer did not sign.
        let length = BODY.len().to_string();
        for (name, value) in [
            (Field::CONTENT_TYPE, CONTENT_TYPES[0]),
            (Field::CONTENT_LENGTH, &length),
        ] {
            if !authorization.signs(name) {
                relayed.push((name.to_owned(), Zeroizing::new(value.to_owned())));
            }
        }
        check_given(&headers, &host)?;
        let pinned = match expected.endpoint {
            StsEndpoint::Pinned(pinned) => Some(pinned.clone()),
            StsEndpoint::Aws | StsEndpoint::OneOfAws(_) => None,
        };
        Ok(Self {
            fingerprint: fingerprint(&authorization, signed_at),
            access_key_id: authorization.access_key_id,
            region: authorization.region,
            signed_at,
            has_audience,
            relay: StsRequest {
                host: host.clone(),
                pinned,
                headers: relayed,
            },
            host,
        })
    }

    /// The request to send.
    #[must_use]
    pub fn relay(&self) -> &StsRequest {
        &self.relay
    }
}

/// The host's name, and the region that signatures for it must name.
fn signed_host(origin: &str, expected: &Expected<'_>) -> Result<(String, Option<String>), Refusal> {
    let refuse = |what: &str| Err(Reason::UnknownHost.because(what));
    if let StsEndpoint::Pinned(pinned) = expected.endpoint
        && origin == pinned.origin()
    {
        return Ok((pinned.authority(), None));
    }
    let Some(host) = origin
        .strip_prefix("https://")
        .and_then(|name| expected.hosts.get(name))
    else {
        return refuse(origin);
    };
    if let StsEndpoint::OneOfAws(only) = expected.endpoint
        && *only != host.name
    {
        return refuse(&format!("{} where the method has {only}", host.name));
    }
    Ok((host.name.clone(), Some(host.region.clone())))
}

fn check_scope(authorization: &Authorization, host_region: Option<&str>) -> Result<(), Refusal> {
    if authorization.service != SERVICE {
        return Err(Reason::WrongService.because(&authorization.service));
    }
    if let Some(region) = host_region
        && region != authorization.region
    {
        let signed = &authorization.region;
        return Err(
            Reason::RegionMismatch.because(format!("{signed} where the host is in {region}"))
        );
    }
    if crate::hosts::partition_of(&authorization.region).is_none() {
        return Err(Reason::RegionMismatch.because("not a region"));
    }
    Ok(())
}

fn signed_at(headers: &Headers, authorization: &Authorization) -> Result<Moment, Refusal> {
    let text = headers
        .get(Field::DATE)
        .ok_or_else(|| Reason::MissingHeader.because(Field::DATE))?;
    let moment = Moment::parse_name(text).ok_or_else(|| Reason::BadHeader.because(Field::DATE))?;
    if !text.starts_with(&authorization.date) {
        return Err(Reason::ScopeDateMismatch.into());
    }
    Ok(moment)
}

fn check_token(headers: &Headers, authorization: &Authorization) -> Result<(), Refusal> {
    match headers.get(Field::TOKEN) {
        Some("") => Err(Reason::BadHeader.because(Field::TOKEN)),
        Some(_) if !authorization.signs(Field::TOKEN) => {
            Err(Reason::HeaderNotSigned.because(Field::TOKEN))
        }
        None if authorization.is_temporary() => Err(Reason::SessionTokenMissing.into()),
        _ => Ok(()),
    }
}

/// True when the audience is this vault. One that is there counts only when it is signed, whether or
/// not the method asks for it: it could have been added by whoever caught the cloud identity.
fn check_audience(
    headers: &Headers,
    authorization: &Authorization,
    expected: &Expected<'_>,
) -> Result<bool, Refusal> {
    let Audience { header, value } = expected.audience;
    match headers.get(header) {
        None if expected.audience_required => Err(Reason::AudienceMissing.into()),
        None => Ok(false),
        Some(_) if !authorization.signs(header) => Err(Reason::HeaderNotSigned.because(header)),
        Some(given) if given != value => Err(Reason::WrongAudience.into()),
        Some(_) => Ok(true),
    }
}

/// The value of a signed header: taken from the cloud identity where it varies, otherwise a constant
/// that what was given must equal.
fn signed_value(
    name: &str,
    host: &str,
    headers: &mut Headers,
    audience: &Audience,
) -> Result<Zeroizing<String>, Refusal> {
    let missing = || Reason::SignedHeaderMissing.because(name);
    let constant = |text: &str| Zeroizing::new(text.to_owned());
    match name {
        Field::HOST => Ok(constant(host)),
        Field::CONTENT_LENGTH => Ok(Zeroizing::new(BODY.len().to_string())),
        Field::CONTENT_SHA256 => Ok(constant(BODY_SHA256)),
        Field::CONTENT_TYPE => {
            let given = headers.get(name).ok_or_else(missing)?;
            let known = CONTENT_TYPES.iter().find(|known| **known == given);
            known
                .map(|known| constant(known))
                .ok_or_else(|| Reason::BadHeader.because(name))
        }
        Field::DATE | Field::TOKEN => headers.take(name).ok_or_else(missing),
        name if name == audience.header => headers.take(name).ok_or_else(missing),
        NONCE_HEADER => {
            let nonce = headers.take(name).ok_or_else(missing)?;
            let plain = nonce.bytes().all(|b| b.is_ascii_alphanumeric());
            if nonce.is_empty() || nonce.len() > MAX_EXTRA || !plain {
                return Err(Reason::BadHeader.because(name));
            }
            Ok(nonce)
        }
        other => Err(Reason::UnexpectedSignedHeader.because(other)),
    }
}

/// What is given of the headers that are not taken over must be right all the same.
fn check_given(headers: &Headers, host: &str) -> Result<(), Refusal> {
    let length = BODY.len().to_string();
    for (name, own) in [
        (Field::HOST, host),
        (Field::CONTENT_LENGTH, &length),
        (Field::CONTENT_SHA256, BODY_SHA256),
    ] {
        if headers.get(name).is_some_and(|given| given != own) {
            return Err(Reason::HostMismatch.because(name));
        }
    }
    Ok(())
}

fn fingerprint(authorization: &Authorization, signed_at: Moment) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(authorization.signature());
    hash.update("\n");
    hash.update(signed_at.name());
    hash.update("\n");
    hash.update(&authorization.access_key_id);
    hash.finalize().into()
}
