//! A private session bus with a real gnome-keyring, and a child process that speaks to it.
//!
//! The address of the bus is in the environment, which a test cannot change for itself: so the
//! keychain under test lives in a child, which is this test binary again.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use zbus::blocking::{Connection, MessageIterator, connection, fdo::DBusProxy};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const PASSWORD: &str = "pw";

/// A bus on which nothing starts by itself.
pub struct Bus {
    pub address: String,
    folder: tempfile::TempDir,
    daemon: Child,
    keyring: Option<Child>,
}

impl Bus {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("bus.conf");
        let text = format!(
            r#"<busconfig><type>session</type><listen>unix:path={}/bus</listen>
            <auth>EXTERNAL</auth><policy context="default"><allow send_destination="*" eavesdrop="true"/>
            <allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#,
            folder.path().display()
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is needed for this test (package dbus)");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self {
            address: address.trim().to_owned(),
            folder,
            daemon,
            keyring: None,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the keyring with its files in `data`; a new one gets `PASSWORD` when unlocked.
    pub fn start_keyring(&mut self, data: &str, unlock: bool) {
        let home = self.folder.path();
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        if unlock {
            command.arg("--unlock");
        }
        let mut keyring = command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("HOME", home)
            .env("XDG_DATA_HOME", home.join(data))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_RUNTIME_DIR", home)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("GNOME_KEYRING_CONTROL")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon is needed for this test (package gnome-keyring)");
        keyring
            .stdin
            .take()
            .unwrap()
            .write_all(PASSWORD.as_bytes())
            .unwrap();
        self.keyring = Some(keyring);
        self.wait_for(|bus| {
            DBusProxy::new(bus)
                .unwrap()
                .name_has_owner(SERVICE.try_into().unwrap())
                .unwrap()
        });
    }

    pub fn kill_keyring(&mut self) {
        let mut keyring = self.keyring.take().unwrap();
        keyring.kill().unwrap();
        keyring.wait().unwrap();
        self.wait_for(|bus| {
            !DBusProxy::new(bus)
                .unwrap()
                .name_has_owner(SERVICE.try_into().unwrap())
                .unwrap()
        });
    }

    /// `STOP` makes the keyring answer nobody, as while it waits for its user; `CONT` ends that.
    pub fn signal_keyring(&self, signal: &str) {
        let id = self.keyring.as_ref().unwrap().id();
        let status = Command::new("kill")
            .args([format!("-{signal}"), id.to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    pub fn lock(&self) {
        let login = ObjectPath::try_from(LOGIN).unwrap();
        self.call("org.freedesktop.Secret.Service", "Lock", &(vec![login],));
        self.wait_for(Self::is_locked);
    }

    /// Unlocks as a login does, without a prompt.
    pub fn unlock(&self) {
        let bus = self.connect();
        let (_, session): (OwnedValue, OwnedObjectPath) = bus
            .call_method(
                Some(SERVICE),
                ROOT,
                Some("org.freedesktop.Secret.Service"),
                "OpenSession",
                &("plain", Value::from("")),
            )
            .unwrap()
            .body()
            .deserialize()
            .unwrap();
        let nothing: &[u8] = &[];
        let secret = (session, nothing, PASSWORD.as_bytes(), "text/plain");
        bus.call_method(
            Some(SERVICE),
            ROOT,
            Some("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"),
            "UnlockWithMasterPassword",
            &(ObjectPath::try_from(LOGIN).unwrap(), secret),
        )
        .unwrap();
        assert!(!Self::is_locked(&bus));
    }

    /// Hears from now on what anybody calls of the keyring.
    pub fn listen(&self) -> Listener {
        let bus = self.connect();
        let all = "type='method_call',destination='org.freedesktop.secrets',eavesdrop='true'";
        let body = &(all,);
        let daemon = Some("org.freedesktop.DBus");
        bus.call_method(daemon, "/org/freedesktop/DBus", daemon, "AddMatch", body)
            .unwrap();
        Listener {
            heard: MessageIterator::from(&bus),
            other: self.connect(),
        }
    }

    /// A child with a keychain on this bus.
    pub fn child(&self, deadline: Duration) -> Speaker {
        Speaker::start(&self.address, self.folder(), deadline)
    }

    fn connect(&self) -> Connection {
        connection::Builder::address(self.address.as_str())
            .unwrap()
            .build()
            .unwrap()
    }

    fn call(
        &self,
        interface: &str,
        method: &str,
        body: &(impl serde::Serialize + zbus::zvariant::DynamicType),
    ) {
        self.connect()
            .call_method(Some(SERVICE), ROOT, Some(interface), method, body)
            .unwrap();
    }

    fn is_locked(bus: &Connection) -> bool {
        let locked: OwnedValue = bus
            .call_method(
                Some(SERVICE),
                LOGIN,
                Some("org.freedesktop.DBus.Properties"),
                "Get",
                &("org.freedesktop.Secret.Collection", "Locked"),
            )
            .unwrap()
            .body()
            .deserialize()
            .unwrap();
        bool::try_from(locked).unwrap()
    }

    fn wait_for(&self, happened: impl Fn(&Connection) -> bool) {
        let bus = self.connect();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !happened(&bus) {
            assert!(Instant::now() < deadline, "the keyring does not get there");
            std::thread::yield_now();
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for child in self.keyring.iter_mut().chain([&mut self.daemon]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Hears what is called of the keyring.
pub struct Listener {
    heard: MessageIterator,
    other: Connection,
}

impl Listener {
    /// The names of the methods that were called until now.
    pub fn methods(self) -> Vec<String> {
        let last = "Ping";
        let peer = Some("org.freedesktop.DBus.Peer");
        self.other
            .call_method(Some(SERVICE), ROOT, peer, last, &())
            .unwrap();
        let members = self.heard.filter_map(|message| {
            let message = message.unwrap();
            Some(message.header().member()?.to_string())
        });
        members.take_while(|member| member != last).collect()
    }
}

/// A child process that does with a keychain what it is told, line by line.
pub struct Speaker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Marks an answer among the lines that the test harness prints.
pub const ANSWER: &str = "answer: ";

impl Speaker {
    pub fn start(address: &str, runtime: &Path, deadline: Duration) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", super::CHILD_TEST, "--nocapture"])
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .env("XDG_RUNTIME_DIR", runtime)
            .env(
                "LEASEHOLD_TEST_DEADLINE_MS",
                deadline.as_millis().to_string(),
            )
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            input,
            output,
        }
    }

    /// Sends a line and waits for its answer.
    pub fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        self.input.flush().unwrap();
        let mut heard = String::new();
        loop {
            heard.clear();
            assert!(
                self.output.read_line(&mut heard).unwrap() > 0,
                "the child is gone: {line}"
            );
            if let Some((_, answer)) = heard.split_once(ANSWER) {
                return answer.trim_end().to_owned();
            }
        }
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
