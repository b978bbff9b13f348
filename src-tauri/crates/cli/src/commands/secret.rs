//! `leasehold secret`

mod draft;
mod kind;

use std::process::ExitCode;

use leasehold_domain::{Code, CredentialType, Problem};
use leasehold_engine::Engine;
use leasehold_engine::wire::{SecretDraft, SecretView};
use serde_json::{Value, json};

use super::connection::key;
use super::lease::report;
use super::{apply, preflight};
use crate::args::{SecretAdd, SecretVerb};
use crate::print::{Cell, Printer, facts, marked, short_expiry, table};

pub async fn run(engine: &Engine, verb: SecretVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.secrets();
    match verb {
        SecretVerb::Add(asked) => saved(engine, printer, &add(engine, *asked).await?)?,
        SecretVerb::List {
            environment,
            folder,
            ..
        } => {
            let all = standing(engine, environment.as_deref(), folder.as_deref())?;
            let documents: Vec<_> = all.iter().map(document).collect();
            printer.answer(&json!({ "secrets": documents }), || list(&all))?;
        }
        SecretVerb::Show { name } => {
            let secret = desk.show(&name)?;
            printer.answer(&json!({ "secret": document(&secret) }), || text(&secret))?;
        }
        SecretVerb::Edit(asked) => {
            let old = desk.show(&asked.name)?;
            let draft = draft::edited(old.draft, *asked)?;
            saved(engine, printer, &desk.edit(&old.id, &draft)?)?;
        }
        SecretVerb::Preflight { name, canary } => {
            return preflight::run(engine, &name, canary, printer).await;
        }
        SecretVerb::Export { names } => apply::export(engine, &names, printer)?,
        SecretVerb::Apply { file, dry_run } => {
            return apply::apply(engine, &file, dry_run, printer);
        }
        SecretVerb::Remove {
            name,
            revoke_leases,
        } => {
            let done = desk.remove(&name, revoke_leases).await?;
            return report(printer, &done, &format!("Removed {name}."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(engine: &Engine, asked: SecretAdd) -> Result<SecretView, Problem> {
    let kind = kind::of(&asked)?;
    let iam_path = match kind.is_session() {
        true => "",
        false => "/",
    };
    let draft = SecretDraft {
        name: asked.name.clone(),
        environment: "development".into(),
        folder: "/".into(),
        region: "us-east-1".into(),
        credential_type: kind.as_str().into(),
        iam_path: iam_path.into(),
        ..SecretDraft::default()
    };
    let region = asked.recipe.region.clone();
    let draft = draft::apply(draft, asked.recipe)?;
    match key(&asked.name, asked.key, region)? {
        Some(key) => engine.secrets().add_with_key(&draft, key).await,
        None => engine.secrets().add(&draft),
    }
}

/// The secrets that stand under this environment and in this folder, where they are said.
fn standing(
    engine: &Engine,
    environment: Option<&str>,
    folder: Option<&str>,
) -> Result<Vec<SecretView>, Problem> {
    if let Some(name) = environment
        && !engine.environments().list()?.iter().any(|e| e.name == name)
    {
        return Err(
            Problem::new(Code::NotFound, "There is no environment of that name.")
                .with_hint("`leasehold environment list` shows the names.")
                .at("environment"),
        );
    }
    let mut all = engine.secrets().list()?;
    all.retain(|s| environment.is_none_or(|name| s.draft.environment == name));
    let bare = |folder: &str| folder.trim_matches('/').to_owned();
    all.retain(|s| folder.is_none_or(|folder| bare(&s.draft.folder) == bare(folder)));
    Ok(all)
}

/// A secret as `--json` shows it: what the form holds stands beside what the engine adds.
fn document(secret: &SecretView) -> Value {
    let mut document = json!(secret);
    let draft = document
        .as_object_mut()
        .and_then(|fields| fields.remove("draft"));
    if let (Some(fields), Some(Value::Object(draft))) = (document.as_object_mut(), draft) {
        fields.extend(draft);
    }
    document
}

/// `environment:/folder/name`
fn place(secret: &SecretView) -> String {
    let draft = &secret.draft;
    let folder = draft.folder.trim_end_matches('/');
    format!("{}:{folder}/{}", draft.environment, draft.name)
}

fn list(all: &[SecretView]) -> String {
    let head = [
        "SECRET",
        "CONNECTION",
        "ACCOUNT",
        "TTL",
        "MAX",
        "ACTIVE",
        "NEXT ENDS",
    ];
    let row = |s: &SecretView| {
        let next = s.next_expires_at;
        vec![
            Cell::marked(place(s), s.practice),
            s.draft.connection.as_str().into(),
            s.account_id.as_str().into(),
            s.draft.default_ttl.as_str().into(),
            s.draft.max_ttl.as_str().into(),
            s.active_leases.to_string().into(),
            next.map(|at| short_expiry(at, s.clock_offset_ms))
                .unwrap_or_default()
                .into(),
        ]
    };
    table(&head, &[0, 1], all.iter().map(row).collect())
}

/// A secret that was added or edited, with what is to be known about it, such as a missing
/// permission boundary.
fn saved(engine: &Engine, printer: Printer, secret: &SecretView) -> Result<(), Problem> {
    let check = engine.secrets().check(&secret.draft, Some(&secret.id))?;
    let document = json!({ "secret": document(secret), "warnings": check.warnings });
    printer.answer(&document, || text(secret))?;
    for warning in &check.warnings {
        let hint = warning.hint.as_deref().unwrap_or_default();
        printer.note(&format!("{} {hint}", warning.message));
    }
    Ok(())
}

fn text(secret: &SecretView) -> String {
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
        (
            "Connection",
            format!("{} ({})", draft.connection, secret.account_id),
        ),
        (
            "TTL",
            format!("{}, up to {}", draft.default_ttl, draft.max_ttl),
        ),
        ("Region", draft.region.clone()),
    ];
    let policies = or_none(draft.policy_arns.join("\n"));
    let documents = or_none(draft.policy_documents.join("\n"));
    let tags = or_none(tags.join(", "));
    let kind = CredentialType::parse("credential_type", &draft.credential_type);
    match kind.unwrap_or_default() {
        CredentialType::IamUser => rows.extend([
            ("IAM path", draft.iam_path.clone()),
            (
                "Permission boundary",
                or_none(draft.permission_boundary.clone()),
            ),
            ("Groups", or_none(draft.groups.join(", "))),
            ("Managed policies", policies),
            ("Inline policies", documents),
            ("User names", draft.username_template.clone()),
            ("Tags", tags),
        ]),
        kind => {
            rows.push(match kind {
                CredentialType::AssumedRole => ("Sessions of", draft.role_arn.clone()),
                _ => ("Sessions of", "federated users".to_owned()),
            });
            if !draft.external_id.is_empty() {
                rows.push(("External id", draft.external_id.clone()));
            }
            rows.extend([
                ("Managed session policies", policies),
                ("Session policy", documents),
                ("Session tags", tags),
            ]);
        }
    }
    rows.push(("Active leases", secret.active_leases.to_string()));
    if secret.deleting {
        rows.push(("Being removed", "waits for its leases to end".into()));
    }
    let place = marked(&place(secret), secret.practice);
    facts(("SECRET", &place), rows)
}
