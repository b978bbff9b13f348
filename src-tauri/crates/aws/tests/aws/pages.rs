//! Lists: all pages, in order, and an end whatever the endpoint says.

use leasehold_aws::AwsErrorKind;

use crate::fake::{Fake, Step, yes};

fn page(operation: &str, list: &str, items: &[String], next: Option<&str>) -> Step {
    let items: String = items
        .iter()
        .map(|item| format!("<member>{item}</member>"))
        .collect();
    let more = match next {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    yes(operation, &format!("<{list}>{items}</{list}>{more}"))
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn wrapped(element: &str, values: &[&str]) -> Vec<String> {
    values
        .iter()
        .map(|value| format!("<{element}>{value}</{element}>"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn every_page_of_inline_policies_is_read() {
    let list = |items: &[&str], next| page("ListUserPolicies", "PolicyNames", &names(items), next);
    let fake = Fake::new([
        list(&["a", "b"], Some("m1")),
        list(&[], Some("m2")),
        list(&["c"], None),
    ]);
    assert_eq!(
        fake.aws().list_user_policies("u").await.unwrap(),
        ["a", "b", "c"]
    );
    let markers: Vec<_> = fake
        .sent()
        .iter()
        .map(|sent| sent.field("Marker").map(str::to_owned))
        .collect();
    assert_eq!(markers, [None, Some("m1".into()), Some("m2".into())]);
}

#[tokio::test(start_paused = true)]
async fn every_page_of_attached_policies_is_read() {
    let one = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let two = "arn:aws-cn:iam::111122223333:policy/a/b";
    let list = |arn, next| {
        page(
            "ListAttachedUserPolicies",
            "AttachedPolicies",
            &wrapped("PolicyArn", &[arn]),
            next,
        )
    };
    let fake = Fake::new([list(one, Some("m1")), list(two, None)]);
    assert_eq!(
        fake.aws().list_attached_user_policies("u").await.unwrap(),
        [one, two]
    );
}

#[tokio::test(start_paused = true)]
async fn every_page_of_groups_is_read() {
    let group = |name: &str| {
        vec![format!(
            "<Path>/</Path><GroupName>{name}</GroupName><GroupId>AGPA1</GroupId>\
             <Arn>arn:aws:iam::111122223333:group/{name}</Arn>\
             <CreateDate>2026-11-21T12:00:00Z</CreateDate>"
        )]
    };
    let list = |name, next| page("ListGroupsForUser", "Groups", &group(name), next);
    let fake = Fake::new([list("devs", Some("m1")), list("ops", None)]);
    assert_eq!(
        fake.aws().list_groups_for_user("u").await.unwrap(),
        ["devs", "ops"]
    );
}

#[tokio::test(start_paused = true)]
async fn every_page_of_keys_is_read_with_its_state_and_date() {
    let key = |id: &str, status: &str| {
        vec![format!(
            "<UserName>u</UserName><AccessKeyId>{id}</AccessKeyId><Status>{status}</Status>\
             <CreateDate>2026-11-21T12:00:00Z</CreateDate>"
        )]
    };
    let list = |id, status, next| {
        page(
            "ListAccessKeys",
            "AccessKeyMetadata",
            &key(id, status),
            next,
        )
    };
    let fake = Fake::new([
        list("AKIAI44QH8DHBEXAMPLE", "Active", Some("m1")),
        list("AKIAI44QH8DHBEXAMPL2", "Inactive", None),
    ]);
    let keys = fake.aws().list_access_keys("u").await.unwrap();
    assert_eq!(keys[0].id, "AKIAI44QH8DHBEXAMPLE");
    assert_eq!([keys[0].active, keys[1].active], [true, false]);
    assert_eq!(
        keys[0].created_at.unwrap().to_rfc3339(),
        "2026-11-21T12:00:00+00:00"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_runs_in_a_circle_is_refused() {
    let list = |next| {
        page(
            "ListUserPolicies",
            "PolicyNames",
            &names(&["a"]),
            Some(next),
        )
    };
    let fake = Fake::new([list("m1"), list("m2"), list("m1")]);
    let error = fake.aws().list_user_policies("u").await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.code.as_str()),
        (AwsErrorKind::Unexpected, "UnexpectedAnswer")
    );
    assert_eq!(fake.sent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_cut_off_without_a_marker_is_refused_and_not_taken_as_whole() {
    let list = yes(
        "ListUserPolicies",
        "<PolicyNames/><IsTruncated>true</IsTruncated>",
    );
    let error = Fake::new([list])
        .aws()
        .list_user_policies("u")
        .await
        .unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Unexpected);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_end_is_refused_by_items_and_by_pages() {
    let many: Vec<String> = (0..6_000).map(|n| format!("p{n}")).collect();
    let list = |next| page("ListUserPolicies", "PolicyNames", &many, Some(next));
    let fake = Fake::new([list("m1"), list("m2")]);
    let error = fake.aws().list_user_policies("u").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Unexpected);

    let empty = (0..1_000).map(|n| {
        page(
            "ListUserPolicies",
            "PolicyNames",
            &[],
            Some(format!("m{n}").as_str()),
        )
    });
    let fake = Fake::new(empty);
    let error = fake.aws().list_user_policies("u").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Unexpected);
}

fn listed(name: &str, path: &str) -> String {
    format!(
        "<Path>{path}</Path><UserName>{name}</UserName><UserId>AIDA{name}</UserId>\
         <Arn>arn:aws:iam::111122223333:user{path}{name}</Arn>\
         <CreateDate>2026-11-21T10:00:00Z</CreateDate>"
    )
}

#[tokio::test(start_paused = true)]
async fn every_page_of_users_under_a_path_is_read() {
    let fake = Fake::new([
        page(
            "ListUsers",
            "Users",
            &[listed("A", "/l/"), listed("B", "/l/x/")],
            Some("m1"),
        ),
        page("ListUsers", "Users", &[listed("C", "/l/")], None),
    ]);
    let users = fake.aws().list_users("/l/").await.unwrap();
    let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    assert_eq!(users[1].path, "/l/x/");
    assert_eq!(users[1].user_id, "AIDAB");
    let sent = fake.sent();
    assert_eq!(sent[0].field("PathPrefix"), Some("/l/"));
    assert_eq!(sent[0].field("MaxItems"), Some("1000"));
}

#[tokio::test(start_paused = true)]
async fn a_user_of_another_path_than_was_asked_for_is_not_believed() {
    let fake = Fake::new([page("ListUsers", "Users", &[listed("A", "/other/")], None)]);
    let error = fake.aws().list_users("/l/").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Unexpected);
}
