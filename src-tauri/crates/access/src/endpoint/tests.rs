//! Pinned endpoints and the addresses behind them.

use super::*;

const PRIVATE: Confirmed = Confirmed {
    private: true,
    insecure_dev: false,
};
const DEV: Confirmed = Confirmed {
    private: false,
    insecure_dev: true,
};

fn parse(text: &str, confirmed: Confirmed) -> Result<StsEndpoint, Problem> {
    StsEndpoint::parse("sts_url", text, confirmed)
}

fn pinned(text: &str, confirmed: Confirmed) -> Pinned {
    match parse(text, confirmed).unwrap() {
        StsEndpoint::Pinned(pinned) => pinned,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn hosts_of_aws_are_not_pinned_hosts() {
    for text in ["", DEFAULT_STS_URL, "https://sts.amazonaws.com/"] {
        assert_eq!(parse(text, Confirmed::default()), Ok(StsEndpoint::Aws));
    }
    let one = parse("https://sts.eu-west-1.amazonaws.com", Confirmed::default()).unwrap();
    assert_eq!(
        one,
        StsEndpoint::OneOfAws("sts.eu-west-1.amazonaws.com".into())
    );
    assert_eq!((one.namespace(), one.warning()), (None, None));
}

#[test]
fn a_pinned_host_is_told_apart() {
    let text = "https://vpce-0abc.sts.eu-west-1.vpce.amazonaws.com/";
    let endpoint = parse(text, PRIVATE).unwrap();
    let name = "https://vpce-0abc.sts.eu-west-1.vpce.amazonaws.com";
    assert_eq!(endpoint.namespace().as_deref(), Some(name));
    assert!(
        endpoint
            .warning()
            .unwrap()
            .contains("asserted by vpce-0abc")
    );
    let local = pinned("http://localhost:4566", DEV);
    assert_eq!(local.origin(), "http://localhost:4566");
    assert_eq!(
        pinned("https://a.example:443", Confirmed::default()).origin(),
        "https://a.example"
    );
    assert!(
        parse("http://127.0.0.1:4566", DEV)
            .unwrap()
            .warning()
            .unwrap()
            .contains("encrypted")
    );
}

#[test]
fn dangerous_endpoints_are_refused_with_what_would_help() {
    for (text, confirmed, says) in [
        ("http://169.254.169.254/", Confirmed::default(), "https"),
        ("http://169.254.169.254/", DEV, "Write the host of an STS"),
        (
            "https://169.254.169.254/",
            PRIVATE,
            "Write the host of an STS",
        ),
        (
            "https://[fd00:ec2::254]/",
            PRIVATE,
            "Write the host of an STS",
        ),
        (
            "file:///etc/passwd",
            Confirmed::default(),
            "https:// and a host",
        ),
        ("file:", Confirmed::default(), "https:// and a host"),
        (
            "sts.example.com",
            Confirmed::default(),
            "https:// and a host",
        ),
        ("https://10.0.0.1", Confirmed::default(), "private network"),
        ("https://[fd12::1]", Confirmed::default(), "private network"),
        (
            "https://[::ffff:169.254.169.254]",
            PRIVATE,
            "Write the host of an STS",
        ),
        ("https://127.0.0.1", PRIVATE, "insecure-dev-sts"),
        (
            "https://localhost",
            Confirmed::default(),
            "insecure-dev-sts",
        ),
        ("https://8.8.8.8", Confirmed::default(), "host's name"),
        ("https://0x7f.1", Confirmed::default(), "without a user"),
        ("https://2130706433", PRIVATE, "without a user"),
        (
            "https://user@sts.example.com",
            Confirmed::default(),
            "without a user",
        ),
        (
            "https://sts.example.com/path",
            Confirmed::default(),
            "without a user",
        ),
        (
            "https://sts.example.com?x",
            Confirmed::default(),
            "without a user",
        ),
        (
            "https://sts.example.com#x",
            Confirmed::default(),
            "without a user",
        ),
        (
            "https://STS.example.com",
            Confirmed::default(),
            "without a user",
        ),
        (
            "https://sts.example.com.",
            Confirmed::default(),
            "without a user",
        ),
        (
            "https://sts.example.com:0",
            Confirmed::default(),
            "1 to 65535",
        ),
        (
            "https://sts.example.com:99999",
            Confirmed::default(),
            "1 to 65535",
        ),
        ("https://[::1", DEV, "1 to 65535"),
        ("https://[sts]", DEV, "Write a host name"),
        ("http://sts.example.com", Confirmed::default(), "https"),
        ("https://", Confirmed::default(), "https:// and a host"),
    ] {
        let problem = parse(text, confirmed).unwrap_err();
        assert!(
            problem.hint.as_ref().unwrap().contains(says),
            "{text}: {problem:?}"
        );
        assert_eq!(problem.field.as_deref(), Some("sts_url"));
    }
}

#[test]
fn every_address_of_a_name_is_checked_at_each_connection() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let public = pinned("https://sts.example.com", Confirmed::default());
    let private = pinned("https://sts.example.com", PRIVATE);
    let dev = pinned("http://localhost:4566", DEV);
    for (address, by_public, by_private, by_dev) in [
        ("54.239.29.25", true, true, false),
        ("2600:1f18::1", true, true, false),
        ("10.1.2.3", false, true, false),
        ("172.16.0.1", false, true, false),
        ("192.168.1.1", false, true, false),
        ("100.64.0.1", false, true, false),
        ("fd12::1", false, true, false),
        ("::ffff:10.1.2.3", false, true, false),
        ("127.0.0.1", false, false, true),
        ("::1", false, false, true),
        ("::ffff:127.0.0.1", false, false, true),
        ("169.254.169.254", false, false, false),
        ("169.254.170.2", false, false, false),
        ("fe80::1", false, false, false),
        ("fd00:ec2::254", false, false, false),
        ("fd00:ec2::23", false, false, false),
        ("0.0.0.0", false, false, false),
        ("::", false, false, false),
        ("224.0.0.1", false, false, false),
        ("ff02::1", false, false, false),
        ("255.255.255.255", false, false, false),
        ("192.0.2.1", false, false, false),
        ("198.18.0.1", false, false, false),
        ("2001:db8::1", false, false, false),
        ("64:ff9b::a9fe:a9fe", false, false, false),
        ("2002:7f00:1::", false, false, false),
    ] {
        let at = [ip(address)];
        assert_eq!(
            public.check_addresses(&at).is_ok(),
            by_public,
            "public {address}"
        );
        assert_eq!(
            private.check_addresses(&at).is_ok(),
            by_private,
            "private {address}"
        );
        assert_eq!(dev.check_addresses(&at).is_ok(), by_dev, "dev {address}");
    }
    assert!(
        public
            .check_addresses(&[ip("54.239.29.25"), ip("127.0.0.1")])
            .is_err()
    );
    assert!(public.check_addresses(&[]).is_err());
}
