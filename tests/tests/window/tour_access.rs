//! Pictures of who may ask from outside: auth methods, roles, the gateway, who waits, who is logged in, and a test.

use anyhow::{Context, Result};
use fantoccini::key::Key;
use leasehold_tests::emulator::ACCOUNT_ID;
use leasehold_tests::notifications::Notifications;
use leasehold_tests::window::Window;
use serde_json::{Value, json};

use crate::camera::Camera;
use crate::gateway::{is, method, prepared, switch, waiting};
use crate::steps::{ask, open, secret_id, session, text};

#[tokio::test]
async fn tour_of_access() -> Result<()> {
    let session = session().await?;
    let _notifications = Notifications::start(&session).await?;
    let (emulator, account) = prepared(&session).await?;
    let window = open(&session).await?;
    let camera = Camera::before(&window).await?;
    nothing_yet(&camera).await?;
    form(&camera, &window).await?;
    let access_id = method(&window, &emulator).await?;
    furnish(&window).await?;
    methods_and_roles(&camera, &window, &access_id).await?;

    camera
        .visit("access-gateway-off", "/access/gateway", "gateway-switch")
        .await?;
    switch(&window, true, "127.0.0.1:0").await?;
    let state = is(&window, "listening").await?;
    let url = state["urls"][0].as_str().context("a url")?;
    camera
        .visit("access-gateway", "/access/gateway", "help-method")
        .await?;
    camera.take_small("access-gateway").await?;

    let program = waiting(&session, &emulator, &account, (url, &access_id)).await?;
    camera.go("/", "prompt").await?;
    camera.take("access-prompt").await?;
    camera.take_small("access-prompt").await?;
    camera
        .visit("access-waiting", "/access/sessions", "waiting")
        .await?;
    let approvals = ask(&window, "approval_list", json!({})).await?;
    let id = text(&approvals[0], "id")?;
    window.click(&format!("allow-once-{id}")).await?;
    program
        .line("the lease", |line| serde_json::from_str::<Value>(line).ok())
        .await?;
    sessions(&camera, &window, id).await?;
    test(&camera, &window, &access_id).await?;
    window.close().await
}

async fn nothing_yet(camera: &Camera<'_>) -> Result<()> {
    for (name, route, sign) in [
        ("access-empty", "/access", "methods-empty"),
        ("access-roles-empty", "/access/roles", "roles-empty"),
        (
            "access-sessions-empty",
            "/access/sessions",
            "sessions-empty",
        ),
    ] {
        camera.visit(name, route, sign).await?;
    }
    camera.go("/access", "methods-empty").await?;
    camera.take_small("access-empty").await
}

async fn form(camera: &Camera<'_>, window: &Window) -> Result<()> {
    camera.go("/access/methods/new", "field-name").await?;
    window.fill("field-name", "/ci/runners").await?;
    let account = format!("{ACCOUNT_ID} ");
    window.fill("field-bound_aws_account_id", &account).await?;
    let arn = format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/runner-*/* ");
    window.fill("field-bound_arn", &arn).await?;
    window.fill("field-bound_ips", "unix 10.0.0.0/8 ").await?;
    camera.take("access-form").await?;
    camera.take_small("access-form").await?;
    let malformed = format!("arn:aws:sts:us-east-?:{ACCOUNT_ID}:* ");
    window.fill("field-bound_arn", &malformed).await?;
    window.click("submit-method").await?;
    window.wait("fix-arn").await?;
    camera.take("access-form-refused").await?;
    window
        .fill("field-sts_url", "https://sts.proxy.example.com")
        .await?;
    window.wait("sts-danger").await?;
    camera.take("access-form-own-sts").await?;
    window.click("cancel-method").await?;
    window.click("discard-confirm").await
}

/// More than one of each: by role and by user, switched off, with an end, and roles that give and deny.
async fn furnish(window: &Window) -> Result<()> {
    let drafts = [
        json!({"name": "/ci/runners", "bound_role_name": ["runner"], "bound_ips": ["10.0.0.0/8"],
            "audit_logs_claims": ["role_name"], "force_sub_claims": true}),
        json!({"name": "/people/on-call", "bound_arn": [
            format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/AWSReservedSSO_OnCall_*/*")],
            "access_expires": 1_830_297_600_i64, "expiration_event_in": [7], "delete_protection": true}),
        json!({"name": "/people/contractors", "bound_user_name": ["grace", "alan"]}),
    ];
    for mut draft in drafts {
        draft["bound_aws_account_id"] = json!([ACCOUNT_ID]);
        ask(window, "auth_method_create", json!({"draft": draft})).await?;
    }
    let methods = ask(window, "auth_method_list", json!({})).await?;
    let of = |name: &str| -> Result<String> {
        let mut all = methods.as_array().context("a list")?.iter();
        let one = all.find(|one| one["name"] == name).context("a method")?;
        Ok(text(one, "access_id")?.to_owned())
    };
    let off = json!({"id": of("/people/contractors")?, "on": false, "revokeLeases": false});
    ask(window, "auth_method_enable", off).await?;
    let role =
        json!({"name": "payments-deploy", "description": "What CI needs to release payments"});
    ask(window, "role_create", role).await?;
    for (path, capabilities) in [
        ("/development/*", json!(["list", "read", "update"])),
        ("/development/{{role_name}}/*", json!(["delete"])),
        ("/production/*", json!(["deny"])),
    ] {
        let rule = json!({"name": "payments-deploy", "path": path, "capabilities": capabilities});
        ask(window, "role_set_rule", rule).await?;
    }
    let way = json!({"name": "payments-deploy", "authMethod": of("/ci/runners")?,
        "subClaims": {"role_name": "runner", "resource_id": "i-*"}, "caseSensitive": true});
    ask(window, "role_associate", way).await?;
    Ok(())
}

async fn methods_and_roles(camera: &Camera<'_>, window: &Window, access_id: &str) -> Result<()> {
    camera
        .visit("access-methods", "/access", "method-row-/ci/runners")
        .await?;
    camera.take_small("access-methods").await?;
    window.click(&format!("menu-{access_id}")).await?;
    camera.take("access-methods-menu").await?;
    window.press(&[Key::Escape.into()]).await?;
    let page = format!("/access/methods/{access_id}");
    camera
        .visit("access-method", &page, "method-switch")
        .await?;
    camera.take_small("access-method").await?;
    window.click("method-switch").await?;
    window.wait("method-off-confirm").await?;
    camera.take("access-method-off").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("method-off-confirm").await?;
    camera
        .visit("access-roles", "/access/roles", "role-row-payments-deploy")
        .await?;
    window.click("add-role").await?;
    window.wait("new-role-sheet").await?;
    camera.take("access-role-new").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("new-role-sheet").await?;
    let page = "/access/roles/payments-deploy";
    camera.visit("access-role", page, "reach-count").await?;
    camera.take_small("access-role").await?;
    camera
        .visit("access-who", "/access/who", "who-boxes")
        .await?;
    camera.take_small("access-who").await
}

async fn sessions(camera: &Camera<'_>, window: &Window, approval: &str) -> Result<()> {
    camera
        .go("/access/sessions", &format!("person-{approval}"))
        .await?;
    window.find("[data-testid^='end-session-']").await?;
    camera.take("access-sessions").await?;
    camera.take_small("access-sessions").await?;
    let end = "document.querySelector(`[data-testid^='end-session-']`).click()";
    window.script(end, Vec::new()).await?;
    window.wait("session-end-confirm").await?;
    camera.take("access-session-end").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("session-end-confirm").await?;
    window.click(&format!("person-menu-{approval}")).await?;
    window.click(&format!("person-deny-{approval}")).await?;
    window.wait("deny-confirm").await?;
    camera.take("access-deny").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("deny-confirm").await
}

async fn test(camera: &Camera<'_>, window: &Window, access_id: &str) -> Result<()> {
    let route = format!("/access/test/{access_id}");
    camera.visit("access-test", &route, "test-run").await?;
    let app = secret_id(window, "app").await?;
    for (name, account) in [
        ("access-test-passed", ACCOUNT_ID),
        ("access-test-refused", "123456789012"),
    ] {
        let arn = format!("arn:aws:iam::{account}:user/admin");
        window.fill("test-arn", &arn).await?;
        window.choose("test-path", &app).await?;
        window.click("test-run").await?;
        let verdict = match name {
            "access-test-passed" => "would be let in",
            _ => "would be refused",
        };
        window.wait_text("test-result", verdict).await?;
        camera.take(name).await?;
    }
    camera.take_small("access-test-refused").await
}
