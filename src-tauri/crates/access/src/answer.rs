//! What STS answers: read strictly, because whoever can make us believe an answer can be anybody.

mod xml;

use crate::reason::{Reason, Refusal};
use xml::Element;

/// The longest answer that is read.
pub const MAX_ANSWER: usize = 64 * 1024;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// An answer as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsAnswer {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The body; at most [`MAX_ANSWER`] bytes are read.
    pub body: Vec<u8>,
}

/// The caller, in STS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerWords {
    /// The ARN.
    pub arn: String,
    /// The unique id.
    pub user_id: String,
    /// The account.
    pub account: String,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}

impl StsAnswer {
    /// Reads the answer.
    ///
    /// # Errors
    /// What STS says against it, or that this is no answer of STS. Nothing of the body is repeated.
    pub fn read(&self) -> Result<CallerWords, Refusal> {
        match self.status {
            200 => self.caller(),
            300..=399 => Err(Reason::StsUntrusted.because(format!("status {}", self.status))),
            429 | 500..=599 => Err(Reason::StsBusy.because(format!("status {}", self.status))),
            status => Err(self.fault(status)),
        }
    }

    fn caller(&self) -> Result<CallerWords, Refusal> {
        let invalid = |what: &str| Reason::StsAnswerInvalid.because(what);
        self.check_type()?;
        let root = self.tree()?;
        if root.name != "GetCallerIdentityResponse" || root.namespace.as_deref() != Some(NAMESPACE)
        {
            return Err(invalid("the root element"));
        }
        let result = root
            .only("GetCallerIdentityResult")
            .ok_or_else(|| invalid("GetCallerIdentityResult"))?;
        let is_known = |element: &Element| match element.name.as_str() {
            "GetCallerIdentityResult" => true,
            "ResponseMetadata" => element
                .children
                .iter()
                .all(|child| child.name == "RequestId"),
            _ => false,
        };
        if !root.children.iter().all(is_known) {
            return Err(invalid("an element beside the result"));
        }
        let text = |name: &str| {
            result
                .only(name)
                .filter(|element| element.children.is_empty() && !element.text.is_empty())
                .map(|element| element.text.clone())
                .ok_or_else(|| invalid(name))
        };
        let words = CallerWords {
            arn: text("Arn")?,
            user_id: text("UserId")?,
            account: text("Account")?,
            request_id: root
                .only("ResponseMetadata")
                .and_then(|metadata| metadata.only("RequestId"))
                .map(|id| id.text.clone())
                .filter(|id| is_request_id(id)),
        };
        if result.children.len() != 3 {
            return Err(invalid("an element beside Arn, UserId and Account"));
        }
        Ok(words)
    }

    fn check_type(&self) -> Result<(), Refusal> {
        let whole = self.content_type.as_deref().unwrap_or_default();
        let (essence, rest) = whole.split_once(';').unwrap_or((whole, ""));
        let charset = rest.trim().to_ascii_lowercase().replace('"', "");
        let is_xml = essence.trim().eq_ignore_ascii_case("text/xml");
        if is_xml && matches!(charset.as_str(), "" | "charset=utf-8") {
            return Ok(());
        }
        Err(Reason::StsAnswerInvalid.because("the content type"))
    }

    fn tree(&self) -> Result<Element, Refusal> {
        if self.body.len() > MAX_ANSWER {
            return Err(Reason::StsAnswerInvalid.because("the length"));
        }
        std::str::from_utf8(&self.body)
            .ok()
            .and_then(xml::read)
            .ok_or_else(|| Reason::StsAnswerInvalid.because("the XML"))
    }

    /// What an error of STS means ("Common Errors", AWS STS API Reference).
    fn fault(&self, status: u16) -> Refusal {
        let unknown = || Reason::StsRefused.because(format!("status {status}"));
        let Ok(root) = self.tree() else {
            return unknown();
        };
        let Some(error) = root.only("Error").filter(|_| root.name == "ErrorResponse") else {
            return unknown();
        };
        let code = error.only("Code").map_or("", |code| code.text.as_str());
        let message = error
            .only("Message")
            .map_or("", |message| message.text.as_str());
        let reason = match code {
            "SignatureDoesNotMatch" | "RequestExpired"
                if message.starts_with("Signature expired")
                    || message.starts_with("Signature not yet current")
                    || code == "RequestExpired" =>
            {
                Reason::StsRequestExpired
            }
            "SignatureDoesNotMatch" if message.starts_with("Credential should be scoped") => {
                Reason::RegionMismatch
            }
            "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken" => Reason::StsSignature,
            "ExpiredToken" | "ExpiredTokenException" => Reason::StsCredentialsExpired,
            "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" => {
                Reason::StsKeyUnknown
            }
            "Throttling"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "ServiceUnavailable"
            | "InternalFailure" => Reason::StsBusy,
            _ => Reason::StsRefused,
        };
        let plain = !code.is_empty()
            && code.len() <= 64
            && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
        if plain {
            reason.because(code)
        } else {
            unknown()
        }
    }
}

fn is_request_id(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
