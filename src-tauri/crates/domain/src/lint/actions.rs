//! What a statement allows to be done.

use super::Around;
use super::document::{Document, Item, Marks, Statement};
use super::patterns::{covers, is_all};
use super::rights::{HOSTS, Leads, RIGHTS};
use super::vocabulary::{action_like, is_action, is_service, service_like};
use crate::suggest::clip;

/// So many names are told in one sentence.
const NAMED: usize = 3;

const LESS: &str = "Leave these actions out unless the lease is for exactly that.";
const LISTED: &str = "List the actions that are needed.";

/// The service that this document lets act with a role passed to it.
pub(super) fn host(document: &Document) -> Option<&'static str> {
    let allows = document
        .statements
        .iter()
        .filter(|one| one.allow && !one.not_action);
    let mut actions = allows.flat_map(|one| &one.actions);
    actions.find_map(|action| {
        let mut hosts = HOSTS.iter();
        hosts
            .find(|(host, _)| covers(&action.text, &host.to_lowercase()))
            .map(|(_, name)| *name)
    })
}

pub(super) fn look(statement: &Statement, around: &Around, marks: &mut Marks) {
    spelling(statement, marks);
    if !statement.allow {
        return;
    }
    if statement.not_action {
        return all_but(statement, marks);
    }
    let everything = statement.actions.iter().find(|action| is_all(&action.text));
    let Some(everything) = everything else {
        escalation(statement, marks);
        role_passing(statement, around, marks);
        whole_services(statement, marks);
        return not_resource(statement, marks);
    };
    let name = &statement.name;
    if statement.conditions.is_empty() && statement.is_on_everything() {
        marks.danger(
            everything.at,
            "everything",
            format!("{name} allows every action on every resource: the key is an administrator's."),
            "List the actions and resources that are needed.",
        );
    } else {
        marks.warn(
            everything.at,
            "all_actions",
            format!("{name} allows every action on what it names."),
            LISTED,
        );
    }
    not_resource(statement, marks);
}

fn not_resource(statement: &Statement, marks: &mut Marks) {
    if statement.not_resource {
        marks.warn(
            statement.resources_at,
            "not_resource",
            format!(
                "{} allows its actions on everything except what NotResource lists.",
                statement.name
            ),
            "List the resources that are needed.",
        );
    }
}

/// `NotAction` with `Allow`: everything there is but a few.
fn all_but(statement: &Statement, marks: &mut Marks) {
    let name = &statement.name;
    marks.warn(
        statement.actions_at,
        "not_action",
        format!("{name} allows everything except what NotAction lists, also actions that AWS adds later."),
        LISTED,
    );
    let kept = |right: &str| {
        statement
            .actions
            .iter()
            .any(|left_out| covers(&left_out.text, right))
    };
    let dangerous: Vec<_> = RIGHTS
        .iter()
        .map(|(right, _)| *right)
        .filter(|right| !kept(&right.to_lowercase()))
        .collect();
    if !dangerous.is_empty() {
        marks.danger(
            statement.actions_at,
            "privilege_escalation",
            format!(
                "{name} allows {} with that, and so every right in the account.",
                listed(&dangerous)
            ),
            LISTED,
        );
    }
    not_resource(statement, marks);
}

/// The rights that lead to more than the lease.
fn escalation(statement: &Statement, marks: &mut Marks) {
    let reached = |leads: Leads| {
        let rights = RIGHTS.iter().filter(move |(_, to)| *to == leads);
        let mut first: Option<usize> = None;
        let mut names = Vec::new();
        for (right, _) in rights {
            let lower = right.to_lowercase();
            if let Some(by) = statement
                .actions
                .iter()
                .find(|action| covers(&action.text, &lower))
            {
                first = Some(first.map_or(by.at, |at| at.min(by.at)));
                names.push(*right);
            }
        }
        first.map(|at| (at, listed(&names)))
    };
    let name = &statement.name;
    if let Some((at, names)) = reached(Leads::AnotherCredential) {
        marks.danger(
            at,
            "outlives_lease",
            format!("{name} allows {names}: whoever has the key can make or take a credential that nobody ends with the lease."),
            LESS,
        );
    }
    if let Some((at, names)) = reached(Leads::EveryRight) {
        marks.danger(
            at,
            "privilege_escalation",
            format!("{name} allows {names}, which leads to every right in the account."),
            LESS,
        );
    }
    if let Some((at, names)) = reached(Leads::Sessions) {
        let message = format!(
            "{name} allows {names}: such sessions outlive the lease, roles by up to 12 hours."
        );
        if statement.is_on_everything() {
            marks.danger(
                at,
                "session_outlives_lease",
                message,
                "Name the roles, or leave these actions out.",
            );
        } else {
            marks.warn(at, "session_outlives_lease", message, LESS);
        }
    }
    other_changes_of_iam(statement, marks);
}

/// Whatever else changes users, roles and policies.
fn other_changes_of_iam(statement: &Statement, marks: &mut Marks) {
    let reads = |name: &str| {
        ["get", "list", "simulate", "generate", "passrole"]
            .iter()
            .any(|verb| name.starts_with(verb))
    };
    let dangerous = |action: &Item| {
        RIGHTS
            .iter()
            .any(|(right, _)| covers(&action.text, &right.to_lowercase()))
    };
    let changes = statement.actions.iter().find(|action| {
        action
            .text
            .strip_prefix("iam:")
            .is_some_and(|name| !reads(name))
            && !dangerous(action)
    });
    if let Some(changes) = changes {
        marks.warn(
            changes.at,
            "changes_iam",
            format!(
                "{} gives power over the account's users, roles or policies ({}).",
                statement.name,
                clip(&changes.text, 64)
            ),
            LESS,
        );
    }
}

/// A role passed to a service acts there for as long as that runs.
fn role_passing(statement: &Statement, around: &Around, marks: &mut Marks) {
    let passes = statement
        .actions
        .iter()
        .find(|action| covers(&action.text, "iam:passrole"));
    let Some(passes) = passes else {
        return;
    };
    let name = &statement.name;
    let limited = statement
        .conditions
        .iter()
        .any(|c| c.key.eq_ignore_ascii_case("iam:PassedToService"));
    match around.host {
        Some(host) => marks.danger(
            passes.at,
            "pass_role",
            format!("{name} passes roles, and the documents allow {host} to be started with them: what runs there keeps the role after the lease."),
            "Name the one role, require iam:PassedToService, and make sure that it can do no more than the lease may.",
        ),
        None if limited && !statement.is_on_everything() => marks.warn(
            passes.at,
            "pass_role",
            format!("{name} passes a role to a service; what runs there keeps it after the lease."),
            "Make sure that the role can do no more than the lease may.",
        ),
        None => marks.danger(
            passes.at,
            "pass_role",
            format!("{name} passes roles to services; what runs there keeps them after the lease."),
            "Name the one role and require iam:PassedToService.",
        ),
    }
}

/// `s3:*`
fn whole_services(statement: &Statement, marks: &mut Marks) {
    let whole = statement
        .actions
        .iter()
        .find(|action| action.text.ends_with(":*"));
    if let Some(whole) = whole.filter(|_| statement.is_on_everything()) {
        marks.warn(
            whole.at,
            "whole_service",
            format!(
                "{} allows {} on every resource.",
                statement.name,
                clip(&whole.text, 64)
            ),
            "List the actions and resources that are needed.",
        );
    }
}

/// Names that no service or action has.
fn spelling(statement: &Statement, marks: &mut Marks) {
    for action in &statement.actions {
        let Some((service, name)) = action
            .text
            .split_once(':')
            .filter(|_| !is_all(&action.text))
        else {
            continue;
        };
        let at = format!("{}, \"{}\"", statement.name, clip(&action.text, 64));
        if !is_service(service) {
            let like = marks.may_suggest().then(|| service_like(service)).flatten();
            marks.warn(
                action.at,
                "unknown_service",
                format!("{at}: no service with this prefix is known here; IAM takes it, and it may match nothing."),
                &like.map_or_else(
                    || "Look the prefix up in the Service Authorization Reference.".into(),
                    |like| format!("Did you mean {like}:{}?", clip(name, 64)),
                ),
            );
            continue;
        }
        if is_action(service, name) {
            continue;
        }
        if name.contains(['*', '?']) {
            marks.warn(
                action.at,
                "unknown_action",
                format!("{at}: no action of {service} matches this."),
                "Look the action up in the Service Authorization Reference.",
            );
        } else if let Some(like) = marks
            .may_suggest()
            .then(|| action_like(service, name))
            .flatten()
        {
            marks.warn(
                action.at,
                "unknown_action",
                format!(
                    "{at}: {service} has no such action; IAM takes it, and it matches nothing."
                ),
                &format!("Did you mean {service}:{like}?"),
            );
        }
    }
}

/// `a`, `a and b`, `a, b, c and 4 more`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] if names.len() <= NAMED => format!("{} and {last}", first.join(", ")),
        _ => {
            let (shown, rest) = names.split_at(NAMED);
            format!("{} and {} more", shown.join(", "), rest.len())
        }
    }
}
