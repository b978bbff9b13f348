//! What IAM takes, what the compact form is, what is warned about.

mod any;
mod faults;

use super::*;
use serde_json::{Value, json};

fn refused(text: &str) -> Problem {
    PolicyDocument::parse("policy_documents[0]", text).expect_err(text)
}

/// A document whose only statement has these keys over a valid one; `null` removes a key.
fn with(changes: Value) -> String {
    let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
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
fn two_statements_with_one_sid_are_refused_and_empty_sids_are_not_compared() {
    let two = |first: &str, second: &str| {
        let statement =
            |sid: &str| json!({"Sid": sid, "Effect": "Deny", "Action": "*", "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement(first), statement(second)]})
            .to_string()
    };
    let problem = refused(&two("A1", "A1"));
    assert!(
        problem.message.starts_with("Statement 2:"),
        "{}",
        problem.message
    );
    assert!(PolicyDocument::parse("d", &two("A1", "A2")).is_ok());
    assert!(PolicyDocument::parse("d", &two("", "")).is_ok());
}

#[test]
fn documents_that_iam_takes_are_taken() {
    let mut accepted: Vec<String> = vec![
        with(json!({})),
        json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}).to_string(),
        json!({"Version": "2008-10-17", "Id": "x", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
            .to_string(),
    ];
    for changes in [
        json!({"Sid": ""}),
        json!({"Sid": "AbC123"}),
        json!({"Effect": "Deny"}),
        json!({"Action": "*"}),
        json!({"Action": "*:*"}),
        json!({"Action": ["s3:Get*", "S3:put?bject", "execute-api:Invoke", "aws-portal:*Billing"]}),
        json!({"Action": null, "NotAction": ["iam:*"]}),
        json!({"Resource": null, "NotResource": "arn:aws:s3:::secret/*"}),
        json!({"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}),
        json!({"Resource": "arn:aws:s3:::b/${aws:username}/*"}),
        json!({"Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/${*}"}),
        json!({"Resource": "arn:*:iam::*:role/deploy-?"}),
        json!({"Resource": "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"}),
        json!({"Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/a:b:c"}),
        json!({"Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/x:*"}),
        json!({"Resource": "arn:aws:s3:::b/with space/\u{e9}"}),
        json!({"Condition": {}}),
        json!({"Condition": {"StringEquals": {"aws:RequestTag/Team": ["a", "b"]}}}),
        json!({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": true}}}),
        json!({"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}}),
        json!({"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}}),
        json!({"Condition": {"ForAllValues:ArnLike": {"aws:SourceArn": "arn:aws:sns:*"}}}),
        json!({"Condition": {"Null": {"aws:TokenIssueTime": "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
        json!({"Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}}),
    ] {
        accepted.push(with(changes));
    }
    for text in accepted {
        let document = PolicyDocument::parse("d", &text);
        assert!(document.is_ok(), "{text}: {document:?}");
    }
}

#[test]
fn every_operator_is_known_in_every_form() {
    for operator in [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "NotIpAddress",
        "ArnEquals",
        "ArnLike",
        "ArnNotEquals",
        "ArnNotLike",
    ] {
        for form in [
            operator.to_owned(),
            format!("{operator}IfExists"),
            format!("ForAllValues:{operator}"),
            format!("ForAnyValue:{operator}IfExists"),
        ] {
            let mut condition = serde_json::Map::new();
            condition.insert(form.clone(), json!({"aws:x": "y"}));
            let text = with(json!({"Condition": condition}));
            assert!(PolicyDocument::parse("d", &text).is_ok(), "{form}");
        }
    }
}

#[test]
fn the_compact_form_keeps_order_escapes_and_white_space_inside_of_strings() {
    let text = "{ \"Statement\" :\r\n\t[ {\"Resource\": \"arn:aws:s3:::a b\\\"\\\\ c/\\u0041\", \
                \"Action\" : \"*\" , \"Effect\":\"Deny\"} ], \"Version\":\"2012-10-17\" }";
    let document = PolicyDocument::parse("d", text).unwrap();
    assert_eq!(
        document.compact(),
        "{\"Statement\":[{\"Resource\":\"arn:aws:s3:::a b\\\"\\\\ c/\\u0041\",\"Action\":\"*\",\
         \"Effect\":\"Deny\"}],\"Version\":\"2012-10-17\"}"
    );
    assert_eq!(document.size(), document.compact().len());
    assert_eq!(document.to_string(), document.compact());
}

#[test]
fn size_counts_characters_and_not_bytes() {
    let plain = PolicyDocument::parse("d", &with(json!({"Resource": "arn:aws:s3:::e"}))).unwrap();
    let accent =
        PolicyDocument::parse("d", &with(json!({"Resource": "arn:aws:s3:::\u{e9}"}))).unwrap();
    assert_eq!(plain.size(), accent.size());
    assert!(accent.compact().len() > accent.size());
}

#[test]
fn the_partitions_of_resources_are_known() {
    let text = with(json!({"Resource": [
        "arn:aws:s3:::a", "arn:aws-cn:s3:::b", "arn:*:s3:::c", "arn:${aws:x}:s3:::d", "*", "arn:aws:s3:::e"
    ]}));
    let document = PolicyDocument::parse("d", &text).unwrap();
    assert_eq!(document.resource_partitions(), ["aws", "aws-cn"]);
    assert!(document.allows_anything());
}
