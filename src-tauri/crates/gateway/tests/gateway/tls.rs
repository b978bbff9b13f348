//! The gateway's own certificate: made once, and never anew because the keychain has a bad day.

use leasehold_domain::{Code, Problem};
use leasehold_engine::{Engine, KeychainChoice};
use leasehold_gateway::{Gateway, Listen, Options};
use secrecy::SecretString;

use crate::house::open;

async fn fingerprint(engine: &Engine) -> Result<String, Problem> {
    let options = Options {
        listen: vec![Listen::parse("listen", "127.0.0.1:0").unwrap()],
        own_tls: true,
        ..Options::default()
    };
    let gateway = Gateway::open(engine, options).await?;
    Ok(gateway.fingerprint().unwrap())
}

#[tokio::test]
async fn a_certificate_of_its_own_stays_the_same_and_no_failure_makes_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let with = |passphrase: &str| {
        let choice = KeychainChoice::File {
            path: file.clone(),
            passphrase: SecretString::from(passphrase),
        };
        open(folder.path(), choice)
    };
    let first = fingerprint(&with("right")).await.unwrap();
    assert_eq!(fingerprint(&with("right")).await.unwrap(), first);

    let kept = std::fs::read(&file).unwrap();
    let locked = fingerprint(&with("wrong")).await.unwrap_err();
    assert_eq!(locked.code, Code::KeychainLocked, "{locked:?}");
    std::fs::write(&file, b"torn").unwrap();
    let damaged = fingerprint(&with("right")).await.unwrap_err();
    assert_eq!(damaged.code, Code::KeychainFailed, "{damaged:?}");
    assert!(damaged.message.contains("no other was made"), "{damaged:?}");
    assert_eq!(std::fs::read(&file).unwrap(), b"torn", "left as it is");

    std::fs::write(&file, kept).unwrap();
    assert_eq!(fingerprint(&with("right")).await.unwrap(), first);
}
