//! The encrypted file and the memory, as the engine uses them.
#![allow(clippy::unwrap_used, reason = "a test may fail this way")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use leasehold_domain::{Code, Problem};
use leasehold_keychain::{Choice, Keychain, KeychainError};
use secrecy::{ExposeSecret, SecretString};

const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("home/keys")
    }

    fn open(&self, passphrase: &str) -> Keychain {
        let choice = Choice::File {
            path: self.path(),
            passphrase: passphrase.into(),
        };
        Keychain::open_with_deadline(choice, "leasehold-test", Duration::from_millis(50))
    }

    /// With one entry `connection/1`.
    fn with_key() -> Self {
        let folder = Self::new();
        folder
            .open("right")
            .set("connection/1", &KEY.into())
            .unwrap();
        folder
    }
}

fn read(keychain: &Keychain, name: &str) -> Result<String, KeychainError> {
    keychain
        .get(name)
        .map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn what_is_set_is_read_by_the_next_process_replaced_and_removed() {
    let folder = Folder::new();
    let keychain = folder.open("right");
    assert!(!keychain.status().used_before);
    keychain.set("a", &KEY.into()).unwrap();
    keychain.set("b", &SecretString::from("")).unwrap();
    keychain.set("ü\n\"", &"line\nline \0 ü".into()).unwrap();

    let next = folder.open("right");
    assert_eq!(read(&next, "a").unwrap(), KEY);
    assert_eq!(read(&next, "b").unwrap(), "");
    assert_eq!(read(&next, "ü\n\"").unwrap(), "line\nline \0 ü");
    next.set("a", &"other".into()).unwrap();
    next.remove("b").unwrap();
    next.remove("b").unwrap();
    assert_eq!(
        read(&keychain, "a").unwrap(),
        "other",
        "the first one sees the change"
    );
    assert_eq!(read(&keychain, "b"), Err(KeychainError::NoEntry));
    let status = keychain.status();
    assert_eq!(
        (status.kind, status.used_before, status.problem),
        ("file", true, None)
    );
    assert!(status.name.ends_with("keys"));
}

#[test]
fn looking_and_reading_make_no_file() {
    let folder = Folder::new();
    let keychain = folder.open("right");
    assert_eq!(keychain.status().problem, None);
    assert_eq!(read(&keychain, "a"), Err(KeychainError::OtherKeyring));
    assert!(!folder.path().parent().unwrap().exists());
}

#[test]
fn neither_names_nor_secrets_nor_the_passphrase_are_in_the_file() {
    let folder = Folder::with_key();
    let file = std::fs::read(folder.path()).unwrap();
    for word in [KEY, "connection/1", "right"] {
        assert!(
            !file.windows(word.len()).any(|part| part == word.as_bytes()),
            "{word}"
        );
    }
    let again = folder.open("right");
    again.set("connection/1", &KEY.into()).unwrap();
    assert_ne!(
        std::fs::read(folder.path()).unwrap(),
        file,
        "the same content is sealed anew"
    );
}

#[test]
fn a_wrong_passphrase_is_told_from_damage_and_changes_nothing() {
    let folder = Folder::with_key();
    let before = std::fs::read(folder.path()).unwrap();
    for passphrase in ["wrong", "Right", "right ", ""] {
        let keychain = folder.open(passphrase);
        assert_eq!(
            read(&keychain, "connection/1"),
            Err(KeychainError::Passphrase)
        );
        assert_eq!(
            keychain.set("x", &"y".into()),
            Err(KeychainError::Passphrase)
        );
        assert_eq!(
            keychain.remove("connection/1"),
            Err(KeychainError::Passphrase)
        );
        assert_eq!(
            keychain.status().problem.unwrap().code,
            Code::KeychainLocked
        );
    }
    assert_eq!(std::fs::read(folder.path()).unwrap(), before);
}

#[test]
fn an_empty_passphrase_makes_no_file() {
    let folder = Folder::new();
    assert_eq!(
        folder.open("").set("a", &KEY.into()),
        Err(KeychainError::Passphrase)
    );
    assert!(!folder.path().exists());
}

#[test]
fn every_damaged_file_is_called_so_and_never_overwritten() {
    let folder = Folder::with_key();
    let sound = std::fs::read(folder.path()).unwrap();
    let mut damaged: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"not a key file".to_vec(),
        sound[..sound.len() - 1].to_vec(),
        sound[..sound.len() / 2].to_vec(),
        sound[..60].to_vec(),
        [sound.as_slice(), b"x"].concat(),
    ];
    for at in 0..sound.len() {
        let mut flipped = sound.clone();
        flipped[at] ^= 1;
        damaged.push(flipped);
    }
    let keychain = folder.open("right");
    for file in damaged {
        std::fs::write(folder.path(), &file).unwrap();
        let expected = KeychainError::Damaged(folder.path());
        assert_eq!(read(&keychain, "connection/1"), Err(expected.clone()));
        assert_eq!(keychain.set("x", &"y".into()), Err(expected));
        assert_eq!(std::fs::read(folder.path()).unwrap(), file);
    }
    let problem = keychain.status().problem.unwrap();
    assert_eq!(problem.code, Code::KeychainFailed);
    assert!(problem.hint.is_some());
}

/// The header is part of what is authenticated: a doctored one opens nothing, whatever its
/// checksum says, and cannot ask for all the memory of the machine.
#[test]
fn a_doctored_header_with_a_right_checksum_opens_nothing() {
    use sha2::{Digest, Sha256};
    let folder = Folder::with_key();
    let sound = std::fs::read(folder.path()).unwrap();
    let doctored = |at: usize, bytes: &[u8]| {
        let mut file = sound.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        let end = file.len() - 32;
        let checksum = Sha256::digest(&file[..end]);
        file[end..].copy_from_slice(&checksum);
        std::fs::write(folder.path(), &file).unwrap();
        read(&folder.open("right"), "connection/1").unwrap_err()
    };
    let damaged = KeychainError::Damaged(folder.path());
    assert_eq!(doctored(12, &u32::MAX.to_le_bytes()), damaged, "memory");
    assert_eq!(doctored(16, &0_u32.to_le_bytes()), damaged, "passes");
    assert_eq!(doctored(24, &[0; 16]), KeychainError::Passphrase, "salt");
    assert_eq!(doctored(40, &[0; 24]), KeychainError::Passphrase, "nonce");
    assert_eq!(
        doctored(12, &1024_u32.to_le_bytes()),
        KeychainError::Passphrase,
        "less memory"
    );
    let KeychainError::Failed(text) = doctored(8, &2_u32.to_le_bytes()) else {
        panic!()
    };
    assert!(text.contains("newer"), "{text}");
}

#[test]
fn an_unfinished_save_of_a_killed_process_is_in_nobodys_way() {
    let folder = Folder::with_key();
    std::fs::write(folder.path().with_file_name("keys.part"), "half of it").unwrap();
    let keychain = folder.open("right");
    assert_eq!(read(&keychain, "connection/1").unwrap(), KEY);
    keychain.set("b", &"2".into()).unwrap();
    assert_eq!(read(&keychain, "connection/1").unwrap(), KEY);
    assert!(!folder.path().with_file_name("keys.part").exists());
}

#[test]
fn two_writers_lose_nothing_of_each_other() {
    let folder = Folder::with_key();
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let choice = Choice::File {
                path: folder.path(),
                passphrase: "right".into(),
            };
            scope.spawn(move || {
                let keychain = Keychain::open(choice, "leasehold-test");
                for n in 0..5 {
                    keychain
                        .set(&format!("{writer}-{n}"), &n.to_string().into())
                        .unwrap();
                }
            });
        }
    });
    let keychain = folder.open("right");
    for writer in 0..2 {
        for n in 0..5 {
            assert_eq!(
                read(&keychain, &format!("{writer}-{n}")).unwrap(),
                n.to_string()
            );
        }
    }
}

#[test]
fn a_lock_that_is_never_let_go_is_an_error_in_time_and_reading_goes_on() {
    let folder = Folder::with_key();
    let lock = std::fs::File::open(folder.path().with_file_name("keys.lock")).unwrap();
    lock.lock().unwrap();
    let keychain = folder.open("right");
    let error = keychain.set("a", &"1".into()).unwrap_err();
    assert!(
        matches!(&error, KeychainError::Failed(text) if text.contains("let go")),
        "{error}"
    );
    assert_eq!(read(&keychain, "connection/1").unwrap(), KEY);
}

#[cfg(unix)]
#[test]
fn the_file_and_its_folder_belong_to_their_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with_key();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path().parent().unwrap()), 0o700);
    assert_eq!(mode(&folder.path()), 0o600);
    assert_eq!(mode(&folder.path().with_file_name("keys.lock")), 0o600);
}

#[test]
fn a_folder_in_its_place_is_an_error() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).unwrap();
    let error = folder.open("right").set("a", &"1".into()).unwrap_err();
    assert!(matches!(error, KeychainError::Failed(_)), "{error:?}");
}

#[test]
fn nothing_secret_is_in_debug_output() {
    let folder = Folder::with_key();
    let keychain = folder.open("right");
    read(&keychain, "connection/1").unwrap();
    let memory = Keychain::open(Choice::Memory, "leasehold-test");
    memory.set("a", &KEY.into()).unwrap();
    let choice = Choice::File {
        path: folder.path(),
        passphrase: "right".into(),
    };
    for shown in [
        format!("{keychain:?}"),
        format!("{memory:?}"),
        format!("{choice:?}"),
    ] {
        assert!(!shown.contains(KEY) && !shown.contains("right"), "{shown}");
    }
}

#[test]
fn memory_keeps_replaces_and_forgets() {
    let keychain = Keychain::open(Choice::Memory, "leasehold-test");
    let status = keychain.status();
    assert_eq!(
        (status.kind, status.used_before, status.problem),
        ("memory", false, None)
    );
    assert_eq!(read(&keychain, "a"), Err(KeychainError::NoEntry));
    keychain.set("a", &"1".into()).unwrap();
    keychain.clone().set("a", &"2".into()).unwrap();
    assert_eq!(read(&keychain, "a").unwrap(), "2");
    assert!(keychain.status().used_before);
    keychain.remove("a").unwrap();
    keychain.remove("a").unwrap();
    assert_eq!(read(&keychain, "a"), Err(KeychainError::NoEntry));
}

#[test]
fn every_error_has_a_hint_and_those_of_the_keyring_name_the_file() {
    let every = [
        (KeychainError::Missing, Code::KeychainMissing, true),
        (KeychainError::NoBus, Code::KeychainNoBus, true),
        (KeychainError::Locked, Code::KeychainLocked, true),
        (KeychainError::WaitingForUser, Code::KeychainLocked, true),
        (
            KeychainError::Failed("x".to_owned()),
            Code::KeychainFailed,
            true,
        ),
        (KeychainError::NoEntry, Code::KeychainNoEntry, false),
        (KeychainError::OtherKeyring, Code::KeychainNoEntry, false),
        (KeychainError::Passphrase, Code::KeychainLocked, false),
        (
            KeychainError::Damaged("keys".into()),
            Code::KeychainFailed,
            false,
        ),
    ];
    let mut hints = Vec::new();
    for (error, code, names_the_file) in every {
        let problem = Problem::from(error);
        assert_eq!(problem.code, code, "{problem:?}");
        let hint = problem.hint.unwrap();
        assert_eq!(hint.contains("--keychain file"), names_the_file, "{hint}");
        assert!(!hints.contains(&hint), "said twice: {hint}");
        hints.push(hint);
    }
}

/// The other process is this test again, with the path in its environment.
#[test]
fn a_second_process_reads_and_writes_the_same_file() {
    const PATH: &str = "LEASEHOLD_TEST_KEY_FILE";
    if let Some(path) = std::env::var_os(PATH) {
        let choice = Choice::File {
            path: path.into(),
            passphrase: "right".into(),
        };
        let keychain = Keychain::open(choice, "leasehold-test");
        assert_eq!(read(&keychain, "connection/1").unwrap(), KEY);
        keychain.set("by-child", &"done".into()).unwrap();
        return;
    }
    let folder = Folder::with_key();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_second_process_reads_and_writes_the_same_file"])
        .env(PATH, folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(read(&folder.open("right"), "by-child").unwrap(), "done");
}
