//! Auth methods, roles, sessions and cloud identities, at an STS that checks signatures.

use std::process::Command;

use leasehold_practice::{ACCOUNT_ID, MANAGER_NAME};
use secrecy::ExposeSecret;

use crate::account::Account;
use crate::home::{Home, Said, text, words};
use crate::schemas::check;

/// A home with the method `/ci/box` of the practice account's STS.
fn with_method(account: &Account, home: &Home, more: &[&str]) -> String {
    let create = [
        "auth-method",
        "create",
        "aws-iam",
        "--name",
        "/ci/box",
        "--bound-aws-account-id",
        ACCOUNT_ID,
        "--sts-url",
        &account.url,
        "--insecure-dev-sts",
    ];
    let made = home.json(&[&create, more].concat());
    check("auth-method", &made);
    text(&made, "/auth_method/access_id").to_owned()
}

/// The command with the account's key in its environment.
fn signing(account: &Account, home: &Home, more: &[&str]) -> Command {
    let get = [
        "get-cloud-identity",
        "--cloud-provider",
        "aws_iam",
        "--sts-url",
        &account.url,
    ];
    let mut command = home.command(&[&get, more].concat());
    command
        .env("AWS_ACCESS_KEY_ID", &account.id)
        .env("AWS_SECRET_ACCESS_KEY", account.secret.expose_secret())
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn identity(account: &Account, home: &Home, more: &[&str]) -> String {
    let said = Said::of(signing(account, home, more), "");
    assert_eq!(said.code, 0, "{said:?}");
    said.out.trim().to_owned()
}

#[test]
fn a_cloud_identity_made_here_is_tried_with_every_bound_and_rule() {
    let home = Home::empty();
    let account = Account::serve(&home);
    let id = with_method(&account, &home, &["--bound-user-name", MANAGER_NAME]);
    home.ok(&words("role create deployers"));
    home.ok(&words(
        "role set-rule deployers --path /staging/* --capability read",
    ));
    home.ok(&words(
        "role associate deployers --auth-method ci/box --sub-claims principal_type=user",
    ));
    let token = identity(&account, &home, &[]);
    for _ in 0..2 {
        let test = words("auth-method test ci/box --cloud-id - --path /staging/s3 --json");
        let said = home.run_with(&test, &token);
        assert_eq!(said.code, 0, "{said:?}");
        let test = said.json();
        check("auth-method-test", &test);
        assert_eq!(test["test"]["accepted"], true);
        assert_eq!(test["test"]["access_id"], id.as_str());
        assert_eq!(text(&test, "/test/claims/user_name"), MANAGER_NAME);
        assert_eq!(test["test"]["roles"][0]["association"]["holds"], true);
        let decisions = test["test"]["decisions"].as_array().unwrap();
        assert_eq!(decisions[1]["action"], "issue");
        assert_eq!(decisions[1]["decision"]["allowed"], true);
        assert_eq!(decisions[4]["decision"]["allowed"], false);
        assert!(!said.out.contains(&token), "a login is not repeated");
    }
    home.ok(&words(
        "auth-method update aws-iam --name ci/box --bound-user-name somebody-else",
    ));
    let said = home.run_with(&words("auth-method test ci/box --cloud-id -"), &token);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.contains("FAIL"), "{said:?}");
    assert!(said.out.contains("somebody-else"), "{said:?}");
}

#[test]
fn what_sts_says_against_an_identity_is_told_with_its_code() {
    let home = Home::empty();
    let mut account = Account::serve(&home);
    with_method(&account, &home, &[]);
    let mut command = signing(&account, &home, &[]);
    command.env("AWS_SECRET_ACCESS_KEY", "wrong");
    let token = Said::of(command, "").out;
    let test = words("auth-method test ci/box --cloud-id - --json");
    let said = home.run_with(&test, &token);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(said.json()["test"]["reason"], "sts_signature");
    let said = home.run_with(&test, "nonsense!");
    assert_eq!(
        (said.code, said.json()["test"]["reason"].as_str()),
        (3, Some("not_base64"))
    );
    let token = identity(&account, &home, &[]);
    account.go_away();
    let said = home.run_with(&test, &token);
    assert_eq!(said.code, 4, "{said:?}");
    assert_eq!(said.json()["test"]["reason"], "sts_unreachable");
}

#[test]
fn sub_claims_are_described_and_nothing_is_left_of_it() {
    let home = Home::empty();
    let account = Account::serve(&home);
    let said = Said::of(
        signing(&account, &home, &["--describe-sub-claims", "--json"]),
        "",
    );
    let claims = said.json();
    check("cloud-identity-claims", &claims);
    assert_eq!(text(&claims, "/sub_claims/account_id"), ACCOUNT_ID);
    assert_eq!(text(&claims, "/sub_claims/user_name"), MANAGER_NAME);
    assert!(!home.path().exists(), "no state is made for it");
    let said = Said::of(signing(&account, &home, &["--json"]), "");
    check("cloud-identity", &said.json());
    let safe = identity(&account, &home, &["--url_safe"]);
    assert!(!safe.contains(['+', '/', '=']), "{safe}");
}

#[test]
fn where_nothing_signs_it_says_what_would() {
    let home = Home::empty();
    let mut command = home.command(&[
        "get-cloud-identity",
        "--cloud-provider",
        "aws_iam",
        "--json",
    ]);
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", home.beside("nobody"));
    let error = Said::of(command, "").error(4);
    assert_eq!(error["code"], "source_failed");
}

#[test]
fn every_fault_of_a_form_is_told_at_once() {
    let home = Home::empty();
    let said = home.run(&[
        "auth-method",
        "create",
        "aws-iam",
        "--name",
        "/ci/Box",
        "--bound-aws-account-id",
        "12345",
        "--bound-arn",
        "arn:aws:sts:us-east-?:123456789012:*",
        "--json",
    ]);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    let faults = serde_json::from_str(&said.err).unwrap();
    check("auth-method-refused", &faults);
    let fields: Vec<_> = faults["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["field"].as_str())
        .collect();
    for field in ["name", "bound_aws_account_id", "bound_arn"] {
        assert!(fields.contains(&field), "{fields:?}");
    }
    assert!(said.err.contains("arn:aws:sts::123456789012:"), "corrected");
}

#[test]
fn methods_and_roles_are_listed_changed_and_deleted() {
    let home = Home::empty();
    let create = "auth-method create aws-iam --name /ci/box --bound-aws-account-id 123456789012 \
                  --delete-protection --bound-role-name deploy --jwt-ttl 30";
    home.ok(&create.split_whitespace().collect::<Vec<_>>());
    check("auth-method-list", &home.json(&words("auth-method list")));
    let shown = home.ok(&words("auth-method show ci/box")).out;
    assert!(
        shown.contains("deploy") && shown.contains("30 minutes"),
        "{shown}"
    );
    let refused = home.refused(3, &words("auth-method delete ci/box"));
    assert_eq!(refused["code"], "refused");
    let off = home.json(&words("auth-method disable ci/box"));
    assert_eq!(off["auth_method"]["enabled"], false);
    home.ok(&words("auth-method enable ci/box"));
    let update = "auth-method update aws-iam --name ci/box --delete-protection false \
                  --clear bound-role-name --new-name /ci/other";
    let changed = home.json(&update.split_whitespace().collect::<Vec<_>>());
    assert_eq!(changed["auth_method"]["name"], "/ci/other");
    assert_eq!(
        changed["auth_method"]["method"]["bound_role_name"],
        serde_json::json!([])
    );

    check("role", &home.json(&words("role create r --description x")));
    home.ok(&words(
        "role set-rule r --path /staging/{{role_name}}/* --capability read,update",
    ));
    home.ok(&words(
        "role associate r --auth-method ci/other --sub-claims role_name=dev-*",
    ));
    check("role-list", &home.json(&words("role list")));
    let who = home.json(&words("role who-can /staging/dev-1/s3"));
    check("role-who-can", &who);
    assert_eq!(who["rules"][0]["depends_on"], "role_name");
    let dissociate = home.json(&words("role dissociate r --auth-method ci/other"));
    check("role", &dissociate);
    home.ok(&words("role delete-rule r --path /staging/{{role_name}}/*"));
    home.refused(5, &words("role delete-rule r --path /staging/x"));
    home.refused(
        3,
        &words("role associate r --auth-method ci/other --sub-claims nonsense"),
    );
    home.refused(5, &words("role show nobody"));
    check("removed", &home.json(&words("role delete r")));
    check("removed", &home.json(&words("auth-method delete ci/other")));
    home.refused(5, &words("auth-method show ci/other"));
    check("session-list", &home.json(&words("session list")));
    home.refused(5, &words("session revoke 9f2c01d4a7be"));
    let log = home.json(&words("activity verify"));
    assert!(log["fault"].is_null(), "{log}");
    let told = home.ok(&words("activity list")).out;
    assert!(told.contains("/ci/other"), "{told}");
}

#[test]
fn an_imagined_identity_needs_no_sts() {
    let home = Home::empty();
    let create = "auth-method create aws-iam --name box --bound-aws-account-id 123456789012 \
                  --bound-arn arn:aws:iam::123456789012:role/dev-*";
    home.ok(&create.split_whitespace().collect::<Vec<_>>());
    let test = |arn: &str| home.run(&["auth-method", "test", "box", "--arn", arn]).code;
    assert_eq!(
        test("arn:aws:sts::123456789012:assumed-role/dev-ops/i-1"),
        0
    );
    assert_eq!(
        test("arn:aws:sts::123456789012:assumed-role/Dev-ops/i-1"),
        3
    );
    assert_eq!(
        test("arn:aws:sts::111111111111:assumed-role/dev-ops/i-1"),
        3
    );
    home.refused(3, &words("auth-method test box --arn nonsense"));
    home.refused(2, &words("auth-method test box"));
}

#[test]
fn an_option_that_says_nothing_takes_no_bound_away() {
    let home = Home::empty();
    let account = Account::serve(&home);
    with_method(&account, &home, &["--bound-ips", "10.0.0.0/8"]);
    for flag in [
        "--bound-ips",
        "--gw-bound-ips",
        "--bound-role-id",
        "--bound-user-id",
        "--bound-sts-region",
        "--bound-role-name",
        "--bound-arn",
        "--audit-logs-claims",
        "--sts-url",
        "--unique-identifier",
        "--bound-aws-account-id",
    ] {
        for value in ["", " ", "10.0.0.1,"] {
            if value.ends_with(',') && flag != "--bound-ips" {
                continue;
            }
            let update = words("auth-method update aws-iam --name ci/box --json");
            let update: Vec<&str> = update.iter().copied().chain([flag, value]).collect();
            let said = home.run(&update);
            let hint = text(&said.error(3), "/hint").to_owned();
            assert!(hint.contains("--clear"), "{flag}: {hint}");
        }
    }
    let shown = home.json(&words("auth-method show ci/box"));
    let bound = &shown["auth_method"]["method"]["bound_ips"];
    assert_eq!(bound, &serde_json::json!(["10.0.0.0/8"]));
}
