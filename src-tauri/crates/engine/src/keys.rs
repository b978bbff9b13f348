//! The keys that a home needs from its keychain: which are there, and how they move to another one.

use std::path::Path;

use leasehold_domain::{Code, Problem};
use leasehold_keychain::{Keychain, KeychainError, NewKeyFile};
use leasehold_store::{ConnectionKind, ConnectionRow, ConnectionState};
use secrecy::{ExposeSecret, SecretString};

use crate::KeychainChoice;
use crate::core::{Core, blocking, keychain_name};
use crate::kept::DATA_KEY;
use crate::note::Note;
use crate::wire::{ActivityKind, KeyState, KeyView, KeychainView, KeysMoved, KeysView, Outcome};

/// What an import does with a key that the keychain has otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeIn {
    /// It refuses all of them.
    New,
    /// The file's takes its place.
    All,
}

/// The keys of this home.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a>(pub(crate) &'a Core);

/// A key that this home needs, by its name in the keychain.
struct Needed {
    name: String,
    connection: Option<ConnectionRow>,
    /// False while nothing is sealed with it.
    is_used: bool,
}

impl Needed {
    fn view(&self, state: KeyState) -> KeyView {
        let connection = self.connection.as_ref();
        KeyView {
            key: match connection {
                Some(_) => "connection".to_owned(),
                None => "data_key".to_owned(),
            },
            connection: connection.map(|row| row.name.clone()),
            access_key_id: connection.and_then(|row| row.access_key_id.clone()),
            state,
        }
    }

    /// Where one is that nobody has.
    fn nowhere(&self) -> KeyState {
        match self.is_used {
            true => KeyState::Missing,
            false => KeyState::NotMade,
        }
    }

    fn said(&self) -> String {
        match &self.connection {
            Some(row) => format!("the key of connection `{}`", row.name),
            None => "the data key".to_owned(),
        }
    }
}

impl Keys<'_> {
    /// Looks at the keychain and at every key that this home needs, by reading them.
    ///
    /// # Errors
    /// The state file cannot be read. What is wrong with the keychain is in the answer.
    pub async fn status(&self) -> Result<KeysView, Problem> {
        let needed = self.needed()?;
        let keychain = self.keychain().await?;
        if keychain.problem.is_some() {
            let keys = needed.iter().map(|key| key.view(KeyState::Unknown));
            let keys = keys.collect();
            return Ok(KeysView { keychain, keys });
        }
        let mut keys = Vec::new();
        for key in needed {
            keys.push(match self.0.keychain_get(&key.name).await {
                Ok(_) => key.view(KeyState::Present),
                Err(problem) if problem.code == Code::KeychainNoEntry => key.view(key.nowhere()),
                Err(_) => key.view(KeyState::Unknown),
            });
        }
        Ok(KeysView { keychain, keys })
    }

    /// Writes every key that this home needs, and that the keychain has, to a new encrypted file.
    ///
    /// # Errors
    /// The keychain cannot be read or holds none of them, there is something at the path, or it
    /// cannot be written.
    pub async fn export(
        &self,
        path: &Path,
        passphrase: SecretString,
    ) -> Result<KeysMoved, Problem> {
        if path.symlink_metadata().is_ok() {
            return Err(KeychainError::Exists(path.to_owned()).into());
        }
        let mut views = Vec::new();
        let mut entries = Vec::new();
        for key in self.needed()? {
            match self.0.keychain_get(&key.name).await {
                Ok(secret) => {
                    views.push(key.view(KeyState::Exported));
                    entries.push((key.name, secret));
                }
                Err(problem) if problem.code == Code::KeychainNoEntry => {
                    views.push(key.view(key.nowhere()));
                }
                Err(problem) => return Err(problem),
            }
        }
        if entries.is_empty() {
            return Err(nothing_to_take(
                "The keychain holds no key of this home; no file was written.",
                "`leasehold keychain status` shows which keys it needs. Name the keychain that has \
                 them: `--keychain os` or `--keychain file`.",
            ));
        }
        let count = entries.len();
        let place = path.to_owned();
        let file = blocking(move || NewKeyFile::seal(&place, &passphrase, entries)).await?;
        // The line goes first: no key leaves the keychain without one.
        let text = format!(
            "{} written to {}, sealed with a passphrase.",
            counted(count, "was", "were"),
            path.display()
        );
        self.0
            .note(Note::new(ActivityKind::KeychainExported, text))?;
        if let Err(error) = blocking(move || file.put_in_place()).await {
            let failed: Problem = error;
            let note = Note::refusal(ActivityKind::KeychainExported, &failed);
            self.0.note_after(note.went(Outcome::Failed));
            return Err(failed);
        }
        Ok(KeysMoved {
            file: path.display().to_string(),
            keychain: self.keychain().await?,
            keys: views,
        })
    }

    /// Reads every key that this home needs from an encrypted file into the keychain. Keys that the
    /// keychain has and the file has not stay.
    ///
    /// # Errors
    /// The file is not there, is damaged, has another passphrase or none of the keys; the keychain
    /// cannot be read; or it has another key than the file, and may not let go of it. Nothing is
    /// changed then.
    pub async fn import(
        &self,
        path: &Path,
        passphrase: SecretString,
        take_in: TakeIn,
    ) -> Result<KeysMoved, Problem> {
        let needed = self.needed()?;
        let names = needed.iter().map(|key| key.name.clone()).collect();
        let offered = offered(path, passphrase, names).await?;
        let mut views = Vec::new();
        let mut taken = Vec::new();
        let mut differing = Vec::new();
        for (key, offer) in needed.iter().zip(offered) {
            let kept = match self.0.keychain_get(&key.name).await {
                Ok(kept) => Some(kept),
                Err(problem) if problem.code == Code::KeychainNoEntry => None,
                Err(problem) => return Err(problem),
            };
            let state = match (&kept, &offer) {
                (None, None) => key.nowhere(),
                (Some(_), None) => KeyState::Present,
                (None, Some(_)) => KeyState::Imported,
                (Some(kept), Some(offer)) if kept.expose_secret() == offer.expose_secret() => {
                    KeyState::Same
                }
                (Some(_), Some(_)) => {
                    differing.push(key.said());
                    KeyState::Replaced
                }
            };
            views.push(key.view(state));
            if matches!(state, KeyState::Imported | KeyState::Replaced) {
                taken.extend(offer.map(|offer| (key, offer)));
            }
        }
        if take_in == TakeIn::New && !differing.is_empty() {
            return Err(Problem::new(
                Code::Refused,
                format!(
                    "The keychain has {} already, and another than the file; nothing was changed.",
                    differing.join(" and ")
                ),
            )
            .with_hint("Put the file's in their place with `--replace`, or keep what is there."));
        }
        if views
            .iter()
            .all(|view| matches!(view.state, KeyState::Missing | KeyState::NotMade))
        {
            return Err(nothing_to_take(
                "The file holds no key of this home.",
                "Keys go by the home they were made in: name it with `--home`.",
            ));
        }
        self.take(path, taken).await?;
        Ok(KeysMoved {
            file: path.display().to_string(),
            keychain: self.keychain().await?,
            keys: views,
        })
    }

    /// Puts keys into the keychain, which reads each one back. Stopped on the way, the same import
    /// goes on where it was.
    async fn take(&self, path: &Path, keys: Vec<(&Needed, SecretString)>) -> Result<(), Problem> {
        if keys.is_empty() {
            return Ok(());
        }
        // Nobody makes a data key while one is put in its place.
        let _turn = self.0.data_key_turn().await?;
        let count = keys.len();
        let text = format!(
            "{} to be read from {} into the keychain.",
            counted(count, "is", "are"),
            path.display()
        );
        self.0
            .note(Note::new(ActivityKind::KeychainImporting, text))?;
        for (key, secret) in keys {
            self.0.keychain_set(&key.name, secret).await?;
            if let Some(row) = &key.connection {
                self.0.unreach(&row.id);
            }
        }
        let text = format!(
            "{} read from {} into the keychain.",
            counted(count, "was", "were"),
            path.display()
        );
        self.0.note(Note::new(ActivityKind::KeychainImported, text))
    }

    /// Every key that this home needs, connections first.
    fn needed(&self) -> Result<Vec<Needed>, Problem> {
        let mut rows = self.0.store.connections().all()?;
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        let has_key = |row: &ConnectionRow| match row.kind {
            ConnectionKind::AccessKey => row.state == ConnectionState::Ready,
            ConnectionKind::Profile | ConnectionKind::Role | ConnectionKind::Practice => false,
        };
        let mut needed: Vec<Needed> = rows
            .into_iter()
            .filter(has_key)
            .map(|row| Needed {
                name: keychain_name(&row),
                connection: Some(row),
                is_used: true,
            })
            .collect();
        needed.push(Needed {
            name: DATA_KEY.to_owned(),
            connection: None,
            is_used: self.0.store.kept_keys().any()?,
        });
        Ok(needed)
    }

    async fn keychain(&self) -> Result<KeychainView, Problem> {
        let keychain = self.0.keychain.clone();
        let status = blocking(move || Ok::<_, Problem>(keychain.status())).await?;
        Ok(KeychainView {
            kind: status.kind.to_owned(),
            name: status.name,
            problem: status.problem,
        })
    }
}

/// What an encrypted file has under these names.
async fn offered(
    path: &Path,
    passphrase: SecretString,
    names: Vec<String>,
) -> Result<Vec<Option<SecretString>>, Problem> {
    if !path.is_file() {
        return Err(Problem::new(
            Code::NotFound,
            format!("There is no file {}.", path.display()),
        )
        .with_hint("`leasehold keychain export FILE` writes one."));
    }
    let choice = KeychainChoice::File {
        path: path.to_owned(),
        passphrase,
    };
    let file = Keychain::open(choice, crate::KEYCHAIN_SERVICE);
    let read = move || {
        let one = |name: &String| match file.get(name) {
            Ok(secret) => Ok(Some(secret)),
            Err(KeychainError::NoEntry) => Ok(None),
            Err(error) => Err(error),
        };
        names.iter().map(one).collect::<Result<Vec<_>, _>>()
    };
    blocking(read).await.map_err(|problem| match problem.code {
        Code::KeychainLocked => problem.with_hint(
            "It is the passphrase that the file was written with: LEASEHOLD_EXPORT_PASSPHRASE, \
             `--export-passphrase-fd`, or a prompt.",
        ),
        _ => problem,
    })
}

fn nothing_to_take(message: &str, hint: &str) -> Problem {
    Problem::new(Code::KeychainNoEntry, message).with_hint(hint)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 key {one}"),
        _ => format!("{count} keys {many}"),
    }
}
