//! What a fresh practice account holds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::account::{
    MANAGER_NAME, MANAGER_PATH, MANAGING_POLICY, PARTNER_EXTERNAL_ID, PARTNER_ROLE, READER_ROLE,
    ROLE_PATH, SESSION_POLICY, iam_arn,
};
use crate::state::{AccessKey, Credentials, Dice, FORMAT, Group, Policy, Role, State, User};

/// The managing user's policy that came with the roles.
const SESSIONS: &str = "manage-sessions";

/// What the role to read with may do.
const READER: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "iam:Get*", "iam:List*"], "Resource": "*" }
  ]
}"#;

/// What the partner's role may do.
const PARTNER: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["sqs:SendMessage", "iam:ListGroups"], "Resource": "*" }
  ]
}"#;

/// A boundary to try: everything of S3, SQS and logs, and reading one's own user.
const BOUNDARY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:*", "sqs:*", "sns:*", "dynamodb:*", "logs:*", "cloudwatch:*", "ec2:Describe*", "iam:Get*", "iam:List*", "sts:GetAccessKeyInfo"],
      "Resource": "*"
    }
  ]
}"#;

/// What developers may do: look at anything, work with one bucket.
const DEVELOPERS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::practice-dev", "arn:aws:s3:::practice-dev/*"] },
    { "Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/*${aws:username}" }
  ]
}"#;

/// What deployers may do.
const DEPLOYERS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["ecs:UpdateService", "ecs:DescribeServices", "lambda:UpdateFunctionCode"], "Resource": "*" }
  ]
}"#;

pub(crate) fn fresh(seed: [u8; 32], now: DateTime<Utc>) -> State {
    let mut dice = Dice::new(seed);
    let key = AccessKey {
        id: dice.key_id("AKIA"),
        secret: dice.secret(),
        active: true,
        created: now,
        last_used: None,
    };
    let manager_key = (key.id.clone(), key.secret.clone());
    let manager = User {
        name: MANAGER_NAME.to_owned(),
        path: MANAGER_PATH.to_owned(),
        id: dice.unique_id("AIDA"),
        created: now,
        boundary: None,
        tags: Vec::new(),
        inline: BTreeMap::from([("manage-leases".to_owned(), MANAGING_POLICY.to_owned())]),
        attached: Vec::new(),
        groups: Vec::new(),
        keys: vec![key],
        credentials: Credentials::default(),
    };
    let mut groups = BTreeMap::new();
    for (name, document) in [("developers", DEVELOPERS), ("deployers", DEPLOYERS)] {
        let group = Group {
            name: name.to_owned(),
            path: "/".to_owned(),
            id: dice.unique_id("AGPA"),
            created: now,
            inline: BTreeMap::from([(name.to_owned(), document.to_owned())]),
            attached: Vec::new(),
        };
        groups.insert(name.to_owned(), group);
    }
    let boundary = Policy {
        name: "practice-boundary".to_owned(),
        path: "/".to_owned(),
        id: dice.unique_id("ANPA"),
        arn: iam_arn("policy", "/", "practice-boundary"),
        created: now,
        description: Some("A permissions boundary to try".to_owned()),
        document: BOUNDARY.to_owned(),
    };
    let mut state = State {
        format: FORMAT,
        clock_offset_ms: 0,
        users: BTreeMap::from([(MANAGER_NAME.to_owned(), manager)]),
        groups,
        roles: BTreeMap::new(),
        policies: BTreeMap::from([(boundary.arn.clone(), boundary)]),
        sessions: BTreeMap::new(),
        virtual_mfa: BTreeSet::new(),
        manager_key,
        dice,
        changed: true,
        page_size: None,
    };
    add_roles(&mut state, now);
    state
}

/// Gives an account the roles to try, and its managing user what they need. An account from before
/// there were any gets them once. False where they came before; whoever deleted one since did so on purpose.
pub(crate) fn add_roles(state: &mut State, now: DateTime<Utc>) -> bool {
    let Some(manager) = state.users.get_mut(MANAGER_NAME) else {
        return false;
    };
    if manager.inline.contains_key(SESSIONS) {
        return false;
    }
    let (arn, id) = (manager.arn(), manager.id.clone());
    manager
        .inline
        .insert(SESSIONS.to_owned(), SESSION_POLICY.to_owned());
    let condition = format!(
        r#", "Condition": {{"StringEquals": {{"sts:ExternalId": "{PARTNER_EXTERNAL_ID}"}}}}"#
    );
    for (name, document, hours, condition) in [
        (READER_ROLE, READER, 2, ""),
        (PARTNER_ROLE, PARTNER, 1, condition.as_str()),
    ] {
        let trust = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{arn}"}}, "Action": ["sts:AssumeRole", "sts:TagSession"]{condition}}}}}"#
        );
        let role = Role {
            name: name.to_owned(),
            path: ROLE_PATH.to_owned(),
            id: state.dice.unique_id("AROA"),
            created: now,
            description: Some("A role to try".to_owned()),
            trust,
            trusted: BTreeMap::from([(arn.clone(), id.clone())]),
            max_session: hours * 3_600,
            boundary: None,
            tags: Vec::new(),
            inline: BTreeMap::from([(name.to_owned(), document.to_owned())]),
            attached: Vec::new(),
        };
        state.roles.entry(name.to_owned()).or_insert(role);
    }
    state.changed = true;
    true
}

/// Adds the user `/judges/admin` with AWS's AdministratorAccess and one key, or finds it again.
#[cfg(feature = "listener")]
pub(crate) fn add_admin(state: &mut State, now: DateTime<Utc>) -> (String, String) {
    if let Some(key) = state
        .users
        .get("admin")
        .and_then(|admin| admin.keys.first())
    {
        return (key.id.clone(), key.secret.clone());
    }
    let key = AccessKey {
        id: state.new_key_id("AKIA"),
        secret: state.dice.secret(),
        active: true,
        created: now,
        last_used: None,
    };
    let pair = (key.id.clone(), key.secret.clone());
    let admin = User {
        name: "admin".to_owned(),
        path: "/judges/".to_owned(),
        id: state.dice.unique_id("AIDA"),
        created: now,
        boundary: None,
        tags: Vec::new(),
        inline: BTreeMap::new(),
        attached: vec!["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()],
        groups: Vec::new(),
        keys: vec![key],
        credentials: Credentials::default(),
    };
    state.users.insert("admin".to_owned(), admin);
    state.changed = true;
    pair
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_managed;
    use crate::document::{Use, check};

    #[test]
    fn every_seeded_document_passes_the_accounts_own_grammar() {
        let state = fresh([7; 32], DateTime::UNIX_EPOCH);
        let inline = state.users.values().flat_map(|user| user.inline.values());
        let groups = state
            .groups
            .values()
            .flat_map(|group| group.inline.values());
        let own = state.policies.values().map(|policy| &policy.document);
        let roles = state.roles.values().flat_map(|role| role.inline.values());
        for role in state.roles.values() {
            assert_eq!(check(&role.trust, "trust", Use::Trust), Ok(()));
        }
        for document in inline.chain(groups).chain(roles).chain(own) {
            assert_eq!(check(document, "policyDocument", Use::Identity), Ok(()));
        }
        for policy in aws_managed::ALL {
            assert_eq!(
                check(policy.document, "policyDocument", Use::Identity),
                Ok(())
            );
            assert!(
                aws_managed::find(&policy.arn()).is_some(),
                "{}",
                policy.arn()
            );
        }
    }

    #[test]
    fn an_account_from_before_there_were_roles_gets_them_once() {
        let mut state = fresh([7; 32], DateTime::UNIX_EPOCH);
        assert!(!add_roles(&mut state, DateTime::UNIX_EPOCH));
        state.roles.clear();
        assert!(
            !add_roles(&mut state, DateTime::UNIX_EPOCH),
            "deleted on purpose"
        );
        let manager = state.users.get_mut(MANAGER_NAME).unwrap();
        manager.inline.remove(SESSIONS);
        assert!(add_roles(&mut state, DateTime::UNIX_EPOCH));
        assert_eq!(state.roles.len(), 2);
    }

    #[test]
    fn the_same_seed_makes_the_same_account_and_another_seed_another() {
        let text = |seed| serde_json::to_string(&fresh([seed; 32], DateTime::UNIX_EPOCH)).unwrap();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn what_is_shown_and_what_is_secret_come_from_different_streams() {
        let mut one = Dice::new([7; 32]);
        let mut two = Dice::new([7; 32]);
        for _ in 0..5 {
            two.request_id(DateTime::UNIX_EPOCH);
        }
        assert_eq!(one.secret(), two.secret());
        assert_ne!(one.secret(), one.secret());
    }
}
