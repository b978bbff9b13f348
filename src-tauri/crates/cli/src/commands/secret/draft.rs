//! What the options of `secret add` and `secret edit` say, as the form the engine judges.

use leasehold_domain::{CredentialType, Problem};
use leasehold_engine::wire::{SecretDraft, TagView};

use super::kind;
use crate::args::{Clearable, RecipeArgs, SecretEdit};
use crate::input;

/// The form after an edit.
pub fn edited(mut draft: SecretDraft, asked: SecretEdit) -> Result<SecretDraft, Problem> {
    let kind = CredentialType::parse("credential_type", &draft.credential_type)?;
    kind::fits(&asked.recipe, kind)?;
    for field in asked.clear {
        match field {
            Clearable::PermissionBoundary => draft.permission_boundary.clear(),
            Clearable::Group => draft.groups.clear(),
            Clearable::PolicyArn => draft.policy_arns.clear(),
            Clearable::PolicyDocument => draft.policy_documents.clear(),
            Clearable::Tag | Clearable::SessionTag => draft.tags.clear(),
            Clearable::ExternalId => draft.external_id.clear(),
        }
    }
    if let Some(name) = asked.new_name {
        draft.name = name;
    }
    apply(draft, asked.recipe)
}

/// What the options say, over what the draft said; a list that is given replaces the old one.
pub fn apply(mut draft: SecretDraft, asked: RecipeArgs) -> Result<SecretDraft, Problem> {
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
        (&mut draft.role_arn, asked.session.role_arn),
        (&mut draft.external_id, asked.session.external_id),
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
        let read = asked
            .policy_documents
            .iter()
            .map(|path| input::document(path));
        draft.policy_documents = read.collect::<Result<_, _>>()?;
    }
    let tags = match asked.tags.is_empty() {
        true => asked.session.session_tags,
        false => asked.tags,
    };
    if !tags.is_empty() {
        draft.tags = tags
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
