//! When nothing but what is urgent is shown: quiet hours of every day, and a pause that a person
//! makes.

use chrono::{DateTime, Days, Local, NaiveTime, TimeDelta, Utc};
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::Settings;
use serde::Deserialize;
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::watch;

use crate::commands::desktop;
use crate::state::Shell;

const PAUSED: &str = "paused";
/// The hour when the day begins that a pause until tomorrow ends with.
const MORNING: u32 = 8;
/// Nobody pauses for longer; a later moment was written under a wrong clock.
const LONGEST: TimeDelta = TimeDelta::hours(49);

/// How long a person wants no notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PauseFor {
    Hour,
    Tomorrow,
    /// Not any more.
    Off,
}

/// A pause that a person made.
#[derive(Debug)]
pub(crate) struct Pause(watch::Sender<Option<DateTime<Utc>>>);

impl Default for Pause {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Pause {
    /// Its end, while it lasts.
    pub(crate) fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        lasting(*self.0.borrow(), now)
    }

    /// To hear when it begins or is ended.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<DateTime<Utc>>> {
        self.0.subscribe()
    }

    /// Takes in what an earlier run left.
    pub(crate) fn recall(&self, engine: &Engine) {
        let kept = engine.settings().recall(PAUSED).ok().flatten();
        let until = kept.and_then(|text| text.parse().ok());
        self.0.send_replace(until);
    }
}

/// The end of a pause, while it lasts.
pub(crate) fn lasting(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    until.filter(|until| *until > now && *until - now < LONGEST)
}

/// Begins or ends a pause, which a restart does not end.
///
/// # Errors
/// It could not be kept.
pub(crate) async fn pause<R: Runtime>(app: &AppHandle<R>, span: PauseFor) -> Result<(), Problem> {
    let shell = app.state::<Shell>();
    let engine = shell.engine().await?;
    let until = end_of(span, shell.clock.now());
    let text = until.map_or_else(String::new, |until| until.to_rfc3339());
    engine.settings().remember(PAUSED, &text)?;
    shell.pause.0.send_replace(until);
    desktop::changed(app);
    Ok(())
}

fn end_of(span: PauseFor, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match span {
        PauseFor::Off => None,
        PauseFor::Hour => Some(now + TimeDelta::hours(1)),
        PauseFor::Tomorrow => {
            let tomorrow = now.with_timezone(&Local).date_naive() + Days::new(1);
            let morning = tomorrow
                .and_hms_opt(MORNING, 0, 0)
                .and_then(|at| at.and_local_timezone(Local).earliest())
                .map(|at| at.with_timezone(&Utc));
            Some(morning.unwrap_or(now + TimeDelta::days(1)))
        }
    }
}

/// The end of the quiet hours that it is in now.
pub(super) fn hours_end(settings: &Settings, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let read = |time: &str| NaiveTime::parse_from_str(time, "%H:%M").ok();
    let (from, until) = (read(&settings.quiet_from)?, read(&settings.quiet_until)?);
    let here = now.with_timezone(&Local).time();
    rest_of(from, until, here).map(|rest| now + rest)
}

/// What is left of the time between two moments of the day; the end may be on the next day.
fn rest_of(from: NaiveTime, until: NaiveTime, now: NaiveTime) -> Option<TimeDelta> {
    let day = TimeDelta::days(1);
    let whole = |span: TimeDelta| {
        if span < TimeDelta::zero() {
            span + day
        } else {
            span
        }
    };
    let (length, passed) = (whole(until - from), whole(now - from));
    (passed < length).then(|| length - passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let table = [
            ("22:00", "07:00", "21:59", None),
            ("22:00", "07:00", "22:00", Some(540)),
            ("22:00", "07:00", "23:59", Some(421)),
            ("22:00", "07:00", "00:00", Some(420)),
            ("22:00", "07:00", "06:59", Some(1)),
            ("22:00", "07:00", "07:00", None),
            ("12:30", "13:30", "13:00", Some(30)),
            ("12:30", "13:30", "13:30", None),
            ("12:30", "13:30", "01:00", None),
        ];
        for (from, until, now, left) in table {
            let rest = rest_of(at(from), at(until), at(now)).map(|rest| rest.num_minutes());
            assert_eq!(rest, left, "{from} to {until} at {now}");
        }
    }

    #[test]
    fn quiet_hours_that_were_not_chosen_are_none() {
        let now = crate::tests::sample::moment();
        assert_eq!(hours_end(&Settings::default(), now), None);
        let always = Settings {
            quiet_from: "00:00".into(),
            quiet_until: "23:59".into(),
            ..Settings::default()
        };
        assert!(hours_end(&always, now).is_some());
    }

    #[test]
    fn a_pause_ends_by_itself_and_a_nonsense_end_is_none() {
        let now = crate::tests::sample::moment();
        assert_eq!(end_of(PauseFor::Off, now), None);
        let pause = Pause::default();
        pause.0.send_replace(end_of(PauseFor::Hour, now));
        assert!(pause.until(now).is_some());
        assert_eq!(pause.until(now + TimeDelta::hours(1)), None);
        let tomorrow = end_of(PauseFor::Tomorrow, now).unwrap();
        let here = tomorrow.with_timezone(&Local);
        assert_eq!(here.format("%H:%M").to_string(), "08:00");
        assert!(tomorrow > now + TimeDelta::hours(7) && tomorrow < now + TimeDelta::hours(33));
        pause.0.send_replace(Some(now + TimeDelta::days(400)));
        assert_eq!(pause.until(now), None);
    }
}
