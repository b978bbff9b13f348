//! `leasehold connection`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{
    AwsProfileView, ConnectionKind, ConnectionView, ManagingKey, ManagingKeys, Rotated,
};
use leasehold_engine::{AddAccessKey, AddProfile, AddRole, Engine, RoleFrom};
use serde_json::json;

use crate::args::{ConnectionAdd, ConnectionVerb, KeyArgs};
use crate::input;
use crate::print::{Cell, Printer, Role, facts, past, table};

pub async fn run(
    engine: &Engine,
    verb: ConnectionVerb,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let desk = engine.connections();
    match verb {
        ConnectionVerb::Add(asked) => one(printer, &add(engine, *asked).await?)?,
        ConnectionVerb::List => {
            let all = desk.list()?;
            printer.answer(&json!({ "connections": all }), || list(&all))?;
        }
        ConnectionVerb::Show { name } => one(printer, &desk.show(&name)?)?,
        ConnectionVerb::Check { name } => one(printer, &desk.check(&name).await?)?,
        ConnectionVerb::Policy { name, optional } => {
            let policy = desk.policy(&name)?;
            let document = match optional {
                true => &policy.optional,
                false => &policy.document,
            };
            printer.answer(&policy, || document.clone())?;
            for note in &policy.notes {
                printer.note(note);
            }
        }
        ConnectionVerb::Rotate { name, remove_key } => {
            let done = desk.rotate(&name, remove_key.as_deref()).await?;
            return rotated(printer, &done);
        }
        ConnectionVerb::Keys { name } => {
            let found = desk.managing_keys(&name).await?;
            printer.answer(&found, || keys(&found))?;
        }
        ConnectionVerb::Profiles => {
            let all = desk.profiles().await?;
            printer.answer(&json!({ "profiles": all }), || profiles(&all))?;
        }
        ConnectionVerb::Remove { name } => {
            desk.remove(&name).await?;
            printer.answer(&json!({ "removed": name }), || format!("Removed {name}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(engine: &Engine, asked: ConnectionAdd) -> Result<ConnectionView, Problem> {
    let desk = engine.connections();
    if asked.practice {
        return desk.add_practice(&asked.name).await;
    }
    if let Some(profile) = asked.profile {
        return desk
            .add_profile(AddProfile {
                name: asked.name,
                profile,
                region: asked.region,
                endpoint_url: asked.endpoint_url,
            })
            .await;
    }
    if let Some(role_arn) = asked.role_arn {
        return desk
            .add_role(AddRole {
                name: asked.name,
                role_arn,
                from: match asked.from {
                    Some(name) => RoleFrom::Named(name),
                    None => RoleFrom::Profile(default_profile()),
                },
                external_id: asked.external_id,
                mfa_serial: asked.mfa_serial,
                session_name: asked.session_name,
                duration: asked.duration,
                region: asked.region,
                endpoint_url: asked.endpoint_url,
            })
            .await;
    }
    let given = KeyArgs {
        access_key_id: asked.access_key_id,
        secret_access_key_stdin: asked.secret_access_key_stdin,
        endpoint_url: asked.endpoint_url,
    };
    let key = key(&asked.name, given, asked.region)?.ok_or_else(|| {
        Problem::new(Code::InvalidInput, "A connection needs an access key.")
            .with_hint("Add `--access-key-id AKIA… --secret-access-key-stdin`, or `--practice`.")
            .at("access_key_id")
    })?;
    desk.add_access_key(key).await
}

/// The profile that the AWS CLI would take.
fn default_profile() -> String {
    std::env::var("AWS_PROFILE")
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "default".to_owned())
}

fn rotated(printer: Printer, done: &Rotated) -> Result<ExitCode, Problem> {
    let new = done.new_access_key_id.as_deref().unwrap_or("a new key");
    let old = &done.old_access_key_id;
    printer.answer(done, || match &done.pending {
        None => format!(
            "Connection {} uses {new} now; {old} is deleted.",
            done.connection.name
        ),
        Some(_) => format!(
            "Connection {} uses {new} now; {old} is still to be deleted.",
            done.connection.name
        ),
    })?;
    if !done.also.is_empty() {
        printer.note(&format!(
            "So does {}, which had the same key.",
            done.also.join(", ")
        ));
    }
    let Some(pending) = &done.pending else {
        return Ok(ExitCode::SUCCESS);
    };
    printer.note(&format!("{} It is tried again.", pending.message));
    if let Some(hint) = &pending.hint {
        printer.note(hint);
    }
    Ok(ExitCode::from(Code::Pending.exit_code()))
}

/// The managing key that the arguments and standard input hold, if they do.
pub fn key(
    name: &str,
    asked: KeyArgs,
    region: Option<String>,
) -> Result<Option<AddAccessKey>, Problem> {
    let Some(access_key_id) = asked.access_key_id else {
        return Ok(None);
    };
    Ok(Some(AddAccessKey {
        name: name.to_owned(),
        access_key_id,
        secret_access_key: input::secret_access_key()?,
        region,
        endpoint_url: asked.endpoint_url,
    }))
}

fn kind(connection: &ConnectionView) -> Cell {
    if connection.practice {
        Cell::new(Role::Practice, "practice")
    } else {
        match connection.kind {
            ConnectionKind::Profile => "profile",
            ConnectionKind::Role => "role",
            ConnectionKind::AccessKey | ConnectionKind::Practice => "access key",
        }
        .into()
    }
}

fn list(all: &[ConnectionView]) -> String {
    let head = [
        "CONNECTION",
        "KIND",
        "ACCOUNT",
        "CALLER",
        "SECRETS",
        "OPEN LEASES",
    ];
    let row = |c: &ConnectionView| {
        vec![
            Cell::from(c.name.as_str()),
            kind(c),
            c.account_id.as_str().into(),
            c.caller_arn.as_str().into(),
            c.secrets.to_string().into(),
            c.open_leases.to_string().into(),
        ]
    };
    table(&head, &[0, 3], all.iter().map(row).collect())
}

fn keys(found: &ManagingKeys) -> String {
    let head = ["ACCESS KEY", "MADE", "STATE", "LAST USED", "USED BY"];
    let row = |key: &ManagingKey| {
        let used = match (key.last_used_at, key.last_use_known) {
            (Some(at), _) => past(at),
            (None, true) => "never".to_owned(),
            (None, false) => "unknown".to_owned(),
        };
        let by = match (&key.connection, key.own) {
            (_, true) => found.connection.as_str(),
            (Some(other), false) => other.as_str(),
            (None, false) => "",
        };
        vec![
            Cell::from(key.access_key_id.as_str()),
            key.created_at.map(past).unwrap_or_default().into(),
            if key.active { "active" } else { "off" }.into(),
            used.into(),
            by.into(),
        ]
    };
    table(&head, &[4], found.keys.iter().map(row).collect())
}

fn profiles(all: &[AwsProfileView]) -> String {
    let head = ["PROFILE", "RESOLVES TO", "CONNECTION"];
    let row = |one: &AwsProfileView| {
        let resolves = match &one.problem {
            Some(problem) => Cell::new(Role::Denied, problem.message.as_str()),
            None => one.resolves_to.as_str().into(),
        };
        let connection = one.connection.as_deref().unwrap_or_default();
        vec![Cell::from(one.name.as_str()), resolves, connection.into()]
    };
    table(&head, &[0, 1], all.iter().map(row).collect())
}

fn one(printer: Printer, connection: &ConnectionView) -> Result<(), Problem> {
    printer.answer(&json!({ "connection": connection }), || {
        let c = connection;
        let mut rows = vec![
            ("Kind", kind(c)),
            (
                "Account",
                format!("{} ({})", c.account_id, c.partition).into(),
            ),
            ("Caller", c.caller_arn.as_str().into()),
            ("Region", c.region.as_str().into()),
        ];
        if let Some(url) = &c.endpoint_url {
            rows.push(("Endpoint", url.as_str().into()));
        }
        if let Some(id) = &c.access_key_id {
            rows.push(("Access key id", id.as_str().into()));
        }
        if let Some(at) = c.key_added_at {
            rows.push(("Key here since", past(at).into()));
        }
        if let Some(at) = c.key_rotated_at {
            rows.push(("Last rotated", past(at).into()));
        }
        let told = [
            ("Role", &c.role_arn),
            ("Profile", &c.profile),
            ("From", &c.from),
            ("External id", &c.external_id),
            ("MFA device", &c.mfa_serial),
            ("Session name", &c.session_name),
        ];
        for (name, text) in told {
            if let Some(text) = text {
                rows.push((name, text.as_str().into()));
            }
        }
        if let Some(rotation) = &c.rotation {
            let text = format!(
                "{} is being replaced ({})",
                rotation.old_access_key_id, rotation.step
            );
            rows.push(("Rotation", text.into()));
            if let Some(problem) = &rotation.problem {
                rows.push(("", problem.message.as_str().into()));
            }
        }
        rows.push(("Last checked", past(c.verified_at).into()));
        rows.push(("Dynamic secrets", c.secrets.to_string().into()));
        rows.push(("Open leases", c.open_leases.to_string().into()));
        if let Some(problem) = &c.problem {
            rows.push(("Problem", Cell::new(Role::Denied, problem.message.as_str())));
        }
        facts(("CONNECTION", &c.name), rows)
    })
}
