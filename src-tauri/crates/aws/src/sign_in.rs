//! AWS's sign-in: from a session to a link that signs a browser in ("Enable custom identity broker access
//! to the AWS console", IAM User Guide).
//!
//! The session goes out in the query of one `GET`, as AWS documents the call: over TLS, past every log of
//! ours, without a redirect, and no longer than the answer is small.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use leasehold_domain::{Code, Problem, Region};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::session::KeySet;

/// From the name to the last byte.
const PATIENCE: Duration = Duration::from_secs(15);
/// A sign-in token is some hundred characters, AWS's longest error page some thousand.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Where a region's console is signed in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// `https://signin.aws.amazon.com/federation`
    pub federation: String,
    /// `https://us-east-1.console.aws.amazon.com`
    pub console: String,
    /// The federation endpoint is not AWS's own.
    own: bool,
}

impl SignIn {
    /// AWS's own endpoint for this region's partition; `base` replaces it. Nothing where the partition has
    /// no console that can be reached from here.
    #[must_use]
    pub fn of(region: &Region, base: Option<&str>) -> Option<Self> {
        let (signin, console) = match region.partition() {
            "aws" => ("signin.aws.amazon.com".to_owned(), "console.aws.amazon.com"),
            "aws-cn" => ("signin.amazonaws.cn".to_owned(), "console.amazonaws.cn"),
            "aws-us-gov" => (
                "signin.amazonaws-us-gov.com".to_owned(),
                "console.amazonaws-us-gov.com",
            ),
            // Its sign-in is regional. The AWS CLI (`aws console`) and the rules of AWS's SDKs for Sign-In have
            // this host; the User Guide names none for federation, and nobody here has tried it.
            "aws-eusc" => (
                format!("{region}.signin.amazonaws-eusc.eu"),
                "console.amazonaws-eusc.eu",
            ),
            _ => return None,
        };
        Some(Self {
            federation: match base {
                Some(base) => format!("{}/federation", base.trim_end_matches('/')),
                None => format!("https://{signin}/federation"),
            },
            console: format!("https://{region}.{console}"),
            own: base.is_some(),
        })
    }

    /// A link that signs a browser in with this session and goes on to `destination`. AWS takes it once,
    /// within 15 minutes. It is a secret: whoever has it is signed in.
    ///
    /// # Errors
    /// AWS does not take the session, or cannot be asked.
    pub async fn link(&self, session: &KeySet, destination: &str) -> Result<SecretString, Problem> {
        let token = timeout(PATIENCE, self.token(session))
            .await
            .unwrap_or_else(|_| Err(unreachable("it did not answer in time")))?;
        let encode =
            |text: &str| Zeroizing::new(byte_serialize(text.as_bytes()).collect::<String>());
        let link = Zeroizing::new(format!(
            "{}?Action=login&Destination={}&SigninToken={}",
            self.federation,
            *encode(destination),
            *encode(token.expose_secret()),
        ));
        Ok(SecretString::from(link.as_str()))
    }

    async fn token(&self, session: &KeySet) -> Result<SecretString, Problem> {
        let uri = self.question(session);
        let mut request = HttpRequest::new(SdkBody::empty());
        request
            .set_uri(uri.as_str())
            .map_err(|_| unexpected("its address cannot be written"))?;
        let builder = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        let connector = match self.own {
            true => builder.build(),
            false => builder.proxy_config(ProxyConfig::from_env()).build(),
        };
        // What the connector says may name the address, which holds the session.
        let answer = connector
            .call(request)
            .await
            .map_err(|_| unreachable("no connection"))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), LONGEST_ANSWER)
            .collect()
            .await
            .map_err(|error| match error.is::<LengthLimitError>() {
                true => unexpected("its answer is too long"),
                false => unreachable("the connection broke"),
            })?;
        match status {
            200 => token_in(&body.to_bytes()),
            400..=499 => Err(Problem::new(
                Code::AwsDenied,
                format!("AWS's sign-in does not take this session (HTTP {status})."),
            )
            .with_hint(
                "A key or session that was made a moment ago may not be known everywhere yet: try \
                 again in some seconds.",
            )),
            500..=599 => Err(unreachable(&format!("HTTP {status}"))),
            _ => Err(unexpected(&format!("HTTP {status}"))),
        }
    }

    fn question(&self, session: &KeySet) -> Zeroizing<String> {
        let token = session.session_token.as_ref();
        // The alphabets of keys and tokens need no escapes in JSON; what does is no key.
        let json = Zeroizing::new(format!(
            r#"{{"sessionId":"{}","sessionKey":"{}","sessionToken":"{}"}}"#,
            session.access_key_id,
            session.secret.expose_secret(),
            token.map(ExposeSecret::expose_secret).unwrap_or_default(),
        ));
        let json = Zeroizing::new(byte_serialize(json.as_bytes()).collect::<String>());
        Zeroizing::new(format!(
            "{}?Action=getSigninToken&Session={}",
            self.federation, *json
        ))
    }
}

/// `{"SigninToken":"…"}`
fn token_in(body: &[u8]) -> Result<SecretString, Problem> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let token = text
        .split_once(r#""SigninToken""#)
        .and_then(|(_, rest)| rest.trim_start().strip_prefix(':'))
        .and_then(|rest| rest.trim_start().strip_prefix('"'))
        .and_then(|rest| rest.split('"').next())
        .filter(|token| is_token(token));
    token
        .map(SecretString::from)
        .ok_or_else(|| unexpected("its answer holds no sign-in token"))
}

/// Base64 and URL-safe characters, and not a sentence.
fn is_token(text: &str) -> bool {
    (16..=16_384).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.~+/=%".contains(&b))
}

fn unreachable(why: &str) -> Problem {
    Problem::new(
        Code::AwsUnreachable,
        format!("AWS's sign-in could not be reached: {why}."),
    )
    .with_hint("Check the network, then try again.")
}

fn unexpected(why: &str) -> Problem {
    Problem::new(
        Code::AwsUnexpected,
        format!("AWS's sign-in answered something unforeseen: {why}."),
    )
    .with_hint("Try again; if it stays so, sign in to the console in another way.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(region: &str) -> Option<SignIn> {
        SignIn::of(&Region::parse("region", region).unwrap(), None)
    }

    #[test]
    fn each_partition_has_its_own_sign_in_and_console() {
        for (region, federation, console) in [
            (
                "eu-central-1",
                "https://signin.aws.amazon.com/federation",
                "https://eu-central-1.console.aws.amazon.com",
            ),
            (
                "cn-north-1",
                "https://signin.amazonaws.cn/federation",
                "https://cn-north-1.console.amazonaws.cn",
            ),
            (
                "us-gov-west-1",
                "https://signin.amazonaws-us-gov.com/federation",
                "https://us-gov-west-1.console.amazonaws-us-gov.com",
            ),
            (
                "eusc-de-east-1",
                "https://eusc-de-east-1.signin.amazonaws-eusc.eu/federation",
                "https://eusc-de-east-1.console.amazonaws-eusc.eu",
            ),
        ] {
            let found = of(region).unwrap();
            assert_eq!((&*found.federation, &*found.console), (federation, console));
        }
        assert_eq!(of("us-iso-east-1"), None, "nobody reaches it from here");
    }

    #[test]
    fn the_session_goes_out_as_aws_documents_it_and_nothing_else() {
        let session = KeySet {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
            secret: SecretString::from("a/b+c="),
            session_token: Some(SecretString::from("t/o+k=")),
            ends_at: None,
        };
        let question = of("us-east-1").unwrap().question(&session);
        let url = url::Url::parse(&question).unwrap();
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs[0], ("Action".into(), "getSigninToken".into()));
        assert_eq!(
            pairs[1].1,
            r#"{"sessionId":"ASIAIOSFODNN7EXAMPLE","sessionKey":"a/b+c=","sessionToken":"t/o+k="}"#
        );
        assert_eq!(pairs.len(), 2, "a duration is refused for federated users");
    }

    #[test]
    fn only_a_token_is_taken_for_one() {
        let token = |text: &str| token_in(text.as_bytes()).map(|t| t.expose_secret().to_owned());
        let long = "VCQgs5qZZt3Q6fn8Tr5EXAMPLETOKEN";
        assert_eq!(
            token(&format!(r#"{{"SigninToken" : "{long}"}}"#)).unwrap(),
            long
        );
        for bad in [
            "",
            "{}",
            "<html>SigninToken</html>",
            r#"{"SigninToken":"short"}"#,
            r#"{"SigninToken":"https://evil.example/?aaaaaaaaaaaa"}"#,
            r#"{"SigninToken":["VCQgs5qZZt3Q6fn8Tr5EXAMPLETOKEN"]}"#,
        ] {
            let problem = token(bad).unwrap_err();
            assert_eq!(problem.code, Code::AwsUnexpected, "{bad}");
        }
    }
}
