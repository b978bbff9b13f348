//! AWS regions and the partition that each belongs to.

use std::fmt;

use crate::suggest::clip;
use crate::{Partition, Problem};

/// A region code, such as `us-east-1`. New regions appear every year, so its shape is checked, not a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// Reads a region code; white space around it does not count.
    ///
    /// # Errors
    /// The named field, the rule and the region that was probably meant.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if is_region(text) {
            return Ok(Self(text.to_owned()));
        }
        let lower = text.to_lowercase();
        let zone = lower
            .strip_suffix(|c: char| c.is_ascii_lowercase())
            .filter(|r| is_region(r));
        if text.is_empty() {
            return Err(Problem::refused_input(
                field,
                "A region must not be empty.",
                "Write a region code, for example us-east-1.",
            ));
        }
        let fix = match (is_region(&lower), zone) {
            (true, _) => format!("Write {lower}."),
            (_, Some(region)) => format!("That is a zone; write its region, {region}."),
            _ => "Write a region code, for example us-east-1.".to_owned(),
        };
        Err(Problem::refused_input(
            field,
            format!(
                "`{}` is not an AWS region: a region is like us-east-1 or ap-southeast-2.",
                clip(text, 40)
            ),
            fix,
        ))
    }

    /// The region that new dynamic secrets get in a partition.
    #[must_use]
    pub fn default_for(partition: &Partition) -> Self {
        Self(
            match partition.as_str() {
                "aws-cn" => "cn-north-1",
                "aws-us-gov" => "us-gov-west-1",
                "aws-iso" => "us-iso-east-1",
                "aws-iso-b" => "us-isob-east-1",
                "aws-iso-e" => "eu-isoe-west-1",
                "aws-iso-f" => "us-isof-south-1",
                "aws-eusc" => "eusc-de-east-1",
                _ => "us-east-1",
            }
            .to_owned(),
        )
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the partition that this region is in.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        const PREFIXES: [(&str, &str); 7] = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("us-iso-", "aws-iso"),
            ("us-isob-", "aws-iso-b"),
            ("eu-isoe-", "aws-iso-e"),
            ("us-isof-", "aws-iso-f"),
            ("eusc-", "aws-eusc"),
        ];
        PREFIXES
            .iter()
            .find(|(prefix, _)| self.0.starts_with(prefix))
            .map_or("aws", |(_, partition)| partition)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Two letters or more, words, a number: `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let Some(first) = parts.next() else {
        return false;
    };
    let Some(number) = parts.next_back() else {
        return false;
    };
    let words: Vec<&str> = parts.collect();
    let lower = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    text.len() <= 32
        && (2..=4).contains(&first.len())
        && lower(first)
        && (1..=3).contains(&words.len())
        && words.iter().all(|word| lower(word))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.starts_with('0')
}

#[cfg(test)]
mod tests;
