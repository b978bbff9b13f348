//! A home in a temporary folder, and the command run on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

pub const PASSPHRASE: &str = "correct horse battery";

pub struct Home {
    folder: TempDir,
}

/// What a process said before it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    /// An empty one.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// One with the practice account and the dynamic secret `s3` of one hour, at most three.
    pub fn practised() -> Self {
        let home = Self::empty();
        home.ok(&["connection", "add", "practice", "--practice"]);
        home.add_secret("s3", &[]);
        home
    }

    pub fn add_secret(&self, name: &str, more: &[&str]) -> Said {
        let add = [
            "secret",
            "add",
            name,
            "--connection",
            "practice",
            "--default-ttl",
            "1h",
            "--max-ttl",
            "3h",
            "--iam-path",
            "/leases/",
        ];
        self.ok(&[&add, more].concat())
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A place outside the home for files of a test.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command on this home, apart from this computer's keyring and settings.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("leasehold"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TZ", "UTC")
            .env("LEASEHOLD_PASSPHRASE", PASSPHRASE)
            .current_dir(self.folder.path())
            .arg("--home")
            .arg(self.path())
            .args(["--keychain", "file"])
            .args(words);
        command
    }

    /// The same, started by another program.
    pub fn command_under(&self, program: &str, words: &[&str]) -> Command {
        let inner = self.command(words);
        let mut command = Command::new(program);
        command
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(self.folder.path())
            .env_clear();
        for (name, value) in inner.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command
    }

    pub fn run(&self, words: &[&str]) -> Said {
        Said::of(self.command(words), "")
    }

    pub fn run_with(&self, words: &[&str], input: &str) -> Said {
        Said::of(self.command(words), input)
    }

    /// Runs what must succeed.
    pub fn ok(&self, words: &[&str]) -> Said {
        let said = self.run(words);
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
        said
    }

    /// Runs what must succeed, and reads its document.
    pub fn json(&self, words: &[&str]) -> Value {
        self.ok(&[words, &["--json"]].concat()).json()
    }

    /// Runs what must fail with this exit code, and reads its error.
    pub fn refused(&self, code: i32, words: &[&str]) -> Value {
        self.run(&[words, &["--json"]].concat()).error(code)
    }

    /// Every file under a folder with its bytes.
    pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.extend(Self::files(&path));
            } else {
                let bytes = std::fs::read(&path).unwrap();
                files.push((path, bytes));
            }
        }
        files
    }
}

impl Said {
    pub fn of(command: Command, input: &str) -> Self {
        let output = assert_cmd::Command::from_std(command)
            .write_stdin(input)
            .timeout(std::time::Duration::from_secs(120))
            .output()
            .unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error document on standard error, checked to have exactly the fields of the contract
    /// and nothing on standard output beside it.
    pub fn error(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "an error has no answer");
        let document: Value = serde_json::from_str(&self.err).expect(&self.err);
        let error = document["error"].clone();
        let mut fields: Vec<_> = error.as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(fields, ["code", "field", "hint", "message"], "{document}");
        error
    }
}

/// A line as words; for words without spaces.
pub fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// A text of a document.
pub fn text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} of {document}"))
}
