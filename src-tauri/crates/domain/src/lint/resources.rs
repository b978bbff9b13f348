//! Resource ARNs that match nothing.

use super::document::{Item, Marks, Statement};
use crate::policy::arn_parts;
use crate::region::Region;
use crate::suggest::clip;

/// Services whose resources name neither region nor account … region.
const GLOBAL: [&str; 4] = ["iam", "cloudfront", "organizations", "route53"];
/// Services whose resources name both.
const REGIONAL: [&str; 6] = ["lambda", "sqs", "sns", "dynamodb", "kms", "secretsmanager"];
/// What the resources of a service begin with.
const KINDS: [(&str, &[&str]); 4] = [
    ("dynamodb", &["table/", "global-table/"]),
    ("kms", &["key/", "alias/"]),
    ("secretsmanager", &["secret:"]),
    (
        "iam",
        &[
            "user/",
            "role/",
            "group/",
            "policy/",
            "instance-profile/",
            "mfa/",
            "sms-mfa/",
            "server-certificate/",
            "oidc-provider/",
            "saml-provider/",
            "access-report/",
            "delegation-request/",
            "root",
        ],
    ),
];
/// Services whose actions apply to resources of that service only.
const CLOSED: [&str; 8] = [
    "s3",
    "sqs",
    "sns",
    "dynamodb",
    "kms",
    "secretsmanager",
    "iam",
    "lambda",
];

pub(super) fn look(statement: &Statement, marks: &mut Marks) {
    for resource in statement
        .resources
        .iter()
        .filter(|resource| resource.text != "*")
    {
        let Some(parts) = arn_parts(&resource.text) else {
            continue;
        };
        if let [_, _, service, region, account, name] = parts[..] {
            shape(statement, resource, [service, region, account, name], marks);
        }
    }
    if !statement.not_resource && !statement.not_action && statement.allow {
        other_service(statement, marks);
        levels_of_s3(statement, marks);
        own_user(statement, marks);
    }
}

fn is_literal(text: &str) -> bool {
    !text.contains(['*', '?', '$'])
}

fn shape(statement: &Statement, resource: &Item, parts: [&str; 4], marks: &mut Marks) {
    let [service, region, account, name] = parts;
    let mut wrong = |what: &str, fix: &str| {
        let message = format!(
            "{}, \"{}\": {what}; it matches nothing.",
            statement.name,
            clip(&resource.text, 80)
        );
        marks.warn(resource.at, "malformed_arn", message, fix);
    };
    let s3_bucket = service == "s3"
        && ![
            "accesspoint",
            "job/",
            "storage-lens",
            "access-grants",
            "async-request",
        ]
        .iter()
        .any(|kind| name.starts_with(kind));
    if s3_bucket {
        if !region.is_empty() && region != "*" || !account.is_empty() && account != "*" {
            return wrong(
                "the ARN of a bucket has neither region nor account",
                "Write arn:aws:s3:::bucket/*, with three colons before the bucket.",
            );
        }
        let bucket = name.split('/').next().unwrap_or_default();
        if is_literal(bucket)
            && bucket
                .bytes()
                .any(|b| b.is_ascii_uppercase() || b == b'_' || b == b' ')
        {
            return wrong(
                "a bucket's name has no capitals, spaces or underscores",
                "Correct the bucket's name.",
            );
        }
        return;
    }
    let named = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let of_aws = account == "aws" && service == "iam";
    if is_literal(account) && !account.is_empty() && !named && !of_aws {
        return wrong(
            "an account has twelve digits",
            "Write the twelve digits without dashes, or *.",
        );
    }
    if GLOBAL.contains(&service) && !region.is_empty() && region != "*" {
        return wrong(
            &format!("{service} is global and its ARNs have no region"),
            "Leave the region out: two colons before the account.",
        );
    }
    if service == "iam" && account.is_empty() {
        return wrong(
            "an ARN of IAM names its account",
            "Write the account between iam:: and the next colon.",
        );
    }
    if is_literal(region) && !region.is_empty() && Region::parse("region", region).is_err() {
        return wrong(
            "there is no such region",
            "Write a region like us-east-1, or *.",
        );
    }
    if REGIONAL.contains(&service) && (region.is_empty() || account.is_empty()) {
        return wrong(
            &format!("an ARN of {service} names region and account"),
            "Write both, or * in their places.",
        );
    }
    let kinds = KINDS
        .iter()
        .find(|(of, _)| *of == service)
        .map(|(_, kinds)| *kinds);
    if let Some(kinds) = kinds {
        let begins = |kind: &str| {
            let head: String = name
                .chars()
                .take(kind.len())
                .take_while(|c| !"*?$".contains(*c))
                .collect();
            head.len() < name.len().min(kind.len()) && kind.starts_with(&head)
                || name.starts_with(kind)
        };
        if !kinds.iter().any(|kind| begins(kind)) {
            wrong(
                &format!("no resource of {service} begins like this"),
                &format!(
                    "Begin the last part with {}.",
                    kinds.iter().take(4).copied().collect::<Vec<_>>().join(", ")
                ),
            );
        }
    }
}

/// Actions of one service on resources of others only.
fn other_service(statement: &Statement, marks: &mut Marks) {
    let service_of = |action: &Item| {
        action
            .text
            .split_once(':')
            .map(|(service, _)| service.to_owned())
    };
    let services: Option<Vec<String>> = statement.actions.iter().map(service_of).collect();
    let Some(services) =
        services.filter(|all| all.iter().all(|one| CLOSED.contains(&one.as_str())))
    else {
        return;
    };
    let stray = statement.resources.iter().find(|resource| {
        let service = arn_parts(&resource.text).and_then(|parts| parts.get(2).copied());
        service.is_some_and(|of| CLOSED.contains(&of) && !services.iter().any(|one| one == of))
    });
    if let Some(stray) = stray {
        marks.warn(
            stray.at,
            "resource_of_another_service",
            format!(
                "{}, \"{}\": none of the statement's actions applies to it.",
                statement.name,
                clip(&stray.text, 80)
            ),
            "Name a resource of the actions' service, or move it to the statement it belongs to.",
        );
    }
}

/// Actions on objects with the bucket as resource, and the other way round.
fn levels_of_s3(statement: &Statement, marks: &mut Marks) {
    const OBJECT: [&str; 6] = [
        "s3:getobject",
        "s3:putobject",
        "s3:deleteobject",
        "s3:restoreobject",
        "s3:abortmultipartupload",
        "s3:listmultipartuploadparts",
    ];
    let on_objects = |action: &Item| OBJECT.iter().any(|one| action.text.starts_with(one));
    let on_bucket =
        |action: &Item| action.text == "s3:listbucket" || action.text == "s3:getbucketlocation";
    let bucket_only = |resource: &Item| {
        resource.text.starts_with("arn:")
            && resource.text.contains(":s3:::")
            && !resource.text.contains(['/', '*', '$'])
    };
    let below_bucket = |resource: &Item| {
        let name = resource.text.split_once(":s3:::").map(|(_, name)| name);
        name.and_then(|name| name.split_once('/'))
            .is_some_and(|(bucket, _)| is_literal(bucket))
    };
    let (actions, resources) = (&statement.actions, &statement.resources);
    if actions.is_empty() || resources.is_empty() {
        return;
    }
    if actions.iter().all(on_objects) && resources.iter().all(bucket_only) {
        marks.warn(
            statement.resources_at,
            "bucket_for_objects",
            format!(
                "{} allows actions on objects and names only the bucket: it allows nothing.",
                statement.name
            ),
            "Add /* after the bucket's name.",
        );
    } else if actions.iter().all(on_bucket) && resources.iter().all(below_bucket) {
        marks.warn(
            statement.resources_at,
            "objects_for_bucket",
            format!(
                "{} allows actions on the bucket and names only objects: it allows nothing.",
                statement.name
            ),
            "Name the bucket itself, without /*.",
        );
    }
}

/// What self-protection takes away again.
fn own_user(statement: &Statement, marks: &mut Marks) {
    let reads = |name: &str| name.starts_with("get") || name.starts_with("list");
    let changes = statement.actions.iter().find(|action| {
        action.text == "iam:changepassword"
            || action
                .text
                .strip_prefix("iam:")
                .is_some_and(|name| !reads(name))
                && statement
                    .resources
                    .iter()
                    .any(|resource| resource.text.contains("${aws:username}"))
    });
    if let Some(changes) = changes {
        marks.info(
            changes.at,
            "self_protection",
            format!(
                "{}: a leased user may not change itself, whatever is allowed here.",
                statement.name
            ),
            "Leave it out; Leasehold ends the key for its holder.",
        );
    }
}
