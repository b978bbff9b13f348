//! What an owner is told at once: who waits, who came for the first time, which methods end. It is found by
//! looking at what is kept, so that it is the same whichever process let somebody knock or answered.

use std::collections::HashMap;

use chrono::TimeDelta;
use leasehold_domain::Problem;
use leasehold_store::{PrincipalRow, Standing};

use super::Desk;
use super::view::AccessNews;

/// Who waited longer than this when somebody begins to look is in the list, and no news.
const FRESH: TimeDelta = TimeDelta::days(1);

/// What was seen at the last look.
#[derive(Debug, Default)]
pub struct Known(Option<HashMap<String, Standing>>);

impl Desk {
    /// What is new since the last look. At the first one that is who waits, if not since long ago.
    ///
    /// # Errors
    /// The state file cannot be read; nothing counts as seen then.
    pub fn news(&self, known: &mut Known) -> Result<Vec<AccessNews>, Problem> {
        let rows = self.store.principals().all()?;
        let methods = self.store.auth_methods().all()?;
        let mut news = Vec::new();
        let now = rows
            .iter()
            .map(|row| (row.id.clone(), row.standing))
            .collect::<HashMap<_, _>>();
        for (id, was) in known.0.iter().flatten() {
            if *was == Standing::Asked && now.get(id) != Some(&Standing::Asked) {
                news.push(AccessNews::Answered { id: id.clone() });
            }
        }
        for row in rows {
            let is_news = match &known.0 {
                None => row.standing == Standing::Asked && self.is_fresh(&row),
                Some(known) => known
                    .get(&row.id)
                    .is_none_or(|was| row.standing == Standing::Asked && *was != Standing::Asked),
            };
            if !is_news {
                continue;
            }
            let standing = row.standing;
            let approval = self.approvals().view(row, &methods)?;
            match standing {
                Standing::Asked => news.push(AccessNews::Asked { approval }),
                Standing::Seen => news.push(AccessNews::FirstSeen { approval }),
                // Answered before anybody looked.
                Standing::Once | Standing::Used | Standing::Always | Standing::Denied => {}
            }
        }
        known.0 = Some(now);
        Ok(news)
    }

    fn is_fresh(&self, row: &PrincipalRow) -> bool {
        self.now() - row.last_seen_at <= FRESH
    }
}
