//! The activity log: everything that is done is in it, with AWS's request ids and no secret; it is
//! looked through, checked and taken along.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use leasehold_domain::Code;
use leasehold_engine::wire::{ActivityEntry, ActivityQuery, Event, Outcome, Settings, State};
use leasehold_engine::{Activity, CredentialsRequest, Engine, ExportFormat, IssueRequest, Renewal};
use secrecy::ExposeSecret;

use crate::support::{Fault, Ground, Home, Rule, draft, request};

/// Every line, oldest first.
fn lines(engine: &Engine) -> Vec<ActivityEntry> {
    let query = ActivityQuery {
        limit: Some(1000),
        ..ActivityQuery::default()
    };
    let page = engine.activity().list(&query).unwrap();
    assert_eq!(page.before, None, "more than one page");
    let mut entries = page.entries;
    entries.reverse();
    entries
}

fn kinds(entries: &[ActivityEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.kind.as_str()).collect()
}

fn of<'a>(entries: &'a [ActivityEntry], kind: &str) -> &'a ActivityEntry {
    let mut found = entries.iter().filter(|entry| entry.kind == kind);
    let only = found
        .next()
        .unwrap_or_else(|| panic!("no {kind}: {entries:#?}"));
    assert!(found.next().is_none(), "two of {kind}");
    only
}

fn export(engine: &Engine, query: &ActivityQuery, format: ExportFormat) -> String {
    let mut out = Vec::new();
    engine.activity().export(query, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn verify_text(folder: &std::path::Path, text: &str) -> Result<i64, (i64, String)> {
    let path = folder.join("an-export.jsonl");
    std::fs::write(&path, text).unwrap();
    let check = Activity::verify_file(&path).unwrap();
    match check.fault {
        None => Ok(check.entries),
        Some(fault) => Err((fault.seq, fault.text)),
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_to_aws_is_in_the_log_with_its_request_id() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let desk = engine.leases();
    wire.rule(Rule::first(2, "PutUserPolicy", Fault::THROTTLE));
    wire.rule(Rule::first(1, "DetachUserPolicy", Fault::CONCURRENT));
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    // The second look half a minute later.
    let timer = ground.run(&engine);
    ground.clock.advance(TimeDelta::seconds(31));
    while wire.count("ListGroupsForUser") == 0 {
        engine.look_again();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    timer.stop().await;
    desk.renew(&lease.id, &Renewal::Default).await.unwrap();
    desk.revoke(std::slice::from_ref(&lease.id)).await.unwrap();

    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for call in wire.calls() {
        *sent.entry(call.action).or_default() += 1;
    }
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for call in lines(&engine).iter().flat_map(|entry| &entry.calls) {
        let (service, action) = call.action.split_once(':').unwrap();
        if service == "sts" {
            continue; // Adding the practice account asked who its key is.
        }
        *told.entry(action.to_owned()).or_default() += 1;
        // What this test refused in AWS's place has no id of AWS's.
        assert!(call.request_id.is_some() || call.code.is_some(), "{call:?}");
    }
    for (action, times) in &sent {
        // The SDK repeats a throttled try by itself: one call, several requests.
        let known = told.get(action).copied().unwrap_or(0);
        assert!(
            known > 0 && known <= *times,
            "{action}: {times} sent, {known} told"
        );
        if !["PutUserPolicy", "DetachUserPolicy"].contains(&action.as_str()) {
            assert_eq!(known, *times, "{action}");
        }
    }
    let told_of: Vec<_> = told.keys().collect();
    assert_eq!(told_of, sent.keys().collect::<Vec<_>>());
    assert_eq!(engine.activity().verify().unwrap().fault, None);
}

#[tokio::test]
async fn a_lease_is_told_of_from_the_asking_to_the_end_with_who_did_it() {
    let home = Home::new().await;
    let desk = home.engine.leases();
    let issued = desk.issue(&request("s3-upload")).await.unwrap();
    let id = issued.lease.id.clone();
    let usable = desk.wait_usable(&id, &issued.credentials, None).await;
    assert!(usable.unwrap().usable_after_ms.is_some());
    home.engine.practice().skip("61m").unwrap();
    let timer = home.run();
    home.wait_for(|| desk.show(&id).unwrap().lease.state == State::Revoked)
        .await;
    timer.stop().await;

    let all = lines(&home.engine);
    let recorded = of(&all, "lease.recorded");
    assert_eq!(
        (recorded.actor.as_str(), recorded.outcome),
        ("test", Outcome::Begun)
    );
    assert_eq!(recorded.secret.as_deref(), Some("s3-upload"));
    assert_eq!(recorded.connection.as_deref(), Some("practice"));
    assert_eq!(
        recorded.account_id.as_deref(),
        Some(&*issued.lease.account_id)
    );
    assert_eq!(recorded.calls, []);
    assert_eq!(of(&all, "lease.user_created").calls.len(), 1);
    let active = of(&all, "lease.active");
    assert!(
        active
            .calls
            .iter()
            .any(|call| call.action == "iam:CreateAccessKey")
    );
    let usable = of(&all, "lease.usable");
    assert_eq!(usable.calls.len(), 1, "summarised: {usable:?}");
    assert!(usable.text.contains("tries"), "{usable:?}");
    let expired = of(&all, "lease.revoking");
    assert_eq!(
        (expired.actor.as_str(), expired.outcome),
        ("timer", Outcome::Begun)
    );
    assert_eq!(of(&all, "lease.ended").actor, "timer");
    assert_eq!(of(&all, "practice.skipped").actor, "test");
    assert_eq!(
        of(&all, "connection.added").calls[0].action,
        "sts:GetCallerIdentity"
    );
    // The lease's own history leaves the mere calls out.
    let history = desk.show(&id).unwrap().events;
    assert!(
        history.iter().all(|event| event.kind != "calls"),
        "{history:?}"
    );
    assert!(kinds(&all).contains(&"lease.calls"));
    let seqs: Vec<_> = all.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=all.len() as i64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn every_failed_try_is_a_line_and_the_history_tells_it_once() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let desk = engine.leases();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    wire.rule(Rule::always("DeleteUser", Fault::DENIED));
    let ids = [lease.id.clone()];
    for _ in 0..4 {
        let report = desk.revoke(&ids).await.unwrap();
        assert_eq!(report.pending.len(), 1);
    }
    let all = lines(&engine);
    let tries: Vec<_> = all
        .iter()
        .filter(|entry| entry.kind == "lease.retry")
        .collect();
    assert_eq!(tries.len(), 4);
    for one in &tries {
        assert_eq!(one.outcome, Outcome::Failed);
        let last = one.calls.last().unwrap();
        assert_eq!(
            (last.action.as_str(), last.code.as_deref()),
            ("iam:DeleteUser", Some("AccessDenied"))
        );
    }
    let asked = all.iter().filter(|entry| entry.kind == "lease.retry_asked");
    assert_eq!(asked.count(), 3, "by whom each new try was asked for");
    assert_eq!(of(&all, "lease.revoking").actor, "test");
    let history = desk.show(&lease.id).unwrap().events;
    let tries: Vec<_> = history
        .iter()
        .filter(|event| event.kind == "retry")
        .collect();
    assert_eq!(tries.len(), 1, "{history:#?}");
    assert!(
        tries[0].text.contains("(4 times, the last at 20"),
        "{tries:?}"
    );
}

#[tokio::test]
async fn what_is_refused_before_aws_is_told_with_its_code() {
    let home = Home::new().await;
    let desk = home.engine.leases();
    let long = IssueRequest {
        ttl: Some("9h".to_owned()),
        ..request("s3-upload")
    };
    desk.issue(&long).await.unwrap_err();
    desk.issue(&request("no-such")).await.unwrap_err();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    let by = Renewal::By("8h".to_owned());
    desk.renew(&lease.id, &by).await.unwrap_err();
    let all = lines(&home.engine);
    let refused: Vec<_> = all
        .iter()
        .filter(|entry| entry.kind == "lease.refused")
        .collect();
    assert_eq!(refused.len(), 2);
    assert!(refused[0].text.ends_with("(invalid_input)") || refused[0].text.ends_with("(refused)"));
    assert_eq!(refused[0].secret.as_deref(), Some("s3-upload"));
    assert!(refused[1].text.ends_with("(not_found)"), "{refused:?}");
    assert!(
        refused
            .iter()
            .all(|one| one.calls.is_empty() && one.outcome == Outcome::Failed)
    );
    let renewal = of(&all, "lease.renew_refused");
    assert_eq!(renewal.lease_id.as_deref(), Some(lease.id.as_str()));
    assert!(renewal.text.ends_with("(refused)"), "{renewal:?}");
}

#[tokio::test]
async fn the_other_desks_tell_what_they_did_and_never_what_a_document_says() {
    let home = Home::new().await;
    let engine = &home.engine;
    let mut edited = draft("s3-upload");
    edited.groups.clear();
    edited.policy_documents = vec![
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"VeryPrivate","Effect":"Allow",
            "Action":"s3:GetObject","Resource":"*"}]}"#
            .to_owned(),
    ];
    engine.secrets().edit("s3-upload", &edited).unwrap();
    engine.connections().check("practice").await.unwrap();
    engine.environments().add("lab").unwrap();
    engine.environments().rename("lab", "labs").unwrap();
    engine.environments().reorder(&["labs".to_owned()]).unwrap();
    engine.environments().remove("labs").unwrap();
    let settings = Settings {
        lead_minutes: vec![15],
        ..Settings::default()
    };
    engine.settings().set(settings).unwrap();
    let first = engine
        .credentials(&CredentialsRequest::of("s3-upload"))
        .await
        .unwrap();
    engine
        .credentials(&CredentialsRequest::of("s3-upload"))
        .await
        .unwrap();
    let ids = [first.lease.id.clone()];
    engine.leases().revoke(&ids).await.unwrap();
    engine.secrets().remove("s3-upload", false).await.unwrap();
    engine.practice().reset().await.unwrap();
    engine.connections().remove("practice").await.unwrap();

    let all = lines(engine);
    for kind in [
        "connection.added",
        "secret.added",
        "secret.edited",
        "environment.added",
        "environment.renamed",
        "environment.reordered",
        "environment.removed",
        "settings.changed",
        "lease.key_kept",
        "lease.handed_out",
        "secret.removed",
        "practice.reset",
        "connection.removing",
        "connection.removed",
    ] {
        assert_eq!(of(&all, kind).actor, "test", "{kind}");
    }
    let edit = &of(&all, "secret.edited").text;
    assert!(
        edit.contains("groups, ") && edit.contains("policy documents"),
        "{edit}"
    );
    assert!(of(&all, "settings.changed").text.contains("lead_minutes"));
    let handed_out = of(&all, "lease.handed_out");
    assert_eq!(handed_out.lease_id.as_deref(), Some(ids[0].as_str()));
    let text = export(engine, &ActivityQuery::default(), ExportFormat::Jsonl);
    assert!(!text.contains("VeryPrivate"));
    assert_eq!(engine.activity().verify().unwrap().fault, None);
}

#[tokio::test]
async fn no_secret_is_in_the_log_or_in_what_is_exported() {
    let home = Home::new().await;
    let engine = &home.engine;
    let first = engine
        .credentials(&CredentialsRequest::of("s3-upload"))
        .await
        .unwrap();
    engine
        .credentials(&CredentialsRequest::of("s3-upload"))
        .await
        .unwrap();
    let id = first.lease.id.clone();
    engine.leases().renew(&id, &Renewal::Default).await.unwrap();
    engine.leases().revoke(&[id]).await.unwrap();
    let secret = first.credentials.secret_access_key.expose_secret();
    for format in [ExportFormat::Jsonl, ExportFormat::Csv] {
        let text = export(engine, &ActivityQuery::default(), format);
        assert!(text.contains(&first.lease.user_name));
        assert!(!text.contains(secret));
    }
    home.assert_nowhere(secret);
}

#[tokio::test]
async fn an_exported_log_verifies_and_every_change_to_it_is_found() {
    let home = Home::new().await;
    let engine = &home.engine;
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    engine
        .leases()
        .revoke(std::slice::from_ref(&lease.id))
        .await
        .unwrap();
    let folder = home.folder.path();
    let before = engine.activity().verify().unwrap();
    let text = export(engine, &ActivityQuery::default(), ExportFormat::Jsonl);
    let all: Vec<&str> = text.lines().collect();
    assert_eq!(verify_text(folder, &text), Ok(before.entries));
    assert_eq!(all.len() as i64, before.entries);
    assert_eq!(of(&lines(engine), "activity.exported").actor, "test");

    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let found = |text: &str| verify_text(folder, text).unwrap_err();
    let (seq, said) = found(&text.replacen("\"actor\":\"test\"", "\"actor\":\"cli\"", 1));
    assert_eq!(seq, 1);
    assert!(said.contains("edited"), "{said}");
    let mut fewer = all.clone();
    fewer.remove(3);
    assert_eq!(found(&joined(&fewer)).0, 4);
    assert_eq!(found(&joined(&all[1..])).0, 1);
    let mut other_order = all.clone();
    other_order.swap(2, 5);
    assert_eq!(found(&joined(&other_order)).0, 3);
    let mut more = all.clone();
    more.insert(2, all[1]);
    assert!(found(&joined(&more)).1.contains("moved"));
    assert_eq!(found(&format!("{text}no line\n")).0, before.entries + 1);
    let torn = &text[..text.len() - 20];
    assert_eq!(found(torn).0, before.entries);
    // Taken from the end: its head is not the one that was printed.
    let path = folder.join("an-export.jsonl");
    std::fs::write(&path, joined(&all[..4])).unwrap();
    let check = Activity::verify_file(&path).unwrap();
    assert_eq!((check.entries, check.fault), (4, None));
    assert_ne!(check.head, before.head);
    assert_eq!(
        engine.activity().verify_with(&check.head).unwrap().fault,
        None
    );
    let missing = engine.activity().verify_with(&"ab".repeat(32)).unwrap();
    assert!(missing.fault.unwrap().text.contains("kept"));
    assert_eq!(
        engine
            .activity()
            .verify_with("x")
            .unwrap_err()
            .field
            .as_deref(),
        Some("head")
    );
}

#[tokio::test]
async fn a_spreadsheet_gets_one_record_a_line_of_the_log() {
    let home = Home::new().await;
    let engine = &home.engine;
    let hostile = IssueRequest {
        ttl: Some("=HYPERLINK(\"x\")".to_owned()),
        ..request("=cmd|' /C calc'!A0")
    };
    engine.leases().issue(&hostile).await.unwrap_err();
    engine.leases().issue(&request("s3-upload")).await.unwrap();
    let count = engine.activity().verify().unwrap().entries;
    let text = export(engine, &ActivityQuery::default(), ExportFormat::Csv);
    let mut records = text.split("\r\n");
    assert_eq!(records.next().unwrap().split(',').count(), 13);
    assert_eq!(
        records.filter(|record| !record.is_empty()).count() as i64,
        count
    );
    assert!(text.contains("iam:CreateUser user/"));
}

#[tokio::test]
async fn the_log_is_looked_through_by_page_and_by_filter() {
    let home = Home::new().await;
    let engine = &home.engine;
    let desk = engine.leases();
    let one = desk.issue(&request("s3-upload")).await.unwrap().lease;
    let two = desk.issue(&request("s3-upload")).await.unwrap().lease;
    desk.revoke(std::slice::from_ref(&two.id)).await.unwrap();
    let whole = lines(engine);
    let mut paged = Vec::new();
    let mut query = ActivityQuery {
        limit: Some(3),
        ..ActivityQuery::default()
    };
    loop {
        let page = engine.activity().list(&query).unwrap();
        paged.extend(page.entries);
        query.before = page.before;
        if query.before.is_none() {
            break;
        }
    }
    paged.reverse();
    assert_eq!(paged, whole);
    let of_one = ActivityQuery {
        lease_id: Some(one.id.clone()),
        ..ActivityQuery::default()
    };
    let found = engine.activity().list(&of_one).unwrap().entries;
    assert_eq!(
        kinds(&found),
        ["lease.active", "lease.user_created", "lease.recorded"]
    );
    let request_id = found[1].calls[0].request_id.clone().unwrap();
    for search in [request_id, two.user_name, two.id] {
        let query = ActivityQuery {
            search: Some(search.clone()),
            ..ActivityQuery::default()
        };
        assert!(
            !engine.activity().list(&query).unwrap().entries.is_empty(),
            "{search}"
        );
    }
    for wrong in [0, 1001] {
        let query = ActivityQuery {
            limit: Some(wrong),
            ..ActivityQuery::default()
        };
        let problem = engine.activity().list(&query).unwrap_err();
        assert_eq!(
            (problem.code, problem.field.as_deref()),
            (Code::InvalidInput, Some("limit"))
        );
    }
}

#[tokio::test]
async fn a_burst_of_lines_is_told_once_until_somebody_looks() {
    let home = Home::new().await;
    let engine = &home.engine;
    lines(engine);
    let mut events = engine.subscribe();
    let mut told = || {
        std::iter::from_fn(|| events.try_recv().ok())
            .filter(|event| *event == Event::ActivityChanged)
            .count()
    };
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    engine.leases().revoke(&[lease.id]).await.unwrap();
    assert_eq!(told(), 1);
    engine.environments().add("lab").unwrap();
    assert_eq!(told(), 0, "nobody has looked since");
    lines(engine);
    engine.environments().remove("lab").unwrap();
    assert_eq!(told(), 1);
}
