//! Why a login is refused: one closed list, told in full to the owner and in few words to the caller.

mod words;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Reasons, as the audit and the owner see them. A code is never renamed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Longer than a cloud identity ever is.
    TooLarge,
    /// Not base64 of the standard alphabet with padding.
    NotBase64,
    /// Not UTF-8 JSON of one object.
    NotJson,
    /// A key of the JSON appears twice.
    DuplicateKey,
    /// A key that a cloud identity does not have.
    UnknownKey,
    /// A key is missing.
    MissingKey,
    /// A value has another type than it should.
    WrongType,
    /// The security token is `null`: the Python library does that with static keys.
    SecurityTokenNull,
    /// The request's method is not `POST`.
    WrongMethod,
    /// The request's URL is more than `https://host/`.
    WrongUrl,
    /// The host is not one of STS.
    UnknownHost,
    /// The body is not the one of `GetCallerIdentity`.
    WrongBody,
    /// A header's name or value is not allowed.
    BadHeader,
    /// A header is there twice, whatever its case.
    DuplicateHeader,
    /// The host header is another host than the URL's.
    HostMismatch,
    /// A header that is needed is missing.
    MissingHeader,
    /// The Authorization header breaks its grammar.
    BadAuthorization,
    /// The list of signed headers is not sorted, lower-case and without duplicates.
    BadSignedHeaders,
    /// A header that must be signed is not.
    HeaderNotSigned,
    /// A header is signed that does not belong to this request.
    UnexpectedSignedHeader,
    /// A header is signed that the cloud identity does not hold.
    SignedHeaderMissing,
    /// Signed for another service than STS.
    WrongService,
    /// The date of the scope and the date of the request differ.
    ScopeDateMismatch,
    /// Signed for another region than the host's.
    RegionMismatch,
    /// Temporary credentials without their session token.
    SessionTokenMissing,
    /// The method asks for the audience header, and it is missing.
    AudienceMissing,
    /// The audience is another vault.
    WrongAudience,
    /// Signed too long ago.
    TooOld,
    /// Signed in the future.
    FromTheFuture,
    /// Used before.
    Replayed,
    /// What was used before could not be looked up or written down.
    SeenUnavailable,
    /// No auth method has this access id.
    UnknownAccessId,
    /// The auth method is switched off.
    MethodDisabled,
    /// The auth method has expired.
    MethodExpired,
    /// The address that the call came from is not bound.
    ClientIpNotBound,
    /// The region that the identity was proved in is not bound.
    RegionNotBound,
    /// STS calls the signature wrong.
    StsSignature,
    /// STS calls the request expired.
    StsRequestExpired,
    /// STS calls the credentials expired.
    StsCredentialsExpired,
    /// STS does not know the access key.
    StsKeyUnknown,
    /// STS refuses in another way.
    StsRefused,
    /// STS throttles or fails; trying again helps.
    StsBusy,
    /// STS could not be reached, or did not answer in time.
    StsUnreachable,
    /// The connection to STS could not be trusted, or led elsewhere.
    StsUntrusted,
    /// STS's answer is not what STS answers.
    StsAnswerInvalid,
    /// The parts of the identity contradict each other.
    IdentityInconsistent,
    /// The account is not bound.
    AccountNotBound,
    /// The ARN is not bound.
    ArnNotBound,
    /// This kind of principal is not bound.
    PrincipalNotBound,
    /// The role's name is not bound.
    RoleNameNotBound,
    /// The role's id is not bound.
    RoleIdNotBound,
    /// The session's name is not bound.
    ResourceIdNotBound,
    /// The user's name is not bound.
    UserNameNotBound,
    /// The user's id is not bound.
    UserIdNotBound,
    /// The owner is asked, and has not answered.
    AskedAndWaiting,
    /// The owner said no when asked.
    AskedAndDenied,
    /// Too many logins.
    RateLimited,
    /// A trusted gateway hands on something else than addresses.
    ForwardingMalformed,
    /// No session has this token: it never was one, or was revoked.
    TokenUnknown,
    /// The token's time is over.
    TokenExpired,
    /// The auth method was changed in a way that ends earlier sessions.
    TokenOutdated,
}

/// What the caller learns. It says nothing about the method's bounds to who is not verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// HTTP status.
    pub status: u16,
    /// A word for programs.
    pub code: &'static str,
    /// A sentence.
    pub message: &'static str,
}

impl Reason {
    /// All of them, in the order in which they are met.
    pub const ALL: [Self; 61] = [
        Self::TooLarge,
        Self::NotBase64,
        Self::NotJson,
        Self::DuplicateKey,
        Self::UnknownKey,
        Self::MissingKey,
        Self::WrongType,
        Self::SecurityTokenNull,
        Self::WrongMethod,
        Self::WrongUrl,
        Self::UnknownHost,
        Self::WrongBody,
        Self::BadHeader,
        Self::DuplicateHeader,
        Self::HostMismatch,
        Self::MissingHeader,
        Self::BadAuthorization,
        Self::BadSignedHeaders,
        Self::HeaderNotSigned,
        Self::UnexpectedSignedHeader,
        Self::SignedHeaderMissing,
        Self::WrongService,
        Self::ScopeDateMismatch,
        Self::RegionMismatch,
        Self::SessionTokenMissing,
        Self::AudienceMissing,
        Self::WrongAudience,
        Self::TooOld,
        Self::FromTheFuture,
        Self::Replayed,
        Self::SeenUnavailable,
        Self::UnknownAccessId,
        Self::MethodDisabled,
        Self::MethodExpired,
        Self::ClientIpNotBound,
        Self::RegionNotBound,
        Self::StsSignature,
        Self::StsRequestExpired,
        Self::StsCredentialsExpired,
        Self::StsKeyUnknown,
        Self::StsRefused,
        Self::StsBusy,
        Self::StsUnreachable,
        Self::StsUntrusted,
        Self::StsAnswerInvalid,
        Self::IdentityInconsistent,
        Self::AccountNotBound,
        Self::ArnNotBound,
        Self::PrincipalNotBound,
        Self::RoleNameNotBound,
        Self::RoleIdNotBound,
        Self::ResourceIdNotBound,
        Self::UserNameNotBound,
        Self::UserIdNotBound,
        Self::AskedAndWaiting,
        Self::AskedAndDenied,
        Self::RateLimited,
        Self::ForwardingMalformed,
        Self::TokenUnknown,
        Self::TokenExpired,
        Self::TokenOutdated,
    ];

    /// The code, as on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        words::of(self).0
    }

    /// The sentence for the owner.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        words::of(self).1
    }

    /// What the caller learns; more when STS has said who it is.
    ///
    /// What is wrong with a cloud identity's form is told as it is: it says nothing that its maker
    /// does not know. Whatever depends on the method is one constant answer until the caller is
    /// verified, so that bounds cannot be explored. Two things a caller must learn to log in at all: that
    /// the method wants an audience, and what STS said about the caller's own credentials. They show
    /// that there is such an access id, which is a name and no secret.
    #[must_use]
    pub fn told(self, verified: bool) -> Told {
        let (code, sentence) = words::of(self);
        let (status, code, message) = match self {
            Self::StsBusy | Self::StsUnreachable | Self::SeenUnavailable => (
                503,
                "try_again",
                "The identity could not be verified just now; try again in a moment.",
            ),
            Self::RateLimited => (429, code, sentence),
            Self::ForwardingMalformed => (400, code, sentence),
            Self::TokenUnknown | Self::TokenExpired | Self::TokenOutdated => (
                401,
                "token_invalid",
                "The token is not, or no longer, valid; log in again.",
            ),
            _ if self.is_form() => (401, code, sentence),
            _ if verified && self.is_bound() => (403, code, sentence),
            _ => (
                401,
                "access_denied",
                "Access is denied. The owner of this vault sees why.",
            ),
        };
        Told {
            status,
            code,
            message,
        }
    }

    /// True when the same cloud identity may be presented again.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Self::StsBusy | Self::StsUnreachable | Self::SeenUnavailable | Self::RateLimited
        )
    }

    /// True for what the cloud identity itself shows, without any method.
    fn is_form(self) -> bool {
        self <= Self::Replayed
            || matches!(
                self,
                Self::StsSignature
                    | Self::StsRequestExpired
                    | Self::StsCredentialsExpired
                    | Self::StsKeyUnknown
            )
    }

    fn is_bound(self) -> bool {
        (Self::AccountNotBound..=Self::AskedAndDenied).contains(&self)
            || matches!(self, Self::ClientIpNotBound | Self::RegionNotBound)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A refusal: the reason, and what the owner should know besides. It never holds a key, a token or a
/// signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// For the owner: which header, which region, how many seconds.
    pub detail: Option<String>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            detail: None,
        }
    }
}

impl Reason {
    /// The refusal with something to add for the owner.
    pub(crate) fn because(self, detail: impl Into<String>) -> Refusal {
        Refusal {
            reason: self,
            detail: Some(detail.into()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.sentence())?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests;
