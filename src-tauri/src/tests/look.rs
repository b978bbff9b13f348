use super::*;
use crate::tests::sample::{lease, moment, secret};

fn facts(leases: &[LeaseView]) -> Facts {
    Facts {
        leases: leases.to_vec(),
        now: moment(),
        ..Facts::default()
    }
}

fn look(leases: &[LeaseView]) -> Look {
    Look::of(&facts(leases))
}

/// The items under the line of this id.
#[track_caller]
fn under<'a>(look: &'a Look, wanted: &str) -> &'a [Item] {
    let found = look.items.iter().find_map(|item| match item {
        Item::Under { id, items, .. } if id == wanted => Some(items),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no {wanted} in {look:#?}"))
}

fn leases(look: &Look) -> Vec<&str> {
    let text = |item: &'_ Item| match item {
        Item::Under { id, .. } => id.starts_with("lease:"),
        _ => false,
    };
    let lines = look.items.iter().filter(|item| text(item));
    lines
        .map(|item| match item {
            Item::Under { text, .. } | Item::Line { text, .. } => text.as_str(),
            Item::Rule => "",
        })
        .collect()
}

#[test]
fn leases_stand_in_the_order_of_their_end_with_the_time_left() {
    let now = moment();
    let mut long = lease("long");
    long.expires_at = now + TimeDelta::minutes(134);
    let mut short = lease("short");
    short.expires_at = now + TimeDelta::minutes(40);
    let look = look(&[long, short]);
    assert_eq!(
        leases(&look),
        [
            "short (development) · 40 min left",
            "long (development) · 2 h 14 min left"
        ]
    );
    assert_eq!(look.mood, Mood::Idle);
    assert_eq!(
        look.tooltip,
        "Leasehold · 2 active leases, next 40 min left"
    );
}

#[test]
fn the_time_left_is_counted_by_the_clock_of_the_account() {
    let mut lease = lease("skipped");
    lease.expires_at = moment() + TimeDelta::minutes(62);
    lease.clock_offset_ms = 3_600_000;
    let look = look(&[lease]);
    assert_eq!(leases(&look), ["skipped (development) · 2 min left"]);
    assert_eq!(look.mood, Mood::Soon);
}

#[test]
fn a_clean_up_that_is_stuck_wants_attention_and_is_not_an_active_lease() {
    let mut stuck = lease("stuck");
    stuck.state = State::AccessCut;
    assert_eq!(look(std::slice::from_ref(&stuck)).mood, Mood::Idle);
    stuck.reason = Some("AWS denied iam:DeleteUser".into());
    let look = look(&[stuck]);
    assert_eq!(look.mood, Mood::Attention);
    assert!(leases(&look).is_empty());
    assert!(
        look.items
            .contains(&Item::grey("revoke-all", "Revoke all…"))
    );
    assert!(look.items.contains(&Item::line("quit", "Quit")));
}

#[test]
fn many_leases_end_in_one_line_for_the_rest() {
    let many: Vec<_> = (0..13).map(|n| lease(&format!("s{n}"))).collect();
    let look = look(&many);
    assert_eq!(leases(&look).len(), MOST);
    assert!(look.items.contains(&Item::line("more", "3 more…")));
    assert!(look.items.contains(&Item::line("quit", "Quit…")));
}

#[test]
fn only_a_kept_key_can_be_shown_or_copied_and_the_line_says_why_not() {
    let mut lease = lease("s3");
    let before = look(std::slice::from_ref(&lease));
    let grey = Item::grey("copy:s3", "Copy: its key is not kept");
    assert!(under(&before, "lease:s3").contains(&grey));
    let show = Item::line("show-key:s3", "Show key");
    assert!(!under(&before, "lease:s3").contains(&show));
    lease.kept = true;
    let facts = Facts {
        format: Format::Docker,
        ..facts(&[lease])
    };
    let line = Item::line("copy:s3", "Copy as docker -e");
    let after = Look::of(&facts);
    let after = under(&after, "lease:s3");
    assert!(after.contains(&line) && after.contains(&show));
}

#[test]
fn a_renewal_says_beforehand_where_it_leads() {
    let mut lease = lease("s3");
    lease.clock_offset_ms = 3_600_000;
    let at = moment() + TimeDelta::hours(2);
    let shown = (at - TimeDelta::hours(1))
        .with_timezone(&Local)
        .format("%H:%M");
    let line = |renewable| {
        let facts = Facts {
            renewals: HashMap::from([("s3".into(), renewable)]),
            ..facts(std::slice::from_ref(&lease))
        };
        under(&Look::of(&facts), "lease:s3")[2].clone()
    };
    let day = clock_time(at - TimeDelta::hours(1), moment());
    assert!(day.ends_with(&shown.to_string()), "{day}");
    assert_eq!(
        line(Renewable::ByDefault(at)),
        Item::line("renew:s3", format!("Renew to {day}"))
    );
    assert_eq!(
        line(Renewable::ToMax(at)),
        Item::line("renew-max:s3", format!("Renew to {day}, its maximum"))
    );
    assert_eq!(
        line(Renewable::No),
        Item::grey("renew:s3", "Renew: not possible now")
    );
    lease.max_expires_at = lease.expires_at;
    let at_max = look(&[lease]);
    let grey = Item::grey("renew:s3", "Renew: it is at its maximum");
    assert!(under(&at_max, "lease:s3").contains(&grey));
}

#[test]
fn dynamic_secrets_can_be_generated_from_in_the_order_given() {
    let facts = Facts {
        recent: vec![secret("b"), secret("a")],
        ..Facts::default()
    };
    assert_eq!(
        under(&Look::of(&facts), "generate")[..2],
        [
            Item::line("generate:id-b", "b (development), 1h"),
            Item::line("generate:id-a", "a (development), 1h")
        ]
    );
    let none = Look::of(&Facts::default());
    let grey = Item::grey("no-secret", "Generate: no dynamic secret yet");
    assert!(none.items.contains(&grey));
}

#[test]
fn a_pause_says_until_when_and_can_be_ended() {
    let paused = Facts {
        paused: Some(moment() + TimeDelta::minutes(1)),
        ..facts(&[])
    };
    let look = Look::of(&paused);
    let said = look
        .texts()
        .iter()
        .any(|t| t.starts_with("Notifications paused until"));
    assert!(said, "{look:#?}");
    assert!(under(&look, "pause").contains(&Item::line("resume", "Resume")));
    let running = Look::of(&Facts::default());
    assert!(under(&running, "pause").contains(&Item::grey("resume", "Resume")));
}

#[test]
fn a_menu_whose_texts_alone_changed_keeps_its_shape() {
    let early = look(&[lease("a")]);
    let later = Look::of(&Facts {
        now: moment() + TimeDelta::minutes(1),
        ..facts(&[lease("a")])
    });
    assert!(early != later && early.same_shape(&later));
    assert_eq!(early.texts().len(), later.texts().len());
    assert!(!early.same_shape(&look(&[])));
    let mut kept = lease("a");
    kept.kept = true;
    assert!(!early.same_shape(&look(&[kept])), "a line was greyed");
}

#[test]
fn a_span_is_short_and_never_negative() {
    for (seconds, text) in [
        (-5, "ending"),
        (0, "ending"),
        (59, "under a minute left"),
        (60, "1 min left"),
        (3_599, "59 min left"),
        (3_600, "1 h left"),
        (5_400, "1 h 30 min left"),
        (86_400, "1 d left"),
        (90_000, "1 d 1 h left"),
    ] {
        assert_eq!(span(TimeDelta::seconds(seconds)), text);
    }
}

#[test]
fn the_gateway_and_who_waits_have_a_line_each_while_there_is_something_to_say() {
    let texts = |facts: &Facts| -> Vec<String> {
        let look = Look::of(facts);
        let all = look.texts().into_iter();
        all.filter(|text| text.contains("Gateway") || text.contains("log in"))
            .map(str::to_owned)
            .collect()
    };
    let listening = |url: &str| GatewayState::Listening {
        urls: vec![url.to_owned()],
        certificate_sha256: None,
        since: moment(),
    };
    assert!(texts(&Facts::default()).is_empty());
    let mut facts = Facts {
        gateway: listening("http://127.0.0.1:8732"),
        waiting: 2,
        ..Facts::default()
    };
    assert_eq!(
        texts(&facts),
        [
            "Gateway listens at 127.0.0.1:8732",
            "2 identities ask to log in…"
        ]
    );
    assert_eq!(Look::of(&facts).mood, Mood::Attention, "somebody waits");
    facts.waiting = 0;
    facts.gateway = listening("unix:/home/u/.local/share/leasehold/gateway/gateway.sock");
    assert_eq!(texts(&facts), ["Gateway listens at its socket"]);
    facts.gateway = GatewayState::Failed {
        problem: crate::tests::rig::some_problem(),
        retry_at: None,
    };
    assert_eq!(texts(&facts), ["Gateway: it cannot listen…"]);
}

#[test]
fn a_connection_that_waits_for_a_person_turns_the_icon_and_has_a_line() {
    let line = |logins| {
        let look = Look::of(&Facts {
            logins,
            ..Facts::default()
        });
        let line = look
            .texts()
            .into_iter()
            .find(|text| text.contains("log in"));
        (look.mood, line.map(str::to_owned))
    };
    assert_eq!(line(0), (Mood::Idle, None));
    let one = "1 connection needs you to log in…".to_owned();
    assert_eq!(line(1), (Mood::Attention, Some(one)));
    let two = "2 connections need you to log in…".to_owned();
    assert_eq!(line(2), (Mood::Attention, Some(two)));
}
