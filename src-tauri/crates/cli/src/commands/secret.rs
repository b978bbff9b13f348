//! `leasehold secret`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::{SecretDraft, SecretView, TagView};
use serde_json::json;

use super::connection::key;
use super::lease::report;
use crate::args::{Clearable, RecipeArgs, SecretAdd, SecretEdit, SecretVerb};
use crate::input;
use crate::print::{Printer, moment, table};

pub async fn run(engine: &Engine, verb: SecretVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.secrets();
    match verb {
        SecretVerb::Add(asked) => one(printer, &add(engine, *asked).await?)?,
        SecretVerb::List {
            environment,
            folder,
        } => {
            let wanted = |wanted: &Option<String>, found: &str| {
                wanted.as_deref().is_none_or(|wanted| wanted == found)
            };
            let all: Vec<_> = desk
                .list()?
                .into_iter()
                .filter(|s| wanted(&environment, &s.draft.environment))
                .filter(|s| wanted(&folder, &s.draft.folder))
                .collect();
            printer.answer(&json!({ "secrets": all }), || {
                let row = |s: &SecretView| {
                    vec![
                        place(s),
                        s.draft.connection.clone(),
                        s.account_id.clone(),
                        s.draft.default_ttl.clone(),
                        s.draft.max_ttl.clone(),
                        s.active_leases.to_string(),
                        s.next_expires_at.map(moment).unwrap_or_default(),
                    ]
                };
                let head = [
                    "SECRET",
                    "CONNECTION",
                    "ACCOUNT",
                    "TTL",
                    "MAX",
                    "ACTIVE",
                    "NEXT ENDS",
                ];
                table(&head, all.iter().map(row).collect())
            })?;
        }
        SecretVerb::Show { name } => one(printer, &desk.show(&name)?)?,
        SecretVerb::Edit(asked) => {
            let old = desk.show(&asked.name)?;
            one(printer, &desk.edit(&old.id, &edited(old.draft, *asked)?)?)?;
        }
        SecretVerb::Remove {
            name,
            revoke_leases,
        } => {
            let done = desk.remove(&name, revoke_leases).await?;
            return report(printer, &done, || format!("Removed {name}."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(engine: &Engine, asked: SecretAdd) -> Result<SecretView, Problem> {
    let draft = SecretDraft {
        name: asked.name.clone(),
        environment: "development".into(),
        folder: "/".into(),
        region: "us-east-1".into(),
        iam_path: "/".into(),
        ..SecretDraft::default()
    };
    let key_name = asked
        .recipe
        .connection
        .clone()
        .unwrap_or_else(|| asked.name.clone());
    let key = key(&key_name, asked.key, asked.recipe.region.clone())?;
    let draft = apply(draft, asked.recipe)?;
    match key {
        Some(key) => engine.secrets().add_with_key(&draft, key).await,
        None => engine.secrets().add(&draft),
    }
}

fn edited(mut draft: SecretDraft, asked: SecretEdit) -> Result<SecretDraft, Problem> {
    for field in asked.clear {
        match field {
            Clearable::PermissionBoundary => draft.permission_boundary.clear(),
            Clearable::Group => draft.groups.clear(),
            Clearable::PolicyArn => draft.policy_arns.clear(),
            Clearable::PolicyDocument => draft.policy_documents.clear(),
            Clearable::Tag => draft.tags.clear(),
        }
    }
    if let Some(name) = asked.new_name {
        draft.name = name;
    }
    apply(draft, asked.recipe)
}

/// What the options say, over what the draft said; a list that is given replaces the old one.
fn apply(mut draft: SecretDraft, asked: RecipeArgs) -> Result<SecretDraft, Problem> {
    let texts = [
        (&mut draft.default_ttl, asked.default_ttl),
        (&mut draft.max_ttl, asked.max_ttl),
        (&mut draft.connection, asked.connection),
        (&mut draft.environment, asked.environment),
        (&mut draft.folder, asked.folder),
        (&mut draft.region, asked.region),
        (&mut draft.iam_path, asked.iam_path),
        (&mut draft.permission_boundary, asked.permission_boundary),
        (&mut draft.username_template, asked.username_template),
    ];
    for (field, said) in texts {
        if let Some(said) = said {
            *field = said;
        }
    }
    for (field, said) in [
        (&mut draft.groups, asked.groups),
        (&mut draft.policy_arns, asked.policy_arns),
    ] {
        if !said.is_empty() {
            *field = said;
        }
    }
    if !asked.policy_documents.is_empty() {
        draft.policy_documents = asked
            .policy_documents
            .iter()
            .map(|path| input::document(path))
            .collect::<Result<_, _>>()?;
    }
    if !asked.tags.is_empty() {
        draft.tags = asked
            .tags
            .iter()
            .map(|tag| parse_tag(tag))
            .collect::<Result<_, _>>()?;
    }
    Ok(draft)
}

fn parse_tag(text: &str) -> Result<TagView, Problem> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(Problem::refused_input(
            "tags",
            "A tag is written KEY=VALUE.",
            "Write for example `--tag team=payments`.",
        ));
    };
    Ok(TagView {
        key: key.to_owned(),
        value: value.to_owned(),
    })
}

/// `environment:/folder/name`
fn place(secret: &SecretView) -> String {
    let draft = &secret.draft;
    format!(
        "{}:{}/{}",
        draft.environment,
        draft.folder.trim_end_matches('/'),
        draft.name
    )
}

fn one(printer: Printer, secret: &SecretView) -> Result<(), Problem> {
    printer.answer(&json!({ "secret": secret }), || {
        let draft = &secret.draft;
        let or_none = |text: String| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                text
            }
        };
        let tags: Vec<_> = draft
            .tags
            .iter()
            .map(|t| format!("{}={}", t.key, t.value))
            .collect();
        let mut rows = vec![
            vec![
                "Connection".into(),
                format!("{} ({})", draft.connection, secret.account_id),
            ],
            vec![
                "TTL".into(),
                format!("{}, up to {}", draft.default_ttl, draft.max_ttl),
            ],
            vec!["Region".into(), draft.region.clone()],
            vec!["IAM path".into(), draft.iam_path.clone()],
            vec![
                "Permission boundary".into(),
                or_none(draft.permission_boundary.clone()),
            ],
            vec!["Groups".into(), or_none(draft.groups.join(", "))],
            vec![
                "Managed policies".into(),
                or_none(draft.policy_arns.join("\n")),
            ],
            vec![
                "Inline policies".into(),
                or_none(draft.policy_documents.join("\n")),
            ],
            vec!["User names".into(), draft.username_template.clone()],
            vec!["Tags".into(), or_none(tags.join(", "))],
            vec!["Active leases".into(), secret.active_leases.to_string()],
        ];
        if secret.deleting {
            rows.push(vec![
                "Being removed".into(),
                "waits for its leases to end".into(),
            ]);
        }
        table(&["SECRET", &place(secret)], rows)
    })
}
