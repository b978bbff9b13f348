//! The managing policy, to the letter.

use super::*;
use crate::PolicyDocument;
use serde_json::Value;

/// Everything that the life of a user takes.
const FIFTEEN: [&str; 15] = [
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateUser",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
    "iam:PutUserPolicy",
    "iam:AddUserToGroup",
    "iam:RemoveUserFromGroup",
];

fn scope(path: &str, groups: &[&str], policies: &[&str], boundary: Option<&str>) -> Scope {
    let policy = |name: &str| {
        PolicyArn::parse("p", &format!("arn:aws:iam::123456789012:policy/{name}")).unwrap()
    };
    Scope {
        iam_path: IamPath::parse("p", path).unwrap(),
        groups: groups
            .iter()
            .map(|name| GroupName::parse("g", name).unwrap())
            .collect(),
        policy_arns: policies.iter().map(|name| policy(name)).collect(),
        boundary: boundary.map(policy),
        has_tags: false,
        is_lease: false,
    }
}

fn generated(recipes: &[Scope]) -> (ManagingPolicyDoc, Vec<Value>) {
    let account = AccountId::parse("a", "123456789012").unwrap();
    let doc = generate(&Partition::aws(), &account, recipes, &[]);
    assert_eq!(
        doc,
        generate(&Partition::aws(), &account, recipes, &[]),
        "not deterministic"
    );
    PolicyDocument::parse("d", &doc.document).unwrap();
    let json: Value = serde_json::from_str(&doc.document).unwrap();
    let statements = json["Statement"].as_array().unwrap().clone();
    (doc, statements)
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect()
}

fn actions(statements: &[Value]) -> Vec<&str> {
    let mut all: Vec<&str> = statements
        .iter()
        .flat_map(|s| texts(&s["Action"]))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn by_sid<'a>(statements: &'a [Value], sid: &str) -> &'a Value {
    statements
        .iter()
        .find(|s| s["Sid"] == sid)
        .unwrap_or_else(|| panic!("no {sid}"))
}

fn fifteen_sorted() -> Vec<&'static str> {
    let mut all = FIFTEEN.to_vec();
    all.sort_unstable();
    all
}

#[test]
fn the_whole_document_of_one_recipe_is_exact() {
    let (doc, _) = generated(&[scope("/leases/", &["devs"], &["S3"], Some("Limit"))]);
    insta::assert_snapshot!(doc.document);
    insta::assert_snapshot!(doc.notes.join("\n"));
}

#[test]
fn the_example_without_recipes_has_all_fifteen_actions_at_leases() {
    let (doc, statements) = generated(&[]);
    assert_eq!(actions(&statements), fifteen_sorted());
    assert!(statements.iter().all(|s| s.get("Condition").is_none()));
    assert!(doc.notes[0].contains("example"));
    assert!(!doc.document.contains("\"*\""), "{}", doc.document);
}

#[test]
fn a_recipe_with_everything_but_options_needs_exactly_the_fifteen_actions() {
    let (_, statements) = generated(&[scope("/leases/", &["devs"], &["S3"], Some("Limit"))]);
    assert_eq!(actions(&statements), fifteen_sorted());
    let (_, statements) = generated(&[scope("/leases/", &["devs"], &["S3"], None)]);
    assert_eq!(actions(&statements), fifteen_sorted());
}

#[test]
fn actions_that_no_recipe_needs_are_left_out() {
    let (_, statements) = generated(&[scope("/leases/", &[], &[], None)]);
    let found = actions(&statements);
    assert!(found.iter().all(|action| FIFTEEN.contains(action)));
    assert!(!found.contains(&"iam:AttachUserPolicy") && !found.contains(&"iam:AddUserToGroup"));
    // Old leases may be in groups and have policies attached.
    assert!(found.contains(&"iam:DetachUserPolicy") && found.contains(&"iam:RemoveUserFromGroup"));
}

#[test]
fn tags_add_exactly_one_action() {
    let tagged = Scope {
        has_tags: true,
        ..scope("/leases/", &["devs"], &["S3"], None)
    };
    let (doc, statements) = generated(&[tagged]);
    let found = actions(&statements);
    let extra: Vec<_> = found
        .iter()
        .filter(|action| !FIFTEEN.contains(action))
        .collect();
    assert_eq!(extra, [&"iam:TagUser"]);
    assert!(doc.notes.iter().any(|note| note.contains("iam:TagUser")));
}

#[test]
fn conditions_stand_on_making_and_attaching_only() {
    let (_, statements) = generated(&[scope("/leases/", &["devs"], &["S3", "EC2"], Some("Limit"))]);
    for statement in &statements {
        let sid = statement["Sid"].as_str().unwrap();
        let conditional = sid.starts_with("MakeUsers") || sid.starts_with("AttachPolicies");
        assert_eq!(statement.get("Condition").is_some(), conditional, "{sid}");
    }
    let attach = &by_sid(&statements, "AttachPolicies1")["Condition"];
    assert_eq!(
        texts(&attach["ArnEquals"]["iam:PolicyARN"]),
        [
            "arn:aws:iam::123456789012:policy/EC2",
            "arn:aws:iam::123456789012:policy/S3"
        ]
    );
    let end = by_sid(&statements, "EndLeases1");
    assert_eq!(texts(&end["Action"]), UNCONDITIONAL);
}

#[test]
fn differing_boundaries_of_a_path_are_listed_and_a_missing_one_lifts_the_condition() {
    let both = [
        scope("/a/", &[], &[], Some("Two")),
        scope("/a/", &[], &[], Some("One")),
    ];
    let (_, statements) = generated(&both);
    let condition = &by_sid(&statements, "MakeUsers1")["Condition"]["StringEquals"];
    assert_eq!(
        texts(&condition["iam:PermissionsBoundary"]),
        [
            "arn:aws:iam::123456789012:policy/One",
            "arn:aws:iam::123456789012:policy/Two"
        ]
    );
    let mixed = [
        scope("/a/", &[], &[], Some("One")),
        scope("/a/", &[], &["S3"], None),
    ];
    let (doc, statements) = generated(&mixed);
    assert!(by_sid(&statements, "MakeUsers1").get("Condition").is_none());
    assert_eq!(
        by_sid(&statements, "AttachPolicies1")["Condition"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
    assert!(
        doc.notes
            .iter()
            .any(|note| note.contains("no permission boundary"))
    );
}

#[test]
fn every_path_has_its_own_statements_and_every_user_resource_ends_in_a_star() {
    let recipes = [
        scope("/b/", &["devs"], &[], None),
        scope("/a/", &["ops"], &[], None),
        scope("/b/", &[], &[], None),
    ];
    let (_, statements) = generated(&recipes);
    assert_eq!(
        texts(&by_sid(&statements, "MakeUsers1")["Resource"]),
        ["arn:aws:iam::123456789012:user/a/*"]
    );
    assert_eq!(
        texts(&by_sid(&statements, "MakeUsers2")["Resource"]),
        ["arn:aws:iam::123456789012:user/b/*"]
    );
    assert!(!statements.iter().any(|s| s["Sid"] == "MakeUsers3"));
    assert_eq!(
        texts(&by_sid(&statements, "JoinGroups")["Resource"]),
        [
            "arn:aws:iam::123456789012:group/devs",
            "arn:aws:iam::123456789012:group/*/devs",
            "arn:aws:iam::123456789012:group/ops",
            "arn:aws:iam::123456789012:group/*/ops",
        ]
    );
    assert_eq!(
        texts(&by_sid(&statements, "LeaveGroups")["Resource"]),
        ["arn:aws:iam::123456789012:group/*"]
    );
}

#[test]
fn the_order_of_recipes_does_not_matter() {
    let mut recipes = vec![
        scope("/b/", &["z", "a"], &["S3", "EC2"], Some("One")),
        scope("/a/", &["m"], &["RDS"], None),
        scope("/b/", &["a"], &["S3"], Some("Two")),
    ];
    let (first, _) = generated(&recipes);
    recipes.reverse();
    let (second, _) = generated(&recipes);
    assert_eq!(first, second);
}

#[test]
fn a_wildcard_in_a_path_is_taken_literally() {
    let (_, statements) = generated(&[scope("/a*/", &[], &[], None)]);
    assert_eq!(
        texts(&by_sid(&statements, "MakeUsers1")["Resource"]),
        ["arn:aws:iam::123456789012:user/a${*}/*"]
    );
}

#[test]
fn another_partition_is_in_every_arn() {
    let account = AccountId::parse("a", "123456789012").unwrap();
    let partition = Partition::parse("p", "aws-us-gov").unwrap();
    let doc = generate(
        &partition,
        &account,
        &[scope("/a/", &["devs"], &[], None)],
        &[],
    );
    assert!(!doc.document.contains("arn:aws:") && doc.document.contains("arn:aws-us-gov:iam::"));
}

#[test]
fn the_root_path_and_a_large_document_are_noted() {
    let (doc, _) = generated(&[scope("/", &[], &[], None)]);
    assert!(
        doc.notes
            .iter()
            .any(|note| note.contains("every user of the account"))
    );
    let many: Vec<Scope> = (0..12)
        .map(|n| scope(&format!("/team-{n}/"), &[], &["S3"], None))
        .collect();
    let (doc, _) = generated(&many);
    assert!(
        doc.notes.last().unwrap().contains("divide"),
        "{:?}",
        doc.notes
    );
    let (doc, _) = generated(&many[..4]);
    assert!(
        doc.notes.last().unwrap().contains("managed policy"),
        "{:?}",
        doc.notes
    );
}

#[test]
fn a_path_covers_the_manager_only_when_the_manager_stands_below_it() {
    let caller = "arn:aws:iam::123456789012:user/leases/managers/leasehold";
    for (path, covered) in [
        ("/", true),
        ("/leases/", true),
        ("/leases/managers/", true),
        ("/leases/managers/leasehold/", false),
        ("/lease/", false),
        ("/managers/", false),
        ("/Leases/", false),
    ] {
        assert_eq!(
            covers(&IamPath::parse("p", path).unwrap(), caller),
            covered,
            "{path}"
        );
    }
    for caller in [
        "arn:aws:sts::123456789012:assumed-role/leases/x",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/leases/x",
        "nonsense",
        "",
    ] {
        assert!(!covers(&IamPath::root(), caller), "{caller}");
    }
}

#[test]
fn an_open_lease_keeps_its_path_and_boundary_and_lifts_nothing() {
    let lease = |path, boundary| Scope {
        is_lease: true,
        ..scope(path, &["old"], &["Old"], boundary)
    };
    let recipes = [
        scope("/new/", &[], &[], Some("New")),
        lease("/new/", Some("Old")),
        lease("/new/", None),
        lease("/old/", Some("Old")),
    ];
    let (doc, statements) = generated(&recipes);
    assert!(doc.document.contains("user/old/*") && !doc.document.contains("group/old"));
    assert!(!actions(&statements).contains(&"iam:AttachUserPolicy"));
    let condition = &by_sid(&statements, "MakeUsers1")["Condition"]["StringEquals"];
    assert_eq!(
        texts(&condition["iam:PermissionsBoundary"]),
        [
            "arn:aws:iam::123456789012:policy/New",
            "arn:aws:iam::123456789012:policy/Old"
        ]
    );
    assert!(
        doc.notes
            .iter()
            .any(|note| note.contains("earlier recipes"))
    );
}

#[test]
fn what_is_missing_is_scoped_as_the_whole_policy_is() {
    let account = AccountId::parse("a", "123456789012").unwrap();
    let scope = scope("/leases/", &["devs"], &["S3"], Some("Limit"));
    let (_, whole) = generated(std::slice::from_ref(&scope));
    for action in FIFTEEN {
        let wanted = BTreeSet::from([action]);
        let text = missing(&Partition::aws(), &account, &scope, &wanted).unwrap();
        PolicyDocument::parse("d", &text).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let found = json["Statement"].as_array().unwrap();
        assert_eq!(actions(found), [action]);
        for statement in found {
            let mut full = by_sid(&whole, statement["Sid"].as_str().unwrap()).clone();
            full["Action"] = statement["Action"].clone();
            assert_eq!(&full, statement);
        }
    }
    let none = BTreeSet::from(["iam:ListUsers"]);
    assert_eq!(missing(&Partition::aws(), &account, &scope, &none), None);
}

#[test]
fn optional_permissions_are_apart_from_the_fifteen_and_reach_no_other_user() {
    let account = AccountId::parse("a", "123456789012").unwrap();
    let manager = "arn:aws:iam::123456789012:user/managers/leasehold";
    let text = optional(
        &Partition::aws(),
        &account,
        &[scope("/a/", &[], &[], None)],
        &[],
        manager,
    );
    PolicyDocument::parse("d", &text).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let statements = json["Statement"].as_array().unwrap();
    assert!(
        actions(statements)
            .iter()
            .all(|action| !FIFTEEN.contains(action))
    );
    for statement in statements {
        let resources = texts(&statement["Resource"]);
        let expected = match statement["Sid"].as_str().unwrap() {
            "FindUsers" => "*",
            "AskSimulator" => manager,
            "ForgetDevices" => "arn:aws:iam::123456789012:mfa/*",
            _ => "arn:aws:iam::123456789012:user/a/*",
        };
        assert_eq!(resources, [expected]);
    }
    let by_role = "arn:aws:sts::123456789012:assumed-role/x/y";
    let text = optional(&Partition::aws(), &account, &[], &[], by_role);
    assert!(!text.contains("Simulate") && text.contains("user/leases/*"));
}
