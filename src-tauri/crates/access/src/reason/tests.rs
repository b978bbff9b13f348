//! The list of reasons is closed, and what is told of each is pinned.

use super::*;

#[test]
fn every_reason_is_in_the_list_once_under_its_own_code() {
    let mut codes: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    for reason in Reason::ALL {
        assert_eq!(
            serde_json::to_value(reason).unwrap(),
            serde_json::json!(reason.code())
        );
        assert!(reason.sentence().ends_with('.'), "{reason}");
    }
    assert!(
        Reason::ALL.is_sorted(),
        "the order of the list is that of the type"
    );
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Reason::ALL.len());
}

/// What a stranger learns: about the form everything, about the method nothing.
#[test]
fn what_a_caller_learns_is_pinned() {
    let told = |verified: bool, code: &str| -> Vec<&str> {
        Reason::ALL
            .iter()
            .filter(|reason| reason.told(verified).code == code)
            .map(|reason| reason.code())
            .collect()
    };
    let hidden = [
        "unknown_access_id",
        "method_disabled",
        "method_expired",
        "sts_refused",
        "sts_untrusted",
        "sts_answer_invalid",
        "identity_inconsistent",
    ];
    let bounds = [
        "client_ip_not_bound",
        "region_not_bound",
        "account_not_bound",
        "arn_not_bound",
        "principal_not_bound",
        "role_name_not_bound",
        "role_id_not_bound",
        "resource_id_not_bound",
        "user_name_not_bound",
        "user_id_not_bound",
        "asked_and_waiting",
        "asked_and_denied",
    ];
    assert_eq!(told(true, "access_denied"), hidden);
    let mut all: Vec<&str> = hidden.iter().chain(&bounds).copied().collect();
    let mut stranger = told(false, "access_denied");
    all.sort_unstable();
    stranger.sort_unstable();
    assert_eq!(stranger, all);
    assert_eq!(
        told(false, "try_again"),
        ["seen_unavailable", "sts_busy", "sts_unreachable"]
    );
    assert_eq!(
        told(false, "token_invalid"),
        ["token_unknown", "token_expired", "token_outdated"]
    );
    for reason in Reason::ALL {
        let expected = match reason.told(true).code {
            "try_again" => 503,
            "rate_limited" => 429,
            "forwarding_malformed" => 400,
            code if bounds.contains(&code) => 403,
            _ => 401,
        };
        assert_eq!(reason.told(true).status, expected, "{reason}");
    }
}
