//! What a person chose, checked before it is kept.

use leasehold_domain::Problem;
use serde::Serialize;

use crate::core::Core;
use crate::note::Note;
use crate::wire::{ActivityKind, Event, GatewaySettings, Settings};

const KEY: &str = "settings";
const GATEWAY: &str = "gateway";
/// More lead times than this would be noise.
const MOST_LEADS: usize = 5;
/// Ten years.
const LONGEST_KEY_AGE: u32 = 3650;
/// A day.
const LONGEST_UNLOAD: u32 = 1440;
/// The largest share of a lease's time, in percent, that can be asked to be left.
pub(crate) const MOST_SHARE: u32 = 90;

/// What a shell remembers is under keys that begin so.
const REMEMBERED: &str = "desktop.";

/// The settings of this home.
#[derive(Debug, Clone, Copy)]
pub struct SettingsDesk<'a>(pub(crate) &'a Core);

impl SettingsDesk<'_> {
    /// What is chosen, or the defaults where nothing readable is kept.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn get(&self) -> Result<Settings, Problem> {
        let kept = self.0.store.settings().get(KEY)?;
        Ok(kept
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    /// Keeps a choice.
    ///
    /// # Errors
    /// A lead time, the clipboard time or the share of time is out of range.
    pub fn set(&self, mut settings: Settings) -> Result<Settings, Problem> {
        settings.lead_minutes.sort_unstable();
        settings.lead_minutes.dedup();
        if settings.lead_minutes.len() > MOST_LEADS
            || settings
                .lead_minutes
                .iter()
                .any(|m| !(1..=1440).contains(m))
        {
            return Err(Problem::refused_input(
                "lead_minutes",
                "There are at most five lead times, each from 1 to 1440 minutes.",
                "Choose for example 5 and 15.",
            ));
        }
        if !(5..=600).contains(&settings.clipboard_seconds) {
            return Err(Problem::refused_input(
                "clipboard_seconds",
                "The clipboard is cleared after 5 to 600 seconds.",
                "Choose for example 30.",
            ));
        }
        if settings.unload_after_minutes > LONGEST_UNLOAD {
            return Err(Problem::refused_input(
                "unload_after_minutes",
                "The hidden window is kept for 1 to 1440 minutes, or for good with 0.",
                "Choose for example 10.",
            ));
        }
        if settings.key_age_days > LONGEST_KEY_AGE {
            return Err(Problem::refused_input(
                "key_age_days",
                "A managing key is called old after 1 to 3650 days, or never with 0.",
                "Choose for example 90.",
            ));
        }
        settings.console_browser = settings.console_browser.trim().to_owned();
        crate::console::check_browser(&settings.console_browser)?;
        check_quiet(&mut settings)?;
        check_share(settings.reuse_share)?;
        settings.break_glass_folder = settings.break_glass_folder.trim().to_owned();
        // A folder that was fine once may be away for a while; that is no reason to refuse the rest.
        if settings.break_glass_folder != self.get()?.break_glass_folder {
            check_folder(&settings.break_glass_folder)?;
        }
        let text = written(&settings)?;
        let changed = changed(&self.get()?, &settings);
        self.keep(KEY, &text, &changed)?;
        Ok(settings)
    }

    /// What is chosen for the gateway, or the defaults.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn gateway(&self) -> Result<GatewaySettings, Problem> {
        let kept = self.0.store.settings().get(GATEWAY)?;
        Ok(kept
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    /// Keeps a choice for the gateway. They are kept apart from the others, so that no form of those ever
    /// switches it on. Whether it can be listened there is the gateway's to say, before this.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn set_gateway(&self, chosen: GatewaySettings) -> Result<GatewaySettings, Problem> {
        let before = self.gateway()?;
        let text = written(&chosen)?;
        let changed: Vec<String> = changed(&before, &chosen)
            .into_iter()
            .map(|name| format!("gateway {name}"))
            .collect();
        let changed = match (before.on, chosen.on) {
            (false, true) => [vec!["the gateway is switched on".to_owned()], changed].concat(),
            (true, false) => [vec!["the gateway is switched off".to_owned()], changed].concat(),
            _ => changed,
        };
        self.keep(GATEWAY, &text, &changed)?;
        Ok(chosen)
    }

    /// Writes a choice together with the line that says what changed, and tells of it.
    fn keep(&self, key: &str, text: &str, changed: &[String]) -> Result<(), Problem> {
        let note = Note::new(
            ActivityKind::SettingsChanged,
            match changed.is_empty() {
                true => "The settings were kept as they were.".to_owned(),
                false => format!("Settings changed: {}.", changed.join(", ")),
            },
        );
        let line = self.0.line(note);
        self.0.store.settings().noting(&line).set(key, text)?;
        self.0.activity_grew();
        self.0.events.tell(Event::SettingsChanged);
        self.0.ring();
        Ok(())
    }

    /// What a shell remembered under this name: where its window was, which screen it showed.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn recall(&self, name: &str) -> Result<Option<String>, Problem> {
        let key = format!("{REMEMBERED}{name}");
        Ok(self.0.store.settings().get(&key)?)
    }

    /// Remembers something of a shell's own beyond its end. It is nobody's choice, so there is no
    /// line of it in the activity log, and nobody is told.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn remember(&self, name: &str, text: &str) -> Result<(), Problem> {
        let key = format!("{REMEMBERED}{name}");
        Ok(self.0.store.settings().set(&key, text)?)
    }
}

/// Refuses a share that would make `credentials` issue for nearly every call: a lease that is handed
/// out by and by would never have enough left.
pub(crate) fn check_share(percent: u32) -> Result<(), Problem> {
    if percent <= MOST_SHARE {
        return Ok(());
    }
    Err(Problem::refused_input(
        "reuse_share",
        format!("A kept key is handed out while 0 to {MOST_SHARE} percent of its time are left."),
        "Choose for example 25.",
    ))
}

/// Brings both times into the form `07:00`, and refuses what is no time, one without the other, and
/// hours that last no time or all of it.
fn check_quiet(settings: &mut Settings) -> Result<(), Problem> {
    for (field, time) in [
        ("quiet_from", &mut settings.quiet_from),
        ("quiet_until", &mut settings.quiet_until),
    ] {
        let typed = time.trim();
        if typed.is_empty() {
            time.clear();
            continue;
        }
        let Ok(read) = chrono::NaiveTime::parse_from_str(typed, "%H:%M") else {
            return Err(Problem::refused_input(
                field,
                format!(
                    "`{}` is no time of the day.",
                    crate::reference::shown(typed)
                ),
                "Write it like 22:00.",
            ));
        };
        *time = read.format("%H:%M").to_string();
    }
    let (from, until) = (&settings.quiet_from, &settings.quiet_until);
    if from.is_empty() != until.is_empty() {
        let field = if from.is_empty() {
            "quiet_from"
        } else {
            "quiet_until"
        };
        return Err(Problem::refused_input(
            field,
            "Quiet hours have a beginning and an end.",
            "Write both, for example 22:00 and 07:00, or neither.",
        ));
    }
    if !from.is_empty() && from == until {
        return Err(Problem::refused_input(
            "quiet_until",
            "Quiet hours end at another time than they begin.",
            "Write for example 22:00 and 07:00.",
        ));
    }
    Ok(())
}

fn written(settings: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(settings).map_err(|error| {
        Problem::new(
            leasehold_domain::Code::Internal,
            format!("The settings could not be written out: {error}."),
        )
    })
}

/// Names of the settings that differ.
fn changed<T: Serialize>(old: &T, new: &T) -> Vec<String> {
    let fields = |settings: &T| match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let old = fields(old);
    fields(new)
        .into_iter()
        .filter(|(name, value)| old.get(name) != Some(value))
        .map(|(name, _)| name)
        .collect()
}

/// Refuses a folder that the break-glass kit cannot be kept in. Empty is none.
pub(crate) fn check_folder(folder: &str) -> Result<(), Problem> {
    if folder.is_empty() {
        return Ok(());
    }
    let path = std::path::Path::new(folder);
    if !path.is_absolute() {
        return Err(Problem::refused_input(
            "break_glass_folder",
            format!("`{}` is not a whole path.", crate::reference::shown(folder)),
            "Write it from the root on, for example /home/you/break-glass.",
        ));
    }
    if !path.is_dir() {
        return Err(Problem::refused_input(
            "break_glass_folder",
            format!("There is no folder `{}`.", crate::reference::shown(folder)),
            "Make it first, or name another one; a folder that is copied elsewhere is best.",
        ));
    }
    Ok(())
}
