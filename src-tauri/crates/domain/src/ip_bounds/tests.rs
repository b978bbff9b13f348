//! Blocks, addresses and sockets.

use super::*;
use proptest::prelude::*;

fn bounds(entries: &[&str]) -> IpBounds {
    let entries: Vec<String> = entries.iter().map(|e| (*e).to_owned()).collect();
    IpBounds::parse("bound_ips", &entries).unwrap()
}

fn address(text: &str) -> ClientAddress {
    match text {
        "unix" => ClientAddress::Unix,
        ip => ClientAddress::from(ip.parse::<IpAddr>().unwrap()),
    }
}

#[test]
fn an_address_is_inside_a_block_or_not() {
    for (entries, at, contains) in [
        (&["10.0.0.0/8"][..], "10.1.2.3", true),
        (&["10.0.0.0/8"], "11.0.0.0", false),
        (&["192.0.2.7"], "192.0.2.7", true),
        (&["192.0.2.7"], "192.0.2.8", false),
        (&["fd00::/8"], "fd12::1", true),
        (&["127.0.0.1"], "::ffff:127.0.0.1", true),
        (&["::ffff:10.0.0.0/104"], "10.9.9.9", true),
        (&["::ffff:0:0/96"], "10.9.9.9", true),
        (&["::/0"], "10.0.0.1", false),
        (&["0.0.0.0/0"], "unix", false),
        (&["unix"], "unix", true),
        (&["unix"], "127.0.0.1", false),
    ] {
        assert_eq!(
            bounds(entries).contains(&address(at)),
            contains,
            "{entries:?} {at}"
        );
    }
}

#[test]
fn an_empty_list_admits_everybody_and_contains_nobody() {
    let none = IpBounds::default();
    for at in ["10.0.0.1", "::1", "unix"] {
        assert!(none.admits(&address(at)));
        assert!(!none.contains(&address(at)));
    }
    assert!(!bounds(&["10.0.0.0/8"]).admits(&address("unix")));
}

#[test]
fn a_wrong_entry_is_refused_with_the_block_that_was_meant() {
    for (wrong, fix) in [
        ("10.0.0.1/8", "Write 10.0.0.0/8 for the block or 10.0.0.1"),
        ("localhost", "127.0.0.1 and ::1"),
        ("10.0.0.1:8200", "Leave the port out"),
        ("10.0.0.0/33", "10.0.0.0/8"),
        ("example.com", "10.0.0.0/8"),
        ("", "10.0.0.0/8"),
        ("UNIX", "unix"),
    ] {
        let problems = IpBounds::parse("bound_ips", &[wrong.to_owned()]).unwrap_err();
        assert!(
            problems[0].hint.as_ref().unwrap().contains(fix),
            "{wrong}: {problems:?}"
        );
    }
}

#[test]
fn loopback_is_noticed_however_it_is_written() {
    for (entry, reaches) in [
        ("127.0.0.0/8", true),
        ("127.0.0.53", true),
        ("0.0.0.0/0", true),
        ("::1", true),
        ("::/0", true),
        ("::ffff:127.0.0.1", true),
        ("10.0.0.0/8", false),
        ("fd00::/8", false),
    ] {
        assert_eq!(bounds(&[entry]).reaches_this_computer(), reaches, "{entry}");
    }
}

proptest! {
    #[test]
    fn entries_read_back(a in any::<[u8; 4]>(), bits in 0u8..=32) {
        let net = ipnet::Ipv4Net::new(a.into(), bits).unwrap().trunc();
        let once = bounds(&[&net.to_string()]);
        let entries = once.entries();
        prop_assert_eq!(IpBounds::parse("b", &entries).unwrap(), once);
    }

    #[test]
    fn reading_never_panics(entry in ".{0,40}") {
        let _ = IpBounds::parse("b", &[entry]);
    }
}
