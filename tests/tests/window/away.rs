//! The window that is away for a while: hidden for long, or closed until the next start.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use leasehold_tests::measure::{Sleeps, family};
use leasehold_tests::notifications::Notifications;
use leasehold_tests::process::Process;
use leasehold_tests::session::Session;
use leasehold_tests::tray::Tray;
use leasehold_tests::window::{Start, Window};
use leasehold_tests::{desktop, program, until};
use serde_json::json;

use crate::steps::{ended, hide, open, recipe, session};

/// The process that WebKit starts for each page; the system keeps fifteen letters of its name.
const PAGE: &str = "WebKitWebProces";
/// How long nothing may happen, and how many wakes of the toolkit itself are nothing.
const WHILE: Duration = Duration::from_secs(5);
const STRAY: u64 = 4;

#[tokio::test]
async fn a_window_that_was_hidden_for_long_gives_its_page_up_and_comes_back_where_it_was()
-> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    recipe(&session).await?;
    let window = Start::new(&session, &session.home().join("leasehold"))
        .env("LEASEHOLD_TEST_UNLOAD_SECONDS", "1")
        .open()
        .await?;
    window.click("nav-connections").await?;
    window.wait("connection-practice").await?;
    let icon = tray.icon().await?;

    hide(&session).await?;
    has_page(&window, false).await?;
    icon.entry("Open Leasehold").await?;

    icon.click("Open Leasehold").await?;
    desktop::wait_for_window(&session, "Leasehold", true).await?;
    has_page(&window, true).await?;
    window.come_back().await?;
    window.wait("connection-practice").await?;
    window.close().await
}

#[tokio::test]
async fn a_form_that_is_half_filled_in_keeps_its_page() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    recipe(&session).await?;
    let window = Start::new(&session, &session.home().join("leasehold"))
        .env("LEASEHOLD_TEST_UNLOAD_SECONDS", "1")
        .env("LEASEHOLD_LOG", "leasehold_desktop=debug")
        .open()
        .await?;
    window.click("add-secret").await?;
    window.click("provider-aws-iam").await?;
    window.fill("field-name", "half").await?;
    let asked = "window.asked = 0; window.__TAURI_INTERNALS__.invoke('plugin:event|listen', {\
        event: 'unload_asked', target: {kind: 'Any'},\
        handler: window.__TAURI_INTERNALS__.transformCallback(() => { window.asked += 1 })})";
    window.script(asked, Vec::new()).await?;
    hide(&session).await?;
    until("the page to be asked", || async {
        let asked = window.script("return window.asked", Vec::new()).await?;
        ensure!(asked.as_u64() > Some(0), "{asked}");
        Ok(())
    })
    .await?;
    has_page(&window, true).await?;
    tray.icon().await?.click("Open Leasehold").await?;
    desktop::wait_for_window(&session, "Leasehold", true).await?;
    assert_eq!(window.value("field-name").await?, "half");
    window.close().await
}

#[tokio::test]
async fn with_no_lease_open_nothing_wakes_up() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _notifications = Notifications::start(&session).await?;
    let cli = recipe(&session).await?;
    let mut command = session.command(program("leasehold-desktop")?);
    command.arg("--hidden").env("LEASEHOLD_HOME", cli.home());
    let desktop = Process::start(command)?;
    tray.icon().await?.entry("No active lease").await?;
    // What a start leaves behind ends by itself; what polls never does.
    until("a while without wakes", || async {
        let before = Sleeps::of(&family(desktop.id())?)?;
        tokio::time::sleep(WHILE).await;
        let woken = before.until(&Sleeps::of(&family(desktop.id())?)?);
        let often: u64 = woken.iter().map(|(_, count)| count).sum();
        ensure!(often <= STRAY, "{woken:?}");
        Ok(())
    })
    .await
    .with_context(|| desktop.output())
}

#[tokio::test]
async fn size_and_place_are_what_they_were_at_the_next_start() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    recipe(&session).await?;
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let first = frame(&session).await?;
    let id = session
        .run(
            "xdotool",
            &["search", "--onlyvisible", "--name", "Leasehold"],
        )
        .await?;
    let id = id.lines().next().context("no window")?;
    for change in [
        ["windowsize", id, "900", "620"],
        ["windowmove", id, "140", "90"],
    ] {
        session.run("xdotool", &change).await?;
    }
    let moved = until("the window to move", || async {
        let moved = frame(&session).await?;
        ensure!(moved.starts_with("900x620") && moved != first, "{moved}");
        Ok(moved)
    })
    .await?;
    // Hiding looks at it once more, as quitting does.
    hide(&session).await?;
    tray.icon().await?.click("Quit").await?;
    ended(&window).await?;
    drop(window);

    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    until("the window where it was", || async {
        let again = frame(&session).await?;
        ensure!(again == moved, "{again} after {moved}");
        Ok(())
    })
    .await?;
    assert_eq!(
        window
            .script("return [innerWidth, innerHeight]", Vec::new())
            .await?,
        json!([900, 620])
    );
    window.close().await
}

/// Size and place of the window's content on the screen: `900x620 140,90`.
async fn frame(session: &Session) -> Result<String> {
    let look = [
        "search",
        "--onlyvisible",
        "--name",
        "Leasehold",
        "getwindowgeometry",
        "--shell",
    ];
    let said = session.run("xdotool", &look).await?;
    let value = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.strip_prefix('='))
            .unwrap_or("?")
            .to_owned()
    };
    let [width, height, x, y] = ["WIDTH", "HEIGHT", "X", "Y"].map(value);
    Ok(format!("{width}x{height} {x},{y}"))
}

async fn has_page(window: &Window, wanted: bool) -> Result<()> {
    until(&format!("a page: {wanted}"), || async {
        let processes = window.processes()?;
        let has = processes.iter().any(|one| one.name == PAGE);
        ensure!(has == wanted, "{processes:?}");
        Ok(())
    })
    .await
}
