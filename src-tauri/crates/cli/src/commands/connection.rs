//! `leasehold connection`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::ConnectionView;
use leasehold_engine::{AddAccessKey, Engine};
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
        ConnectionVerb::Add(asked) => one(printer, &add(engine, asked).await?)?,
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
        ConnectionVerb::Remove { name } => {
            desk.remove(&name).await?;
            printer.answer(&json!({ "removed": name }), || format!("Removed {name}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(engine: &Engine, asked: ConnectionAdd) -> Result<ConnectionView, Problem> {
    if asked.practice {
        return engine.connections().add_practice(&asked.name).await;
    }
    let key = key(&asked.name, asked.key, asked.region)?.ok_or_else(|| {
        Problem::new(Code::InvalidInput, "A connection needs an access key.")
            .with_hint("Add `--access-key-id AKIA… --secret-access-key-stdin`, or `--practice`.")
            .at("access_key_id")
    })?;
    engine.connections().add_access_key(key).await
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
        "access key".into()
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
        rows.push(("Last checked", past(c.verified_at).into()));
        rows.push(("Dynamic secrets", c.secrets.to_string().into()));
        rows.push(("Open leases", c.open_leases.to_string().into()));
        if let Some(problem) = &c.problem {
            rows.push(("Problem", Cell::new(Role::Denied, problem.message.as_str())));
        }
        facts(("CONNECTION", &c.name), rows)
    })
}
