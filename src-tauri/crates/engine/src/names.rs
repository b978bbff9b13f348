//! The names that a shell completes a word with.

use std::path::Path;

use leasehold_store::SecretName;

/// What can be named in a home. Reading it makes, locks and changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Dynamic secrets, each by the shortest reference that means it alone, and where it stands.
    pub secrets: Vec<(String, String)>,
    /// Connections.
    pub connections: Vec<String>,
    /// Environments, in their order.
    pub environments: Vec<String>,
    /// Ids of the leases that are not at rest, newest first, with what tells them from others.
    pub leases: Vec<(String, String)>,
}

impl Names {
    /// The names of a home; none where there is no home or it cannot be read at this moment.
    #[must_use]
    pub fn of(home: &Path) -> Self {
        let found = leasehold_store::Names::read(&home.join("leasehold.db")).unwrap_or_default();
        let secrets = found.secrets.iter();
        Self {
            secrets: secrets
                .map(|one| (shortest(one, &found.secrets), whole(one)))
                .collect(),
            connections: found.connections,
            environments: found.environments,
            leases: found
                .leases
                .into_iter()
                .map(|lease| {
                    let place = whole(&lease.secret);
                    let about = format!("{place} {}, {}", lease.state, lease.user_name);
                    (lease.id, about)
                })
                .collect(),
        }
    }
}

/// `name`, `/folder/name` or `environment:/folder/name`: the first that no other one answers to. A
/// colon divides words in some shells, so it comes last.
fn shortest(one: &SecretName, all: &[SecretName]) -> String {
    let alike = |same: &dyn Fn(&SecretName) -> bool| all.iter().filter(|other| same(other)).count();
    if alike(&|other| other.name == one.name) == 1 {
        return one.name.clone();
    }
    if alike(&|other| other.name == one.name && other.folder == one.folder) == 1 {
        return format!("{}/{}", one.folder.trim_end_matches('/'), one.name);
    }
    whole(one)
}

fn whole(one: &SecretName) -> String {
    let folder = one.folder.trim_end_matches('/');
    format!("{}:{folder}/{}", one.environment, one.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_called_by_the_shortest_name_that_is_its_own() {
        let at = |environment: &str, folder: &str, name: &str| SecretName {
            environment: environment.into(),
            folder: folder.into(),
            name: name.into(),
        };
        let all = [
            at("development", "/", "alone"),
            at("development", "/", "s3"),
            at("development", "/pay", "s3"),
            at("production", "/pay", "s3"),
        ];
        let short: Vec<_> = all.iter().map(|one| shortest(one, &all)).collect();
        let wanted = ["alone", "/s3", "development:/pay/s3", "production:/pay/s3"];
        assert_eq!(short, wanted);
    }

    #[test]
    fn where_there_is_no_home_there_are_no_names_and_none_is_made() {
        let home = std::env::temp_dir().join("leasehold-no-such-home");
        assert_eq!(Names::of(&home), Names::default());
        assert!(!home.exists());
    }
}
