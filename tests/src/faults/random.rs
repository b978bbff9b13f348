//! A history made by chance: operations, troubles, starts and jumps of the clock, judged after every step. Its seed is its
//! name, and the same seed makes the same choices.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::case::{Case, Often, Operation, Point, Side, Trouble};
use super::ground::{Ground, Home, shown};
use super::judge::{self, finding, text};
use super::play::{act, keys_of};
use super::{Column, Finding};
use crate::keys::Keys;
use crate::proxy::{Made, Moment};

const STEPS: u64 = 10;
const MARGIN: Duration = Duration::from_secs(60);

/// Plays the history of this seed and judges it all along.
///
/// # Errors
/// When the harness itself fails.
pub async fn play(ground: &Ground, seed: u64) -> Result<Vec<Finding>> {
    drop(ground.proxy.take_keys());
    let mut history = History {
        ground,
        home: ground.home()?,
        chance: Chance(seed),
        now: Duration::ZERO,
        held: HashMap::new(),
        made: Vec::new(),
        told: format!("seed {seed}"),
    };
    let mut findings = Vec::new();
    for _ in 0..STEPS {
        history.step().await?;
        findings = history.judge().await?;
        if !findings.is_empty() {
            break;
        }
    }
    ground.proxy.heal();
    if findings.is_empty() {
        findings = judge::in_the_end(ground, &history.home, history.now).await?;
    }
    ground.move_to(Duration::ZERO)?;
    for finding in &mut findings {
        let _ = write!(finding.text, "\n{}", history.told);
    }
    Ok(findings)
}

struct History<'a> {
    ground: &'a Ground,
    home: Home,
    chance: Chance,
    now: Duration,
    /// The keys that were handed out, by lease.
    held: HashMap<String, Keys>,
    made: Vec<Made>,
    told: String,
}

impl History<'_> {
    async fn step(&mut self) -> Result<()> {
        self.now += match self.chance.below(6) {
            0 => Duration::from_secs(600),
            1 => Duration::from_secs(61 * 60),
            _ => Duration::from_secs(5),
        };
        self.ground.move_to(self.now)?;
        let rows = self.home.rows(self.now).await?;
        let active: Vec<String> = rows
            .iter()
            .filter(|row| text(row, "state") == "active")
            .map(|row| text(row, "id"))
            .collect();
        let id = match active.len() {
            0 => None,
            many => Some(active[self.chance.pick(many)].as_str()),
        };
        let operation = match (self.chance.below(10), id) {
            (0..=2, _) | (_, None) => Operation::Issue,
            (3..=4, _) => Operation::Renew,
            (5..=6, _) => Operation::Revoke,
            (7, _) => Operation::Edit,
            _ => return self.watch().await,
        };
        let case = Case {
            operation,
            trouble: self.trouble(),
        };
        let cli = self.home.cli.ahead(self.now);
        let ended = act(self.ground, &cli, &case, id).await?;
        self.ground.proxy.heal();
        let seconds = self.now.as_secs();
        let _ = write!(
            self.told,
            "\n+{seconds} s {case} of {id:?}: {:?}",
            ended.code
        );
        let printed: Option<Value> = serde_json::from_str(&ended.stdout).ok();
        if let Some(printed) = printed
            && let Some(keys) = shown(&printed)
        {
            self.held.insert(text(&printed["lease"], "id"), keys);
        }
        Ok(())
    }

    /// A start that finishes what was left, and is given no longer than it needs.
    async fn watch(&mut self) -> Result<()> {
        let settled = self.home.watch(self.now, Duration::from_secs(3)).await?;
        let seconds = self.now.as_secs();
        let _ = write!(self.told, "\n+{seconds} s watch: settled {settled}");
        Ok(())
    }

    fn trouble(&mut self) -> Trouble {
        let any = |n: usize| Point {
            call: "*".into(),
            n: n + 1,
        };
        match self.chance.below(10) {
            0..=3 => Trouble::None,
            4..=5 => {
                let moments = [Moment::Before, Moment::Acted, Moment::Answered];
                let point = any(self.chance.pick(12));
                Trouble::Kill(point, moments[self.chance.pick(3)])
            }
            6 => {
                let sides = [Side::Before, Side::After];
                Trouble::Commit(self.chance.below(9) + 1, sides[self.chance.pick(2)])
            }
            _ => {
                let mut faults = super::plan::quick_faults();
                let fault = faults.swap_remove(self.chance.pick(faults.len()));
                Trouble::Fault(any(self.chance.pick(12)), fault, Often::Once)
            }
        }
    }

    /// What must hold at any moment, also in the middle of an ending that waits for its next try.
    async fn judge(&mut self) -> Result<Vec<Finding>> {
        let ground = self.ground;
        self.made.extend(ground.proxy.take_keys());
        drop(ground.proxy.take());
        let rows = self.home.rows(self.now).await?;
        let mut findings = judge::no_user_without_a_row(ground, &rows).await?;
        for row in &rows {
            let (id, user) = (text(row, "id"), text(row, "user_name"));
            let state = text(row, "state");
            let is_over = ["revoked", "failed", "access-cut"].contains(&state.as_str());
            for made in keys_of(&self.made, &user) {
                if is_over && ground.works_at(&made.keys, self.now).await? {
                    let text = format!("{state}, and {} works", made.keys.id);
                    findings.push(finding(Column::Key, text));
                }
            }
            if let Some(keys) = self.held.get(&id) {
                let left = judge::time_left(row, self.now)?;
                if ground.works_at(keys, self.now + left + MARGIN).await? {
                    let text = format!("{} works past {}", keys.id, row["expires_at"]);
                    findings.push(finding(Column::Key, text));
                }
            }
            findings.extend(judge::one_history(&self.home, row, self.now).await?);
        }
        for id in self.held.keys() {
            if !rows.iter().any(|row| text(row, "id") == *id) {
                findings.push(finding(Column::Lost, format!("the row {id} is gone")));
            }
        }
        ground.emulator.judge_at(self.now)?;
        Ok(findings)
    }
}

/// SplitMix64: small, and the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn pick(&mut self, count: usize) -> usize {
        let chosen = self.below(count as u64);
        usize::try_from(chosen).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_same_seed_makes_the_same_choices() {
        let choices = |seed| {
            let mut chance = Chance(seed);
            (0..20).map(|_| chance.below(100)).collect::<Vec<_>>()
        };
        assert_eq!(choices(7), choices(7));
        assert_ne!(choices(7), choices(8));
        assert!(choices(7).iter().all(|choice| *choice < 100));
    }
}
