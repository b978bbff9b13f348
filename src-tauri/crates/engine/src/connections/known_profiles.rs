//! The profiles of the AWS configuration, to choose one from.

use leasehold_aws::{Beginning, ProfileFacts};
use leasehold_domain::Problem;
use leasehold_store::ConnectionKind;

use super::Connections;
use crate::wire::{AwsProfileView, ProfileOrigin, ProfileRole};

impl Connections<'_> {
    /// The profiles of the AWS configuration, by name, and what each resolves to. Nothing is asked
    /// or run.
    ///
    /// # Errors
    /// The AWS configuration or the state file cannot be read.
    pub async fn profiles(&self) -> Result<Vec<AwsProfileView>, Problem> {
        let used = self.0.store.connections().all()?;
        let found = leasehold_aws::profiles().await?;
        let view = |(name, facts, problem): (String, ProfileFacts, Option<Problem>)| {
            let connection = used.iter().find(|row| {
                row.kind == ConnectionKind::Profile && row.source.profile.as_ref() == Some(&name)
            });
            AwsProfileView {
                connection: connection.map(|row| row.name.clone()),
                origin: origin(&facts.beginning),
                resolves_to: resolves_to(&facts),
                login: facts.login.map(|login| login.line()),
                role: facts.mfa.map(|mfa| ProfileRole {
                    role_arn: mfa.role_arn,
                    from: mfa.source,
                    mfa_serial: mfa.serial,
                }),
                region: facts.region,
                problem,
                name,
            }
        };
        Ok(found.into_iter().map(view).collect())
    }
}

fn origin(beginning: &Beginning) -> ProfileOrigin {
    match beginning {
        Beginning::Key => ProfileOrigin::Key,
        Beginning::SingleSignOn { .. } => ProfileOrigin::SingleSignOn,
        Beginning::ConsoleLogin => ProfileOrigin::ConsoleLogin,
        Beginning::Process => ProfileOrigin::Process,
        Beginning::WebIdentity => ProfileOrigin::WebIdentity,
        Beginning::Machine => ProfileOrigin::Machine,
        Beginning::Nothing => ProfileOrigin::Nothing,
    }
}

/// `The role arn:aws:iam::…:role/admin, from a key in the AWS files (profile base)`
fn resolves_to(facts: &ProfileFacts) -> String {
    let begins = match &facts.beginning {
        Beginning::Key => "an access key in the AWS files".to_owned(),
        Beginning::SingleSignOn { account_id, role } => match (account_id, role) {
            (Some(account), Some(role)) => {
                format!("single sign-on to account {account} as {role}")
            }
            _ => "single sign-on".to_owned(),
        },
        Beginning::ConsoleLogin => "a log-in of the console".to_owned(),
        Beginning::Process => match &facts.process {
            Some(program) => format!("what the program {program} gives"),
            None => "what a program gives".to_owned(),
        },
        Beginning::WebIdentity => "a web identity token".to_owned(),
        Beginning::Machine => "the credentials of this machine".to_owned(),
        Beginning::Nothing => "nothing: it names no key, log-in or program".to_owned(),
    };
    let begins = match &facts.begins_at {
        Some(profile) => format!("{begins} (profile {profile})"),
        None => begins,
    };
    // What it gives would be used with AWS itself otherwise, where nobody knows it.
    let at = match &facts.endpoint_url {
        Some(url) => format!(", for {url}"),
        None => String::new(),
    };
    let Some(role) = facts.roles.first() else {
        return capital(&begins) + &at;
    };
    let through = match facts.roles.len() {
        0 | 1 => String::new(),
        roles => format!(" through {} more role{}", roles - 1, plural(roles - 1)),
    };
    format!("The role {role}{through}, from {begins}{at}")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + rest.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_the_role_and_where_its_chain_begins() {
        let sso = ProfileFacts {
            beginning: Beginning::SingleSignOn {
                account_id: Some("123456789012".into()),
                role: Some("Admin".into()),
            },
            ..ProfileFacts::default()
        };
        assert_eq!(
            resolves_to(&sso),
            "Single sign-on to account 123456789012 as Admin"
        );
        let chain = ProfileFacts {
            roles: vec![
                "arn:aws:iam::1:role/b".into(),
                "arn:aws:iam::1:role/a".into(),
            ],
            begins_at: Some("base".into()),
            ..sso
        };
        assert_eq!(
            resolves_to(&chain),
            "The role arn:aws:iam::1:role/b through 1 more role, from single sign-on to account \
             123456789012 as Admin (profile base)"
        );
    }
}
