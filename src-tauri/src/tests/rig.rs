//! The shell on mock windows: real commands behind the real capability files, a real engine in a
//! folder of its own, keys in memory.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leasehold_domain::{Code, Problem};
use leasehold_engine::{KeychainChoice, Options};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Listener, Manager, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

use super::clipboard::fake;
use crate::state::Shell;
use crate::window::credentials;
use crate::{commands, life};

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Rig {
    pub(super) app: App<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
    /// The fake clipboard's content and whether it is marked confidential.
    pub(super) clipboard: Arc<Mutex<Option<(String, bool)>>>,
    events: Arc<(Mutex<Vec<Value>>, std::sync::Condvar)>,
    /// Where files for a person go.
    pub(super) papers: TempDir,
    _home: Option<TempDir>,
}

impl Rig {
    /// A fresh home.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = memory_at(home.path());
        Self::with(move || Ok(options()), Some(home))
    }

    /// An engine that cannot be opened.
    pub(super) fn broken(problem: Problem) -> Self {
        Self::with(move || Err(problem.clone()), None)
    }

    /// An engine that cannot be opened the first time.
    pub(super) fn mended_after(problem: Problem) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (options, first) = (memory_at(home.path()), AtomicBool::new(true));
        let open = move || match first.swap(false, Ordering::SeqCst) {
            true => Err(problem.clone()),
            false => Ok(options()),
        };
        Self::with(open, Some(home))
    }

    fn with(
        options: impl Fn() -> Result<Options, Problem> + Send + Sync + 'static,
        home: Option<TempDir>,
    ) -> Self {
        let clock = leasehold_engine::SystemClock::shared();
        let (board, clipboard) = fake();
        let papers = tempfile::tempdir().unwrap();
        let shell = Shell::new(clock, board)
            .impatient()
            .with_papers(papers.path().to_owned());
        let app = mock_builder()
            .manage(shell)
            .invoke_handler(commands::dispatch())
            .build(tauri::generate_context!("tauri.conf.json", test = true))
            .unwrap();
        let window = WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default())
            .build()
            .unwrap();
        let events: Arc<(Mutex<Vec<Value>>, std::sync::Condvar)> = Arc::default();
        for name in ["engine", "access", "gateway"] {
            let heard = Arc::clone(&events);
            app.listen_any(name, move |event| {
                heard
                    .0
                    .lock()
                    .unwrap()
                    .push(serde_json::from_str(event.payload()).unwrap());
                heard.1.notify_all();
            });
        }
        life::begin(app.handle(), options);
        Self {
            app,
            window,
            clipboard,
            events,
            papers,
            _home: home,
        }
    }

    /// Calls a command as the pages do. Arguments that do not decode are a problem as well here.
    pub(super) fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        self.call_from("tauri://localhost", command, arguments)
    }

    /// Calls a command that waits for something, on a thread of its own.
    pub(super) fn in_background(
        &self,
        command: &'static str,
        arguments: Value,
    ) -> std::thread::JoinHandle<Result<Value, Value>> {
        let window = self.window.clone();
        std::thread::spawn(move || call(&window, "tauri://localhost", command, arguments))
    }

    /// Calls a command from a page of this origin.
    pub(super) fn call_from(
        &self,
        origin: &str,
        command: &str,
        arguments: Value,
    ) -> Result<Value, Value> {
        call(&self.window, origin, command, arguments)
    }

    /// Calls a command as the page does that shows the key of this lease.
    pub(super) fn call_of(
        &self,
        lease_id: &str,
        command: &str,
        arguments: Value,
    ) -> Result<Value, Value> {
        let window = self.key_window(lease_id);
        let window = window.unwrap_or_else(|| panic!("no window shows the key of {lease_id}"));
        call(&window, "tauri://localhost", command, arguments)
    }

    /// The same, of a command that is expected to answer.
    #[track_caller]
    pub(super) fn ok_of(&self, lease_id: &str, command: &str, arguments: Value) -> Value {
        match self.call_of(lease_id, command, arguments) {
            Ok(answer) => answer,
            Err(problem) => panic!("{command}: {problem}"),
        }
    }

    /// The window that shows the key of this lease.
    pub(super) fn key_window(&self, lease_id: &str) -> Option<WebviewWindow<MockRuntime>> {
        self.app.get_webview_window(&credentials::label(lease_id))
    }

    /// A window with a label that no code of ours gave it.
    pub(super) fn stray(&self, label: &str) -> WebviewWindow<MockRuntime> {
        WebviewWindowBuilder::new(&self.app, label, tauri::WebviewUrl::default())
            .build()
            .unwrap()
    }
}

/// Calls a command as a page of this origin does in this window.
pub(super) fn call(
    window: &WebviewWindow<MockRuntime>,
    origin: &str,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: origin.parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize::<Value>().unwrap())
}

impl Rig {
    /// Calls a command that is expected to answer.
    #[track_caller]
    pub(crate) fn ok(&self, command: &str, arguments: Value) -> Value {
        match self.call(command, arguments) {
            Ok(answer) => answer,
            Err(problem) => panic!("{command}: {problem}"),
        }
    }

    /// Calls a command that is expected to refuse, with a problem in its wire form.
    #[track_caller]
    pub(super) fn refused(&self, command: &str, arguments: Value) -> Problem {
        match self.call(command, arguments) {
            Ok(answer) => panic!("{command} answered {answer}"),
            Err(problem) => serde_json::from_value(problem.clone())
                .unwrap_or_else(|error| panic!("{command}: {error} in {problem}")),
        }
    }

    /// The practice account and a dynamic secret in it; its id.
    pub(super) fn practice_secret(&self) -> String {
        self.ok("connection_add_practice", json!({ "name": "practice" }));
        let secret = self.ok("secret_add", json!({ "draft": draft() }));
        secret["id"].as_str().unwrap().to_owned()
    }

    /// Everything the pages were told so far.
    pub(super) fn events(&self) -> Vec<Value> {
        self.events.0.lock().unwrap().clone()
    }

    /// Waits until the pages were told something like this.
    #[track_caller]
    pub(super) fn heard(&self, what: impl Fn(&Value) -> bool) -> Value {
        let (told, bell) = &*self.events;
        let (told, late) = bell
            .wait_timeout_while(told.lock().unwrap(), PATIENCE, |told| {
                !told.iter().any(&what)
            })
            .unwrap();
        assert!(!late.timed_out(), "only heard {told:?}");
        told.iter().find(|event| what(event)).cloned().unwrap()
    }

    /// The engine behind the commands.
    pub(crate) fn engine(&self) -> leasehold_engine::Engine {
        let shell = self.shell();
        tauri::async_runtime::block_on(shell.engine()).unwrap()
    }

    /// Waits for what no event tells.
    #[track_caller]
    pub(super) fn until(&self, is_so: impl Fn() -> bool) {
        let begun = std::time::Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < PATIENCE, "it did not come to that");
            std::thread::yield_now();
        }
    }

    pub(super) fn shell(&self) -> tauri::State<'_, Shell> {
        self.app.state::<Shell>()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        life::end(self.app.handle());
    }
}

fn memory_at(home: &Path) -> impl Fn() -> Options + Send + Sync + 'static {
    let home = home.to_owned();
    move || Options::new(home.clone(), KeychainChoice::Memory, "window")
}

/// A form as the pages send it.
pub(super) fn draft() -> Value {
    json!({
        "name": "s3-upload",
        "environment": "development",
        "folder": "/payments",
        "connection": "practice",
        "default_ttl": "1h",
        "max_ttl": "8h",
        "region": "us-east-1",
        "iam_path": "/leases/",
        "permission_boundary": "",
        "groups": [],
        "policy_arns": [],
        "policy_documents": [
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::uploads/*"}]}"#
        ],
        "username_template": "{{randomUsername}}",
        "tags": []
    })
}

/// A problem that no engine would have.
pub(crate) fn some_problem() -> Problem {
    Problem::new(Code::StoreTooNew, "The state is from a newer Leasehold.")
        .with_hint("Update Leasehold.")
}
