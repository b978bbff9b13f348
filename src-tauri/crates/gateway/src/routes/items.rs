//! `/list-items`: the dynamic secrets that the caller may see.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use leasehold_access::door::Caller;
use leasehold_domain::{Action, CredentialType, Folder, ItemPath, Problem, SecretName, Slug};
use leasehold_engine::Engine;
use leasehold_engine::wire::SecretView;
use serde::Deserialize;
use serde_json::json;

use super::Call;
use crate::answer::{Fail, answer};

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    filter: Option<String>,
    #[serde(default, rename = "current-folder")]
    current_folder: Option<bool>,
    #[serde(default, rename = "type")]
    kinds: Option<Vec<String>>,
}

pub(super) async fn list_items(Extension(call): Extension<Arc<Call>>) -> Result<Response, Fail> {
    let caller = call.caller()?;
    let form: Form = call.form()?;
    let folder = folder(form.path.as_deref().unwrap_or("/"));
    let filter = form.filter.unwrap_or_default().to_lowercase();
    let only_here = form.current_folder.unwrap_or_default();
    let kinds = form.kinds.unwrap_or_default();
    let is_asked_for = kinds.is_empty()
        || kinds
            .iter()
            .any(|kind| matches!(&**kind, "dynamic-secret" | "all"));
    let mut items = Vec::new();
    let mut folders = BTreeSet::new();
    for secret in call.app.engine.secrets().list()? {
        let Ok(path) = path_of(&secret) else { continue };
        let Some(rest) = path.as_str().strip_prefix(&folder) else {
            continue;
        };
        if secret.deleting || !is_asked_for || !caller.may(Action::List, &path).allowed {
            continue;
        }
        if let Some((below, _)) = rest.split_once('/') {
            folders.insert(format!("{folder}{below}"));
            if only_here {
                continue;
            }
        }
        if path.as_str().to_lowercase().contains(&filter) {
            items.push(item(&caller, &secret, &path));
        }
    }
    Ok(answer(
        StatusCode::OK,
        &json!({ "items": items, "folders": folders, "next_page": "", "has_next": false }),
    ))
}

/// What a caller may know of a dynamic secret: nothing of the account, its policies or its leases.
fn item(caller: &Caller, secret: &SecretView, path: &ItemPath) -> serde_json::Value {
    let can = |action| caller.may(action, path).allowed;
    let can = [
        (Action::List, "list"),
        (Action::Issue, "read"),
        (Action::Renew, "update"),
        (Action::RevokeOther, "delete"),
    ]
    .into_iter()
    .filter_map(|(action, word)| can(action).then_some(word))
    .collect::<Vec<_>>();
    let makes = CredentialType::parse("credential_type", &secret.draft.credential_type);
    json!({
        "item_name": path.as_str(),
        "item_type": "DYNAMIC_SECRET",
        "item_sub_type": "aws",
        "is_enabled": true,
        "creation_date": secret.created_at,
        "modification_date": secret.updated_at,
        "client_permissions": can,
        "credential_type": makes.unwrap_or_default().as_str(),
        "default_ttl": secret.draft.default_ttl,
        "max_ttl": secret.draft.max_ttl,
        "region": secret.draft.region,
    })
}

/// Id and path of every dynamic secret, as rules are about them.
///
/// # Errors
/// The state file cannot be read.
pub fn paths(engine: &Engine) -> Result<Vec<(String, ItemPath)>, Problem> {
    let secrets = engine.secrets().list()?;
    let paths = secrets
        .into_iter()
        .filter_map(|secret| Some((secret.id.clone(), path_of(&secret).ok()?)));
    Ok(paths.collect())
}

pub(super) fn path_of(secret: &SecretView) -> Result<ItemPath, Problem> {
    let draft = &secret.draft;
    Ok(ItemPath::of(
        &Slug::parse("environment", &draft.environment)?,
        &Folder::parse("folder", &draft.folder)?,
        &SecretName::parse("name", &draft.name)?,
    ))
}

/// A folder as the beginning of the paths in it.
fn folder(text: &str) -> String {
    match text.trim().trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    }
}
