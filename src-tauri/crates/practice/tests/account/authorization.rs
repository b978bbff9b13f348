//! Who may do what: the managing user, scoped resources, boundaries, groups.

use aws_sdk_iam::types::Tag;
use leasehold_practice::ACCOUNT_ID;

use crate::desk::{
    ALLOW_ALL, BOUNDARY, Desk, READ_ONLY, VIEW_ONLY, allow, denied, deny, statement, user_arn,
};

#[tokio::test]
async fn the_managing_user_runs_a_whole_lease_with_its_fifteen_actions() {
    let desk = Desk::new();
    let iam = desk.manager().iam;
    let name = "lease";
    let create = iam
        .create_user()
        .user_name(name)
        .path("/leases/")
        .permissions_boundary(BOUNDARY);
    create.send().await.unwrap();
    iam.get_user().user_name(name).send().await.unwrap();
    let put = iam
        .put_user_policy()
        .user_name(name)
        .policy_name("doc")
        .policy_document(ALLOW_ALL);
    put.send().await.unwrap();
    iam.attach_user_policy()
        .user_name(name)
        .policy_arn(READ_ONLY)
        .send()
        .await
        .unwrap();
    iam.add_user_to_group()
        .user_name(name)
        .group_name("developers")
        .send()
        .await
        .unwrap();
    let key = iam
        .create_access_key()
        .user_name(name)
        .send()
        .await
        .unwrap()
        .access_key
        .unwrap();

    iam.list_access_keys().user_name(name).send().await.unwrap();
    iam.list_user_policies()
        .user_name(name)
        .send()
        .await
        .unwrap();
    iam.list_attached_user_policies()
        .user_name(name)
        .send()
        .await
        .unwrap();
    iam.list_groups_for_user()
        .user_name(name)
        .send()
        .await
        .unwrap();
    let delete = iam
        .delete_access_key()
        .user_name(name)
        .access_key_id(key.access_key_id);
    delete.send().await.unwrap();
    iam.detach_user_policy()
        .user_name(name)
        .policy_arn(READ_ONLY)
        .send()
        .await
        .unwrap();
    iam.remove_user_from_group()
        .user_name(name)
        .group_name("developers")
        .send()
        .await
        .unwrap();
    iam.delete_user_policy()
        .user_name(name)
        .policy_name("doc")
        .send()
        .await
        .unwrap();
    iam.delete_user().user_name(name).send().await.unwrap();
}

#[tokio::test]
async fn the_managing_user_may_do_nothing_else() {
    let desk = Desk::new();
    let iam = desk.manager().iam;
    let me = "leasehold-manager";
    let tag = Tag::builder().key("a").value("b").build().unwrap();
    denied(iam.list_users().send().await);
    denied(iam.tag_user().user_name(me).tags(tag.clone()).send().await);
    denied(iam.get_account_summary().send().await);
    let role = iam
        .create_role()
        .role_name("r")
        .assume_role_policy_document(
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#,
        );
    denied(role.send().await);
    denied(
        iam.create_policy()
            .policy_name("p")
            .policy_document(ALLOW_ALL)
            .send()
            .await,
    );
    let put = iam
        .put_user_permissions_boundary()
        .user_name(me)
        .permissions_boundary(BOUNDARY);
    denied(put.send().await);
    let status = aws_sdk_iam::types::StatusType::Inactive;
    let update = iam
        .update_access_key()
        .access_key_id("AKIAPRACTICEAAAAAAAA")
        .status(status);
    denied(update.send().await);
    // Tags at creation need iam:TagUser as well.
    denied(iam.create_user().user_name("tagged").tags(tag).send().await);
    let message = denied(
        iam.get_user_policy()
            .user_name(me)
            .policy_name("p")
            .send()
            .await,
    );
    let arn = user_arn("practice/leasehold-manager");
    assert_eq!(
        message,
        format!(
            "User: {arn} is not authorized to perform: iam:GetUserPolicy on resource: {arn} \
             because no identity-based policy allows the iam:GetUserPolicy action"
        )
    );
}

#[tokio::test]
async fn an_explicit_deny_wins_and_the_message_says_so() {
    let desk = Desk::new();
    let ann = desk
        .user(&[ALLOW_ALL, &deny(&["iam:ListUsers"], "*")])
        .await;
    let message = denied(ann.iam.list_users().send().await);
    assert!(
        message.ends_with("with an explicit deny in an identity-based policy"),
        "{message}"
    );
    ann.iam.get_account_summary().send().await.unwrap();
    let nobody = desk.user(&[]).await;
    denied(nobody.iam.get_account_summary().send().await);
}

#[tokio::test]
async fn resources_are_user_arns_with_their_path() {
    let desk = Desk::new();
    let mine = user_arn("leases/*");
    let ann = desk
        .user(&[&allow(&["iam:CreateUser", "iam:CreateAccessKey"], &mine)])
        .await;
    ann.iam
        .create_user()
        .user_name("one")
        .path("/leases/")
        .send()
        .await
        .unwrap();
    ann.iam
        .create_user()
        .user_name("two")
        .path("/leases/a/")
        .send()
        .await
        .unwrap();
    ann.iam
        .create_access_key()
        .user_name("one")
        .send()
        .await
        .unwrap();
    denied(ann.iam.create_user().user_name("three").send().await);
    denied(
        ann.iam
            .create_user()
            .user_name("three")
            .path("/other/")
            .send()
            .await,
    );
    let message = denied(
        ann.iam
            .create_access_key()
            .user_name(&ann.name)
            .send()
            .await,
    );
    assert!(message.contains(&user_arn(&ann.name)), "{message}");
}

#[tokio::test]
async fn group_membership_is_authorized_on_the_group() {
    let desk = Desk::new();
    let actions = ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"];
    let by_user = desk.user(&[&allow(&actions, &user_arn("*"))]).await;
    let groups = format!("arn:aws:iam::{ACCOUNT_ID}:group/dev*");
    let by_group = desk.user(&[&allow(&actions, &groups)]).await;
    let add = |who: &crate::desk::Person, group: &str| {
        who.iam
            .add_user_to_group()
            .user_name(&by_user.name)
            .group_name(group)
            .send()
    };
    denied(add(&by_user, "developers").await);
    denied(add(&by_group, "deployers").await);
    add(&by_group, "developers").await.unwrap();
}

#[tokio::test]
async fn a_boundary_limits_and_grants_nothing() {
    let desk = Desk::new();
    let admin = desk.admin().iam;
    let narrow = admin.create_policy().policy_name("narrow");
    let narrow = narrow
        .policy_document(allow(&["iam:GetUser"], "*"))
        .send()
        .await
        .unwrap();
    let narrow = narrow.policy.unwrap().arn.unwrap();
    let ann = desk.user_with(&[ALLOW_ALL], Some(&narrow)).await;
    ann.iam.get_user().send().await.unwrap();
    let message = denied(ann.iam.list_users().send().await);
    assert!(message.ends_with("because no permissions boundary allows the iam:ListUsers action"));
    let bare = desk.user_with(&[], Some(&narrow)).await;
    denied(bare.iam.get_user().send().await);

    let denying = admin.create_policy().policy_name("denying");
    let both = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:GetUser","Resource":"*"}]}"#;
    let denying = denying
        .policy_document(both)
        .send()
        .await
        .unwrap()
        .policy
        .unwrap();
    let put = admin.put_user_permissions_boundary().user_name(&ann.name);
    put.permissions_boundary(denying.arn.unwrap())
        .send()
        .await
        .unwrap();
    let message = denied(ann.iam.get_user().send().await);
    assert!(
        message.ends_with("with an explicit deny in a permissions boundary"),
        "{message}"
    );
    ann.iam.list_users().send().await.unwrap();
}

#[tokio::test]
async fn a_groups_policies_hold_while_one_is_in_it() {
    let desk = Desk::new();
    let admin = desk.admin().iam;
    admin
        .create_group()
        .group_name("readers")
        .send()
        .await
        .unwrap();
    let put = admin
        .put_group_policy()
        .group_name("readers")
        .policy_name("p");
    put.policy_document(allow(&["iam:ListUsers"], "*"))
        .send()
        .await
        .unwrap();
    admin
        .attach_group_policy()
        .group_name("readers")
        .policy_arn(VIEW_ONLY)
        .send()
        .await
        .unwrap();
    let ann = desk.user(&[]).await;
    denied(ann.iam.list_users().send().await);
    let add = admin
        .add_user_to_group()
        .group_name("readers")
        .user_name(&ann.name);
    add.send().await.unwrap();
    ann.iam.list_users().send().await.unwrap();
    ann.iam.get_account_summary().send().await.unwrap();
    let remove = admin
        .remove_user_from_group()
        .group_name("readers")
        .user_name(&ann.name);
    remove.send().await.unwrap();
    denied(ann.iam.list_users().send().await);
}

#[tokio::test]
async fn attached_policies_hold_until_detached() {
    let desk = Desk::new();
    let admin = desk.admin().iam;
    let ann = desk.user(&[]).await;
    admin
        .attach_user_policy()
        .user_name(&ann.name)
        .policy_arn(READ_ONLY)
        .send()
        .await
        .unwrap();
    ann.iam.list_users().send().await.unwrap();
    denied(ann.iam.create_user().user_name("x").send().await);
    admin
        .detach_user_policy()
        .user_name(&ann.name)
        .policy_arn(READ_ONLY)
        .send()
        .await
        .unwrap();
    denied(ann.iam.list_users().send().await);
}

#[tokio::test]
async fn conditions_on_boundary_and_policy_arn_bind_what_is_made() {
    let desk = Desk::new();
    let admin = desk.admin().iam;
    let condition = format!(r#"{{"StringEquals":{{"IAM:permissionsboundary":"{BOUNDARY}"}}}}"#);
    let bound = desk
        .user(&[&statement(
            "Allow",
            &["iam:CreateUser", "iam:PutUserPolicy"],
            "*",
            &condition,
        )])
        .await;
    denied(bound.iam.create_user().user_name("free").send().await);
    let made = bound
        .iam
        .create_user()
        .user_name("bound")
        .permissions_boundary(BOUNDARY);
    made.send().await.unwrap();
    let other = bound
        .iam
        .create_user()
        .user_name("other")
        .permissions_boundary(READ_ONLY);
    denied(other.send().await);
    // On PutUserPolicy the key is the boundary that the user has.
    let put = |name: &str| {
        bound
            .iam
            .put_user_policy()
            .user_name(name)
            .policy_name("p")
            .policy_document(ALLOW_ALL)
    };
    put("bound").send().await.unwrap();
    admin.create_user().user_name("free").send().await.unwrap();
    denied(put("free").send().await);

    let condition = format!(r#"{{"ArnEquals":{{"iam:PolicyARN":"{READ_ONLY}"}}}}"#);
    let limited = desk
        .user(&[&statement(
            "Allow",
            &["iam:AttachUserPolicy"],
            "*",
            &condition,
        )])
        .await;
    let attach = |arn: &str| {
        limited
            .iam
            .attach_user_policy()
            .user_name("free")
            .policy_arn(arn)
            .send()
    };
    attach(READ_ONLY).await.unwrap();
    denied(attach(VIEW_ONLY).await);
}

#[tokio::test]
async fn tag_conditions_see_what_is_asked_for() {
    let desk = Desk::new();
    let condition = r#"{"StringEquals":{"aws:RequestTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}"#;
    let ann = desk
        .user(&[&statement(
            "Allow",
            &["iam:CreateUser", "iam:TagUser"],
            "*",
            condition,
        )])
        .await;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let red = ann
        .iam
        .create_user()
        .user_name("r")
        .tags(tag("team", "red"));
    red.send().await.unwrap();
    denied(
        ann.iam
            .create_user()
            .user_name("b")
            .tags(tag("team", "blue"))
            .send()
            .await,
    );
    let more = ann
        .iam
        .create_user()
        .user_name("m")
        .tags(tag("team", "red"))
        .tags(tag("x", "y"));
    denied(more.send().await);
}

#[tokio::test]
async fn policy_variables_are_filled_in_with_the_caller() {
    let desk = Desk::new();
    let own = user_arn("${aws:username}");
    let ann = desk.user(&[&allow(&["iam:*AccessKey*"], &own)]).await;
    let bob = desk.user(&[]).await;
    ann.iam.list_access_keys().send().await.unwrap();
    ann.iam
        .list_access_keys()
        .user_name(&ann.name)
        .send()
        .await
        .unwrap();
    denied(ann.iam.list_access_keys().user_name(&bob.name).send().await);
}
