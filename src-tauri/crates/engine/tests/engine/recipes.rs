//! Dynamic secrets as a file: an export is the same secrets, in every home, and a file that cannot
//! be read is told about and nothing else.

use leasehold_domain::Code;
use leasehold_engine::Engine;
use leasehold_engine::wire::{RecipeAction, SecretDraft, TagView};
use proptest::prelude::*;

use crate::support::{Home, draft};

const DOCUMENTATION: &str = include_str!("../../RECIPES.md");

const FILE: &str = r#"version = 1
[[secret]]
name = "logs"
environment = "europe"
connection = "practice"
default_ttl = "30m"
max_ttl = "2h"
iam_path = "/leases/"
[[secret]]
name = "s3-upload"
folder = "/payments"
connection = "practice"
default_ttl = "30m"
max_ttl = "2h"
iam_path = "/leases/"
"#;

fn lines(engine: &Engine) -> i64 {
    engine.activity().verify().unwrap().entries
}

fn policies() -> impl Strategy<Value = String> {
    // Whatever makes quoting hard: quotes of all kinds, backslashes, escapes, other letters.
    let value = r#"([a-z'"\\ü/*]|'''|\\t|\$\{aws:username\}){1,12}"#;
    (value, any::<bool>()).prop_map(|(value, is_pretty)| {
        let document = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": "arn:aws:s3:::bucket/*",
                "Condition": {"StringLike": {"aws:userid": value}},
            }],
        });
        match is_pretty {
            true => serde_json::to_string_pretty(&document).unwrap(),
            false => document.to_string(),
        }
    })
}

fn drafts() -> impl Strategy<Value = SecretDraft> {
    let place = (
        prop::sample::select(vec!["development", "europe", "a.b_c"]),
        prop::sample::select(vec!["/", "/payments", "/a/b.c/d_e"]),
        prop::sample::select(vec!["", "us-east-1", "eu-central-1"]),
        prop::sample::select(vec!["/", "/leases/", "/leases/#'/"]),
    );
    let times = (60_u64..100_000, 0_u64..1_000_000);
    let groups = prop::collection::vec("[a-z+=,.@_-]{1,9}", 0..3);
    let arns = Just(vec![
        "arn:aws:iam::aws:policy/IAMReadOnlyAccess".to_owned(),
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned(),
    ])
    .prop_shuffle();
    let tags = prop::collection::btree_map(
        "[b-z]{1,3}[ _.:/=+@ü-]{0,3}[a-z]",
        "[A-Zü0-9 _.:/=+@-]{0,9}",
        0..3,
    );
    let policies = prop::collection::vec(policies(), 0..2);
    (place, times, groups, arns, 0_usize..3, policies, tags).prop_map(
        |(
            (environment, folder, region, iam_path),
            (default, more),
            groups,
            arns,
            take,
            policies,
            tags,
        )| {
            SecretDraft {
                environment: environment.to_owned(),
                folder: folder.to_owned(),
                connection: "practice".to_owned(),
                default_ttl: format!("{default}s"),
                max_ttl: format!("{}s", default + more),
                region: region.to_owned(),
                iam_path: iam_path.to_owned(),
                groups,
                policy_arns: arns.into_iter().take(take).collect(),
                policy_documents: policies,
                tags: tags
                    .into_iter()
                    .map(|(key, value)| TagView { key, value })
                    .rev()
                    .collect(),
                ..SecretDraft::default()
            }
        },
    )
}

fn home() -> Home {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(Home::new())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_is_the_same_secrets_wherever_it_is_applied(drafts in prop::collection::vec(drafts(), 1..5)) {
        let (here, there) = (home(), home());
        for environment in ["europe", "a.b_c"] {
            here.engine.environments().add(environment).unwrap();
        }
        let secrets = drafts.len();
        for (n, draft) in drafts.into_iter().enumerate() {
            let draft = SecretDraft { name: format!("s{n}"), ..draft };
            here.engine.secrets().add(&draft).unwrap();
        }
        let recipes = here.engine.recipes();
        let text = recipes.export(&[]).unwrap();
        let same = recipes.plan(&text).unwrap();
        prop_assert_eq!(same.secrets.len(), secrets + 1);
        prop_assert!(same.secrets.iter().all(|one| one.action == RecipeAction::Unchanged), "{}\n{:#?}", text, same);
        let applied = there.engine.recipes().apply(&text).unwrap();
        prop_assert!(applied.applied);
        prop_assert_eq!(there.engine.recipes().export(&[]).unwrap(), &*text);
        prop_assert_eq!(there.engine.recipes().list(&[]).unwrap(), recipes.list(&[]).unwrap());
        prop_assert!(!there.engine.recipes().apply(&text).unwrap().applied);
        prop_assert_eq!(here.engine.activity().verify().unwrap().fault, None);
    }
}

#[tokio::test]
async fn a_file_with_anything_broken_in_it_is_told_with_places_and_changes_nothing() {
    let home = Home::new().await;
    let (before, lines_before) = (
        home.engine.recipes().export(&[]).unwrap(),
        lines(&home.engine),
    );
    let export = format!("{before}{}", FILE.trim_start_matches("version = 1\n"));
    let characters: Vec<char> = export.chars().collect();
    let mut refused = 0;
    for at in (0..characters.len()).step_by(3) {
        for insert in ["", "\"", "]\n", "'''", "=", "\u{1b}", "é\n[[secret]]\n"] {
            let mut text: String = characters[..at].iter().collect();
            text += insert;
            text.extend(&characters[at + 1..]);
            let Err(refusal) = home.engine.recipes().plan(&text) else {
                continue;
            };
            refused += 1;
            assert!(!refusal.faults.is_empty(), "{text}");
            let last = text.lines().count() + 1;
            for fault in refusal.faults {
                assert!(
                    (1..=last).contains(&fault.line) && fault.column > 0,
                    "{fault:?}"
                );
                assert!(fault.problem.hint.is_some(), "{fault:?}");
                assert!(!fault.problem.message.contains('\u{1b}'), "{fault:?}");
            }
        }
    }
    assert!(refused > 500, "only {refused}");
    assert_eq!(home.engine.recipes().export(&[]).unwrap(), before);
    assert_eq!(lines(&home.engine), lines_before);
}

#[tokio::test]
async fn a_full_disk_takes_nothing_of_a_file() {
    let home = Home::new().await;
    let before = home.engine.recipes().export(&[]).unwrap();
    home.engine.leave_room_for(0);
    let refusal = home.engine.recipes().apply(FILE).unwrap_err();
    assert_eq!(refusal.problem.code, Code::StoreFailed);
    assert!(refusal.faults.is_empty());
    home.engine.leave_room_for(u64::MAX);
    assert_eq!(home.engine.recipes().export(&[]).unwrap(), before);
    let plan = home.engine.recipes().apply(FILE).unwrap();
    let actions: Vec<_> = plan.secrets.iter().map(|one| one.action).collect();
    assert_eq!(actions, [RecipeAction::Add, RecipeAction::Change]);
    assert_eq!(plan.environments, ["europe"]);
}

#[tokio::test]
async fn another_order_of_what_has_none_is_no_change() {
    let home = Home::new().await;
    let mut full = draft("ordered");
    full.groups = vec!["b".into(), "a".into()];
    let tag = |key: &str| TagView {
        key: key.into(),
        value: "v".into(),
    };
    full.tags = vec![tag("b"), tag("a")];
    home.engine.secrets().add(&full).unwrap();
    let text = home.engine.recipes().export(&["ordered".into()]).unwrap();
    let other = text.replace("  \"b\",\n  \"a\",\n", "  \"a\",\n  \"b\",\n");
    assert_ne!(text, other);
    assert!(
        text.contains("a = \"v\"\nb = \"v\"\n"),
        "tags are sorted: {text}"
    );
    assert!(!home.engine.recipes().apply(&other).unwrap().applied);
    assert_eq!(
        home.engine.recipes().export(&["ordered".into()]).unwrap(),
        text
    );
}

/// The documentation names exactly the fields that are read, and its example is a file.
#[tokio::test]
async fn the_format_is_as_documented() {
    let mut documented: Vec<&str> = DOCUMENTATION
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let home = Home::new().await;
    let recipes = home.engine.recipes();
    let file = "version = 1\n[[secret]]\nunheard_of = 1\n";
    let refusal = recipes.plan(file).unwrap_err();
    let unknown = refusal.faults.iter().find(|fault| fault.line == 3).unwrap();
    let hint = unknown.problem.hint.as_deref().unwrap();
    let read = hint
        .rsplit("There are ")
        .next()
        .unwrap()
        .trim_end_matches('.');
    let mut read: Vec<&str> = read.split(", ").collect();
    documented.sort_unstable();
    read.sort_unstable();
    assert_eq!(documented, read);

    let example = DOCUMENTATION.split("```toml\n").nth(1).unwrap();
    let example = example.split("\n```").next().unwrap();
    let example = example.replace("\"prod\"", "\"practice\"");
    let plan = recipes.apply(&example).unwrap();
    assert_eq!(plan.secrets[0].secret, "production:/payments/s3-upload");
    let export = recipes
        .export(&["production:payments/s3-upload".into()])
        .unwrap();
    let comments = export.lines().skip_while(|line| line.starts_with('#'));
    let export: Vec<_> = comments.collect();
    assert_eq!(
        export,
        example.lines().collect::<Vec<_>>(),
        "it is what an export prints"
    );
}
