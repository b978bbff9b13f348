//! Bad input: every refusal names the field, the rule and the fix; nothing is sent and nothing kept.

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{SecretDraft, Settings, Severity};
use leasehold_engine::{AddAccessKey, Engine, IssueRequest, Renewal};
use leasehold_practice::ACCOUNT_ID;
use secrecy::SecretString;
use serde::Deserialize;

use crate::support::{Ground, Home, Wire, draft, request};

const TABLE: &str = include_str!("../../../domain/tests/refused_inputs.json");

#[derive(Deserialize)]
struct Case {
    why: String,
    field: String,
    draft: SecretDraft,
}

/// Field, rule and fix.
fn assert_tells(problem: &Problem, field: &str, why: &str) {
    assert_eq!(problem.field.as_deref(), Some(field), "{why}: {problem:?}");
    assert!(problem.message.len() > 10, "{why}: {problem:?}");
    let hint = problem.hint.as_deref().unwrap_or_default();
    assert!(!hint.is_empty(), "{why}: {problem:?}");
}

/// A home whose practice connection is called `main`, and what was sent since.
async fn ground() -> (Ground, Engine, Wire) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    (ground, engine, wire)
}

fn cases() -> Vec<Case> {
    let table = TABLE.replace("123456789012", ACCOUNT_ID);
    let mut cases: Vec<Case> = serde_json::from_str(&table).unwrap();
    for case in &mut cases {
        if case.draft.connection == "main" {
            case.draft.connection = "practice".into();
        }
    }
    cases
}

#[tokio::test]
async fn every_refused_draft_names_field_rule_and_fix_and_nothing_is_sent_or_kept() {
    let (ground, engine, wire) = ground().await;
    let before = engine.secrets().list().unwrap();
    let cases = cases();
    assert!(cases.len() >= 80, "{}", cases.len());
    for case in &cases {
        let check = engine.secrets().check(&case.draft, None).unwrap();
        let named = check
            .problems
            .iter()
            .find(|problem| problem.field.as_deref() == Some(case.field.as_str()));
        let problem = named.unwrap_or_else(|| panic!("{}: {:?}", case.why, check.problems));
        assert_tells(problem, &case.field, &case.why);
        let refused = engine.secrets().add(&case.draft).unwrap_err();
        assert_tells(&refused, refused.field.as_deref().unwrap(), &case.why);
        engine.secrets().edit("s3-upload", &case.draft).unwrap_err();
    }
    assert_eq!(engine.secrets().list().unwrap(), before);
    assert_eq!(wire.actions(), Vec::<String>::new());
    drop(ground);
}

#[tokio::test]
async fn every_refused_draft_is_refused_before_a_key_entered_with_it_is_used() {
    let (_ground, engine, wire) = ground().await;
    for case in cases()
        .into_iter()
        .filter(|case| case.field != "connection")
    {
        let key = AddAccessKey {
            name: "new".into(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            region: None,
            endpoint_url: None,
        };
        let account_only = case.why.contains("account") || case.why.contains("partition");
        if account_only {
            continue; // Known only once the key has been asked.
        }
        engine
            .secrets()
            .add_with_key(&case.draft, key)
            .await
            .unwrap_err();
        assert_eq!(wire.actions(), Vec::<String>::new(), "{}", case.why);
    }
    assert_eq!(engine.connections().list().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_connection_names_its_field_and_its_secret_goes_nowhere() {
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let (ground, engine, wire) = ground().await;
    let good = || AddAccessKey {
        name: "new".into(),
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: SecretString::from(SECRET),
        region: Some("eu-central-1".into()),
        endpoint_url: None,
    };
    let mut cases: Vec<(&str, AddAccessKey)> = Vec::new();
    for name in ["", " ", "Main", "a b", "-a", "a/b", "a\nb", &"x".repeat(65)] {
        cases.push((
            "name",
            AddAccessKey {
                name: name.into(),
                ..good()
            },
        ));
    }
    let ids = [
        "",
        "AKIA",
        "ASIAIOSFODNN7EXAMPLE",
        "AKIA IOSFODNN7EXAMPLE",
        "akia-iosfodnn7example",
        "AIDAIOSFODNN7EXAMPLE",
        "secret/instead+of/an/id",
    ];
    for id in ids {
        cases.push((
            "access_key_id",
            AddAccessKey {
                access_key_id: id.into(),
                ..good()
            },
        ));
    }
    let long = "x".repeat(129);
    for secret in [
        "",
        "short",
        "has a space in the middle of it all",
        "quo\"ted-secret-key-text",
        &long,
    ] {
        cases.push((
            "secret_access_key",
            AddAccessKey {
                secret_access_key: SecretString::from(secret),
                ..good()
            },
        ));
    }
    for region in [
        "europe",
        "eu central 1",
        "EU-CENTRAL-1",
        "eu-central-1; rm",
        "../x",
    ] {
        cases.push((
            "region",
            AddAccessKey {
                region: Some(region.into()),
                ..good()
            },
        ));
    }
    let urls = [
        "iam.example",
        "http://iam.example",
        "ftp://x",
        "https://u:p@x",
        "https://x/?a=b",
        "https://x/#a",
        "file:///etc/passwd",
        "http://127.0.0.1.evil.example",
        "https://",
        "//x",
        "javascript:alert(1)",
    ];
    for url in urls {
        cases.push((
            "endpoint_url",
            AddAccessKey {
                endpoint_url: Some(url.into()),
                ..good()
            },
        ));
    }
    assert!(cases.len() >= 35);
    for (field, asked) in cases {
        let why = format!("{asked:?}");
        assert!(!why.contains(SECRET));
        let problem = engine
            .connections()
            .add_access_key(asked)
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::InvalidInput, "{why}: {problem:?}");
        assert_tells(&problem, field, &why);
        assert!(!format!("{problem:?}").contains(SECRET));
    }
    let taken = AddAccessKey {
        name: "practice".into(),
        ..good()
    };
    let problem = engine
        .connections()
        .add_access_key(taken)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::NameTaken);
    assert_tells(&problem, "name", "taken");
    assert_eq!(wire.actions(), Vec::<String>::new());
    assert_eq!(engine.connections().list().unwrap().len(), 1);
    ground.assert_secret(&[SECRET.to_owned()], "");
}

#[tokio::test]
async fn a_key_that_aws_does_not_know_leaves_no_connection() {
    let (ground, engine, wire) = ground().await;
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let asked = AddAccessKey {
        name: "new".into(),
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: SecretString::from(SECRET),
        region: None,
        endpoint_url: None,
    };
    let problem = engine
        .connections()
        .add_access_key(asked)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::AwsWrongKey, "{problem:?}");
    assert_eq!(wire.actions(), ["GetCallerIdentity"]);
    assert_eq!(engine.connections().list().unwrap().len(), 1);
    ground.assert_secret(&[SECRET.to_owned()], &format!("{problem:?}"));
}

#[tokio::test]
async fn a_refused_ttl_or_label_names_its_field_and_records_nothing() {
    let (ground, engine, wire) = ground().await;
    for ttl in [
        "",
        " ",
        "5",
        "1M",
        "1 fortnight",
        "30s",
        "9h",
        "11y",
        "-1h",
        "1h30",
        "0m",
        "1e3s",
        "99999999999h",
    ] {
        let asked = IssueRequest {
            ttl: Some(ttl.into()),
            ..request("s3-upload")
        };
        let problem = engine.leases().issue(&asked).await.unwrap_err();
        assert_tells(&problem, "ttl", ttl);
    }
    for label in ["x".repeat(257), "a\u{7}b".into(), "line\nline".into()] {
        let asked = IssueRequest {
            label: Some(label.clone()),
            ..request("s3-upload")
        };
        let problem = engine.leases().issue(&asked).await.unwrap_err();
        assert_tells(&problem, "label", &label);
    }
    let problem = engine
        .leases()
        .issue(&request("nowhere"))
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::NotFound);
    assert_tells(&problem, "secret", "unknown");
    assert!(ground.leases(&engine).is_empty());
    assert_eq!(wire.actions(), Vec::<String>::new());

    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    wire.forget_calls();
    for ttl in ["", "5", "1M", "30s", "11y", "8h"] {
        let by = Renewal::By(ttl.into());
        let problem = engine.leases().renew(&lease.id, &by).await.unwrap_err();
        assert_tells(&problem, "ttl", ttl);
    }
    assert_eq!(wire.actions(), Vec::<String>::new());
}

#[tokio::test]
async fn refused_environments_and_settings_name_their_field_and_change_nothing() {
    let (_ground, engine, wire) = ground().await;
    let environments = engine.environments().list().unwrap();
    for name in ["", "Prod", "a b", "-x", "x/y", &"e".repeat(65)] {
        let problem = engine.environments().add(name).unwrap_err();
        assert_tells(&problem, "environment", name);
        let problem = engine
            .environments()
            .rename("production", name)
            .unwrap_err();
        assert_tells(&problem, "environment", name);
    }
    for refused in [
        engine.environments().add("production").unwrap_err(),
        engine.environments().remove("development").unwrap_err(),
        engine.environments().remove("nowhere").unwrap_err(),
        engine
            .environments()
            .reorder(&["nowhere".into()])
            .unwrap_err(),
    ] {
        assert_tells(&refused, "environment", "environment");
    }
    assert_eq!(engine.environments().list().unwrap(), environments);

    let kept = engine.settings().get().unwrap();
    for lead_minutes in [vec![0], vec![1441], vec![1, 2, 3, 4, 5, 6]] {
        let settings = Settings {
            lead_minutes,
            ..kept.clone()
        };
        let problem = engine.settings().set(settings).unwrap_err();
        assert_tells(&problem, "lead_minutes", "leads");
    }
    for clipboard_seconds in [0, 4, 601, u32::MAX] {
        let settings = Settings {
            clipboard_seconds,
            ..kept.clone()
        };
        let problem = engine.settings().set(settings).unwrap_err();
        assert_tells(&problem, "clipboard_seconds", "clipboard");
    }
    for reuse_share in [91, 100, u32::MAX] {
        let settings = Settings {
            reuse_share,
            ..kept.clone()
        };
        let problem = engine.settings().set(settings).unwrap_err();
        assert_tells(&problem, "reuse_share", "share");
    }
    for (from, until, field) in [
        ("late", "07:00", "quiet_from"),
        ("22:00", "25:00", "quiet_until"),
        ("22:00", "", "quiet_until"),
        ("", "07:00", "quiet_from"),
        ("7:00", "07:00", "quiet_until"),
    ] {
        let settings = Settings {
            quiet_from: from.into(),
            quiet_until: until.into(),
            ..kept.clone()
        };
        let problem = engine.settings().set(settings).unwrap_err();
        assert_tells(&problem, field, "quiet");
    }
    let settings = Settings {
        unload_after_minutes: 1441,
        ..kept.clone()
    };
    let problem = engine.settings().set(settings).unwrap_err();
    assert_tells(&problem, "unload_after_minutes", "unload");
    assert_eq!(engine.settings().get().unwrap(), kept);
    for by in ["", "5", "1M", "-1h"] {
        let problem = engine.practice().skip(by).unwrap_err();
        assert_tells(&problem, "by", by);
    }
    assert_eq!(wire.actions(), Vec::<String>::new());
}

#[tokio::test]
async fn a_check_marks_dangerous_documents_where_they_were_typed_even_in_a_form_that_is_not_done() {
    let home = Home::new().await;
    let mut draft = draft("another");
    draft.policy_documents = vec![
        String::new(),
        "{\n \"Version\": \"2012-10-17\",\n \"Statement\": { \"Effect\": \"Allow\",\n  \"Action\": \
         \"iam:CreateUser\", \"Resource\": \"*\" }\n}"
            .into(),
    ];
    for done in [true, false] {
        if !done {
            draft.name = String::new();
        }
        let check = home.engine.secrets().check(&draft, None).unwrap();
        assert_eq!(check.problems.is_empty(), done, "{:?}", check.problems);
        let [mark] = &check.marks[..] else {
            panic!("{:?}", check.marks);
        };
        assert_eq!((mark.document, mark.line, mark.column), (1, 4, 13));
        assert_eq!(mark.severity, Severity::Danger);
        assert_eq!(mark.rule, "outlives_lease");
        let said: Vec<_> = check
            .warnings
            .iter()
            .filter(|warning| warning.message == mark.message)
            .map(|warning| warning.field.as_deref())
            .collect();
        assert_eq!(said, [Some("policy_documents[1]")], "told once");
    }
}
