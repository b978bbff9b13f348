//! Reads a file of recipes: what it states, where each field stands, and all that cannot be read.

use std::collections::HashMap;
use std::ops::Range;

use leasehold_domain::{Problem, nearest};
use toml_edit::{Document, Item, TableLike, Value};

use super::spot::Spot;
use crate::reference::shown;
use crate::wire::{RecipeFault, SecretDraft, TagView};

/// The newest format that is understood, and the only one there is.
pub(super) const VERSION: i64 = 1;

/// Longer files are not read: a thousand recipes with all the documents that IAM takes are shorter.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Fields with one text, in the order in which they are written.
pub(super) const TEXTS: [&str; 13] = [
    "name",
    "environment",
    "folder",
    "connection",
    "default_ttl",
    "max_ttl",
    "region",
    "credential_type",
    "role_arn",
    "external_id",
    "iam_path",
    "permission_boundary",
    "username_template",
];
/// Fields with a list of texts.
pub(super) const LISTS: [&str; 3] = ["groups", "policy_arns", "policy_documents"];
/// The field with a table of texts.
pub(super) const TAGS: &str = "tags";

/// One `[[secret]]` of a file.
#[derive(Debug)]
pub(super) struct Stated {
    pub(super) draft: SecretDraft,
    at: Spot,
    spots: HashMap<String, Spot>,
    /// Fields that could not be read; whatever a rule says of them is noise.
    unread: Vec<String>,
}

impl Stated {
    /// Where a field stands: itself, the list it is part of, or the dynamic secret.
    pub(super) fn spot(&self, field: Option<&str>) -> Spot {
        let mut field = field.unwrap_or_default();
        loop {
            if let Some(spot) = self.spots.get(field) {
                return *spot;
            }
            match field.rfind(['.', '[']) {
                Some(end) => field = field.get(..end).unwrap_or_default(),
                None => return self.at,
            }
        }
    }

    /// True when this field could not be read, which has been said.
    pub(super) fn is_unread(&self, field: Option<&str>) -> bool {
        let field = field.unwrap_or_default();
        let root = field.split(['.', '[']).next().unwrap_or_default();
        self.unread.iter().any(|unread| unread == root)
    }

    /// Its name for messages, as far as there is one.
    pub(super) fn name(&self) -> Option<String> {
        let name = shown(self.draft.name.trim());
        if name.is_empty() {
            return None;
        }
        let folder = shown(&self.draft.folder);
        let folder = folder.trim().trim_matches('/');
        let slash = if folder.is_empty() { "" } else { "/" };
        let environment = shown(self.draft.environment.trim());
        Some(format!("{environment}:{slash}{folder}/{name}"))
    }

    pub(super) fn fault(&self, problem: Problem) -> RecipeFault {
        let spot = self.spot(problem.field.as_deref());
        RecipeFault {
            problem,
            secret: self.name(),
            line: spot.line,
            column: spot.column,
        }
    }
}

/// What a file states, and what in it cannot be read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) secrets: Vec<Stated>,
    pub(super) faults: Vec<RecipeFault>,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Read {
    let mut reader = Reader {
        text,
        read: Read::default(),
    };
    reader.file();
    reader.read
}

struct Reader<'t> {
    text: &'t str,
    read: Read,
}

impl Reader<'_> {
    fn file(&mut self) {
        if self.text.len() > MAX_BYTES {
            return self.refuse(
                None,
                "file",
                "The file is longer than 4 MiB.",
                "Divide it into several files; each is applied by itself.",
            );
        }
        let document = match Document::parse(self.text) {
            Ok(document) => document,
            Err(error) => {
                // The error's own text repeats a line of the file, which may hold anything.
                let what = shown(&error.message().replace('\n', ", "));
                return self.refuse(
                    error.span(),
                    "file",
                    format!("This is not TOML: {what}."),
                    "Correct it there; https://toml.io has the grammar.",
                );
            }
        };
        let root = document.as_table();
        if !self.version(root) {
            return;
        }
        for (key, item) in root.iter() {
            match key {
                "version" => {}
                "secret" => self.secrets(item),
                _ => self.unknown(root, key, &["version", "secret"], None),
            }
        }
    }

    /// False when the rest cannot be understood.
    fn version(&mut self, root: &dyn TableLike) -> bool {
        let Some(item) = root.get("version") else {
            self.refuse(
                None,
                "version",
                "The file does not say which version of the format it is in.",
                format!("Begin it with `version = {VERSION}`."),
            );
            return true;
        };
        match item.as_integer() {
            Some(VERSION) => true,
            Some(newer) if newer > VERSION => {
                self.refuse(
                    item.span(),
                    "version",
                    format!("The file is in version {newer} of the format; this Leasehold knows {VERSION}."),
                    "Apply it with a newer Leasehold.",
                );
                false
            }
            _ => {
                self.refuse(
                    item.span(),
                    "version",
                    "There is no such version of the format.",
                    format!("Write `version = {VERSION}`."),
                );
                false
            }
        }
    }

    fn secrets(&mut self, item: &Item) {
        if let Some(tables) = item.as_array_of_tables() {
            for table in tables {
                self.secret(table, table.span());
            }
            return;
        }
        let inline = item
            .as_array()
            .filter(|list| list.iter().all(Value::is_inline_table));
        let Some(list) = inline else {
            return self.refuse(
                item.span(),
                "secret",
                "`secret` is not a list of tables.",
                "Begin every dynamic secret with a line `[[secret]]`.",
            );
        };
        for table in list.iter().filter_map(Value::as_inline_table) {
            self.secret(table, table.span());
        }
    }

    fn secret(&mut self, table: &dyn TableLike, span: Option<Range<usize>>) {
        let mut stated = Stated {
            draft: SecretDraft {
                environment: "development".to_owned(),
                folder: "/".to_owned(),
                ..SecretDraft::default()
            },
            at: Spot::of(self.text, span),
            spots: HashMap::new(),
            unread: Vec::new(),
        };
        let mut faults = Vec::new();
        for (key, item) in table.iter() {
            let spot = self.spot_of(table, key, item);
            stated.spots.insert(key.to_owned(), spot);
            if let Some(field) = text_of(&mut stated.draft, key) {
                match item.as_str() {
                    // What is left empty is as what is left out.
                    Some(text) if text.trim().is_empty() => {}
                    Some(text) => text.clone_into(field),
                    None => faults.push(wrong_type(key, "a text in quotes")),
                }
            } else if let Some(field) = list_of(&mut stated.draft, key) {
                match texts(item) {
                    Some(texts) => {
                        for (n, (text, span)) in texts.into_iter().enumerate() {
                            let spot = Spot::of(self.text, span);
                            stated.spots.insert(format!("{key}[{n}]"), spot);
                            field.push(text);
                        }
                    }
                    None => faults.push(wrong_type(key, "a list of texts in quotes")),
                }
            } else if key == TAGS {
                match item.as_table_like().and_then(|tags| self.tags(tags)) {
                    Some(tags) => {
                        for (n, (tag, spot)) in tags.into_iter().enumerate() {
                            stated.spots.insert(format!("{TAGS}[{n}]"), spot);
                            stated.draft.tags.push(tag);
                        }
                    }
                    None => faults.push(wrong_type(key, "a table of texts in quotes")),
                }
            } else {
                faults.push(unknown_field(key, &fields()));
            }
        }
        for problem in faults {
            stated.unread.extend(problem.field.clone());
            self.read.faults.push(stated.fault(problem));
        }
        self.read.secrets.push(stated);
    }

    fn tags(&self, table: &dyn TableLike) -> Option<Vec<(TagView, Spot)>> {
        let tag = |(key, item): (&str, &Item)| {
            let tag = TagView {
                key: key.to_owned(),
                value: item.as_str()?.to_owned(),
            };
            Some((tag, self.spot_of(table, key, item)))
        };
        table.iter().map(tag).collect()
    }

    fn spot_of(&self, table: &dyn TableLike, key: &str, item: &Item) -> Spot {
        let key = table.key(key).and_then(toml_edit::Key::span);
        Spot::of(self.text, key.or_else(|| item.span()))
    }

    fn unknown(
        &mut self,
        table: &dyn TableLike,
        key: &str,
        known: &[&str],
        secret: Option<String>,
    ) {
        let spot = table.get(key).map(|item| self.spot_of(table, key, item));
        let spot = spot.unwrap_or(Spot::START);
        self.read.faults.push(RecipeFault {
            problem: unknown_field(key, known),
            secret,
            line: spot.line,
            column: spot.column,
        });
    }

    fn refuse(
        &mut self,
        span: Option<Range<usize>>,
        field: &str,
        rule: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let spot = Spot::of(self.text, span);
        self.read.faults.push(RecipeFault {
            problem: Problem::refused_input(field, rule, fix),
            secret: None,
            line: spot.line,
            column: spot.column,
        });
    }
}

/// Every field of a `[[secret]]`.
pub(super) fn fields() -> Vec<&'static str> {
    TEXTS.into_iter().chain(LISTS).chain([TAGS]).collect()
}

fn text_of<'d>(draft: &'d mut SecretDraft, key: &str) -> Option<&'d mut String> {
    Some(match key {
        "name" => &mut draft.name,
        "environment" => &mut draft.environment,
        "folder" => &mut draft.folder,
        "connection" => &mut draft.connection,
        "default_ttl" => &mut draft.default_ttl,
        "max_ttl" => &mut draft.max_ttl,
        "region" => &mut draft.region,
        "credential_type" => &mut draft.credential_type,
        "role_arn" => &mut draft.role_arn,
        "external_id" => &mut draft.external_id,
        "iam_path" => &mut draft.iam_path,
        "permission_boundary" => &mut draft.permission_boundary,
        "username_template" => &mut draft.username_template,
        _ => return None,
    })
}

fn list_of<'d>(draft: &'d mut SecretDraft, key: &str) -> Option<&'d mut Vec<String>> {
    Some(match key {
        "groups" => &mut draft.groups,
        "policy_arns" => &mut draft.policy_arns,
        "policy_documents" => &mut draft.policy_documents,
        _ => return None,
    })
}

type Spanned = (String, Option<Range<usize>>);

fn texts(item: &Item) -> Option<Vec<Spanned>> {
    let text = |value: &Value| Some((value.as_str()?.to_owned(), value.span()));
    item.as_array()?.iter().map(text).collect()
}

fn wrong_type(key: &str, wanted: &str) -> Problem {
    Problem::refused_input(
        key,
        format!("`{key}` is not {wanted}."),
        format!("Write {wanted}."),
    )
}

fn unknown_field(key: &str, known: &[&str]) -> Problem {
    let name = shown(key);
    let is_key = ["access_key", "secret_key", "session_token", "password"]
        .iter()
        .any(|word| key.to_lowercase().contains(word));
    let fix = if is_key {
        "A recipe holds no keys: name a `connection`, and change the key if it is a real one."
            .to_owned()
    } else {
        let meant = nearest(key, known).map(|known| format!("Did you mean `{known}`? "));
        format!(
            "{}There are {}.",
            meant.unwrap_or_default(),
            known.join(", ")
        )
    };
    Problem::refused_input(
        name.clone(),
        format!("There is no field `{name}` here."),
        fix,
    )
}
