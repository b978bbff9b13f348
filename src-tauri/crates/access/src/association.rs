//! Role associations: which identities of an auth method get an access role, by their sub-claims.

use std::collections::BTreeMap;
use std::fmt;

use leasehold_domain::{ClaimKey, Claims, Problem, clip, glob};
use schemars::JsonSchema;
use serde::Serialize;
use ts_rs::TS;

const MAX_TEST: usize = 2048;

/// What a sub-claim must be: values with `*` and `?`.
///
/// Commas divide alternatives. Instead of commas the words `AND` and `OR` may stand between values;
/// they are taken from left to right. An IAM name with a comma in it is matched by `?` in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimTest {
    text: String,
    first: String,
    rest: Vec<(Operator, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
}

/// An auth method's way to a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Association {
    /// All of them must be met; none lets every identity of the method through.
    pub sub_claims: BTreeMap<ClaimKey, ClaimTest>,
    /// Whether case is ignored, in values and in templates of the role's paths.
    pub ignore_case: bool,
}

/// One sub-claim of an association against an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct ClaimCheck {
    /// Its name.
    pub claim: ClaimKey,
    /// Whether it is met.
    pub pass: bool,
    /// A sentence.
    pub why: String,
}

/// Whether an association holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct AssociationCheck {
    /// Whether the role is got.
    pub holds: bool,
    /// A sentence.
    pub why: String,
    /// Every sub-claim.
    pub claims: Vec<ClaimCheck>,
}

impl ClaimTest {
    /// Reads a test.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let shown = clip(text, 80);
        let refuse = |rule: String, fix: &str| Err(Problem::refused_input(field, rule, fix));
        if text.is_empty() || text.len() > MAX_TEST || text.chars().any(char::is_control) {
            return refuse(
                format!("`{shown}` is not a value: that has 1 to {MAX_TEST} printable characters."),
                "Write the value, or * for any.",
            );
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_word = |word: &&str| matches!(*word, "AND" | "OR");
        if !words.iter().any(is_word) {
            let values: Vec<&str> = text.split(',').map(str::trim).collect();
            if values
                .iter()
                .any(|v| v.is_empty() || v.contains(char::is_whitespace))
            {
                return refuse(
                    format!("`{shown}` has an empty value, or one with a space in it."),
                    "Put a comma between two values, or AND or OR.",
                );
            }
            return Ok(Self::of(text, &values, |_| Operator::Or));
        }
        let values: Vec<&str> = words.iter().copied().step_by(2).collect();
        let operators: Vec<&str> = words.iter().copied().skip(1).step_by(2).collect();
        let alternate = words.len() % 2 == 1
            && !values.iter().any(is_word)
            && operators.iter().all(is_word)
            && !text.contains(',');
        if !alternate {
            return refuse(
                format!("`{shown}` does not go value, AND or OR, value."),
                "Write, for example, dev-* AND *-ops; commas are for lists without these words.",
            );
        }
        Ok(Self::of(text, &values, |at| match operators.get(at) {
            Some(&"AND") => Operator::And,
            _ => Operator::Or,
        }))
    }

    /// Whether a value meets the test.
    #[must_use]
    pub fn matches(&self, value: &str, ignore_case: bool) -> bool {
        let fits = |pattern: &str| {
            if ignore_case {
                glob(&pattern.to_lowercase(), &value.to_lowercase())
            } else {
                glob(pattern, value)
            }
        };
        self.rest.iter().fold(
            fits(&self.first),
            |before, (operator, pattern)| match operator {
                Operator::And => before && fits(pattern),
                Operator::Or => before || fits(pattern),
            },
        )
    }

    fn of(text: &str, values: &[&str], operator: impl Fn(usize) -> Operator) -> Self {
        let mut values = values.iter().map(|value| (*value).to_owned());
        Self {
            text: text.to_owned(),
            first: values.next().unwrap_or_default(),
            rest: values
                .enumerate()
                .map(|(at, value)| (operator(at), value))
                .collect(),
        }
    }
}

impl fmt::Display for ClaimTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Association {
    /// Reads an association from pairs of a sub-claim and a test.
    ///
    /// # Errors
    /// Every problem. A method that forces sub-claims takes no association without.
    pub fn parse(
        pairs: &[(String, String)],
        ignore_case: bool,
        force_sub_claims: bool,
    ) -> Result<Self, Vec<Problem>> {
        const FIELD: &str = "sub_claims";
        let mut problems = Vec::new();
        let mut sub_claims = BTreeMap::new();
        for (key, test) in pairs {
            let read = ClaimKey::parse(FIELD, key.trim())
                .and_then(|key| Ok((key, ClaimTest::parse(FIELD, test)?)));
            match read {
                Ok((key, test)) => {
                    if sub_claims.insert(key, test).is_some() {
                        problems.push(Problem::refused_input(
                            FIELD,
                            format!("{key} is there twice."),
                            "Put its values together, with commas between them.",
                        ));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if force_sub_claims && pairs.is_empty() {
            problems.push(Problem::refused_input(
                FIELD,
                "The auth method asks every association for sub-claims.",
                "Give at least one, for example role_name=dev-*.",
            ));
        }
        if problems.is_empty() {
            return Ok(Self {
                sub_claims,
                ignore_case,
            });
        }
        Err(problems)
    }

    /// Whether an identity with these claims gets the role. Without sub-claims everybody does, unless
    /// the method has come to ask for them.
    #[must_use]
    pub fn check(&self, claims: &Claims, force_sub_claims: bool) -> AssociationCheck {
        if self.sub_claims.is_empty() {
            let why = if force_sub_claims {
                "The auth method asks for sub-claims, and the association has none."
            } else {
                "The association asks for no sub-claims."
            };
            return AssociationCheck {
                holds: !force_sub_claims,
                why: why.into(),
                claims: Vec::new(),
            };
        }
        let claims: Vec<ClaimCheck> = self
            .sub_claims
            .iter()
            .map(|(key, test)| self.check_one(*key, test, claims.get(key)))
            .collect();
        let holds = claims.iter().all(|check| check.pass);
        let why = if holds {
            "Every sub-claim is as the association asks."
        } else {
            "Not every sub-claim is as the association asks."
        };
        AssociationCheck {
            holds,
            why: why.into(),
            claims,
        }
    }

    fn check_one(&self, key: ClaimKey, test: &ClaimTest, value: Option<&String>) -> ClaimCheck {
        let pass = value.is_some_and(|value| test.matches(value, self.ignore_case));
        let why = match value {
            None => format!("The identity has no {key}."),
            Some(value) if pass => format!("{key} is {value}, which fits {test}."),
            Some(value) => format!("{key} is {value}, which does not fit {test}."),
        };
        ClaimCheck {
            claim: key,
            pass,
            why,
        }
    }
}

#[cfg(test)]
mod tests;
