//! What is typed to add a connection with an access key, checked before it is sent anywhere.

use leasehold_domain::Problem;
use secrecy::{ExposeSecret, SecretString};

/// Looks at a secret access key without repeating any of it.
pub(crate) fn check_secret(secret: &SecretString) -> Result<(), Problem> {
    let text = secret.expose_secret();
    let fits = (16..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    if fits {
        return Ok(());
    }
    Err(Problem::refused_input(
        "secret_access_key",
        "A secret access key is 16 to 128 characters of `A-Z a-z 0-9 + / =`.",
        "Paste it again, without quotes or spaces; AWS shows it once, when the key is made.",
    ))
}

/// An endpoint that keys may be sent over: HTTPS, or plain HTTP to this computer.
pub(crate) fn endpoint_url(text: &str) -> Result<String, Problem> {
    let refused = |rule: &str, fix: &str| Problem::refused_input("endpoint_url", rule, fix);
    let url = url::Url::parse(text).map_err(|error| {
        refused(
            &format!("This is not a URL: {error}."),
            "Write for example `https://iam.internal.example` or `http://127.0.0.1:4566`.",
        )
    })?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" if url.host().is_some() => {}
        "http" if loopback => {}
        "http" => {
            return Err(refused(
                "Plain HTTP would send new keys over the network in clear.",
                "Use `https://`, or `http://` with an address of this computer.",
            ));
        }
        _ => {
            return Err(refused(
                "An endpoint URL starts with `https://`.",
                "Write for example `https://iam.internal.example`.",
            ));
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "An endpoint URL holds no user name and no password.",
            "Remove what stands before the `@`.",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused(
            "An endpoint URL has no `?` and no `#` part.",
            "Remove everything from the `?` or `#` on.",
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_https_or_on_this_computer() {
        for good in [
            "https://iam.example",
            "http://127.0.0.1:4566",
            "http://[::1]:1/x/",
        ] {
            assert!(endpoint_url(good).is_ok(), "{good}");
        }
        for bad in [
            "iam.example",
            "http://iam.example",
            "http://127.0.0.1.evil.example",
            "ftp://x",
            "https://u:p@x",
            "https://x/?a=b",
            "https://x/#a",
            "file:///etc/passwd",
        ] {
            let problem = endpoint_url(bad).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("endpoint_url"), "{bad}");
            assert!(problem.hint.is_some(), "{bad}");
        }
    }

    #[test]
    fn a_secret_key_is_checked_without_being_repeated() {
        let problem = check_secret(&SecretString::from("has space and $")).unwrap_err();
        assert!(!problem.message.contains("has space"));
        assert!(
            check_secret(&SecretString::from(
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
            ))
            .is_ok()
        );
    }
}
