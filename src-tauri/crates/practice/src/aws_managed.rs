//! Some of the policies AWS publishes: their real names, with statements cut down to the point.

use chrono::{DateTime, Utc};

/// A policy of `arn:aws:iam::aws:policy/…`.
pub(crate) struct AwsPolicy {
    pub name: &'static str,
    pub path: &'static str,
    pub description: &'static str,
    pub document: &'static str,
}

impl AwsPolicy {
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }

    /// AWS's own unique ids are not copied; this one only has their form.
    pub fn id(&self) -> String {
        let letters = self.name.bytes().filter(u8::is_ascii_alphabetic);
        let name: String = letters
            .map(|b| char::from(b.to_ascii_uppercase()))
            .collect();
        format!("ANPA{name:A<17.17}")
    }
}

/// The policy with this ARN.
pub(crate) fn find(arn: &str) -> Option<&'static AwsPolicy> {
    let place = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    ALL.iter().find(|policy| {
        place
            .strip_prefix(policy.path)
            .is_some_and(|name| name == policy.name)
    })
}

/// The day the first of AWS's managed policies appeared.
pub(crate) fn created() -> DateTime<Utc> {
    DateTime::from_timestamp(1_423_161_600, 0).unwrap_or_default()
}

/// All that the practice account knows.
pub(crate) const ALL: &[AwsPolicy] = &[
    AwsPolicy {
        name: "AdministratorAccess",
        path: "/",
        description: "Provides full access to AWS services and resources.",
        document: include_str!("aws_managed/AdministratorAccess.json"),
    },
    AwsPolicy {
        name: "PowerUserAccess",
        path: "/",
        description: "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
        document: include_str!("aws_managed/PowerUserAccess.json"),
    },
    AwsPolicy {
        name: "ReadOnlyAccess",
        path: "/",
        description: "Provides read-only access to AWS services and resources.",
        document: include_str!("aws_managed/ReadOnlyAccess.json"),
    },
    AwsPolicy {
        name: "ViewOnlyAccess",
        path: "/job-function/",
        description: "This policy grants permissions to view resources and basic metadata across all AWS services.",
        document: include_str!("aws_managed/ViewOnlyAccess.json"),
    },
    AwsPolicy {
        name: "IAMReadOnlyAccess",
        path: "/",
        description: "Provides read only access to IAM via the AWS Management Console.",
        document: include_str!("aws_managed/IAMReadOnlyAccess.json"),
    },
    AwsPolicy {
        name: "IAMFullAccess",
        path: "/",
        description: "Provides full access to IAM via the AWS Management Console.",
        document: include_str!("aws_managed/IAMFullAccess.json"),
    },
    AwsPolicy {
        name: "SecurityAudit",
        path: "/",
        description: "The security audit template grants access to read security configuration metadata.",
        document: include_str!("aws_managed/SecurityAudit.json"),
    },
    AwsPolicy {
        name: "AmazonS3FullAccess",
        path: "/",
        description: "Provides full access to all buckets via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonS3FullAccess.json"),
    },
    AwsPolicy {
        name: "AmazonS3ReadOnlyAccess",
        path: "/",
        description: "Provides read only access to all buckets via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonS3ReadOnlyAccess.json"),
    },
    AwsPolicy {
        name: "AmazonEC2ReadOnlyAccess",
        path: "/",
        description: "Provides read only access to Amazon EC2 via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonEC2ReadOnlyAccess.json"),
    },
    AwsPolicy {
        name: "AmazonEC2FullAccess",
        path: "/",
        description: "Provides full access to Amazon EC2 via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonEC2FullAccess.json"),
    },
    AwsPolicy {
        name: "AmazonDynamoDBFullAccess",
        path: "/",
        description: "Provides full access to Amazon DynamoDB via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonDynamoDBFullAccess.json"),
    },
    AwsPolicy {
        name: "AmazonDynamoDBReadOnlyAccess",
        path: "/",
        description: "Provides read only access to Amazon DynamoDB via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonDynamoDBReadOnlyAccess.json"),
    },
    AwsPolicy {
        name: "CloudWatchReadOnlyAccess",
        path: "/",
        description: "Provides read only access to CloudWatch.",
        document: include_str!("aws_managed/CloudWatchReadOnlyAccess.json"),
    },
    AwsPolicy {
        name: "AWSLambda_ReadOnlyAccess",
        path: "/",
        description: "Grants read-only access to AWS Lambda service.",
        document: include_str!("aws_managed/AWSLambda_ReadOnlyAccess.json"),
    },
    AwsPolicy {
        name: "AmazonSQSFullAccess",
        path: "/",
        description: "Provides full access to Amazon SQS via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonSQSFullAccess.json"),
    },
    AwsPolicy {
        name: "AmazonSNSFullAccess",
        path: "/",
        description: "Provides full access to Amazon SNS via the AWS Management Console.",
        document: include_str!("aws_managed/AmazonSNSFullAccess.json"),
    },
    AwsPolicy {
        name: "AmazonECS_FullAccess",
        path: "/",
        description: "Provides administrative access to Amazon ECS resources.",
        document: include_str!("aws_managed/AmazonECS_FullAccess.json"),
    },
    AwsPolicy {
        name: "AWSCompromisedKeyQuarantineV2",
        path: "/",
        description: "Denies access to certain actions, applied by the AWS team in the event that an IAM user's credentials have been compromised or exposed publicly. Do NOT remove this policy.",
        document: include_str!("aws_managed/AWSCompromisedKeyQuarantineV2.json"),
    },
    AwsPolicy {
        name: "AWSCompromisedKeyQuarantineV3",
        path: "/",
        description: "Denies access to certain actions, applied by the AWS team in the event that an IAM user's credentials have been compromised or exposed publicly. Do NOT remove this policy.",
        document: include_str!("aws_managed/AWSCompromisedKeyQuarantineV3.json"),
    },
];
