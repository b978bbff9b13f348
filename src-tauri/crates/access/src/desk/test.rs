//! Testing an identity: what an auth method would say to it, every bound and every rule.

use std::collections::BTreeMap;

use leasehold_domain::{ClientAddress, ItemPath, Problem};

use super::roles::rules;
use super::view::{ActionTest, RoleTest, TestView};
use super::{AuthMethods, who};
use crate::identity::Identity;
use crate::method::{AuthMethod, State};
use crate::reason::Reason;
use crate::request::{Audience, Expected};
use crate::rights::{Grant, Rights};
use crate::verify::{Freshness, Relay, identify_fresh};

/// What is asked besides who it is.
#[derive(Debug, Clone)]
pub struct TestOf<'a> {
    /// Where the call is taken to come from.
    pub client: ClientAddress,
    /// Path of a dynamic secret, to see what could be done there.
    pub path: Option<&'a str>,
    /// The vault that cloud identities may be signed for.
    pub audience: &'a str,
}

impl AuthMethods<'_> {
    /// Tries a cloud identity, asking STS who it is. It is not used up by that.
    ///
    /// # Errors
    /// There is no such method, or the path is none. That it is refused is an answer.
    pub async fn test<R: Relay + Sync>(
        &self,
        name: &str,
        cloud_identity: &str,
        asked: TestOf<'_>,
        relay: &R,
    ) -> Result<TestView, Problem> {
        let row = self.row(name)?;
        let method = match self.read(&row) {
            Ok(method) => method,
            Err(problems) => return Err(unreadable(&row.name, problems)),
        };
        let audience = Audience::of(asked.audience);
        let expected = Expected {
            hosts: &self.0.hosts,
            endpoint: &method.endpoint,
            audience: &audience,
            audience_required: method.audience_required,
        };
        let fresh = (Freshness::default(), self.0.now());
        match identify_fresh(cloud_identity.trim(), expected, fresh, relay).await {
            Ok(proven) => self.judged(name, &method, &proven.identity, &proven.region, &asked),
            Err(refusal) => Ok(TestView {
                access_id: row.access_id,
                auth_method: row.name,
                accepted: false,
                reason: Some(refusal.reason),
                why: refusal.to_string(),
                claims: BTreeMap::new(),
                checks: Vec::new(),
                roles: Vec::new(),
                decisions: Vec::new(),
            }),
        }
    }

    /// Tries somebody imagined: a user, a role or a session by its ARN.
    ///
    /// # Errors
    /// There is no such method, or ARN, id or path are none.
    pub fn imagine(
        &self,
        name: &str,
        arn: &str,
        unique_id: &str,
        region: &str,
        asked: TestOf<'_>,
    ) -> Result<TestView, Problem> {
        let row = self.row(name)?;
        let method = self
            .read(&row)
            .map_err(|problems| unreadable(&row.name, problems))?;
        let identity = Identity::imagine("arn", arn, unique_id)?;
        self.judged(name, &method, &identity, region, &asked)
    }

    fn judged(
        &self,
        name: &str,
        method: &AuthMethod,
        identity: &Identity,
        region: &str,
        asked: &TestOf<'_>,
    ) -> Result<TestView, Problem> {
        let row = self.row(name)?;
        let path = asked
            .path
            .map(|path| ItemPath::parse("path", path))
            .transpose()?;
        let state = State {
            enabled: row.enabled,
            client: &asked.client,
            now: self.0.now(),
        };
        let judgement = method.judge(identity, region, state);
        let claims = identity.claims(Some(&asked.client));
        let held = self.0.roles().of_method(&row.access_id)?;
        let grants: Vec<Grant<'_>> = held
            .iter()
            .map(|(role, association)| Grant { role, association })
            .collect();
        let forced = method.force_sub_claims;
        let roles = grants
            .iter()
            .map(|grant| RoleTest {
                role: grant.role.name.clone(),
                association: grant.association.check(&claims, forced),
                rules: rules(grant.role),
            })
            .collect();
        let rights = Rights::of(&claims, &grants, forced);
        let decisions = path.iter().flat_map(|path| {
            who::actions().map(|action| ActionTest {
                action,
                path: path.to_string(),
                decision: rights.decide(action, path),
            })
        });
        let decisions = decisions.collect();
        Ok(TestView {
            access_id: row.access_id.clone(),
            auth_method: row.name.clone(),
            accepted: judgement.admits(),
            reason: judgement.reason,
            why: judgement
                .reason
                .map_or("The identity would be let in.", Reason::sentence)
                .to_owned(),
            claims: claims.clone(),
            checks: judgement.checks,
            roles,
            decisions,
        })
    }
}

fn unreadable(name: &str, problems: Vec<Problem>) -> Problem {
    let what = problems
        .first()
        .map_or_else(String::new, |first| format!(" {}", first.message));
    Problem::new(
        leasehold_domain::Code::Refused,
        format!("Today's rules refuse the auth method {name}.{what}"),
    )
    .with_hint("`leasehold auth-method show NAME` lists what is wrong with it.")
}
