//! Whose a user is, by the names of its inline policies.

use chrono::{DateTime, Utc};
use leasehold_domain::InstallationId;
use leasehold_domain::guard::{self, GuardKind};

use crate::wire::Origin;

/// What the guards on a user say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) origin: Origin,
    pub(super) installation: Option<String>,
    /// The earliest dated guard of that installation.
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// How many documents of a recipe there are: the highest number.
    pub(super) documents: usize,
}

impl Marks {
    pub(super) fn of(inline: &[String], installation: &InstallationId) -> Self {
        let mut marks = Self {
            origin: Origin::Foreign,
            installation: None,
            expires_at: None,
            documents: 0,
        };
        let mut dated = Vec::new();
        for name in inline {
            match guard::classify(name, installation) {
                GuardKind::SelfProtection | GuardKind::Cut => marks.origin = Origin::Ours,
                GuardKind::Until(moment) => {
                    marks.origin = Origin::Ours;
                    dated.push(moment.datetime());
                }
                GuardKind::Document(n) => marks.documents = marks.documents.max(n),
                GuardKind::ForeignInstallation | GuardKind::Foreign => {}
            }
        }
        if marks.origin == Origin::Ours {
            marks.installation = Some(installation.as_str().to_owned());
            marks.expires_at = dated.into_iter().min();
            return marks;
        }
        let other = inline.iter().find_map(|name| guard::owner(name));
        if let Some(other) = other {
            let names = inline.iter().map(|name| guard::classify(name, &other));
            marks.origin = Origin::OtherInstallation;
            marks.expires_at = names
                .filter_map(|kind| match kind {
                    GuardKind::Until(moment) => Some(moment.datetime()),
                    _ => None,
                })
                .min();
            marks.installation = Some(other.as_str().to_owned());
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leasehold_domain::Moment;

    fn at(text: &str) -> DateTime<Utc> {
        Moment::parse_name(text).unwrap().datetime()
    }

    #[test]
    fn guards_say_whose_a_user_is_and_the_earliest_one_when_it_ends() {
        let (mine, other) = (
            InstallationId::generate().unwrap(),
            InstallationId::generate().unwrap(),
        );
        let until = |moment: &str, whose: &InstallationId| {
            guard::until_name(Moment::parse_name(moment).unwrap(), whose)
        };
        let (early, late) = ("20261121T120000Z", "20261121T180000Z");

        let ours = Marks::of(
            &[until(late, &mine), until(early, &mine), guard::doc_name(2)],
            &mine,
        );
        assert_eq!(ours.origin, Origin::Ours);
        assert_eq!(ours.expires_at, Some(at(early)));
        assert_eq!(ours.documents, 2);

        let theirs = Marks::of(&[guard::self_name(&other), until(late, &other)], &mine);
        assert_eq!(theirs.origin, Origin::OtherInstallation);
        assert_eq!(theirs.installation.as_deref(), Some(other.as_str()));
        assert_eq!(theirs.expires_at, Some(at(late)));

        // A document's name is no mark: anybody can number a policy so.
        let nobodys = Marks::of(&[guard::doc_name(1), "leasehold-until-x".into()], &mine);
        assert_eq!(nobodys.origin, Origin::Foreign);
        assert_eq!(nobodys.expires_at, None);
    }

    #[test]
    fn a_user_with_guards_of_two_installations_is_ours() {
        let (mine, other) = (
            InstallationId::generate().unwrap(),
            InstallationId::generate().unwrap(),
        );
        let both = [guard::self_name(&other), guard::cut_name(&mine)];
        assert_eq!(Marks::of(&both, &mine).origin, Origin::Ours);
    }
}
