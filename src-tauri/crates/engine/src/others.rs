//! Hears what other processes of this home write, without asking again and again.
//!
//! The system tells when the state file is written (inotify, FSEvents, ReadDirectoryChangesW); whether
//! it was somebody else, SQLite knows. What they changed is told here as if it had happened here, and
//! the timer looks at the deadlines again. While nobody writes, nothing wakes up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use leasehold_domain::Problem;
use leasehold_store::{
    AccessRoleRow, AccessRuleRow, AssociationRow, AuthMethodRow, ConnectionRow, EnvironmentRow,
    PrincipalRow, SecretRow,
};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

use crate::core::Core;
use crate::leases::{LeaseQuery, Leases, view};
use crate::settings::SettingsDesk;
use crate::wire::{Event, GatewaySettings, LeaseView, Settings};

/// The system tells of a write when it begins. A commit is to be seen only after it was synced, which
/// takes a moment on a slow disk; so it is looked for this long after the last write.
const LOOKS: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(80),
    Duration::from_millis(300),
    Duration::from_millis(1200),
    Duration::from_secs(5),
];

/// Where the system cannot tell (no more watches, some network drives), it is asked so often.
const DEAF: Duration = Duration::from_secs(60);

/// Tells of other processes' changes. Never ends.
pub(crate) async fn hear(core: &Arc<Core>) {
    let written = Arc::new(Notify::new());
    let watcher = watch(core, Arc::clone(&written))
        .inspect_err(|error| {
            tracing::warn!(%error, "the state is not watched; other processes are heard late");
        })
        .ok();
    let mut own = core.events.subscribe();
    let mut known = Known::default();
    // What was written before the watch began is looked at once.
    if let Err(problem) = known.take(core) {
        tracing::warn!(code = ?problem.code, "what other processes change is not known yet");
    }
    core.ring();
    let mut round = 0;
    loop {
        let pause = match watcher {
            Some(_) => LOOKS.get(round).copied(),
            None => Some(DEAF),
        };
        tokio::select! {
            () = written.notified() => {
                round = 0;
                continue;
            }
            event = own.recv() => {
                match event {
                    Ok(event) => known.hear(&event),
                    Err(RecvError::Lagged(_)) => {}
                    // The engine is gone.
                    Err(RecvError::Closed) => std::future::pending().await,
                }
                continue;
            }
            () = sleep_or_never(pause) => round += 1,
        }
        if let Err(problem) = known.look(core) {
            tracing::warn!(code = ?problem.code, "what another process changed cannot be read");
        }
    }
}

async fn sleep_or_never(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// Has the system tell of writes to the state file and its log. The folder is watched, because the
/// log comes and goes.
fn watch(core: &Core, written: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let path = std::path::absolute(core.store.path()).map_err(notify::Error::io)?;
    let folder = path.parent().map(std::path::Path::to_path_buf);
    let name = path.file_name().map(std::ffi::OsStr::to_os_string);
    let (Some(folder), Some(name)) = (folder, name) else {
        return Err(notify::Error::path_not_found());
    };
    let log = {
        let mut log = name.clone();
        log.push("-wal");
        log
    };
    let is_state = move |path: &std::path::PathBuf| {
        let file = path.file_name();
        file == Some(name.as_os_str()) || file == Some(log.as_os_str())
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let is_news = match event {
            Ok(event) if event.need_rescan() => true,
            // Reading is no news.
            Ok(event) => {
                !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(&is_state)
            }
            Err(_) => true,
        };
        if is_news {
            written.notify_one();
        }
    })?;
    watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// What was last told of, or read.
#[derive(Default)]
struct Known {
    version: Option<i64>,
    leases: HashMap<String, LeaseView>,
    connections: Vec<ConnectionRow>,
    environments: Vec<EnvironmentRow>,
    secrets: Vec<SecretRow>,
    settings: Settings,
    gateway: GatewaySettings,
    access: Access,
}

/// Who may ask, as it was last read.
#[derive(Default, PartialEq)]
struct Access {
    methods: Vec<AuthMethodRow>,
    roles: Vec<AccessRoleRow>,
    rules: Vec<AccessRuleRow>,
    associations: Vec<AssociationRow>,
    principals: Vec<PrincipalRow>,
    sessions: Vec<String>,
}

impl Access {
    fn read(core: &Core) -> Result<Self, Problem> {
        let store = &core.store;
        let sessions = store.sessions().live(core.clock.now())?;
        Ok(Self {
            methods: store.auth_methods().all()?,
            roles: store.access_roles().all()?,
            rules: store.access_rules().all()?,
            associations: store.role_associations().all()?,
            principals: store.principals().all()?,
            sessions: sessions.into_iter().map(|session| session.id).collect(),
        })
    }
}

impl Known {
    /// Takes in what this process itself tells, so that it is not told twice.
    fn hear(&mut self, event: &Event) {
        let (Event::LeaseChanged { lease }
        | Event::LeaseExpiring { lease, .. }
        | Event::RevokeFailed { lease }
        | Event::Alarm { lease }) = event
        else {
            return;
        };
        self.leases
            .insert(lease.id.clone(), still((**lease).clone()));
    }

    /// Reads everything without telling.
    fn take(&mut self, core: &Core) -> Result<(), Problem> {
        self.version = Some(core.store.version_elsewhere()?);
        self.leases = open_leases(core)?;
        self.connections = core.store.connections().all()?;
        self.environments = core.store.environments().all()?;
        self.secrets = core.store.secrets().all()?;
        self.settings = SettingsDesk(core).get()?;
        self.gateway = SettingsDesk(core).gateway()?;
        self.access = Access::read(core)?;
        Ok(())
    }

    /// Tells what another process changed since, if one did.
    fn look(&mut self, core: &Arc<Core>) -> Result<(), Problem> {
        let version = core.store.version_elsewhere()?;
        if self.version == Some(version) {
            return Ok(());
        }
        let old = std::mem::take(self);
        if let Err(problem) = self.take(core) {
            // Looked for again at the next round.
            *self = Self {
                version: None,
                ..old
            };
            return Err(problem);
        }
        self.tell(core, old)
    }

    fn tell(&mut self, core: &Arc<Core>, old: Self) -> Result<(), Problem> {
        // The timer first: a deadline may have come nearer.
        core.ring();
        self.tell_connections(core, &old.connections);
        let is_same = self.environments == old.environments && self.secrets == old.secrets;
        if !is_same || !alike(&self.connections, &old.connections) {
            core.catalog_changed();
        }
        if self.settings != old.settings || self.gateway != old.gateway {
            core.events.tell(Event::SettingsChanged);
        }
        if self.access != old.access {
            core.events.tell(Event::AccessChanged);
        }
        for (id, lease) in &self.leases {
            if old.leases.get(id) != Some(lease) {
                tell_lease(core, id)?;
            }
        }
        for id in old
            .leases
            .keys()
            .filter(|id| !self.leases.contains_key(*id))
        {
            tell_lease(core, id)?;
        }
        core.activity_grew();
        Ok(())
    }

    fn tell_connections(&self, core: &Core, old: &[ConnectionRow]) {
        for row in &self.connections {
            let Some(before) = old.iter().find(|before| before.id == row.id) else {
                continue;
            };
            // Its client holds a key that is not the connection's any more.
            let key = |row: &ConnectionRow| (row.access_key_id.clone(), row.endpoint_url.clone());
            if key(before) != key(row) {
                core.unreach(&row.id);
            }
            if before.clock_offset_ms != row.clock_offset_ms {
                core.events.tell(Event::ClockMoved {
                    connection: row.name.clone(),
                    clock_offset_ms: row.clock_offset_ms,
                });
            }
        }
    }
}

/// The same connections, whatever their clocks say.
fn alike(new: &[ConnectionRow], old: &[ConnectionRow]) -> bool {
    let timeless = |row: &ConnectionRow| ConnectionRow {
        clock_offset_ms: 0,
        ..row.clone()
    };
    new.iter().map(timeless).eq(old.iter().map(timeless))
}

fn open_leases(core: &Core) -> Result<HashMap<String, LeaseView>, Problem> {
    let open = Leases(core).list(&LeaseQuery::default())?;
    Ok(open
        .into_iter()
        .map(|lease| (lease.id.clone(), still(lease)))
        .collect())
}

/// The lease without what moves by itself.
fn still(lease: LeaseView) -> LeaseView {
    LeaseView {
        clock_offset_ms: 0,
        ..lease
    }
}

fn tell_lease(core: &Core, id: &str) -> Result<(), Problem> {
    if let Some(row) = core.store.leases().by_id(id)? {
        core.events.tell(Event::LeaseChanged {
            lease: Box::new(view::lease(core, &row)),
        });
    }
    Ok(())
}
