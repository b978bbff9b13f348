//! What is told of which document, where, and that no document is slow or a panic.

mod any;

use super::*;
use crate::{AccountId, Partition, recipe};
use serde_json::{Value, json};

fn draft(documents: &[&str]) -> RecipeDraft {
    RecipeDraft {
        name: "app".into(),
        environment: "development".into(),
        connection: "practice".into(),
        default_ttl: "1h".into(),
        max_ttl: "8h".into(),
        iam_path: "/leases/".into(),
        permission_boundary: "arn:aws:iam::123456789012:policy/Limit".into(),
        policy_documents: documents.iter().map(|text| (*text).to_owned()).collect(),
        ..RecipeDraft::default()
    }
}

fn whole(draft: &RecipeDraft) -> Vec<Finding> {
    let account = AccountId::parse("a", "123456789012").unwrap();
    let ground = recipe::Ground {
        partition: &Partition::aws(),
        account: &account,
        managed_policy_limit: 10,
        signer: crate::Signer::User,
    };
    let valid = recipe::validate(draft, ground).unwrap();
    let budget = valid.budget(&Partition::aws(), &account);
    lint(draft, Some((&valid, budget)))
}

/// Rules and severities told of these documents alone.
fn told(documents: &[&str]) -> Vec<(&'static str, Severity)> {
    lint(&draft(documents), None)
        .into_iter()
        .map(|finding| (finding.rule, finding.severity))
        .collect()
}

fn rules(documents: &[&str]) -> Vec<&'static str> {
    told(documents).into_iter().map(|(rule, _)| rule).collect()
}

/// A document whose only statement has these keys over a harmless one; `null` removes a key.
fn with(changes: Value) -> String {
    let mut statement =
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    let object = statement.as_object_mut().unwrap();
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.remove(key);
        } else {
            object.insert(key.clone(), value.clone());
        }
    }
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

#[test]
fn ordinary_documents_are_not_marked() {
    for changes in [
        json!({}),
        json!({"Action": ["s3:GetObject", "S3:putobject", "s3:List*"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}),
        json!({"Action": ["iam:Get*", "iam:ListUsers", "sts:GetCallerIdentity"], "Resource": "*"}),
        json!({"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-central-1:123456789012:jobs"}),
        json!({"Action": "dynamodb:Query", "Resource": "arn:aws:dynamodb:*:*:table/${aws:username}"}),
        json!({"Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:*:123456789012:function:x"}),
        json!({"Action": "ssm:StartSession", "Resource": "arn:aws:ec2:*:*:instance/*"}),
        json!({"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b", "Condition": {"StringLike": {"s3:prefix": "a/*"}}}),
        json!({"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}}),
        json!({"Condition": {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}}),
        json!({"Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}, "Bool": {"aws:SecureTransport": "true"}}}),
        json!({"Condition": {"Null": {"aws:MultiFactorAuthPresent": "true"}}}),
        json!({"Action": "s3:GetObject", "Resource": "arn:aws:s3:us-east-1:123456789012:accesspoint/a/object/*"}),
        json!({"Resource": "arn:aws:s3:::*"}),
    ] {
        let text = with(changes);
        assert_eq!(told(&[&text]), [], "{text}");
    }
}

#[test]
fn every_rule_marks_what_it_is_about() {
    use Severity::{Danger, Info, Warning};
    let everywhere = |action: &str| json!({"Action": action, "Resource": "*"});
    let when =
        |operator: &str, key: &str, value: &str| json!({"Condition": {operator: {key: value}}});
    let on = |resource: &str| json!({"Resource": resource});
    for (changes, rule, severity) in [
        (everywhere("*"), "everything", Danger),
        (
            json!({"Action": "*:*", "Resource": null, "NotResource": "arn:aws:s3:::b"}),
            "everything",
            Danger,
        ),
        (json!({"Action": "*"}), "all_actions", Warning),
        (
            json!({"Action": null, "NotAction": "iam:*"}),
            "not_action",
            Warning,
        ),
        (
            json!({"Action": null, "NotAction": "s3:*"}),
            "privilege_escalation",
            Danger,
        ),
        (
            json!({"Resource": null, "NotResource": "arn:aws:s3:::b"}),
            "not_resource",
            Warning,
        ),
        (everywhere("iam:CreateAccessKey"), "outlives_lease", Danger),
        (everywhere("IAM:create*"), "outlives_lease", Danger),
        (everywhere("iam:*LoginProfile"), "outlives_lease", Danger),
        (
            everywhere("iam:AttachRolePolic?"),
            "privilege_escalation",
            Danger,
        ),
        (
            everywhere("iam:UpdateAssumeRolePolicy"),
            "privilege_escalation",
            Danger,
        ),
        (
            everywhere("sts:AssumeRole"),
            "session_outlives_lease",
            Danger,
        ),
        (everywhere("sts:*"), "session_outlives_lease", Danger),
        (
            everywhere("sts:GetFederationToken"),
            "session_outlives_lease",
            Danger,
        ),
        (
            json!({"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::123456789012:role/x"}),
            "session_outlives_lease",
            Warning,
        ),
        (everywhere("iam:PassRole"), "pass_role", Danger),
        (
            json!({"Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "arn:aws:iam::123456789012:role/x",
                   "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}),
            "pass_role",
            Danger,
        ),
        (
            json!({"Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/x",
                   "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}),
            "pass_role",
            Warning,
        ),
        (everywhere("iam:TagUser"), "changes_iam", Warning),
        (everywhere("s3:*"), "whole_service", Warning),
        (everywhere("s4:GetObject"), "unknown_service", Warning),
        (json!({"Action": "s3:GetObjekt"}), "unknown_action", Warning),
        (json!({"Action": "s3:Gte*"}), "unknown_action", Warning),
        (json!({"Effect": "Deny"}), "only_denies", Info),
        (
            json!({"Effect": "Deny", "Action": "*", "Resource": "*"}),
            "denies_everything",
            Warning,
        ),
        (
            on("arn:aws:s3:us-east-1:123456789012:b/x"),
            "malformed_arn",
            Warning,
        ),
        (on("arn:aws:s3:::My_Bucket/*"), "malformed_arn", Warning),
        (on("arn:aws:sqs:us-east-1:1234:q"), "malformed_arn", Warning),
        (
            on("arn:aws:sqs:europe:123456789012:q"),
            "malformed_arn",
            Warning,
        ),
        (on("arn:aws:sns:::topic"), "malformed_arn", Warning),
        (
            on("arn:aws:iam:us-east-1:123456789012:user/x"),
            "malformed_arn",
            Warning,
        ),
        (on("arn:aws:iam:::user/x"), "malformed_arn", Warning),
        (
            on("arn:aws:iam::123456789012:usr/x"),
            "malformed_arn",
            Warning,
        ),
        (
            on("arn:aws:dynamodb:us-east-1:123456789012:Orders"),
            "malformed_arn",
            Warning,
        ),
        (
            on("arn:aws:sqs:us-east-1:123456789012:q"),
            "resource_of_another_service",
            Warning,
        ),
        (on("arn:aws:s3:::b"), "bucket_for_objects", Warning),
        (
            json!({"Action": "s3:ListBucket"}),
            "objects_for_bucket",
            Warning,
        ),
        (
            json!({"Action": "iam:ListAccessKeys", "Resource": "arn:aws:iam::*:user/${aws:username}"}),
            "",
            Info,
        ),
        (
            json!({"Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/${aws:username}"}),
            "self_protection",
            Info,
        ),
        (
            when("DateLessThan", "aws:CurrentTime", "${aws:PrincipalTag/end}"),
            "literal_variable",
            Warning,
        ),
        (
            when("DateLessThan", "aws:CurrentTime", "tomorrow"),
            "unreadable_value",
            Warning,
        ),
        (
            when("NumericLessThan", "s3:max-keys", "ten"),
            "unreadable_value",
            Warning,
        ),
        (
            when("Bool", "aws:SecureTransport", "yes"),
            "unreadable_value",
            Warning,
        ),
        (
            when("IpAddress", "aws:SourceIp", "10.0.0.0/40"),
            "unreadable_value",
            Warning,
        ),
        (
            when("ArnLike", "aws:SourceArn", "topic"),
            "unreadable_value",
            Warning,
        ),
        (
            when("StringEquals", "s3:prefix", "a/*"),
            "literal_wildcard",
            Warning,
        ),
        (
            when("Bool", "aws:MultiFactorAuthPresent", "true"),
            "never_met",
            Warning,
        ),
        (
            when(
                "DateGreaterThan",
                "aws:TokenIssueTime",
                "2026-01-01T00:00:00Z",
            ),
            "never_met",
            Warning,
        ),
        (
            when("StringEquals", "aws:PrincipalTag/team", "a"),
            "never_met",
            Warning,
        ),
        (
            when("ForAllValues:StringEquals", "aws:TagKeys", "a"),
            "met_without_key",
            Warning,
        ),
        (
            json!({"Effect": "Deny", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}),
            "always_met",
            Warning,
        ),
        (
            json!({"Effect": "Deny", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}),
            "never_met",
            Info,
        ),
    ] {
        let text = with(changes);
        let told = told(&[&text]);
        if rule.is_empty() {
            assert_eq!(told, [], "{text}");
        } else {
            assert!(
                told.contains(&(rule, severity)),
                "{rule} {severity:?}: {text}: {told:?}"
            );
        }
    }
}

#[test]
fn versions_that_take_variables_literally_are_told() {
    let none = r#"{"Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}"#;
    assert_eq!(rules(&[none]), ["old_version"]);
    let old = with(json!({})).replace("2012-10-17", "2008-10-17");
    assert_eq!(rules(&[&old]), ["old_version"]);
}

#[test]
fn a_mark_stands_where_the_word_was_typed() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \
                \"Action\": [\"s3:GetObject\", \"\u{e9}c2:Run\"],\n    \"Resource\": \"*\"\n  }]\n}";
    assert!(PolicyDocument::parse("d", text).is_err(), "not an action");
    let text = text
        .replace('\u{e9}', "e")
        .replace("ec2:Run\"", "iam:CreateUser\"");
    let found = lint(&draft(&["", &text]), None);
    let [finding] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        finding.place,
        Place::Document {
            index: 1,
            line: 5,
            column: 32
        }
    );
    assert_eq!(
        Problem::from(finding).field.as_deref(),
        Some("policy_documents[1]")
    );
}

#[test]
fn columns_count_characters_and_escapes_are_read() {
    let text = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"arn:aws:s3:::\u{e9}\u{e9}/*\",\"Action\":\"iam:Create\\u0055ser\"}}";
    let found = lint(&draft(&[text]), None);
    let place = found
        .iter()
        .find(|f| f.rule == "outlives_lease")
        .map(|f| f.place.clone());
    let column = text
        .chars()
        .collect::<String>()
        .find("\"iam:")
        .map(|at| text[..at].chars().count() + 1);
    assert_eq!(
        place,
        Some(Place::Document {
            index: 0,
            line: 1,
            column: u32::try_from(column.unwrap()).unwrap()
        })
    );
}

#[test]
fn documents_of_one_recipe_know_of_each_other() {
    let passes = with(
        json!({"Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/x",
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}),
    );
    let makes = with(json!({"Action": "lambda:Create*", "Resource": "*"}));
    assert_eq!(told(&[&passes]), [("pass_role", Severity::Warning)]);
    assert_eq!(told(&[&passes, &makes]), [("pass_role", Severity::Danger)]);

    let denies =
        with(json!({"Effect": "Deny", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "*"}));
    assert_eq!(
        rules(&[&with(json!({})), &denies]),
        ["dead_statement", "only_denies"]
    );
    let conditional = with(
        json!({"Effect": "Deny", "Action": "s3:Get*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
    );
    assert_eq!(rules(&[&with(json!({})), &conditional]), ["only_denies"]);
}

#[test]
fn tags_of_the_recipe_are_known_to_its_conditions() {
    let text = with(json!({"Condition": {"StringEquals": {"aws:PrincipalTag/Team": "a"}}}));
    let mut draft = draft(&[&text]);
    assert_eq!(lint(&draft, None)[0].rule, "never_met");
    draft.tags = vec![("team".into(), "a".into())];
    assert_eq!(lint(&draft, None), []);
}

#[test]
fn the_rest_of_the_form_is_looked_at_once_it_is_valid() {
    type Change = fn(&mut RecipeDraft);
    use Severity::{Danger, Info, Warning};
    let cases: [(Change, &str, &str, Severity); 8] = [
        (
            |d| d.iam_path = "/".into(),
            "iam_path",
            "root_path",
            Warning,
        ),
        (
            |d| d.permission_boundary.clear(),
            "permission_boundary",
            "no_boundary",
            Warning,
        ),
        (
            |d| d.permission_boundary = "arn:aws:iam::aws:policy/AdministratorAccess".into(),
            "permission_boundary",
            "boundary_without_limit",
            Warning,
        ),
        (
            |d| d.policy_documents.clear(),
            "policy_documents",
            "nothing_granted",
            Warning,
        ),
        (
            |d| d.policy_arns = vec!["arn:aws:iam::aws:policy/IAMFullAccess".into()],
            "policy_arns[0]",
            "administrator",
            Danger,
        ),
        (
            |d| d.policy_arns = vec!["arn:aws:iam::aws:policy/PowerUserAccess".into()],
            "policy_arns[0]",
            "near_administrator",
            Warning,
        ),
        (
            |d| d.tags = vec![("a".into(), "b".into())],
            "tags",
            "tags_need_permission",
            Info,
        ),
        (
            |d| {
                // All that the guards leave, but 40 characters.
                let account = AccountId::parse("a", "123456789012").unwrap();
                let of = |long: usize| {
                    let resource = format!("arn:aws:s3:::b/{}", "x".repeat(long));
                    vec![with(json!({ "Resource": resource }))]
                };
                d.policy_documents = of(0);
                let budget = recipe::draft_budget(d, &Partition::aws(), &account);
                let left = budget.limit - budget.total();
                d.policy_documents = of(usize::try_from(left).unwrap() - 40);
            },
            "policy_documents",
            "budget_near",
            Info,
        ),
    ];
    assert_eq!(whole(&draft(&[&with(json!({}))])), []);
    for (change, field, rule, severity) in cases {
        let mut draft = draft(&[&with(json!({}))]);
        change(&mut draft);
        let found = whole(&draft);
        let place = Place::Field(field.to_owned());
        assert!(
            found
                .iter()
                .any(|f| f.place == place && f.rule == rule && f.severity == severity),
            "{rule}: {found:?}"
        );
    }
}

#[test]
fn a_broken_document_says_nothing_and_does_not_silence_the_others() {
    let found = rules(&[
        "{",
        "{\"Statement\": 5}",
        &with(json!({"Action": "iam:CreateUser"})),
    ]);
    assert!(found.contains(&"outlives_lease"), "{found:?}");
}
