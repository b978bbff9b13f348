//! The fields of sessions, and those that a type of credentials has no use for.

use super::lists::{read_documents, read_policy_arns_of, read_tags};
use super::validate::{Findings, Ground};
use super::{RecipeDraft, RoleRecipe, SessionRights};
use crate::session::MAX_POLICY_ARNS;
use crate::suggest::counted;
use crate::{AccountId, CredentialType, ExternalId, PolicyDocument, RoleArn};

pub(super) fn read_role(
    found: &mut Findings,
    draft: &RecipeDraft,
    ground: Ground<'_>,
) -> Option<RoleRecipe> {
    let role = found.keep(RoleArn::parse_for(
        "role_arn",
        &draft.role_arn,
        ground.partition,
    ));
    let external_id = match draft.external_id.trim() {
        "" => None,
        text => found.keep(ExternalId::parse("external_id", text)),
    };
    // "The policies must exist in the same account as the role."
    let account = role.as_ref().map_or(ground.account, RoleArn::account);
    let rights = read_rights(found, draft, ground, account);
    Some(RoleRecipe {
        role: role?,
        external_id,
        rights,
    })
}

pub(super) fn read_rights(
    found: &mut Findings,
    draft: &RecipeDraft,
    ground: Ground<'_>,
    account: &AccountId,
) -> SessionRights {
    let policy_arns = read_policy_arns_of(
        found,
        &draft.policy_arns,
        ground.partition,
        account,
        |n| {
            (n > MAX_POLICY_ARNS).then(|| {
                (
                    format!("STS takes at most {MAX_POLICY_ARNS} managed session policies; this names {n}."),
                    format!("Remove {}.", counted(n - MAX_POLICY_ARNS, "policy")),
                )
            })
        },
    );
    let mut documents: Vec<PolicyDocument> =
        read_documents(found, &draft.policy_documents, ground.partition);
    if documents.len() > 1 {
        found.refuse(
            "policy_documents[1]",
            format!(
                "A session has one policy document; these are {}.",
                documents.len()
            ),
            "Put all statements into one document, or name managed policies.",
        );
    }
    documents.truncate(1);
    SessionRights {
        document: documents.pop(),
        policy_arns,
        tags: read_tags(found, &draft.tags),
    }
}

/// What only an IAM user has.
pub(super) fn refuse_user_fields(found: &mut Findings, draft: &RecipeDraft) {
    let has_groups = draft.groups.iter().any(|group| !group.trim().is_empty());
    let filled = [
        ("iam_path", !matches!(draft.iam_path.trim(), "" | "/")),
        (
            "permission_boundary",
            !draft.permission_boundary.trim().is_empty(),
        ),
        ("groups", has_groups),
        (
            "username_template",
            !draft.username_template.trim().is_empty(),
        ),
    ];
    for (field, _) in filled.into_iter().filter(|(_, is_filled)| *is_filled) {
        found.refuse(
            field,
            format!("A session of STS has no {}.", words(field)),
            "Leave it empty, or choose an IAM user.",
        );
    }
}

/// What only an assumed role has.
pub(super) fn refuse_role_fields(found: &mut Findings, draft: &RecipeDraft, kind: CredentialType) {
    let what = match kind {
        CredentialType::FederationToken => "A federation token",
        _ => "An IAM user",
    };
    for (field, text) in [
        ("role_arn", &draft.role_arn),
        ("external_id", &draft.external_id),
    ] {
        if !text.trim().is_empty() {
            found.refuse(
                field,
                format!("{what} has no {}.", words(field)),
                "Leave it empty, or choose an assumed role.",
            );
        }
    }
}

fn words(field: &str) -> &'static str {
    match field {
        "iam_path" => "IAM path",
        "permission_boundary" => "permission boundary",
        "groups" => "groups",
        "username_template" => "user name",
        "role_arn" => "role",
        _ => "external id",
    }
}
