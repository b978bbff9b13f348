//! The keys of a managing user, to look at before one is replaced.

use leasehold_aws::CallLog;
use leasehold_domain::Problem;

use super::first_look::{MOST_KEYS, permitted};
use super::{managing_user, with_key};
use crate::connections::Connections;
use crate::wire::{ManagingKey, ManagingKeys};

impl Connections<'_> {
    /// The access keys of a connection's managing user, with their last use where AWS says it. Whether
    /// the user may replace its own key is found out on the way, with nothing changed.
    ///
    /// # Errors
    /// The connection has no key of its own, permissions to replace it are missing (all are named), or
    /// AWS or the keychain cannot be asked.
    pub async fn managing_keys(&self, name: &str) -> Result<ManagingKeys, Problem> {
        let core = self.0;
        let connection = core.connection(name)?;
        let user_name = managing_user(&connection)?;
        let reached = core.reach(&connection).await?;
        // It is a look, which the activity does not tell of.
        let aws = reached.aws.noted_in(CallLog::default());
        let found = permitted(core, &connection, &user_name, &aws).await?;
        let own = aws.session().key_id();
        let mut keys = Vec::new();
        for key in found {
            let used = aws.access_key_last_used(&key.id).await.ok();
            let is_own = own.as_deref() == Some(&key.id);
            let others = with_key(core, &key.id)?;
            let other = others.into_iter().find(|row| row.id != connection.id);
            keys.push(ManagingKey {
                created_at: key.created_at,
                active: key.active,
                own: is_own,
                connection: other.map(|row| row.name),
                last_use_known: used.is_some(),
                last_used_at: used.as_ref().and_then(|used| used.at),
                last_used_for: used.and_then(|used| used.service),
                access_key_id: key.id,
            });
        }
        keys.sort_by_key(|key| (!key.own, key.created_at));
        Ok(ManagingKeys {
            connection: connection.name,
            full: keys.len() >= MOST_KEYS,
            user_name,
            keys,
        })
    }
}
