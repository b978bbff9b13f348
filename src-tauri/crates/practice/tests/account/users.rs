//! The life of users: made, given things, taken down again, as AWS does it.

use aws_sdk_iam::types::{StatusType, Tag};

use crate::desk::{ALLOW_ALL, BOUNDARY, Desk, READ_ONLY, VIEW_ONLY, allow, refused, user_arn};

#[tokio::test]
async fn a_new_user_shows_path_id_date_boundary_and_tags() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let tag = Tag::builder()
        .key("team")
        .value("payments")
        .build()
        .unwrap();
    let made = iam
        .create_user()
        .user_name("ann")
        .path("/leases/dev/")
        .permissions_boundary(BOUNDARY)
        .tags(tag.clone())
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert_eq!(made.arn, user_arn("leases/dev/ann"));
    assert!(made.user_id.starts_with("AIDA") && made.user_id.len() == 21);
    assert_eq!(made.create_date.secs(), desk.practice.now().timestamp());
    let boundary = made.permissions_boundary.unwrap();
    assert_eq!(boundary.permissions_boundary_arn.as_deref(), Some(BOUNDARY));

    let seen = iam
        .get_user()
        .user_name("ANN")
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert_eq!(
        (seen.user_name.as_str(), seen.tags()),
        ("ann", [tag.clone()].as_slice())
    );
    let tags = iam.list_user_tags().user_name("ann").send().await.unwrap();
    assert_eq!(tags.tags, [tag]);
}

#[tokio::test]
async fn attaching_and_adding_twice_change_nothing_the_second_time() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    for arn in [READ_ONLY, VIEW_ONLY, READ_ONLY, BOUNDARY] {
        iam.attach_user_policy()
            .user_name("ann")
            .policy_arn(arn)
            .send()
            .await
            .unwrap();
    }
    for group in ["developers", "Developers"] {
        iam.add_user_to_group()
            .user_name("ann")
            .group_name(group)
            .send()
            .await
            .unwrap();
    }
    let attached = iam
        .list_attached_user_policies()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert_eq!(attached.attached_policies().len(), 3);
    let groups = iam
        .list_groups_for_user()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert_eq!(groups.groups().len(), 1);
    let members = iam
        .get_group()
        .group_name("developers")
        .send()
        .await
        .unwrap();
    assert_eq!(members.users()[0].user_name, "ann");
}

#[tokio::test]
async fn a_policy_document_comes_back_letter_for_letter() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let document = allow(&["s3:GetObject"], "arn:aws:s3:::b/%20é+ä & <x>/*");
    for text in [ALLOW_ALL, &document] {
        let put = iam
            .put_user_policy()
            .user_name("ann")
            .policy_name("p")
            .policy_document(text);
        put.send().await.unwrap();
    }
    let got = iam
        .get_user_policy()
        .user_name("ann")
        .policy_name("p")
        .send()
        .await
        .unwrap();
    let decoded: Vec<_> = percent_decoded(&got.policy_document);
    assert_eq!(String::from_utf8(decoded).unwrap(), document);
    assert!(
        !got.policy_document.contains('<'),
        "documents come back URL-encoded"
    );
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    out
}

#[tokio::test]
async fn a_user_goes_only_when_groups_policies_and_keys_are_gone_and_the_boundary_may_stay() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let create = iam
        .create_user()
        .user_name("ann")
        .permissions_boundary(BOUNDARY);
    create.send().await.unwrap();
    iam.add_user_to_group()
        .user_name("ann")
        .group_name("developers")
        .send()
        .await
        .unwrap();
    iam.attach_user_policy()
        .user_name("ann")
        .policy_arn(READ_ONLY)
        .send()
        .await
        .unwrap();
    let put = iam
        .put_user_policy()
        .user_name("ann")
        .policy_name("p")
        .policy_document(ALLOW_ALL);
    put.send().await.unwrap();
    let key = iam
        .create_access_key()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .access_key
        .unwrap();

    let delete = || iam.delete_user().user_name("ann").send();
    let conflict = |message: &str| format!("Cannot delete entity, {message} first.");
    let message = refused(delete().await, "DeleteConflict", 409);
    assert_eq!(message, conflict("must remove users from group"));
    iam.remove_user_from_group()
        .user_name("ann")
        .group_name("developers")
        .send()
        .await
        .unwrap();
    let message = refused(delete().await, "DeleteConflict", 409);
    assert_eq!(message, conflict("must detach all policies"));
    iam.detach_user_policy()
        .user_name("ann")
        .policy_arn(READ_ONLY)
        .send()
        .await
        .unwrap();
    let message = refused(delete().await, "DeleteConflict", 409);
    assert_eq!(message, conflict("must delete policies"));
    iam.delete_user_policy()
        .user_name("ann")
        .policy_name("p")
        .send()
        .await
        .unwrap();
    let message = refused(delete().await, "DeleteConflict", 409);
    assert_eq!(message, conflict("must delete access keys"));
    let id = key.access_key_id;
    iam.delete_access_key()
        .user_name("ann")
        .access_key_id(id)
        .send()
        .await
        .unwrap();
    delete().await.unwrap();
    let message = refused(
        iam.get_user().user_name("ann").send().await,
        "NoSuchEntity",
        404,
    );
    assert_eq!(message, "The user with name ann cannot be found.");
}

#[tokio::test]
async fn a_user_made_again_is_another_user_with_nothing_of_the_old_one() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let first = iam
        .create_user()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    iam.delete_user().user_name("ann").send().await.unwrap();
    let second = iam
        .create_user()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert_ne!(first.user_id, second.user_id);
    let keys = iam
        .list_access_keys()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert!(keys.access_key_metadata().is_empty());
}

#[tokio::test]
async fn a_boundary_can_be_put_and_taken_away() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let put = iam.put_user_permissions_boundary().user_name("ann");
    put.permissions_boundary(BOUNDARY).send().await.unwrap();
    let seen = iam
        .get_user()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert!(seen.permissions_boundary.is_some());
    iam.delete_user_permissions_boundary()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    let again = iam
        .delete_user_permissions_boundary()
        .user_name("ann")
        .send()
        .await;
    refused(again, "NoSuchEntity", 404);
}

#[tokio::test]
async fn tags_are_told_apart_without_case_and_can_be_taken_off() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    for (key, value) in [("Team", "a"), ("team", "b"), ("env", "")] {
        let tag = Tag::builder().key(key).value(value).build().unwrap();
        iam.tag_user()
            .user_name("ann")
            .tags(tag)
            .send()
            .await
            .unwrap();
    }
    iam.untag_user()
        .user_name("ann")
        .tag_keys("ENV")
        .send()
        .await
        .unwrap();
    let tags = iam
        .list_user_tags()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .tags;
    assert_eq!(tags.len(), 1);
    assert_eq!(
        (tags[0].key.as_str(), tags[0].value.as_str()),
        ("team", "b")
    );
}

#[tokio::test]
async fn keys_have_their_form_and_can_be_switched_off_and_listed() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let key = iam
        .create_access_key()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .access_key
        .unwrap();
    assert!(key.access_key_id.starts_with("AKIAPRACTICE") && key.access_key_id.len() == 20);
    assert_eq!(
        (key.secret_access_key.len(), &key.status),
        (40, &StatusType::Active)
    );
    iam.update_access_key()
        .user_name("ann")
        .access_key_id(&key.access_key_id)
        .status(StatusType::Inactive)
        .send()
        .await
        .unwrap();
    let keys = iam
        .list_access_keys()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert_eq!(
        keys.access_key_metadata()[0].status,
        Some(StatusType::Inactive)
    );
}

#[tokio::test]
async fn the_last_use_of_a_key_is_shown_once_there_was_one() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let ann = desk.user(&[]).await;
    let before = iam
        .get_access_key_last_used()
        .access_key_id(&ann.id)
        .send()
        .await
        .unwrap();
    let used = before.access_key_last_used.unwrap();
    assert_eq!(
        (used.last_used_date, used.service_name.as_str()),
        (None, "N/A")
    );
    ann.sts.get_caller_identity().send().await.unwrap();
    let after = iam
        .get_access_key_last_used()
        .access_key_id(&ann.id)
        .send()
        .await
        .unwrap();
    assert_eq!(after.user_name.as_deref(), Some(ann.name.as_str()));
    let used = after.access_key_last_used.unwrap();
    assert_eq!(
        used.last_used_date.unwrap().secs(),
        desk.practice.now().timestamp()
    );
    assert_eq!(used.service_name, "sts");
}

#[tokio::test]
async fn without_a_name_requests_are_about_the_caller() {
    let desk = Desk::new();
    let ann = desk
        .user(&[&allow(&["iam:GetUser", "iam:*AccessKey*"], "*")])
        .await;
    let seen = ann.iam.get_user().send().await.unwrap().user.unwrap();
    assert_eq!(seen.user_name, ann.name);
    let keys = ann.iam.list_access_keys().send().await.unwrap();
    assert_eq!(
        keys.access_key_metadata()[0].access_key_id.as_deref(),
        Some(ann.id.as_str())
    );
}
