//! Who from outside a lease is made for, as it was verified then: the lease remembers it.

use std::collections::BTreeMap;

use leasehold_domain::Problem;
use leasehold_store::LeaseCallerRow;

use crate::core::Core;

/// Somebody who proved who they are, in the words of whoever verified it. Nothing in here is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The auth method.
    pub access_id: String,
    /// The pinned endpoint that asserted it; empty for AWS itself.
    pub asserted_by: String,
    /// What stays with a role or user, also when another gets its name.
    pub stable_id: String,
    /// The verified ARN.
    pub arn: String,
    /// The sub-claims that the owner chose for the activity.
    pub claims: BTreeMap<String, String>,
    /// Where the call came from.
    pub client: String,
    /// The gateway that was believed about that.
    pub gateway: Option<String>,
}

impl Caller {
    /// Who, by what, from where: for the history of the lease.
    pub(super) fn told(&self) -> String {
        let mut text = format!("{} by {} from {}", self.arn, self.access_id, self.client);
        if let Some(gateway) = &self.gateway {
            text += &format!(" over {gateway}");
        }
        if !self.asserted_by.is_empty() {
            text += &format!(", asserted by {}", self.asserted_by);
        }
        for (key, value) in &self.claims {
            text += &format!(", {key}={value}");
        }
        text
    }

    pub(super) fn row(&self, lease_id: &str) -> LeaseCallerRow {
        LeaseCallerRow {
            lease_id: lease_id.to_owned(),
            access_id: self.access_id.clone(),
            asserted_by: self.asserted_by.clone(),
            stable_id: self.stable_id.clone(),
            arn: self.arn.clone(),
            claims: self.claims.clone(),
            client: self.client.clone(),
            gateway: self.gateway.clone(),
        }
    }
}

pub(super) fn of(core: &Core, lease_id: &str) -> Result<Option<Caller>, Problem> {
    let row = core.store.lease_callers().get(lease_id)?;
    Ok(row.map(|row| Caller {
        access_id: row.access_id,
        asserted_by: row.asserted_by,
        stable_id: row.stable_id,
        arn: row.arn,
        claims: row.claims,
        client: row.client,
        gateway: row.gateway,
    }))
}
