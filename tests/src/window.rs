//! The real window, driven as a user drives it: one driver, one port, one application per test, a time-out on every step.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::measure::{Member, family};
use crate::process::Process;
use crate::session::{Session, command_in};
use crate::{STEP, program, until};

const GLANCE: Duration = Duration::from_millis(25);

/// How to start the window.
pub struct Start {
    environment: Vec<(OsString, OsString)>,
    folder: PathBuf,
    program: Option<PathBuf>,
    arguments: Vec<String>,
}

/// The running window under a driver's control. Dropping it kills the application.
pub struct Window {
    client: Client,
    driver: Process,
}

impl Start {
    /// A window in this session with `LEASEHOLD_HOME` set to `home`.
    #[must_use]
    pub fn new(session: &Session, home: &Path) -> Self {
        let environment = session.environment().to_vec();
        let folder = session.home().to_owned();
        let start = Self {
            environment,
            folder,
            program: None,
            arguments: Vec::new(),
        };
        start.env("LEASEHOLD_HOME", home)
    }

    /// One more environment variable for the application.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((key.into(), value.into()));
        self
    }

    /// One more argument for the application.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Another program than `leasehold-desktop`: any that uses WebKitGTK.
    #[must_use]
    pub fn program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Starts driver and application; a session that does not come up is tried once more.
    ///
    /// # Errors
    /// When both attempts fail; the message carries what the application printed.
    pub async fn open(&self) -> Result<Window> {
        match self.attempt().await {
            Ok(window) => Ok(window),
            Err(first) => self
                .attempt()
                .await
                .with_context(|| format!("first attempt: {first:#}")),
        }
    }

    async fn attempt(&self) -> Result<Window> {
        let port = free_port()?;
        let mut command = command_in(&self.environment, "WebKitWebDriver", &self.folder);
        command.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = Process::start(command)?;
        until("WebKitWebDriver", || async {
            Ok(tokio::net::TcpStream::connect(("127.0.0.1", port)).await?)
        })
        .await
        .with_context(|| driver.output())?;
        let application = match &self.program {
            Some(other) => other.clone(),
            None => program("leasehold-desktop")?,
        };
        let options = json!({"binary": application, "args": self.arguments});
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("webkitgtk:browserOptions".to_owned(), options);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let url = format!("http://127.0.0.1:{port}");
        // The driver never answers when the application ends at its start.
        let client = match timeout(STEP, builder.connect(&url)).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => return Err(anyhow!("no session: {error}\n{}", driver.output())),
            Err(_) => return Err(anyhow!("no window within {STEP:?}\n{}", driver.output())),
        };
        Ok(Window { client, driver })
    }
}

impl Window {
    /// The WebDriver client, for what the other functions do not do.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The processes of the application and its driver, those of its pages among them.
    ///
    /// # Errors
    /// When the system has no `/proc`.
    pub fn processes(&self) -> Result<Vec<Member>> {
        family(self.driver.id())
    }

    /// Goes on with the window's new page, after its web view was given up and made again.
    ///
    /// # Errors
    /// When there is none.
    pub async fn come_back(&self) -> Result<()> {
        until("a page to go on with", || async {
            let pages = self.client.windows().await?;
            let page = pages.into_iter().next().context("there is no page")?;
            self.client.switch_to_window(page).await?;
            self.client.current_url().await?;
            Ok(())
        })
        .await
    }

    /// What the application and its driver printed.
    #[must_use]
    pub fn output(&self) -> String {
        self.driver.output()
    }

    /// Waits for the element with this `data-testid` to be shown.
    ///
    /// # Errors
    /// When it does not appear; the message shows the page's text and the application's output.
    pub async fn wait(&self, test_id: &str) -> Result<Element> {
        self.find(&selector(test_id)).await
    }

    /// Waits for the first element that this CSS selector finds to be shown.
    ///
    /// # Errors
    /// As for [`Window::wait`].
    pub async fn find(&self, css: &str) -> Result<Element> {
        let looking = async {
            loop {
                if let Ok(element) = self.client.find(Locator::Css(css)).await
                    && element.is_displayed().await.unwrap_or(false)
                {
                    return element;
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        match timeout(STEP, looking).await {
            Ok(element) => Ok(element),
            Err(_) => Err(self.report(&format!("{css} did not appear")).await),
        }
    }

    /// Clicks it as soon as it is shown and enabled.
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn click(&self, test_id: &str) -> Result<()> {
        let clicking = async {
            loop {
                let element = self.wait(test_id).await?;
                // It may be drawn anew between two calls, or still be disabled: look again.
                if element.is_enabled().await.unwrap_or(false) && element.click().await.is_ok() {
                    return Ok(());
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        match timeout(STEP, clicking).await {
            Ok(done) => done,
            Err(_) => Err(self
                .report(&format!("{test_id} could not be clicked"))
                .await),
        }
    }

    /// Clicks what ends the application, which then may not answer any more.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn click_to_end(&self, test_id: &str) -> Result<()> {
        let element = self.wait(test_id).await?;
        let _ = timeout(STEP, element.click()).await;
        Ok(())
    }

    /// Replaces what a field holds by typing.
    ///
    /// # Errors
    /// When the field is not there or refuses.
    pub async fn fill(&self, test_id: &str, text: &str) -> Result<()> {
        let field = self.wait(test_id).await?;
        let typing = async {
            field.clear().await?;
            field.send_keys(text).await
        };
        self.in_time(&format!("typing into {test_id}"), typing)
            .await
    }

    /// Types without clearing: also for keys such as `fantoccini::key::Key::Enter`.
    ///
    /// # Errors
    /// When the element is not there or takes no keys.
    pub async fn keys(&self, test_id: &str, keys: &str) -> Result<()> {
        let element = self.wait(test_id).await?;
        self.in_time(&format!("keys for {test_id}"), element.send_keys(keys))
            .await
    }

    /// Presses these keys together, wherever the focus is, and lets them go.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn press(&self, keys: &[char]) -> Result<()> {
        let down = keys.iter().map(|&value| KeyAction::Down { value });
        let up = keys.iter().rev().map(|&value| KeyAction::Up { value });
        let strokes = down
            .chain(up)
            .fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        self.in_time("keys", self.client.perform_actions(strokes))
            .await
    }

    /// Chooses an entry of a `<select>` by its value.
    ///
    /// # Errors
    /// When the list or the entry is not there.
    pub async fn choose(&self, test_id: &str, value: &str) -> Result<()> {
        let list = self.wait(test_id).await?;
        self.in_time(&format!("choosing {value}"), list.select_by_value(value))
            .await
    }

    /// The text an element shows.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn text(&self, test_id: &str) -> Result<String> {
        let element = self.wait(test_id).await?;
        self.in_time(&format!("the text of {test_id}"), element.text())
            .await
    }

    /// What a field holds.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn value(&self, test_id: &str) -> Result<String> {
        let element = self.wait(test_id).await?;
        let value = self
            .in_time(&format!("the value of {test_id}"), element.prop("value"))
            .await?;
        Ok(value.unwrap_or_default())
    }

    /// Waits until an element's text contains `part`, and gives the whole text.
    ///
    /// # Errors
    /// When it does not; the message has the text as it was.
    pub async fn wait_text(&self, test_id: &str, part: &str) -> Result<String> {
        until(&format!("{part:?} in {test_id}"), || async {
            let element = self.client.find(Locator::Css(&selector(test_id))).await?;
            let text = element.text().await?;
            ensure!(text.contains(part), "it says {text:?}");
            Ok(text)
        })
        .await
        .with_context(|| self.output())
    }

    /// Waits until the element is not shown any more.
    ///
    /// # Errors
    /// When it stays.
    pub async fn wait_gone(&self, test_id: &str) -> Result<()> {
        until(&format!("{test_id} to go"), || async {
            for element in self
                .client
                .find_all(Locator::Css(&selector(test_id)))
                .await?
            {
                ensure!(
                    !element.is_displayed().await.unwrap_or(false),
                    "it is still shown"
                );
            }
            Ok(())
        })
        .await
    }

    /// How many elements with this `data-testid` the page has now.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn count(&self, test_id: &str) -> Result<usize> {
        let css = selector(test_id);
        Ok(self
            .in_time("counting", self.client.find_all(Locator::Css(&css)))
            .await?
            .len())
    }

    /// Runs JavaScript in the page and gives what it returns.
    ///
    /// # Errors
    /// When it throws.
    pub async fn script(&self, source: &str, arguments: Vec<Value>) -> Result<Value> {
        self.in_time("a script", self.client.execute(source, arguments))
            .await
    }

    /// Calls one of the application's commands as the page would; `Err` in the answer is what the command refused with.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn invoke(
        &self,
        command: &str,
        arguments: Value,
    ) -> Result<std::result::Result<Value, Value>> {
        let source = "const [command, args, done] = arguments;\
            window.__TAURI_INTERNALS__.invoke(command, args)\
            .then(value => done({ok: value === undefined ? null : value}), error => done({error}))";
        let call = self
            .client
            .execute_async(source, vec![json!(command), arguments]);
        let answer = self.in_time(command, call).await?;
        Ok(match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer.get("ok").cloned().unwrap_or(Value::Null)),
        })
    }

    /// Waits until the page has been drawn twice: before that a picture may show the frame before.
    ///
    /// # Errors
    /// When the page draws nothing, as a hidden window does.
    pub async fn settle(&self) -> Result<()> {
        // A machine that is busy elsewhere may draw nothing until there is something new to draw.
        let source = "const done = arguments[arguments.length - 1];\
            const ends = one => one.effect.getComputedTiming().endTime < Infinity;\
            const still = document.getAnimations().filter(ends).map(one => one.finished.catch(() => null));\
            const longest = new Promise(over => setTimeout(over, 3000));\
            let frames = 0;\
            const drawn = () => { frames += 1; if (frames === 2) { clearInterval(nudge); done(true); } else requestAnimationFrame(drawn); };\
            let nudge;\
            Promise.race([Promise.all(still), longest]).then(() => {\
                requestAnimationFrame(drawn);\
                nudge = setInterval(() => document.documentElement.style.setProperty('--nudge', Date.now()), 500);\
            })";
        self.in_time("two frames", self.client.execute_async(source, Vec::new()))
            .await?;
        Ok(())
    }

    /// Saves a picture of the page as PNG.
    ///
    /// # Errors
    /// When the driver gives none or the file cannot be written.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        self.settle().await?;
        let png = self.in_time("a picture", self.client.screenshot()).await?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, png).with_context(|| file.display().to_string())
    }

    /// Gives the window this size in logical pixels.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        self.in_time("a new size", self.client.set_window_size(width, height))
            .await
    }

    /// Turns to the window that shows a key: what follows is done there. Waits for it to come up.
    ///
    /// # Errors
    /// When it does not.
    pub async fn to_key(&self) -> Result<()> {
        until("the window of a key", || self.turn(true))
            .await
            .with_context(|| self.output())
    }

    /// Turns back to the main window.
    ///
    /// # Errors
    /// When there is none.
    pub async fn to_main(&self) -> Result<()> {
        until("the main window", || self.turn(false))
            .await
            .with_context(|| self.output())
    }

    async fn turn(&self, to_key: bool) -> Result<()> {
        for handle in self.client.windows().await? {
            self.client.switch_to_window(handle).await?;
            let source = "return location.pathname";
            let page = self.client.execute(source, Vec::new()).await?;
            let is_key = page
                .as_str()
                .is_some_and(|page| page.ends_with("credentials.html"));
            if is_key == to_key {
                return Ok(());
            }
        }
        Err(anyhow!("there is none"))
    }

    /// Whether the window that is turned to is still there.
    ///
    /// # Errors
    /// When the application is gone.
    pub async fn is_there(&self) -> Result<bool> {
        let Ok(here) = self.client.window().await else {
            return Ok(false);
        };
        Ok(self.client.windows().await?.contains(&here))
    }

    /// Ends the session, which ends the application as quitting does.
    ///
    /// # Errors
    /// When the driver does not answer.
    pub async fn close(self) -> Result<()> {
        let closing = timeout(STEP, self.client.clone().close()).await;
        closing.map_err(|_| anyhow!("the window did not close:\n{}", self.output()))??;
        Ok(())
    }

    /// Kills application and driver at once, as a power cut does.
    pub fn kill(mut self) {
        self.driver.kill();
    }

    async fn in_time<T, E>(
        &self,
        what: &str,
        step: impl Future<Output = std::result::Result<T, E>>,
    ) -> Result<T>
    where
        E: std::fmt::Display,
    {
        match timeout(STEP, step).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(anyhow!("{what}: {error}\n{}", self.output())),
            Err(_) => Err(anyhow!(
                "{what}: no answer within {STEP:?}\n{}",
                self.output()
            )),
        }
    }

    async fn report(&self, what: &str) -> anyhow::Error {
        let source = "return document.body ? document.body.innerText : ''";
        let text = timeout(STEP, self.client.execute(source, Vec::new())).await;
        let text = text
            .ok()
            .and_then(std::result::Result::ok)
            .unwrap_or_default();
        let text = text.as_str().unwrap_or_default();
        anyhow!(
            "{what}; the page says:\n{text}\nand the application:\n{}",
            self.output()
        )
    }
}

fn selector(test_id: &str) -> String {
    format!("[data-testid=\"{test_id}\"]")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
