//! What AWS refuses, with the code and status it refuses with.

use aws_sdk_iam::types::Tag;

use crate::desk::{ALLOW_ALL, BOUNDARY, Desk, READ_ONLY, allow, refused};

#[tokio::test]
async fn names_are_taken_in_any_case() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("Ann").send().await.unwrap();
    for name in ["Ann", "ann", "ANN"] {
        let message = refused(
            iam.create_user().user_name(name).send().await,
            "EntityAlreadyExists",
            409,
        );
        assert_eq!(message, format!("User with name {name} already exists."));
    }
    let again = iam.create_group().group_name("DEVELOPERS").send().await;
    refused(again, "EntityAlreadyExists", 409);
}

#[tokio::test]
async fn a_missing_user_is_missing_in_every_operation() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let none = "nobody";
    let missing = "NoSuchEntity";
    refused(iam.get_user().user_name(none).send().await, missing, 404);
    refused(iam.delete_user().user_name(none).send().await, missing, 404);
    refused(
        iam.create_access_key().user_name(none).send().await,
        missing,
        404,
    );
    refused(
        iam.list_access_keys().user_name(none).send().await,
        missing,
        404,
    );
    refused(
        iam.list_user_policies().user_name(none).send().await,
        missing,
        404,
    );
    refused(
        iam.list_attached_user_policies()
            .user_name(none)
            .send()
            .await,
        missing,
        404,
    );
    refused(
        iam.list_groups_for_user().user_name(none).send().await,
        missing,
        404,
    );
    refused(
        iam.list_user_tags().user_name(none).send().await,
        missing,
        404,
    );
    refused(
        iam.get_login_profile().user_name(none).send().await,
        missing,
        404,
    );
    refused(
        iam.list_mfa_devices().user_name(none).send().await,
        missing,
        404,
    );
    let attach = iam
        .attach_user_policy()
        .user_name(none)
        .policy_arn(READ_ONLY)
        .send()
        .await;
    refused(attach, missing, 404);
    let put = iam
        .put_user_policy()
        .user_name(none)
        .policy_name("p")
        .policy_document(ALLOW_ALL);
    refused(put.send().await, missing, 404);
    let add = iam
        .add_user_to_group()
        .user_name(none)
        .group_name("developers")
        .send()
        .await;
    refused(add, missing, 404);
}

#[tokio::test]
async fn missing_things_of_a_user_are_named() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let (missing, id) = ("NoSuchEntity", "AKIAAAAAAAAAAAAAAAAA");
    let key = iam
        .delete_access_key()
        .user_name("ann")
        .access_key_id(id)
        .send()
        .await;
    assert_eq!(
        refused(key, missing, 404),
        format!("The Access Key with id {id} cannot be found.")
    );
    let policy = iam
        .delete_user_policy()
        .user_name("ann")
        .policy_name("p")
        .send()
        .await;
    assert_eq!(
        refused(policy, missing, 404),
        "The user policy with name p cannot be found."
    );
    let detach = iam
        .detach_user_policy()
        .user_name("ann")
        .policy_arn(READ_ONLY)
        .send()
        .await;
    assert_eq!(
        refused(detach, missing, 404),
        format!("Policy {READ_ONLY} was not found.")
    );
    let group = iam
        .add_user_to_group()
        .user_name("ann")
        .group_name("none")
        .send()
        .await;
    assert_eq!(
        refused(group, missing, 404),
        "The group with name none cannot be found."
    );
    let member = iam
        .remove_user_from_group()
        .user_name("ann")
        .group_name("developers");
    refused(member.send().await, missing, 404);
}

#[tokio::test]
async fn names_and_paths_have_their_letters_and_lengths() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let long = "a".repeat(65);
    for name in ["a b", "a/b", "ä", "", &long] {
        let made = iam.create_user().user_name(name).send().await;
        refused(made, "ValidationError", 400);
    }
    let long = format!("/{}/", "a".repeat(511));
    for path in ["x", "/x", "x/", "/a b/", "/ä/", &long] {
        let made = iam.create_user().user_name("ann").path(path).send().await;
        refused(made, "ValidationError", 400);
    }
    let longest = "a".repeat(64);
    iam.create_user()
        .user_name(&longest)
        .path("/!~/a//b/")
        .send()
        .await
        .unwrap();
    let policy = "p".repeat(129);
    let put = iam
        .put_user_policy()
        .user_name(&longest)
        .policy_name(policy);
    refused(
        put.policy_document(ALLOW_ALL).send().await,
        "ValidationError",
        400,
    );
}

#[tokio::test]
async fn a_managed_policy_must_exist_and_be_an_arn() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let attach = |arn: &str| {
        iam.attach_user_policy()
            .user_name("ann")
            .policy_arn(arn)
            .send()
    };
    for arn in [
        "arn:aws:iam::000000000000:policy/none",
        "arn:aws:iam::aws:policy/NoSuchAccess",
        "arn:aws:iam::aws:policy/ViewOnlyAccess",
        "arn:aws:iam::123456789012:policy/theirs",
    ] {
        let message = refused(attach(arn).await, "NoSuchEntity", 404);
        assert_eq!(
            message,
            format!("Policy {arn} does not exist or is not attachable.")
        );
    }
    refused(
        attach("arn:aws:s3:::a-bucket-name").await,
        "InvalidInput",
        400,
    );
    refused(attach("short").await, "ValidationError", 400);
}

#[tokio::test]
async fn with_a_boundary_that_is_not_there_no_user_is_made() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let none = "arn:aws:iam::000000000000:policy/none";
    let made = iam
        .create_user()
        .user_name("ann")
        .permissions_boundary(none)
        .send()
        .await;
    refused(made, "NoSuchEntity", 404);
    refused(
        iam.get_user().user_name("ann").send().await,
        "NoSuchEntity",
        404,
    );
}

#[tokio::test]
async fn quotas_for_keys_groups_and_policies_hold() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    for _ in 0..2 {
        iam.create_access_key()
            .user_name("ann")
            .send()
            .await
            .unwrap();
    }
    let third = iam.create_access_key().user_name("ann").send().await;
    let message = refused(third, "LimitExceeded", 409);
    assert_eq!(message, "Cannot exceed quota for AccessKeysPerUser: 2");
    for n in 0..10 {
        let group = format!("group-{n}");
        iam.create_group().group_name(&group).send().await.unwrap();
        iam.add_user_to_group()
            .user_name("ann")
            .group_name(group)
            .send()
            .await
            .unwrap();
        let policy = iam.create_policy().policy_name(format!("policy-{n}"));
        let policy = policy
            .policy_document(ALLOW_ALL)
            .send()
            .await
            .unwrap()
            .policy
            .unwrap();
        let arn = policy.arn.unwrap();
        iam.attach_user_policy()
            .user_name("ann")
            .policy_arn(arn)
            .send()
            .await
            .unwrap();
    }
    let group = iam
        .add_user_to_group()
        .user_name("ann")
        .group_name("developers")
        .send()
        .await;
    refused(group, "LimitExceeded", 409);
    let policy = iam
        .attach_user_policy()
        .user_name("ann")
        .policy_arn(READ_ONLY)
        .send()
        .await;
    refused(policy, "LimitExceeded", 409);
}

#[tokio::test]
async fn inline_policies_of_a_user_share_2048_characters_without_white_space() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let empty = r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::"}}"#;
    let sized = |size: usize| {
        let filler = "x".repeat(size - empty.len());
        empty.replace(":::", &format!(":::{filler}"))
    };
    let put = |name: &str, document: String| {
        iam.put_user_policy()
            .user_name("ann")
            .policy_name(name)
            .policy_document(document)
            .send()
    };
    let spacious = sized(2_048).replace(",\"", " \t\n ,   \"");
    put("one", spacious).await.unwrap();
    let message = refused(put("one", sized(2_049)).await, "LimitExceeded", 409);
    assert_eq!(
        message,
        "Maximum policy size of 2048 bytes exceeded for user ann"
    );
    put("one", sized(1_024)).await.unwrap();
    put("two", sized(1_024)).await.unwrap();
    refused(put("three", sized(100)).await, "LimitExceeded", 409);
    let names = iam
        .list_user_policies()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .policy_names;
    assert_eq!(names, ["one", "two"]);
}

#[tokio::test]
async fn documents_outside_the_grammar_are_malformed() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let edited = |from: &str, to: &str| {
        assert!(ALLOW_ALL.contains(from), "{from}");
        ALLOW_ALL.replace(from, to)
    };
    let table = [
        "not json".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"Version":"2012-10-17"}"#.to_owned(),
        r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        edited("Allow", "Perhaps"),
        edited("2012-10-17", "2020-01-01"),
        edited(r#","Resource":"*""#, ""),
        edited(r#""Action":"*","#, ""),
        edited(r#""Action":"*""#, r#""Action":"GetObject""#),
        edited(r#""Action":"*""#, r#""Action":[]"#),
        edited(r#""Action":"*""#, r#""Action":7"#),
        edited(r#""Action":"*""#, r#""Action":"*","NotAction":"s3:*""#),
        edited(r#""Resource":"*""#, r#""Resource":"bucket""#),
        edited(
            r#""Resource":"*""#,
            r#""Resource":"arn:aws:iam::1:person/x""#,
        ),
        edited(r#""Resource":"*""#, r#""Resource":"*","Principal":"*""#),
        edited(
            r#""Resource":"*""#,
            r#""Resource":"*","Condition":{"DateAfter":{"a:b":"c"}}"#,
        ),
        edited(
            r#""Resource":"*""#,
            r#""Resource":"*","Condition":{"Bool":{"nocolon":"c"}}"#,
        ),
        edited(r#""Resource":"*""#, r#""Resource":"*","Sid":"no blanks""#),
        edited(r#""Resource":"*""#, r#""Resource":"*","Extra":1"#),
        edited(r#"[{"#, r#"[7,{"#),
    ];
    for document in table {
        let put = iam.put_user_policy().user_name("ann").policy_name("p");
        let refusal = crate::desk::refusal(put.policy_document(&document).send().await);
        assert_eq!(
            (refusal.code.as_str(), refusal.status),
            ("MalformedPolicyDocument", 400),
            "{document}: {}",
            refusal.message
        );
    }
    let outside = allow(&["s3:*"], "arn:aws:s3:::b/\u{20ac}");
    let put = iam
        .put_user_policy()
        .user_name("ann")
        .policy_name("p")
        .policy_document(outside);
    refused(put.send().await, "ValidationError", 400);
}

#[tokio::test]
async fn a_bad_tag_fails_the_whole_creation() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    for (tags, code) in [
        (vec![tag("aws:x", "v")], "InvalidInput"),
        (vec![tag("a", "1"), tag("A", "2")], "InvalidInput"),
        (vec![tag("a*b", "1")], "ValidationError"),
        (vec![tag(&"k".repeat(129), "1")], "ValidationError"),
        (
            (0..51).map(|n| tag(&format!("k{n}"), "")).collect(),
            "ValidationError",
        ),
    ] {
        let made = iam
            .create_user()
            .user_name("ann")
            .set_tags(Some(tags))
            .send()
            .await;
        refused(made, code, 400);
    }
    refused(
        iam.get_user().user_name("ann").send().await,
        "NoSuchEntity",
        404,
    );
}

#[tokio::test]
async fn a_policy_in_use_stays() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user()
        .user_name("ann")
        .permissions_boundary(BOUNDARY)
        .send()
        .await
        .unwrap();
    let delete = || iam.delete_policy().policy_arn(BOUNDARY).send();
    refused(delete().await, "DeleteConflict", 409);
    iam.delete_user().user_name("ann").send().await.unwrap();
    delete().await.unwrap();
}
