//! Login profiles: a user's password for the console, which the practice account does not have.

use crate::answer::Node;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::rules;
use crate::state::LoginProfile;

pub(super) fn create_login_profile(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    // Nobody can sign in anywhere: the password is checked for its length and forgotten.
    let password = call.params.need("Password")?;
    call.allow_user("iam:CreateLoginProfile", &name, Context::default())?;
    let user = call.state.user(&name)?;
    if user.credentials.login.is_some() {
        return Err(Fault::already("Login Profile for user", &user.name));
    }
    if !(rules::PASSWORD_LETTERS..=128).contains(&password.chars().count()) {
        return Err(Fault::new(
            400,
            "PasswordPolicyViolation",
            format!(
                "Password should have a minimum length of {}",
                rules::PASSWORD_LETTERS
            ),
        ));
    }
    let profile = LoginProfile {
        created: call.now,
        reset_required: call.params.get("PasswordResetRequired") == Some("true"),
    };
    let user = call.state.user_mut(&name)?;
    let node = login_node(&user.name, &profile);
    user.credentials.login = Some(profile);
    Ok(Some(Node::Fields(vec![("LoginProfile", node)])))
}

pub(super) fn get_login_profile(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:GetLoginProfile", &name, Context::default())?;
    let user = call.state.user(&name)?;
    let profile = user.credentials.login.as_ref();
    let profile = profile.ok_or_else(|| no_profile(&name))?;
    let node = login_node(&user.name, profile);
    Ok(Some(Node::Fields(vec![("LoginProfile", node)])))
}

pub(super) fn delete_login_profile(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:DeleteLoginProfile", &name, Context::default())?;
    if call.state.user(&name)?.credentials.login.is_none() {
        return Err(no_profile(&name));
    }
    call.state.user_mut(&name)?.credentials.login = None;
    Ok(None)
}

fn no_profile(user: &str) -> Fault {
    Fault::not_there(format!("Login Profile for User {user} cannot be found."))
}

fn login_node(user: &str, profile: &LoginProfile) -> Node {
    Node::Fields(vec![
        ("UserName", user.into()),
        ("CreateDate", profile.created.into()),
        ("PasswordResetRequired", profile.reset_required.into()),
    ])
}
