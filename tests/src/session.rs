//! An isolated desktop session: own home, own XDG folders, own bus where nothing starts by itself, own display, own keyring.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, fdo::DBusProxy, names::BusName};

use crate::process::{Process, finish};
use crate::{STEP, until};

/// The password of the session's login keyring.
pub const KEYRING_PASSWORD: &str = "correct horse battery staple";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const SECRETS: &str = "org.freedesktop.secrets";

/// What the session shows things on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// A virtual screen of its own, 1400×1000 (Xvfb).
    Virtual,
    /// The same, and what it shows can be read from outside: see [`crate::screen`].
    Watched,
    /// No display at all, like a login over SSH.
    None,
}

/// The keyring a session starts with. All but `Absent` are the real gnome-keyring-daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// Running with an open login collection: an ordinary desktop.
    Unlocked,
    /// Running, the login collection exists and is locked.
    Locked,
    /// Running, but nobody ever unlocked it: there is no collection.
    NeverUnlocked,
    /// No secret service on the bus.
    Absent,
}

/// The running session. Everything in it ends when it is dropped, and its folders go away.
pub struct Session {
    // Fields drop in this order: what uses the bus and the display before the bus and the display, the folders last.
    keyring: Option<Process>,
    connection: Connection,
    _display: Option<Process>,
    _bus: Process,
    environment: Vec<(OsString, OsString)>,
    home: TempDir,
}

impl Session {
    /// Starts a session; about 0.1 s without a display, 0.3 s with one.
    ///
    /// # Errors
    /// When a program of it is missing or does not come up; the message carries what it printed.
    pub async fn start(display: Display, keyring: Keyring) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("leasehold-").tempdir()?;
        let mut environment = folders(home.path())?;
        let (bus, address) = start_bus(home.path(), &environment).await?;
        environment.push(("DBUS_SESSION_BUS_ADDRESS".into(), address.clone().into()));
        let screen = match display {
            Display::Virtual | Display::Watched => {
                let (process, number) = start_display(home.path(), &environment, display).await?;
                environment.push(("DISPLAY".into(), number.into()));
                environment.push(("GDK_BACKEND".into(), "x11".into()));
                environment.push(("XDG_SESSION_TYPE".into(), "x11".into()));
                Some(process)
            }
            Display::None => None,
        };
        let connection = zbus::connection::Builder::address(address.as_str())?
            .build()
            .await?;
        let (keyring_wanted, keyring) = (keyring, None);
        let mut session = Self {
            keyring,
            connection,
            _display: screen,
            _bus: bus,
            environment,
            home,
        };
        session.start_keyring(keyring_wanted).await?;
        Ok(session)
    }

    /// The session's home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A connection to the session's bus, for the test itself.
    pub fn bus(&self) -> &Connection {
        &self.connection
    }

    /// The whole environment of a program in this session; nothing else is set.
    #[must_use]
    pub fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// A command that runs in this session and only in it.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        command_in(&self.environment, program, self.home.path())
    }

    /// Runs a program to its end and gives its standard output.
    ///
    /// # Errors
    /// When it cannot be started or fails; the message carries what it said.
    pub async fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(program);
        command.args(arguments);
        let output = finish(command, b"").await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{program} {arguments:?}: {}\n{said}",
            output.status
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts the keyring in the given state, after [`Session::stop_keyring`] or for the first time.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_keyring(&mut self, state: Keyring) -> Result<()> {
        self.stop_keyring().await?;
        if state == Keyring::Absent {
            return Ok(());
        }
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        if state != Keyring::NeverUnlocked {
            command.arg("--unlock");
        }
        let mut daemon = Process::start(command)?;
        if state != Keyring::NeverUnlocked {
            daemon.write(KEYRING_PASSWORD.as_bytes())?;
        }
        daemon.close_input();
        self.keyring = Some(daemon);
        self.wait_for_name(SECRETS, true).await?;
        if state == Keyring::Locked {
            self.lock_keyring().await?;
        }
        Ok(())
    }

    /// Kills the keyring, as a crash does. What it stored stays on disk, encrypted.
    ///
    /// # Errors
    /// When the bus does not notice.
    pub async fn stop_keyring(&mut self) -> Result<()> {
        if let Some(mut daemon) = self.keyring.take() {
            daemon.kill();
            self.wait_for_name(SECRETS, false).await?;
        }
        Ok(())
    }

    /// Locks the login collection.
    ///
    /// # Errors
    /// When the secret service refuses.
    pub async fn lock_keyring(&self) -> Result<()> {
        let collections = [ObjectPath::try_from(LOGIN)?];
        let body = (&collections[..],);
        let reply = self
            .secret_service("org.freedesktop.Secret.Service", "Lock", &body)
            .await?;
        let (locked, _prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            reply.body().deserialize()?;
        ensure!(locked.len() == 1, "the login collection was not locked");
        Ok(())
    }

    /// Unlocks the login collection with a password, without any prompt.
    ///
    /// # Errors
    /// When the password is wrong.
    pub async fn unlock_keyring(&self, password: &str) -> Result<()> {
        let body = ("plain", Value::from(""));
        let reply = self
            .secret_service("org.freedesktop.Secret.Service", "OpenSession", &body)
            .await?;
        let (_, session): (OwnedValue, OwnedObjectPath) = reply.body().deserialize()?;
        let secret = (
            session,
            Vec::<u8>::new(),
            password.as_bytes().to_vec(),
            "text/plain",
        );
        let interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        let body = (ObjectPath::try_from(LOGIN)?, secret);
        self.secret_service(interface, "UnlockWithMasterPassword", &body)
            .await?;
        Ok(())
    }

    /// What another program finds in the keyring under these attributes (`["service", "x", "username", "y"]`).
    ///
    /// # Errors
    /// When `secret-tool` finds nothing.
    pub async fn secret(&self, attributes: &[&str]) -> Result<String> {
        let arguments: Vec<&str> = ["lookup"].iter().chain(attributes).copied().collect();
        self.run("secret-tool", &arguments).await
    }

    /// Lets a locked keyring ask for its password and never get an answer: the state "waiting for the user".
    ///
    /// # Errors
    /// When somebody prompts on this bus already.
    pub async fn start_silent_prompter(&self) -> Result<SilentPrompter> {
        let (sender, asked) = watch::channel(false);
        let connection = zbus::connection::Builder::address(self.address()?.as_str())?
            .serve_at("/org/gnome/keyring/Prompter", Prompter { asked: sender })?
            .name("org.gnome.keyring.SystemPrompter")?
            .build()
            .await?;
        Ok(SilentPrompter {
            asked,
            _connection: connection,
        })
    }

    /// The address of the session's bus.
    ///
    /// # Errors
    /// Never for a session that started.
    pub fn address(&self) -> Result<String> {
        let found = self
            .environment
            .iter()
            .find(|(key, _)| key == "DBUS_SESSION_BUS_ADDRESS");
        let (_, address) = found.ok_or_else(|| anyhow!("the session has no bus"))?;
        Ok(address.to_string_lossy().into_owned())
    }

    /// Waits until a name on the bus is owned, or not owned any more.
    ///
    /// # Errors
    /// When it does not happen in time.
    pub async fn wait_for_name(&self, name: &str, owned: bool) -> Result<()> {
        let bus = DBusProxy::new(&self.connection).await?;
        until(&format!("{name} to be owned: {owned}"), || async {
            let now = bus.name_has_owner(BusName::try_from(name)?).await?;
            ensure!(now == owned, "owned: {now}");
            Ok(())
        })
        .await
    }

    async fn secret_service<B>(
        &self,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let path = "/org/freedesktop/secrets";
        let call = self
            .connection
            .call_method(Some(SECRETS), path, Some(interface), method, body);
        call.await.with_context(|| format!("{interface}.{method}"))
    }
}

/// A password prompt that nobody answers, until it is dropped.
pub struct SilentPrompter {
    asked: watch::Receiver<bool>,
    _connection: Connection,
}

impl SilentPrompter {
    /// Waits until the keyring wants to ask the user.
    ///
    /// # Errors
    /// When it never does.
    pub async fn asked(&self) -> Result<()> {
        let mut asked = self.asked.clone();
        timeout(STEP, asked.wait_for(|asked| *asked))
            .await
            .context("nothing was asked")??;
        Ok(())
    }
}

impl SilentPrompter {
    /// Whether the keyring has wanted to ask the user.
    #[must_use]
    pub fn was_asked(&self) -> bool {
        *self.asked.borrow()
    }
}

struct Prompter {
    asked: watch::Sender<bool>,
}

#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl Prompter {
    fn begin_prompting(&self, _callback: ObjectPath<'_>) {
        self.asked.send_replace(true);
    }

    fn perform_prompt(
        &self,
        _callback: ObjectPath<'_>,
        _kind: &str,
        _properties: std::collections::HashMap<String, OwnedValue>,
        _exchange: &str,
    ) {
    }
    fn stop_prompting(&self, _callback: ObjectPath<'_>) {}
}

/// A command with exactly this environment.
pub(crate) fn command_in(
    environment: &[(OsString, OsString)],
    program: impl AsRef<std::ffi::OsStr>,
    folder: &Path,
) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(environment.iter().cloned())
        .current_dir(folder);
    command
}

fn folders(home: &Path) -> Result<Vec<(OsString, OsString)>> {
    use std::os::unix::fs::DirBuilderExt;
    let private = |name: &str| -> Result<PathBuf> {
        let path = home.join(name);
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)?;
        Ok(path)
    };
    let mut environment: Vec<(OsString, OsString)> = vec![
        ("HOME".into(), home.into()),
        ("XDG_RUNTIME_DIR".into(), private("run")?.into()),
        ("XDG_DATA_HOME".into(), private(".local/share")?.into()),
        ("XDG_STATE_HOME".into(), private(".local/state")?.into()),
        ("XDG_CONFIG_HOME".into(), private(".config")?.into()),
        ("XDG_CACHE_HOME".into(), private(".cache")?.into()),
        ("TMPDIR".into(), private("tmp")?.into()),
        ("LANG".into(), "C.UTF-8".into()),
        ("TZ".into(), "UTC".into()),
        // No accessibility bus: GTK would look for one and complain.
        ("NO_AT_BRIDGE".into(), "1".into()),
    ];
    environment.push(("PATH".into(), std::env::var_os("PATH").unwrap_or_default()));
    Ok(environment)
}

async fn start_bus(home: &Path, environment: &[(OsString, OsString)]) -> Result<(Process, String)> {
    let settings = home.join("bus.conf");
    // No service folders: on this bus nothing is started behind the test's back.
    let text = format!(
        "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
         <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
        home.join("run/bus").display()
    );
    std::fs::write(&settings, text)?;
    let mut command = command_in(environment, "dbus-daemon", home);
    command.arg(format!("--config-file={}", settings.display()));
    command.args(["--nofork", "--nopidfile", "--print-address=1"]);
    let bus = Process::start(command)?;
    let address = bus.line("its address", |line| {
        line.starts_with("unix:").then(|| line.to_owned())
    });
    let address = address.await?;
    Ok((bus, address))
}

async fn start_display(
    home: &Path,
    environment: &[(OsString, OsString)],
    display: Display,
) -> Result<(Process, String)> {
    let mut command = command_in(environment, "Xvfb", home);
    if display == Display::Watched {
        let folder = home.join("screen");
        std::fs::create_dir(&folder)?;
        command.arg("-fbdir").arg(folder);
    }
    // It takes the first free number itself, so that sessions can start at the same time.
    command.args([
        "-displayfd",
        "1",
        "-screen",
        "0",
        "1400x1000x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]);
    let screen = Process::start(command)?;
    let number = screen
        .line("a display number", |line| line.trim().parse::<u32>().ok())
        .await?;
    Ok((screen, format!(":{number}")))
}
