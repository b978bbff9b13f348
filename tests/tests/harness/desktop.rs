//! Session, keyring, notifications, tray, display and driver behave as on a user's machine.

use anyhow::{Context, Result};
use leasehold_tests::notifications::Notifications;
use leasehold_tests::process::Process;
use leasehold_tests::session::{Display, KEYRING_PASSWORD, Keyring, Session};
use leasehold_tests::tray::Tray;
use leasehold_tests::window::Start;
use leasehold_tests::{desktop, files_with};

const SECRET: &[&str] = &["service", "leasehold-tests", "username", "AKIAEXAMPLE"];

/// The button is enabled late and goes when it was clicked, as buttons of a real page do.
const PAGE: &str = r#"<!doctype html><title>page</title>
<input data-testid="name"><select data-testid="kind"><option value="a">A<option value="b">B</select>
<button data-testid="save" disabled>Save</button><p data-testid="said"></p>
<script>
const [name, kind, save, said] = ["name", "kind", "save", "said"].map(id => document.querySelector(`[data-testid=${id}]`));
setTimeout(() => save.disabled = false, 150);
save.onclick = () => { save.hidden = true; setTimeout(() => said.textContent = `saved ${name.value} as ${kind.value}`, 150); };
</script>"#;

fn store(session: &Session, secret: &str) -> Result<Process> {
    let mut command = session.command("secret-tool");
    command.args(["store", "--label=test"]).args(SECRET);
    let mut tool = Process::start(command)?;
    tool.write(secret.as_bytes())?;
    tool.close_input();
    Ok(tool)
}

async fn is_stored(session: &Session, secret: &str) -> Result<bool> {
    Ok(store(session, secret)?.ended().await?.success())
}

#[tokio::test]
async fn an_unlocked_keyring_gives_back_what_was_stored_also_after_a_crash() -> Result<()> {
    let mut session = Session::start(Display::None, Keyring::Unlocked).await?;
    assert!(is_stored(&session, "first-secret").await?);
    assert_eq!(session.secret(SECRET).await?, "first-secret");
    assert_eq!(
        files_with(session.home(), "first-secret")?,
        Vec::<std::path::PathBuf>::new()
    );
    session.stop_keyring().await?;
    assert!(
        session.secret(SECRET).await.is_err(),
        "nobody is there to answer"
    );
    session.start_keyring(Keyring::Unlocked).await?;
    assert_eq!(session.secret(SECRET).await?, "first-secret");
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_gives_nothing_until_it_is_unlocked_with_its_password() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Unlocked).await?;
    assert!(is_stored(&session, "behind a lock").await?);
    session.lock_keyring().await?;
    assert!(session.secret(SECRET).await.is_err());
    assert!(session.unlock_keyring("wrong").await.is_err());
    session.unlock_keyring(KEYRING_PASSWORD).await?;
    assert_eq!(session.secret(SECRET).await?, "behind a lock");
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_waits_for_a_user_who_does_not_answer() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Locked).await?;
    let prompter = session.start_silent_prompter().await?;
    let mut waiting = store(&session, "x")?;
    prompter.asked().await?;
    assert!(waiting.is_running(), "{}", waiting.output());
    Ok(())
}

#[tokio::test]
async fn a_keyring_that_was_never_unlocked_or_is_absent_stores_nothing() -> Result<()> {
    for state in [Keyring::NeverUnlocked, Keyring::Absent] {
        let session = Session::start(Display::None, state).await?;
        assert!(!is_stored(&session, "x").await?, "{state:?}");
    }
    Ok(())
}

#[tokio::test]
async fn notifications_arrive_and_their_buttons_reach_the_sender() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Absent).await?;
    let notifications = Notifications::start(&session).await?;
    let mut monitor = session.command("gdbus");
    monitor.args([
        "monitor",
        "--session",
        "--dest",
        "org.freedesktop.Notifications",
    ]);
    let monitor = Process::start(monitor)?;
    monitor
        .line("that it listens", |line| {
            line.contains("is owned by").then_some(())
        })
        .await?;
    let method = "org.freedesktop.Notifications.Notify";
    let path = "/org/freedesktop/Notifications";
    let call = [
        "call",
        "--session",
        "--dest",
        "org.freedesktop.Notifications",
        "--object-path",
        path,
        "--method",
        method,
    ];
    let text = [
        "Leasehold",
        "0",
        "",
        "s3-upload ends soon",
        "in 5 min",
        "['renew', 'Renew']",
        "{'urgency': <byte 2>}",
        "0",
    ];
    session
        .run("gdbus", &[&call[..], &text[..]].concat())
        .await?;
    let one = notifications
        .wait(|one| one.summary.contains("ends soon"))
        .await?;
    assert_eq!(
        (one.urgency, one.actions),
        (Some(2), vec!["renew".to_owned(), "Renew".to_owned()])
    );
    notifications.press(one.id, "renew").await?;
    monitor
        .line("the pressed button", |line| {
            line.contains("'renew'").then_some(())
        })
        .await?;
    Ok(())
}

#[tokio::test]
async fn the_tray_is_what_applications_look_for() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Absent).await?;
    let tray = Tray::start(&session).await?;
    let item = [
        "call",
        "--session",
        "--dest",
        "org.kde.StatusNotifierWatcher",
        "--object-path",
        "/StatusNotifierWatcher",
    ];
    let ask = [
        "--method",
        "org.freedesktop.DBus.Properties.Get",
        "org.kde.StatusNotifierWatcher",
        "IsStatusNotifierHostRegistered",
    ];
    assert!(
        session
            .run("gdbus", &[&item[..], &ask[..]].concat())
            .await?
            .contains("true")
    );
    let register = [
        "--method",
        "org.kde.StatusNotifierWatcher.RegisterStatusNotifierItem",
        "/org/example/item",
    ];
    session
        .run("gdbus", &[&item[..], &register[..]].concat())
        .await?;
    let icon = tray.icon().await?;
    assert!(
        icon.property("Title").await.is_err(),
        "the application has ended"
    );
    Ok(())
}

#[tokio::test]
async fn a_display_shows_windows_and_holds_a_clipboard() -> Result<()> {
    let session = Session::start(Display::Virtual, Keyring::Absent).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    assert_eq!(
        desktop::visible_windows(&session).await?,
        Vec::<String>::new()
    );
    let mut copy = session.command("xclip");
    copy.args(["-selection", "clipboard", "-in", "-quiet"]);
    let mut copy = Process::start(copy)?;
    copy.write(b"copied")?;
    copy.close_input();
    let held = leasehold_tests::until("the clipboard", || desktop::clipboard(&session));
    assert_eq!(held.await?, "copied");
    Ok(())
}

#[tokio::test]
async fn the_driver_uses_a_page_as_a_user_does() -> Result<()> {
    let session = Session::start(Display::Virtual, Keyring::Absent).await?;
    let browser = std::fs::read_dir("/usr/lib")?
        .filter_map(|entry| Some(entry.ok()?.path().join("webkit2gtk-4.1/MiniBrowser")))
        .find(|path| path.exists())
        .context("WebKitGTK's MiniBrowser is not installed")?;
    let start = Start::new(&session, session.home())
        .program(&browser)
        .argument("--automation");
    let window = start.open().await?;
    let page = session.home().join("page.html");
    std::fs::write(&page, PAGE)?;
    window
        .client()
        .goto(&format!("file://{}", page.display()))
        .await?;
    window.fill("name", "first").await?;
    window.fill("name", "s3-upload").await?;
    assert_eq!(window.value("name").await?, "s3-upload");
    window.choose("kind", "b").await?;
    window.click("save").await?;
    assert_eq!(
        window.wait_text("said", "saved").await?,
        "saved s3-upload as b"
    );
    window.wait_gone("save").await?;
    assert_eq!(window.count("name").await?, 1);
    let picture = session.home().join("pictures/page.png");
    window.picture(&picture).await?;
    assert!(std::fs::read(&picture)?.starts_with(b"\x89PNG"));
    window.close().await
}

#[tokio::test]
async fn sessions_do_not_meet() -> Result<()> {
    let starts = || Session::start(Display::Virtual, Keyring::Unlocked);
    let (one, two) = tokio::try_join!(starts(), starts())?;
    assert!(is_stored(&one, "only here").await?);
    assert!(two.secret(SECRET).await.is_err());
    for name in [
        "HOME",
        "DISPLAY",
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
    ] {
        let echo = format!("echo ${name}");
        let arguments = ["-c", echo.as_str()];
        assert_ne!(
            one.run("sh", &arguments).await?,
            two.run("sh", &arguments).await?,
            "{name}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn nothing_of_a_session_is_left_when_it_is_dropped() -> Result<()> {
    let session = Session::start(Display::Virtual, Keyring::Unlocked).await?;
    let home = session.home().to_owned();
    let mark = home.to_string_lossy().into_owned();
    let of_the_session = || -> Result<usize> {
        let mut count = 0;
        for process in std::fs::read_dir("/proc")? {
            let environment = std::fs::read(process?.path().join("environ")).unwrap_or_default();
            count += usize::from(String::from_utf8_lossy(&environment).contains(&mark));
        }
        Ok(count)
    };
    assert!(of_the_session()? >= 3, "bus, display and keyring");
    drop(session);
    assert_eq!(of_the_session()?, 0);
    assert!(!home.exists());
    Ok(())
}
