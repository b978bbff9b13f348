//! Which type of credentials the options of a secret are about, and those that do not fit it.

use leasehold_domain::{Code, CredentialType, Problem};

use crate::args::{Provider, RecipeArgs, SecretAdd};

/// What a secret that is added is to give out.
///
/// # Errors
/// Options that contradict each other, by the name of one of them.
pub fn of(asked: &SecretAdd) -> Result<CredentialType, Problem> {
    let session = &asked.recipe.session;
    let is_sts = match asked.provider {
        Some(Provider::AwsSts) => true,
        Some(Provider::AwsIam) => false,
        None => session.role_arn.is_some() || asked.federation_token,
    };
    let kind = match (is_sts, &session.role_arn, asked.federation_token) {
        (true, Some(_), true) => {
            return Err(usage(
                "federation_token",
                "`--federation-token` cannot be used with `--role-arn`",
                "A dynamic secret gives out one or the other: leave one of them out.",
            ));
        }
        (true, None, false) => {
            return Err(usage(
                "role_arn",
                "`--provider aws-sts` needs `--role-arn` or `--federation-token`",
                "Write the role whose sessions are wanted, or --federation-token.",
            ));
        }
        (true, Some(_), false) => CredentialType::AssumedRole,
        (true, None, true) => CredentialType::FederationToken,
        (false, _, true) => {
            return Err(usage(
                "federation_token",
                "`--federation-token` cannot be used with `--provider aws-iam`",
                "Write --provider aws-sts, or leave it out.",
            ));
        }
        (false, _, false) => CredentialType::IamUser,
    };
    fits(&asked.recipe, kind)?;
    Ok(kind)
}

/// Refuses options that this type has no use for.
///
/// # Errors
/// The first of them, by its name.
pub fn fits(recipe: &RecipeArgs, kind: CredentialType) -> Result<(), Problem> {
    let session = &recipe.session;
    let role = [
        ("role_arn", "--role-arn", session.role_arn.is_some()),
        (
            "external_id",
            "--external-id",
            session.external_id.is_some(),
        ),
    ];
    let tags = ("tags", "--session-tag", !session.session_tags.is_empty());
    let user = [
        ("iam_path", "--iam-path", recipe.iam_path.is_some()),
        (
            "permission_boundary",
            "--permission-boundary",
            recipe.permission_boundary.is_some(),
        ),
        ("groups", "--group", !recipe.groups.is_empty()),
        (
            "username_template",
            "--username-template",
            recipe.username_template.is_some(),
        ),
        ("tags", "--tag", !recipe.tags.is_empty()),
    ];
    let (what, not_its) = match kind {
        CredentialType::IamUser => ("an IAM user", [&role[..], &[tags]].concat()),
        CredentialType::AssumedRole => ("a session of a role", user.to_vec()),
        CredentialType::FederationToken => ("a federation token", [&user[..], &role].concat()),
    };
    match not_its.iter().find(|(_, _, is_given)| *is_given) {
        None => Ok(()),
        Some((field, option, _)) => Err(usage(
            field,
            &format!("`{option}` cannot be used for {what}"),
            match kind {
                CredentialType::IamUser => "Sessions are of `--provider aws-sts`.",
                _ if *option == "--tag" => "Tags of sessions are `--session-tag`.",
                _ => "Leave it out.",
            },
        )),
    }
}

fn usage(field: &str, said: &str, hint: &str) -> Problem {
    Problem::new(Code::Usage, format!("{said}."))
        .with_hint(hint)
        .at(field)
}
