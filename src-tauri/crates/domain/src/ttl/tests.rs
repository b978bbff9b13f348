//! The TTL grammar: what is read, what is refused, what is printed.

use super::*;
use proptest::prelude::*;

#[test]
fn the_documented_forms_are_read() {
    for (text, secs) in [
        ("90s", 90),
        ("15m", 900),
        ("1h", 3_600),
        ("1h30m", 5_400),
        ("1.5h", 5_400),
        ("2 days", 172_800),
        ("1w", 604_800),
        ("1y", 31_536_000),
        ("0s", 0),
        ("1 sec", 1),
        ("2secs", 2),
        ("1second", 1),
        ("3 seconds", 3),
        ("1 minute", 60),
        ("2 minutes", 120),
        ("5 min", 300),
        ("5mins", 300),
        ("1 hour", 3_600),
        ("4 hours", 14_400),
        ("4hrs", 14_400),
        ("1 day", 86_400),
        ("1 week", 604_800),
        ("2 weeks", 1_209_600),
        ("1 year", 31_536_000),
        ("10 years", 315_360_000),
        ("1h 30m", 5_400),
        (" 1 h 30 m ", 5_400),
        ("1y1w1d1h1m1s", 31_536_000 + 604_800 + 86_400 + 3_600 + 61),
        ("007m", 420),
        ("1.9s", 1),
        ("0.5m", 30),
        ("0.0166666m", 0),
        ("1.99999999999999999999s", 1),
        // Only the sum is rounded: 0.5 m + 0.9 s = 30.9 s; 0.1 h + 0.01 m = 360.6 s.
        ("0.5m0.9s", 30),
        ("0.1h0.01m", 360),
        ("0.015m0.1s", 1),
    ] {
        assert_eq!(Ttl::parse(text).map(Ttl::secs), Ok(secs), "{text}");
    }
}

#[test]
fn everything_else_is_refused_with_an_example() {
    for text in [
        "",
        " ",
        "\t\n",
        "1",
        "60",
        "60000",
        "1M",
        "1H",
        "1mo",
        "1 month",
        "1 fortnight",
        "1x",
        "500ms",
        "h",
        "hour",
        "-1h",
        "+1h",
        "\u{2212}1h",
        "1h-30m",
        "1h,30m",
        "1h and 30m",
        "1e3s",
        ".5h",
        "1.h",
        "1.5.5h",
        "1,5h",
        "30m1h",
        "1h1h",
        "1h30",
        "1h 30",
        "30 1h",
        "\u{661}h",
        "１h",
        "1h\u{0}",
        "one hour",
        "forever",
        "never",
        "inf",
        "NaN",
        "999999999999999999999h",
        "18446744073709551615y",
        "18446744073709551616s",
        "1111111111111111111111111111111111111111111111111111111111111111111h",
    ] {
        let problem = Ttl::parse(text).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("ttl"), "{text}");
        assert!(
            problem
                .hint
                .as_deref()
                .is_some_and(|hint| hint.contains("1h30m")),
            "{text}"
        );
        assert!(
            problem.message.ends_with('.'),
            "{text}: {}",
            problem.message
        );
    }
}

#[test]
fn a_capital_m_is_explained() {
    let problem = Ttl::parse("1M").unwrap_err();
    assert!(
        problem.message.contains("minutes are `m`"),
        "{}",
        problem.message
    );
    assert!(
        Ttl::parse("2 months")
            .unwrap_err()
            .message
            .contains("no fixed length")
    );
    assert!(Ttl::parse("90").unwrap_err().message.contains("no unit"));
}

#[test]
fn printing_uses_the_largest_units() {
    for (secs, text) in [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (90, "1m30s"),
        (3_600, "1h"),
        (5_400, "1h30m"),
        (86_400, "1d"),
        (172_800, "2d"),
        (604_800, "1w"),
        (691_200, "1w1d"),
        (31_536_000, "1y"),
        (315_360_000, "10y"),
    ] {
        assert_eq!(Ttl::from_secs(secs).to_string(), text);
    }
}

#[test]
fn the_bounds_of_a_lease_are_one_minute_and_ten_years() {
    for ok in ["1m", "60s", "10y", "3650d", "1h"] {
        assert!(Ttl::parse_bounded("max_ttl", ok).is_ok(), "{ok}");
    }
    for (wrong, rule) in [
        ("59s", "at least 1 minute"),
        ("0.99m", "at least 1 minute"),
        ("0s", "at least 1 minute"),
        ("10y1s", "at most 10 years"),
        ("11y", "at most 10 years"),
        ("500000000000y", "at most 10 years"),
    ] {
        let problem = Ttl::parse_bounded("max_ttl", wrong).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("max_ttl"), "{wrong}");
        assert!(
            problem.message.contains(rule),
            "{wrong}: {}",
            problem.message
        );
    }
    assert_eq!(
        Ttl::parse_bounded("max_ttl", "x")
            .unwrap_err()
            .field
            .as_deref(),
        Some("max_ttl")
    );
}

#[test]
fn a_lease_gets_the_default_or_what_was_asked_for_up_to_the_maximum() {
    let (hour, day) = (Ttl::from_secs(3_600), Ttl::from_secs(86_400));
    assert_eq!(lease_ttl(None, hour, day), Ok(hour));
    assert_eq!(lease_ttl(None, day, hour), Ok(hour));
    assert_eq!(lease_ttl(Some("24h"), hour, day), Ok(day));
    for wrong in ["24h1s", "25h", "59s", "", "1", "11y"] {
        let problem = lease_ttl(Some(wrong), hour, day).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("ttl"), "{wrong}");
    }
    assert!(
        lease_ttl(Some("2d"), hour, day)
            .unwrap_err()
            .message
            .contains("Max TTL")
    );
}

#[test]
fn a_span_beyond_chronos_range_is_its_largest() {
    assert_eq!(Ttl::from_secs(90).as_delta(), TimeDelta::seconds(90));
    assert_eq!(Ttl::from_secs(u64::MAX).as_delta(), TimeDelta::MAX);
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(secs in any::<u64>()) {
        let ttl = Ttl::from_secs(secs);
        prop_assert_eq!(Ttl::parse(&ttl.to_string()), Ok(ttl));
    }

    #[test]
    fn small_spans_read_back_too(secs in 0u64..40_000_000) {
        let ttl = Ttl::from_secs(secs);
        prop_assert_eq!(Ttl::parse(&ttl.to_string()), Ok(ttl));
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,80}") {
        let _ = Ttl::parse(&text);
    }

    #[test]
    fn reading_what_is_almost_a_ttl_never_panics(text in "[0-9.]{0,24} ?[smhdwyM]?[0-9.]{0,24}[a-z]{0,7}") {
        if let Ok(ttl) = Ttl::parse(&text) {
            prop_assert_eq!(Ttl::parse(&ttl.to_string()), Ok(ttl));
        }
    }

    #[test]
    fn fractions_round_down(whole in 0u64..1_000_000, thousandths in 0u64..1_000) {
        let ttl = Ttl::parse(&format!("{whole}.{thousandths:03}h")).unwrap();
        prop_assert_eq!(ttl.secs(), (whole * 1_000 + thousandths) * 3_600 / 1_000);
    }
}
