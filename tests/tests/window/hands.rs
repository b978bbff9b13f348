//! The window for people who use no pointer, or do not see it: keys alone, and what axe finds in the real web view.

use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;
use leasehold_tests::until;
use leasehold_tests::window::Window;
use serde_json::{Value, json};

use crate::steps::{ask, open, open_leases, recipe, session, settings, text};

/// A stroke a second is slow, so this is well under a minute.
const STROKES: usize = 30;

/// Fingers that count what they do.
struct Hands<'w> {
    window: &'w Window,
    strokes: usize,
}

impl Hands<'_> {
    async fn press(&mut self, key: Key) -> Result<()> {
        self.strokes += 1;
        self.window.press(&[key.into()]).await
    }

    /// Presses Tab until this has the focus.
    async fn tab_to(&mut self, test_id: &str) -> Result<()> {
        self.window.wait(test_id).await?;
        for _ in 0..STROKES {
            if self.focus().await? == test_id {
                return Ok(());
            }
            self.press(Key::Tab).await?;
        }
        bail!("{test_id} is not reached with Tab")
    }

    /// Waits until this has the focus by itself.
    async fn finds(&self, test_id: &str) -> Result<()> {
        until(&format!("the focus on {test_id}"), || async {
            let focus = self.focus().await?;
            ensure!(focus == test_id, "it is on {focus:?}");
            Ok(())
        })
        .await
    }

    async fn focus(&self) -> Result<String> {
        let source = "return document.activeElement?.dataset.testid ?? ''";
        let focus = self.window.script(source, Vec::new()).await?;
        Ok(focus.as_str().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn the_first_run_leads_to_a_practice_lease_by_keyboard_alone() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    let mut hands = Hands {
        window: &window,
        strokes: 0,
    };
    hands.tab_to("firstrun-practice").await?;
    hands.press(Key::Enter).await?;
    // The form is filled in already; Enter in any line of it submits.
    hands.tab_to("field-name").await?;
    hands.press(Key::Enter).await?;
    hands.finds("generate-try-me").await?;
    hands.press(Key::Enter).await?;
    hands.finds("generate-ttl").await?;
    hands.press(Key::Enter).await?;
    until("the lease", || async {
        let open = open_leases(&window).await?;
        ensure!(
            open.first().is_some_and(|lease| lease["state"] == "active"),
            "{open:?}"
        );
        Ok(())
    })
    .await?;
    assert!(hands.strokes <= STROKES, "{} strokes", hands.strokes);
    window.close().await
}

#[tokio::test]
async fn axe_finds_nothing_in_the_real_window() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    window.wait("firstrun-practice").await?;
    let axe = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../ui/node_modules/axe-core/axe.min.js"
    );
    let axe = std::fs::read_to_string(axe).context("npm ci in ui/ brings axe-core")?;
    look(&window, &axe, "the first run").await?;
    window.close().await?;

    let cli = recipe(&session).await?;
    for _ in 0..2 {
        cli.json(&["lease", "create", "try-me"]).await?;
    }
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let secrets = ask(&window, "secret_list", json!({})).await?;
    let id = text(&secrets[0], "id")?;
    for theme in ["light", "dark"] {
        settings(&window, &[("theme", json!(theme))]).await?;
        let source = "return document.documentElement.dataset.theme";
        until("the theme", || async {
            ensure!(window.script(source, Vec::new()).await? == json!(theme));
            Ok(())
        })
        .await?;
        for (route, sign) in [
            ("/", "secret-row-try-me"),
            ("/leases", "select-all"),
            ("/connections", "connection-practice"),
            ("/activity", "activity-search"),
            ("/settings", "field-clipboard_seconds"),
            ("/new", "provider-aws-iam"),
            (&format!("/secrets/{id}"), "select-all"),
            (&format!("/secrets/{id}/preflight"), "preflight-check"),
            (&format!("/secrets/{id}/edit"), "field-max_ttl"),
            (&format!("/secrets/{id}/generate"), "generate-sheet"),
        ] {
            let go = "location.hash = arguments[0]";
            window.script(go, vec![json!(format!("#{route}"))]).await?;
            window.wait(sign).await?;
            look(&window, &axe, &format!("{route}, {theme}")).await?;
        }
    }
    window.close().await
}

/// Everything that axe finds on the screen as it is now; the script is brought along, since the page loads none from outside.
async fn look(window: &Window, axe: &str, screen: &str) -> Result<()> {
    window.settle().await?;
    if window.script("return typeof axe", Vec::new()).await? != json!("object") {
        window.script(axe, Vec::new()).await?;
    }
    let source = "const done = arguments[0];\
        axe.run(document, {resultTypes: ['violations']}).then(\
            ({violations}) => done(violations.flatMap(({id, nodes}) =>\
                nodes.map(node => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))),\
            error => done([`axe broke: ${error}`]))";
    let found = tokio::time::timeout(
        leasehold_tests::STEP,
        window.client().execute_async(source, Vec::new()),
    );
    let found: Value = found.await??;
    ensure!(found == json!([]), "{screen}: {found:#}");
    Ok(())
}
