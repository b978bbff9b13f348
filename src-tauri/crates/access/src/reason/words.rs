//! The code and the owner's sentence of every reason.

use super::Reason;

/// The word for programs, and the sentence for the owner.
pub(super) fn of(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::TooLarge => ("too_large", "The cloud identity is longer than 16 KiB."),
        Reason::NotBase64 => (
            "not_base64",
            "The cloud identity, or a part of it, is not base64 with the standard alphabet and padding.",
        ),
        Reason::NotJson => (
            "not_json",
            "The cloud identity, or its headers, is not one JSON object in UTF-8.",
        ),
        Reason::DuplicateKey => (
            "duplicate_key",
            "A key of the cloud identity is there twice.",
        ),
        Reason::UnknownKey => (
            "unknown_key",
            "The cloud identity has a key besides sts_request_method, _url, _body and _headers.",
        ),
        Reason::MissingKey => (
            "missing_key",
            "The cloud identity lacks one of sts_request_method, _url, _body and _headers.",
        ),
        Reason::WrongType => (
            "wrong_type",
            "A value has the wrong type: the four are strings, and each header is a list of one string.",
        ),
        Reason::SecurityTokenNull => (
            "security_token_null",
            "The security token is null. The Python library makes that from static keys, and it can \
             never be verified; use a role's credentials, or another client.",
        ),
        Reason::WrongMethod => ("wrong_method", "The signed request is not a POST."),
        Reason::WrongUrl => (
            "wrong_url",
            "The signed URL is not just https://, a host and a slash.",
        ),
        Reason::UnknownHost => ("unknown_host", "The signed host is not a host of AWS STS."),
        Reason::WrongBody => (
            "wrong_body",
            "The signed body is not Action=GetCallerIdentity&Version=2011-06-15.",
        ),
        Reason::BadHeader => (
            "bad_header",
            "A header's name, value or length is not allowed.",
        ),
        Reason::DuplicateHeader => ("duplicate_header", "A header is there twice."),
        Reason::HostMismatch => (
            "host_mismatch",
            "The host header or the length is not that of the request.",
        ),
        Reason::MissingHeader => ("missing_header", "Authorization or X-Amz-Date is missing."),
        Reason::BadAuthorization => (
            "bad_authorization",
            "The Authorization header is not one of Signature Version 4.",
        ),
        Reason::BadSignedHeaders => (
            "bad_signed_headers",
            "The signed headers are not in order, in lower case and named once.",
        ),
        Reason::HeaderNotSigned => (
            "header_not_signed",
            "The host, the date, the session token or the audience is not signed.",
        ),
        Reason::UnexpectedSignedHeader => (
            "unexpected_signed_header",
            "A header is signed that does not belong to this request.",
        ),
        Reason::SignedHeaderMissing => (
            "signed_header_missing",
            "A header is signed that the cloud identity does not hold.",
        ),
        Reason::WrongService => (
            "wrong_service",
            "The request is signed for another service than sts.",
        ),
        Reason::ScopeDateMismatch => (
            "scope_date_mismatch",
            "The date of the signature's scope is not the date of the request.",
        ),
        Reason::RegionMismatch => (
            "region_mismatch",
            "The request is signed for another region than the host's; the global host wants us-east-1.",
        ),
        Reason::SessionTokenMissing => (
            "session_token_missing",
            "The access key is a temporary one, and its session token is missing.",
        ),
        Reason::AudienceMissing => (
            "audience_missing",
            "This method wants the cloud identity signed for this vault; make it with leasehold \
             get-cloud-identity --audience.",
        ),
        Reason::WrongAudience => (
            "wrong_audience",
            "The cloud identity is signed for another vault.",
        ),
        Reason::TooOld => (
            "too_old",
            "The cloud identity was signed too long ago; make a new one, and look at the clock.",
        ),
        Reason::FromTheFuture => (
            "from_the_future",
            "The cloud identity was signed in the future; put the clock of the caller right.",
        ),
        Reason::Replayed => (
            "replayed",
            "The cloud identity was used before; each is good for one login.",
        ),
        Reason::SeenUnavailable => (
            "seen_unavailable",
            "What was used before could not be looked up, so nothing was accepted.",
        ),
        Reason::UnknownAccessId => ("unknown_access_id", "No auth method has this access id."),
        Reason::MethodDisabled => ("method_disabled", "The auth method is switched off."),
        Reason::MethodExpired => ("method_expired", "The auth method has expired."),
        Reason::ClientIpNotBound => (
            "client_ip_not_bound",
            "The address that the call came from is not among the method's client IPs.",
        ),
        Reason::RegionNotBound => (
            "region_not_bound",
            "The region in which the identity was proved is not among the method's.",
        ),
        Reason::StsSignature => ("sts_signature", "STS calls the signature wrong."),
        Reason::StsRequestExpired => ("sts_request_expired", "STS calls the request expired."),
        Reason::StsCredentialsExpired => (
            "sts_credentials_expired",
            "STS says that the caller's credentials have expired.",
        ),
        Reason::StsKeyUnknown => (
            "sts_key_unknown",
            "STS does not know the caller's access key.",
        ),
        Reason::StsRefused => ("sts_refused", "STS refused the request."),
        Reason::StsBusy => ("sts_busy", "STS is busy or failed; trying again helps."),
        Reason::StsUnreachable => ("sts_unreachable", "STS could not be reached in time."),
        Reason::StsUntrusted => (
            "sts_untrusted",
            "The way to STS could not be trusted: its certificate, its address, or a redirect.",
        ),
        Reason::StsAnswerInvalid => (
            "sts_answer_invalid",
            "What answered as STS did not answer as STS does.",
        ),
        Reason::IdentityInconsistent => (
            "identity_inconsistent",
            "The ARN, the account and the user id that STS gave contradict each other.",
        ),
        Reason::AccountNotBound => (
            "account_not_bound",
            "The account is not among the method's.",
        ),
        Reason::ArnNotBound => ("arn_not_bound", "The ARN matches none of the method's."),
        Reason::PrincipalNotBound => (
            "principal_not_bound",
            "This kind of principal is not among those that the method admits.",
        ),
        Reason::RoleNameNotBound => (
            "role_name_not_bound",
            "The role's name is not among the method's.",
        ),
        Reason::RoleIdNotBound => (
            "role_id_not_bound",
            "The role's id is not among the method's.",
        ),
        Reason::ResourceIdNotBound => (
            "resource_id_not_bound",
            "The session's name is not among the method's resource ids.",
        ),
        Reason::UserNameNotBound => (
            "user_name_not_bound",
            "The user's name is not among the method's.",
        ),
        Reason::UserIdNotBound => (
            "user_id_not_bound",
            "The user's id is not among the method's.",
        ),
        Reason::AskedAndWaiting => (
            "asked_and_waiting",
            "The owner of this vault is asked about you and has not answered; log in again later.",
        ),
        Reason::AskedAndDenied => ("asked_and_denied", "The owner was asked and said no."),
        Reason::RateLimited => ("rate_limited", "Too many logins; wait a moment."),
        Reason::ForwardingMalformed => (
            "forwarding_malformed",
            "The X-Forwarded-For of a trusted gateway holds something else than addresses.",
        ),
        Reason::TokenUnknown => ("token_unknown", "No session has this token."),
        Reason::TokenExpired => ("token_expired", "The token's time is over."),
        Reason::TokenOutdated => (
            "token_outdated",
            "The auth method was changed in a way that ends earlier sessions.",
        ),
    }
}
