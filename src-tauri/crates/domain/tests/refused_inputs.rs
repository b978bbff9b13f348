//! The table of refused inputs, which other crates' tests read too, and its accepted counterpart.
//!
//! `refused_inputs.json` is a list of `{why, field, draft}` for a connection that reaches account
//! 123456789012 in partition `aws`, with ten managed policies per user.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeSet;

use leasehold_domain::recipe::Ground;
use leasehold_domain::{AccountId, Code, Partition, Problem, RecipeDraft, Signer, lint, recipe};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    why: String,
    field: String,
    draft: Wire,
}

/// A draft as it goes over the wire.
#[derive(Deserialize, Clone)]
struct Wire {
    name: String,
    environment: String,
    folder: String,
    connection: String,
    default_ttl: String,
    max_ttl: String,
    region: String,
    iam_path: String,
    permission_boundary: String,
    groups: Vec<String>,
    policy_arns: Vec<String>,
    policy_documents: Vec<String>,
    username_template: String,
    tags: Vec<WireTag>,
}

#[derive(Deserialize, Clone)]
struct WireTag {
    key: String,
    value: String,
}

impl From<Wire> for RecipeDraft {
    fn from(wire: Wire) -> Self {
        Self {
            name: wire.name,
            environment: wire.environment,
            folder: wire.folder,
            connection: wire.connection,
            default_ttl: wire.default_ttl,
            max_ttl: wire.max_ttl,
            region: wire.region,
            iam_path: wire.iam_path,
            permission_boundary: wire.permission_boundary,
            groups: wire.groups,
            policy_arns: wire.policy_arns,
            policy_documents: wire.policy_documents,
            username_template: wire.username_template,
            credential_type: String::new(),
            role_arn: String::new(),
            external_id: String::new(),
            tags: wire
                .tags
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect(),
        }
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("refused_inputs.json")).unwrap()
}

fn account() -> AccountId {
    AccountId::parse("account", "123456789012").unwrap()
}

fn validate(
    draft: &RecipeDraft,
    partition: &Partition,
    limit: usize,
) -> Result<recipe::Recipe, Vec<Problem>> {
    let ground = Ground {
        partition,
        account: &account(),
        managed_policy_limit: limit,
        signer: Signer::User,
    };
    recipe::validate(draft, ground)
}

fn problems(draft: &RecipeDraft) -> Vec<Problem> {
    validate(draft, &Partition::aws(), 10)
        .err()
        .unwrap_or_default()
}

/// The draft that the table's cases are made from.
fn valid() -> RecipeDraft {
    RecipeDraft {
        name: "s3-upload".into(),
        environment: "development".into(),
        folder: "/payments".into(),
        connection: "main".into(),
        default_ttl: "1h".into(),
        max_ttl: "8h".into(),
        region: "us-east-1".into(),
        iam_path: "/leases/".into(),
        permission_boundary: "arn:aws:iam::123456789012:policy/Limit".into(),
        groups: vec!["uploaders".into()],
        policy_arns: vec!["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".into()],
        policy_documents: vec![document("s3:GetObject", 1)],
        username_template: String::new(),
        tags: vec![("team".into(), "payments".into())],
        ..RecipeDraft::default()
    }
}

fn document(action: &str, resources: usize) -> String {
    let resources: Vec<String> = (0..resources)
        .map(|n| format!("\"arn:aws:s3:::reports-{n:03}/*\""))
        .collect();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{ \"Effect\": \"Allow\", \
         \"Action\": \"{action}\", \"Resource\": [ {} ] }}\n  ]\n}}\n",
        resources.join(", ")
    )
}

#[test]
fn every_case_is_refused_at_its_field_and_nowhere_else() {
    let cases = cases();
    assert!(cases.len() >= 120, "{} cases", cases.len());
    for Case { why, field, draft } in cases {
        let found = problems(&draft.into());
        let fields: BTreeSet<&str> = found.iter().filter_map(|p| p.field.as_deref()).collect();
        assert_eq!(fields, BTreeSet::from([field.as_str()]), "{why}: {found:?}");
        for problem in &found {
            let hint = problem.hint.as_deref().unwrap_or_default();
            assert_eq!(problem.code, Code::InvalidInput, "{why}");
            for sentence in [problem.message.as_str(), hint] {
                assert!(
                    sentence.len() > 10 && sentence.len() < 500,
                    "{why}: {sentence}"
                );
                assert!(sentence.ends_with(['.', '?']), "{why}: {sentence}");
                assert!(
                    !sentence.contains('\n') && !sentence.contains('!'),
                    "{why}: {sentence}"
                );
            }
            assert_ne!(problem.message, hint, "{why}");
        }
    }
}

#[test]
fn every_case_has_its_own_reason_and_every_field_has_cases() {
    let cases = cases();
    let reasons: BTreeSet<&str> = cases.iter().map(|case| case.why.as_str()).collect();
    assert_eq!(reasons.len(), cases.len());
    for field in [
        "name",
        "environment",
        "folder",
        "connection",
        "default_ttl",
        "max_ttl",
        "region",
        "iam_path",
        "permission_boundary",
        "groups",
        "policy_arns",
        "policy_documents",
        "username_template",
        "tags",
    ] {
        assert!(
            cases
                .iter()
                .any(|case| case.field.split('[').next() == Some(field)),
            "{field}"
        );
    }
}

#[test]
fn the_base_of_the_table_is_valid() {
    assert_eq!(problems(&valid()), []);
}

#[test]
fn what_people_type_is_accepted() {
    type Change = fn(&mut RecipeDraft);
    let changes: [(&str, Change); 32] = [
        ("a name with one letter", |d| d.name = "a".into()),
        ("a name with white space around it", |d| {
            d.name = " s3-upload\n".into()
        }),
        ("a name of 64 characters", |d| d.name = "a".repeat(64)),
        ("the root folder", |d| d.folder = "/".into()),
        ("no folder", |d| d.folder = String::new()),
        ("a folder with a last slash", |d| {
            d.folder = "/payments/s3/".into()
        }),
        ("a compound TTL", |d| d.default_ttl = "1h30m".into()),
        ("a TTL in words", |d| {
            (d.default_ttl, d.max_ttl) = ("2 days".into(), "1 week".into())
        }),
        ("a fraction of an hour", |d| d.default_ttl = "1.5h".into()),
        ("the shortest TTL", |d| {
            (d.default_ttl, d.max_ttl) = ("1m".into(), "60s".into())
        }),
        ("the longest TTL", |d| d.max_ttl = "10y".into()),
        ("no region", |d| d.region = String::new()),
        ("a region of this partition", |d| {
            d.region = "eu-central-1".into()
        }),
        ("no path", |d| d.iam_path = String::new()),
        ("a deep path", |d| {
            d.iam_path = "/leases/payments/s3/".into()
        }),
        ("no boundary", |d| d.permission_boundary = String::new()),
        ("a boundary of AWS", |d| {
            d.permission_boundary = "arn:aws:iam::aws:policy/PowerUserAccess".into();
        }),
        ("no groups", |d| d.groups = vec![]),
        ("groups in one line", |d| {
            d.groups = vec!["a, b c\nd".into()]
        }),
        ("ten groups, some twice and in another case", |d| {
            d.groups = vec!["a b c d e f g h i j".into(), "A, b".into()];
        }),
        ("no managed policies", |d| d.policy_arns = vec![]),
        ("ten managed policies", |d| {
            d.policy_arns = (0..10)
                .map(|n| format!("arn:aws:iam::aws:policy/p{n}"))
                .collect();
        }),
        ("a managed policy with a path", |d| {
            d.policy_arns = vec!["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess".into()];
        }),
        ("no documents", |d| d.policy_documents = vec![]),
        ("a blank document", |d| {
            d.policy_documents.push(" \n".into())
        }),
        ("several documents", |d| {
            d.policy_documents.push(document("s3:PutObject", 3))
        }),
        ("a template with the secret's name", |d| {
            d.username_template = "lh-{{secret.name}}-{{random 13}}".into();
        }),
        ("a template with functions", |d| {
            d.username_template =
                "{{truncate identity.name 8}}.{{uppercase secret.name}}.{{randomUsername}}".into();
        }),
        ("a template for exactly 64 characters", |d| {
            d.username_template = "{{random 64}}".into()
        }),
        ("no tags", |d| d.tags = vec![]),
        ("a tag without a value, and an empty row", |d| {
            d.tags = vec![("team".into(), String::new()), (String::new(), " ".into())];
        }),
        ("fifty tags", |d| {
            d.tags = (0..50).map(|n| (format!("k{n}"), String::new())).collect()
        }),
    ];
    for (why, change) in changes {
        let mut draft = valid();
        change(&mut draft);
        assert_eq!(problems(&draft), [], "{why}");
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let draft = RecipeDraft {
        groups: vec!["a/b".into(), "ok c*".into()],
        policy_arns: vec!["x".into()],
        policy_documents: vec!["{".into(), document("s3:GetObject", 1), "[]".into()],
        tags: vec![("aws:x".into(), "#".into())],
        region: "x".into(),
        iam_path: "x".into(),
        permission_boundary: "x".into(),
        username_template: "x".into(),
        folder: "//".into(),
        ..RecipeDraft::default()
    };
    let fields: Vec<String> = problems(&draft)
        .into_iter()
        .filter_map(|p| p.field)
        .collect();
    assert_eq!(
        fields,
        [
            "name",
            "environment",
            "folder",
            "connection",
            "default_ttl",
            "max_ttl",
            "region",
            "iam_path",
            "permission_boundary",
            "groups[0]",
            "groups[2]",
            "policy_arns[0]",
            "policy_documents[0]",
            "policy_documents[2]",
            "username_template",
            "tags[0].key",
            "tags[0].value",
        ]
    );
}

#[test]
fn a_raised_quota_allows_twenty_managed_policies() {
    let mut draft = valid();
    let arns = |n: usize| {
        (0..n)
            .map(|n| format!("arn:aws:iam::aws:policy/p{n}"))
            .collect()
    };
    draft.policy_arns = arns(20);
    assert!(validate(&draft, &Partition::aws(), 20).is_ok());
    assert_eq!(problems(&draft).len(), 1);
    draft.policy_arns = arns(21);
    assert!(validate(&draft, &Partition::aws(), 20).is_err());
}

#[test]
fn another_partition_has_its_own_default_region() {
    let partition = Partition::parse("partition", "aws-cn").unwrap();
    let draft = RecipeDraft {
        region: String::new(),
        permission_boundary: String::new(),
        policy_arns: vec!["arn:aws-cn:iam::aws:policy/ReadOnlyAccess".into()],
        policy_documents: vec![],
        ..valid()
    };
    let recipe = validate(&draft, &partition, 10).unwrap();
    assert_eq!(recipe.region.as_str(), "cn-north-1");
}

/// A document of exactly so many characters.
fn sized(size: usize) -> String {
    let shell = |name: &str| {
        format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\
             \"Resource\":\"arn:aws:s3:::{name}\"}}}}"
        )
    };
    shell(&"x".repeat(size - shell("").len()))
}

#[test]
fn the_documents_may_fill_the_budget_to_the_last_character() {
    let mut draft = RecipeDraft {
        policy_documents: vec![],
        ..valid()
    };
    let room = recipe::draft_budget(&draft, &Partition::aws(), &account()).room_for_documents();
    let room = usize::try_from(room).unwrap();
    draft.policy_documents = vec![sized(room)];
    let recipe = validate(&draft, &Partition::aws(), 10).unwrap();
    let budget = recipe.budget(&Partition::aws(), &account());
    assert_eq!((budget.total(), budget.limit), (2048, 2048));
    assert_eq!(
        budget,
        recipe::draft_budget(&draft, &Partition::aws(), &account())
    );

    draft.policy_documents = vec![sized(room + 1)];
    let problems = problems(&draft);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].field.as_deref(), Some("policy_documents"));
    assert!(
        problems[0]
            .hint
            .as_deref()
            .unwrap()
            .contains("by 1 character,")
    );
}

#[test]
fn a_longer_path_or_name_leaves_less_room() {
    let budget = |change: fn(&mut RecipeDraft)| {
        let mut draft = valid();
        change(&mut draft);
        recipe::draft_budget(&draft, &Partition::aws(), &account()).guards
    };
    let plain = budget(|_| {});
    assert_eq!(budget(|d| d.iam_path = "/leases/a/".into()), plain + 2);
    assert_eq!(
        budget(|d| d.username_template = "x{{randomUsername}}".into()),
        plain + 1
    );
    assert_eq!(
        budget(|d| d.username_template = "broken {{".into()),
        plain + 64 - 27
    );
}

#[test]
fn a_recipe_reads_back_from_its_own_draft() {
    let draft = RecipeDraft {
        folder: "payments/".into(),
        default_ttl: "90m".into(),
        ..valid()
    };
    let recipe = validate(&draft, &Partition::aws(), 10).unwrap();
    let normal = recipe.to_draft();
    assert_eq!(
        (normal.folder.as_str(), normal.default_ttl.as_str()),
        ("/payments", "1h30m")
    );
    assert_eq!(validate(&normal, &Partition::aws(), 10), Ok(recipe));
}

#[test]
fn warnings_name_what_is_allowed_and_unwise() {
    let warned = |change: fn(&mut RecipeDraft)| -> Vec<(String, String)> {
        let mut draft = valid();
        change(&mut draft);
        let recipe = validate(&draft, &Partition::aws(), 10).unwrap();
        let budget = recipe.budget(&Partition::aws(), &account());
        lint::lint(&draft, Some((&recipe, budget)))
            .iter()
            .map(Problem::from)
            .map(|p| (p.field.unwrap(), p.message))
            .collect()
    };
    assert_eq!(warned(|d| d.tags.clear()), []);
    type Change = fn(&mut RecipeDraft);
    let cases: [(Change, &str, &str); 8] = [
        (|d| d.iam_path = "/".into(), "iam_path", "made at /"),
        (
            |d| d.permission_boundary.clear(),
            "permission_boundary",
            "Without a permission boundary",
        ),
        (|d| d.max_ttl = "1y".into(), "max_ttl", "1y"),
        (|_| {}, "tags", "iam:TagUser"),
        (
            |d| d.policy_arns = vec!["arn:aws:iam::aws:policy/AdministratorAccess".into()],
            "policy_arns[0]",
            "administrator",
        ),
        (
            |d| {
                d.policy_documents
                    .push(document("*", 1).replace("arn:aws:s3:::reports-000/*", "*"))
            },
            "policy_documents[1]",
            "administrator",
        ),
        (
            |d| (d.groups, d.policy_arns, d.policy_documents) = (vec![], vec![], vec![]),
            "policy_documents",
            "never grants",
        ),
        (
            |d| {
                d.permission_boundary.clear();
                (d.groups, d.policy_arns, d.policy_documents) = (vec![], vec![], vec![]);
            },
            "policy_documents",
            "may do nothing",
        ),
    ];
    for (change, field, part) in cases {
        let found = warned(change);
        assert!(
            found.iter().any(|(f, m)| f == field && m.contains(part)),
            "{field}: {found:?}"
        );
    }
}

#[test]
fn the_summary_says_who_may_do_what_until_when() {
    let recipe = validate(&valid(), &Partition::aws(), 10).unwrap();
    insta::assert_snapshot!(recipe::summary(&recipe).join("\n"));
}

/// A draft for sessions of a role.
fn role() -> RecipeDraft {
    RecipeDraft {
        credential_type: "assumed_role".into(),
        role_arn: "arn:aws:iam::123456789012:role/ops/deployer".into(),
        external_id: "partner-7".into(),
        iam_path: "/".into(),
        permission_boundary: String::new(),
        groups: vec![],
        username_template: String::new(),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
        policy_documents: vec![sized(2048)],
        tags: vec![("team".into(), "a".into())],
        ..valid()
    }
}

fn fields(draft: &RecipeDraft, signer: Signer) -> Vec<String> {
    let ground = Ground {
        partition: &Partition::aws(),
        account: &account(),
        managed_policy_limit: 10,
        signer,
    };
    let found = recipe::validate(draft, ground).err().unwrap_or_default();
    found.into_iter().filter_map(|one| one.field).collect()
}

#[test]
fn a_recipe_of_sessions_reads_back_from_its_own_draft() {
    for draft in [
        role(),
        RecipeDraft {
            credential_type: "federation_token".into(),
            role_arn: String::new(),
            external_id: String::new(),
            ..role()
        },
    ] {
        let recipe = validate(&draft, &Partition::aws(), 10).unwrap();
        assert!(recipe.user().is_none());
        let normal = recipe.to_draft();
        assert_eq!(normal.credential_type, draft.credential_type);
        assert_eq!(validate(&normal, &Partition::aws(), 10), Ok(recipe));
    }
}

#[test]
fn every_limit_of_sessions_is_the_fields_own_error() {
    type Change = fn(&mut RecipeDraft);
    let table: [(Change, Signer, &[&str]); 18] = [
        (|_| {}, Signer::User, &[]),
        (|d| d.role_arn.clear(), Signer::User, &["role_arn"]),
        (
            |d| d.role_arn = "deployer".into(),
            Signer::User,
            &["role_arn"],
        ),
        (
            |d| d.external_id = "a b".into(),
            Signer::User,
            &["external_id"],
        ),
        (
            |d| d.default_ttl = "14m59s".into(),
            Signer::User,
            &["default_ttl"],
        ),
        (|d| d.max_ttl = "12h1s".into(), Signer::User, &["max_ttl"]),
        (|d| d.max_ttl = "1h1s".into(), Signer::Session, &["max_ttl"]),
        (|d| d.max_ttl = "1h".into(), Signer::Session, &[]),
        (|_| {}, Signer::Root, &["connection"]),
        (
            |d| d.iam_path = "/leases/".into(),
            Signer::User,
            &["iam_path"],
        ),
        (
            |d| d.groups = vec!["devs".into()],
            Signer::User,
            &["groups"],
        ),
        (
            |d| d.username_template = "{{randomUsername}}".into(),
            Signer::User,
            &["username_template"],
        ),
        (
            |d| d.policy_documents = vec![sized(2049)],
            Signer::User,
            &["policy_documents"],
        ),
        (
            |d| d.policy_documents = vec![sized(200), sized(200)],
            Signer::User,
            &["policy_documents[1]"],
        ),
        (
            |d| {
                let arn = |n| format!("arn:aws:iam::aws:policy/p{n}");
                d.policy_arns = (0..11).map(arn).collect();
            },
            Signer::User,
            &["policy_arns"],
        ),
        (
            // A session policy is of the role's account.
            |d| d.role_arn = "arn:aws:iam::999999999999:role/there".into(),
            Signer::User,
            &[],
        ),
        (
            |d| d.policy_arns = vec!["arn:aws:iam::999999999999:policy/there".into()],
            Signer::User,
            &["policy_arns[0]"],
        ),
        (
            |d| d.tags = (0..51).map(|n| (format!("k{n}"), String::new())).collect(),
            Signer::User,
            &["tags"],
        ),
    ];
    for (n, (change, signer, expected)) in table.into_iter().enumerate() {
        let mut draft = role();
        change(&mut draft);
        assert_eq!(fields(&draft, signer), expected, "case {n}");
    }
}

#[test]
fn a_federation_token_needs_a_session_policy_and_a_long_term_key() {
    let token = RecipeDraft {
        credential_type: "federation_token".into(),
        role_arn: String::new(),
        external_id: String::new(),
        max_ttl: "36h".into(),
        ..role()
    };
    assert_eq!(fields(&token, Signer::User), [""; 0]);
    assert_eq!(fields(&token, Signer::Session), ["connection"]);
    assert_eq!(fields(&token, Signer::Root), ["max_ttl"]);
    let bare = RecipeDraft {
        policy_arns: vec![],
        policy_documents: vec![],
        ..token.clone()
    };
    assert_eq!(fields(&bare, Signer::User), ["policy_documents"]);
    let mixed = RecipeDraft {
        role_arn: role().role_arn,
        ..token
    };
    assert_eq!(fields(&mixed, Signer::User), ["role_arn"]);
}

#[test]
fn an_iam_user_has_no_role_and_an_unknown_type_is_named() {
    let draft = RecipeDraft {
        role_arn: role().role_arn,
        external_id: "partner-7".into(),
        ..valid()
    };
    assert_eq!(fields(&draft, Signer::User), ["role_arn", "external_id"]);
    let draft = RecipeDraft {
        credential_type: "session_token".into(),
        ..valid()
    };
    assert_eq!(fields(&draft, Signer::User), ["credential_type"]);
}

#[test]
fn a_shorter_ttl_than_sts_gives_is_refused_when_it_is_asked_for() {
    let recipe = validate(&role(), &Partition::aws(), 10).unwrap();
    let asked = |ttl, signer| recipe.lease_ttl(Some(ttl), signer);
    assert_eq!(asked("15m", Signer::User).unwrap().secs(), 900);
    for (ttl, signer) in [
        ("14m", Signer::User),
        ("2h", Signer::Session),
        ("9h", Signer::User),
    ] {
        assert_eq!(
            asked(ttl, signer).unwrap_err().field.as_deref(),
            Some("ttl"),
            "{ttl}"
        );
    }
}

#[test]
fn the_summary_of_sessions_says_what_ends_them() {
    let recipe = validate(&role(), &Partition::aws(), 10).unwrap();
    let text = recipe::summary(&recipe).join(" ");
    assert!(text.contains("session of the role deployer"), "{text}");
    assert!(
        text.contains("both the role and the session policy or the managed policy"),
        "{text}"
    );
    assert!(text.contains("cannot be renewed"), "{text}");
}
