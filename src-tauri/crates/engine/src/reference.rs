//! How people name a dynamic secret: `name`, `folder/name`, `environment:folder/name`, or its id.

use leasehold_domain::{Code, Problem};
use leasehold_store::{SecretRow, Store};

/// A name taken apart; what is not said matches anything.
#[derive(Debug, PartialEq, Eq)]
struct Reference<'a> {
    environment: Option<&'a str>,
    folder: Option<String>,
    name: &'a str,
}

impl<'a> Reference<'a> {
    fn parse(text: &'a str) -> Self {
        let (environment, rest) = match text.split_once(':') {
            Some((environment, rest)) => (Some(environment), rest),
            None => (None, text),
        };
        match rest.rsplit_once('/') {
            Some((folder, name)) => {
                let folder = folder.trim_matches('/');
                Self {
                    environment,
                    folder: Some(format!("/{folder}")),
                    name,
                }
            }
            None => Self {
                environment,
                folder: None,
                name: rest,
            },
        }
    }
}

/// The one secret that `text` names.
///
/// # Errors
/// Nothing has that name, or more than one does; the candidates are listed.
pub(crate) fn resolve(store: &Store, text: &str) -> Result<SecretRow, Problem> {
    if let Some(row) = store.secrets().by_id(text)? {
        return Ok(row);
    }
    let wanted = Reference::parse(text.trim());
    let mut found =
        store
            .secrets()
            .find(wanted.environment, wanted.folder.as_deref(), wanted.name)?;
    if found.len() > 1 {
        let candidates: Vec<_> = found.iter().map(full_name).collect();
        return Err(Problem::new(
            Code::Ambiguous,
            format!(
                "`{}` names {} dynamic secrets: {}.",
                shown(text),
                candidates.len(),
                candidates.join(", ")
            ),
        )
        .with_hint("Say which one as environment:folder/name.")
        .at("secret"));
    }
    found.pop().ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            format!("There is no dynamic secret named `{}`.", shown(text)),
        )
        .with_hint("`leasehold secret list` shows the names.")
        .at("secret")
    })
}

/// `environment:/folder/name`
pub(crate) fn full_name(row: &SecretRow) -> String {
    let folder = row.folder.trim_end_matches('/');
    format!("{}:{folder}/{}", row.environment, row.name)
}

/// Foreign text fit for a message: no control characters, not endless.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_taken_apart() {
        let parsed = |text| {
            let r = Reference::parse(text);
            (
                r.environment.map(str::to_owned),
                r.folder,
                r.name.to_owned(),
            )
        };
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(parsed("s3"), (None, None, "s3".into()));
        assert_eq!(
            parsed("payments/s3"),
            (None, some("/payments"), "s3".into())
        );
        assert_eq!(
            parsed("/payments/eu/s3"),
            (None, some("/payments/eu"), "s3".into())
        );
        assert_eq!(parsed("/s3"), (None, some("/"), "s3".into()));
        assert_eq!(
            parsed("prod:pay/s3"),
            (some("prod"), some("/pay"), "s3".into())
        );
        assert_eq!(parsed("prod:s3"), (some("prod"), None, "s3".into()));
    }

    #[test]
    fn a_message_never_repeats_control_characters() {
        assert_eq!(shown("a\u{1b}[31mb\n"), "a[31mb");
    }
}
