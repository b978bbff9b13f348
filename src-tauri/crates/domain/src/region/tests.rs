//! Regions and their partitions.

use super::*;

#[test]
fn regions_are_recognised_by_their_shape() {
    for (ok, partition) in [
        ("us-east-1", "aws"),
        ("eu-central-2", "aws"),
        ("ap-southeast-7", "aws"),
        ("me-central-1", "aws"),
        ("il-central-1", "aws"),
        ("mx-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
        (" us-west-2 ", "aws"),
    ] {
        let region = Region::parse("region", ok).unwrap();
        assert_eq!(region.as_str(), ok.trim());
        assert_eq!(region.partition(), partition, "{ok}");
    }
    for (wrong, fix) in [
        ("", "us-east-1"),
        ("us-east", "us-east-1"),
        ("us-east-1a", "its region, us-east-1"),
        ("US-EAST-1", "Write us-east-1"),
        ("us_east_1", "us-east-1"),
        ("useast1", "us-east-1"),
        ("us-east-0", "us-east-1"),
        ("us--1", "us-east-1"),
        ("virginia", "us-east-1"),
        ("us-east-1.evil.example", "us-east-1"),
        ("us-east-١", "us-east-1"),
        ("u-east-1", "us-east-1"),
        ("us-east-111", "us-east-1"),
    ] {
        let problem = Region::parse("region", wrong).unwrap_err();
        let hint = problem.hint.unwrap();
        assert!(hint.contains(fix), "{wrong}: {hint}");
    }
}

#[test]
fn the_default_region_of_a_partition_is_in_it() {
    for partition in [
        "aws",
        "aws-cn",
        "aws-us-gov",
        "aws-iso",
        "aws-iso-b",
        "aws-iso-e",
        "aws-iso-f",
        "aws-eusc",
    ] {
        let partition = Partition::parse("p", partition).unwrap();
        let region = Region::default_for(&partition);
        assert_eq!(region.partition(), partition.as_str());
        assert!(Region::parse("region", region.as_str()).is_ok());
    }
}
