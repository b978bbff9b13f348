//! What a person does in the window, a step a function.

use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use leasehold_tests::cli::Cli;
use leasehold_tests::emulator::{Account, Emulator};
use leasehold_tests::keys::Keys;
use leasehold_tests::session::{Display, Keyring, Session};
use leasehold_tests::window::{Start, Window};
use leasehold_tests::{desktop, until};
use serde_json::{Value, json};

/// An ordinary desktop: a screen and an open keyring.
pub(crate) async fn session() -> Result<Session> {
    Session::start(Display::Virtual, Keyring::Unlocked).await
}

/// The window on this session's own state.
pub(crate) async fn open(session: &Session) -> Result<Window> {
    Start::new(session, &session.home().join("leasehold"))
        .open()
        .await
}

/// The command on this session's own state.
pub(crate) fn cli(session: &Session) -> Result<Cli> {
    Cli::new(session, &session.home().join("leasehold"))
}

/// The practice account with the dynamic secret `try-me`, before any window is open.
pub(crate) async fn recipe(session: &Session) -> Result<Cli> {
    let cli = cli(session)?;
    cli.json(&["connection", "add", "practice", "--practice"])
        .await?;
    let recipe = [
        "--default-ttl",
        "10m",
        "--max-ttl",
        "1h",
        "--iam-path",
        "/leases/",
    ];
    let add = ["secret", "add", "try-me", "--connection", "practice"];
    cli.json(&[&add[..], &recipe].concat()).await?;
    Ok(cli)
}

/// The id of the dynamic secret of this name.
pub(crate) async fn secret_id(window: &Window, name: &str) -> Result<String> {
    let secrets = ask(window, "secret_list", json!({})).await?;
    let mut all = secrets.as_array().context("a list")?.iter();
    let one = all.find(|one| one["draft"]["name"] == name);
    Ok(text(one.with_context(|| format!("{name} in {secrets}"))?, "id")?.to_owned())
}

/// The leases that are open, by what the page is told.
pub(crate) async fn open_leases(window: &Window) -> Result<Vec<Value>> {
    let leases = ask(window, "lease_list", json!({})).await?;
    Ok(leases.as_array().context("a list")?.clone())
}

/// Closes the window as a person does, where a tray keeps the application. Needs the window manager.
pub(crate) async fn hide(session: &Session) -> Result<()> {
    desktop::close_window(session, "Leasehold").await?;
    desktop::wait_for_window(session, "Leasehold", false).await
}

/// Waits until no process of the application is left.
pub(crate) async fn ended(window: &Window) -> Result<()> {
    until("the application to end", || async {
        let left = window.processes()?;
        // The system keeps fifteen letters of a name.
        ensure!(
            !left.iter().any(|one| one.name == "leasehold-deskt"),
            "{left:?}"
        );
        Ok(())
    })
    .await
}

/// A command's answer, where it must not refuse.
pub(crate) async fn ask(window: &Window, command: &str, arguments: Value) -> Result<Value> {
    let answer = window.invoke(command, arguments).await?;
    answer.map_err(|problem| anyhow::anyhow!("{command}: {problem}"))
}

/// The newest leases, those at rest too.
pub(crate) async fn history(window: &Window) -> Result<Value> {
    let page = ask(window, "lease_page", json!({"query": {}})).await?;
    Ok(page["leases"].clone())
}

/// The newest lease as the page gets it.
pub(crate) async fn newest(window: &Window) -> Result<Value> {
    let leases = history(window).await?;
    leases.get(0).cloned().context("no lease")
}

/// A field that is text.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("{key} in {value}"))
}

/// Changes settings as the page does.
pub(crate) async fn settings(window: &Window, change: &[(&str, Value)]) -> Result<()> {
    let mut settings = ask(window, "settings_get", json!({})).await?;
    for (key, value) in change {
        settings[*key] = value.clone();
    }
    ask(window, "settings_set", json!({"settings": settings})).await?;
    Ok(())
}

/// Adds the emulator's account as the connection `dev`.
pub(crate) async fn connect(window: &Window, emulator: &Emulator, account: &Account) -> Result<()> {
    window.click("nav-connections").await?;
    window.click("connection-add-key").await?;
    window.wait("add-key-sheet").await?;
    window.fill("field-name", "dev").await?;
    window
        .fill("field-access_key_id", &account.manager.id)
        .await?;
    window
        .fill("field-secret_access_key", &account.manager.secret)
        .await?;
    window.fill("field-endpoint_url", emulator.url()).await?;
    window.click("connection-submit").await?;
    window.wait("connection-dev").await?;
    Ok(())
}

/// Adds the dynamic secret `app` over `dev`.
pub(crate) async fn describe(window: &Window, account: &Account) -> Result<()> {
    window.click("nav-overview").await?;
    window.click("add-secret").await?;
    window.click("provider-aws-iam").await?;
    window.fill("field-name", "app").await?;
    window.choose("field-connection", "dev").await?;
    window.fill("field-default_ttl", "1h").await?;
    window.fill("field-max_ttl", "3h").await?;
    window.fill("field-iam_path", "/leases/app/").await?;
    window
        .fill("field-permission_boundary", &account.boundary)
        .await?;
    window
        .fill("field-policy_arns", &format!("{} ", account.policies[0]))
        .await?;
    window
        .fill("field-groups", &format!("{} ", account.group))
        .await?;
    window.click("submit-secret").await?;
    window.wait("secret-row-app").await?;
    Ok(())
}

/// Generates from the row and gives the key as its window shows it. That window stays open, and is
/// the one that is driven.
pub(crate) async fn generate(window: &Window, secret: &str, ttl: &str) -> Result<Keys> {
    // The button shows itself on hover and on focus.
    window.wait(&format!("secret-row-{secret}")).await?;
    let focus = "document.querySelector(`[data-testid='${arguments[0]}']`).focus()";
    window
        .script(focus, vec![json!(format!("generate-{secret}"))])
        .await?;
    window.click(&format!("generate-{secret}")).await?;
    window.fill("generate-ttl", ttl).await?;
    window.click("generate-submit").await?;
    window.to_key().await?;
    let id = window.text("credential-access-key-id").await?;
    let masked = window.text("credential-secret").await?;
    window.click("reveal-secret").await?;
    let shown = until("the secret to be revealed", || async {
        let shown = window.text("credential-secret").await?;
        ensure!(shown != masked, "it is still masked");
        Ok(shown)
    })
    .await?;
    Ok(Keys::new(id, shown))
}

/// Goes to a route of the pages, as a link of them does.
pub(crate) async fn to(window: &Window, route: &str) -> Result<()> {
    let go = "location.hash = arguments[0]";
    window.script(go, vec![json!(format!("#{route}"))]).await?;
    window.settle().await
}

/// Chooses one of a row of segments; its input is there for readers and not for the eye.
pub(crate) async fn pick(window: &Window, test_id: &str) -> Result<()> {
    let pick = "document.querySelector(`[data-testid='${arguments[0]}']`).click()";
    window.script(pick, vec![json!(test_id)]).await?;
    window.settle().await
}

/// Closes the window of a key, also before the key was copied, and goes on in the main one.
pub(crate) async fn close_credentials(window: &Window) -> Result<()> {
    window.to_key().await?;
    window.wait("close-credentials").await?;
    until("the window of the key to close", || async {
        for button in ["close-credentials-anyway", "close-credentials"] {
            if !window.is_there().await? {
                return Ok(());
            }
            let button = format!("[data-testid={button}]");
            let button = window.client().find(Locator::Css(&button)).await;
            // It may be gone before it has answered.
            if let Ok(button) = button
                && button.click().await.is_ok()
            {
                break;
            }
        }
        ensure!(!window.is_there().await?, "it is still there");
        Ok(())
    })
    .await?;
    window.to_main().await
}

/// From the first run to a lease of the practice account, whose key's window is closed again.
pub(crate) async fn practise(window: &Window) -> Result<Value> {
    for click in [
        "firstrun-practice",
        "submit-secret",
        "generate-try-me",
        "generate-submit",
    ] {
        window.click(click).await?;
    }
    window.to_key().await?;
    window.wait("credential-access-key-id").await?;
    close_credentials(window).await?;
    newest(window).await
}
