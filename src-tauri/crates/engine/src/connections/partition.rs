//! Partitions: AWS's worlds beside each other (commercial, China, GovCloud, European Sovereign).
//! Nothing of one is known in another, and AWS only says that it does not know a key.

use leasehold_domain::{Arn, Problem, Region};

/// Refuses an ARN of another partition than the region's, at the field that named the ARN.
pub(super) fn agrees(field: &str, arn: &Arn, region: &str) -> Result<(), Problem> {
    let region = Region::parse("region", region)?;
    let (of_arn, of_region) = (arn.partition.as_str(), region.partition());
    if of_arn == of_region {
        return Ok(());
    }
    Err(Problem::refused_input(
        field,
        format!("{arn} is in partition {of_arn}, the region {region} is in {of_region}."),
        format!(
            "Choose a region of {of_arn}, for example {}.",
            Region::default_for(&arn.partition)
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_and_a_region_of_two_partitions_are_refused_with_a_region_that_fits() {
        for (partition, region) in [
            ("aws", "eu-central-1"),
            ("aws-cn", "cn-northwest-1"),
            ("aws-us-gov", "us-gov-east-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ] {
            let text = format!("arn:{partition}:iam::123456789012:role/deployer");
            let arn = Arn::parse("role_arn", &text).unwrap();
            agrees("role_arn", &arn, region).unwrap();
            let elsewhere = if partition == "aws" {
                "cn-north-1"
            } else {
                "us-east-1"
            };
            let problem = agrees("role_arn", &arn, elsewhere).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("role_arn"), "{partition}");
            assert!(problem.message.contains(partition), "{problem}");
            let fits = Region::default_for(&arn.partition).to_string();
            assert!(problem.hint.unwrap().contains(&fits), "{partition}");
        }
    }
}
