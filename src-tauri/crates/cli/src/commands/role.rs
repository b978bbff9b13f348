//! `leasehold role`

use std::process::ExitCode;

use leasehold_access::desk::Refused;
use leasehold_access::desk::view::{AssociationView, ReachView, RoleView, WhoView};
use leasehold_domain::{Capability, Problem};
use leasehold_engine::Engine;
use serde_json::json;

use super::access::{desk, pair, refused};
use crate::args::RoleVerb;
use crate::print::{Printer, facts, table, word};

pub fn run(engine: &Engine, verb: RoleVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = desk(engine);
    let roles = desk.roles();
    let done: Result<RoleView, Refused> = match verb {
        RoleVerb::Create { name, description } => {
            roles.create(&name, &description).map_err(Refused::from)
        }
        RoleVerb::List => {
            let all = roles.list()?;
            printer.answer(&json!({ "roles": all }), || list(&all))?;
            return Ok(ExitCode::SUCCESS);
        }
        RoleVerb::Show { name } => roles.show(&name).map_err(Refused::from),
        RoleVerb::Delete { name } => {
            let name = roles.delete(&name)?;
            printer.answer(&json!({ "removed": name }), || format!("Deleted {name}."))?;
            return Ok(ExitCode::SUCCESS);
        }
        RoleVerb::SetRule {
            name,
            path,
            capability,
        } => roles.set_rule(&name, &path, &capability),
        RoleVerb::DeleteRule { name, path } => {
            roles.delete_rule(&name, &path).map_err(Refused::from)
        }
        RoleVerb::Associate {
            name,
            auth_method,
            sub_claims,
            case_sensitive,
        } => {
            let pairs = sub_claims
                .iter()
                .map(|text| pair("sub_claims", text))
                .collect::<Result<Vec<_>, _>>()?;
            roles.associate(&name, &auth_method, &pairs, !case_sensitive)
        }
        RoleVerb::Dissociate { name, auth_method } => {
            roles.dissociate(&name, &auth_method).map_err(Refused::from)
        }
        RoleVerb::WhoCan { path } => {
            let rules = roles.who_can(&path)?;
            printer.answer(&json!({ "rules": rules }), || who(&path, &rules))?;
            return Ok(ExitCode::SUCCESS);
        }
        RoleVerb::Reach { role, auth_method } => {
            let secrets = leasehold_gateway::paths(engine)?;
            let reach = roles.reach(&secrets, role.as_deref(), auth_method.as_deref())?;
            printer.answer(&json!({ "reach": reach }), || reached(&reach))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    match done {
        Ok(role) => {
            printer.answer(&json!({ "role": role }), || shown(&role))?;
            role.notices.iter().for_each(|note| printer.note(note));
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => Ok(refused(&why, printer)),
    }
}

fn list(all: &[RoleView]) -> String {
    let rows = all
        .iter()
        .map(|role| {
            let methods: Vec<&str> = role
                .associations
                .iter()
                .map(|way| way.auth_method.as_str())
                .collect();
            vec![
                role.name.clone(),
                role.rules.len().to_string(),
                methods.join(", "),
                role.description.clone(),
            ]
        })
        .collect();
    table(
        &["ROLE", "RULES", "AUTH METHODS", "DESCRIPTION"],
        &[0, 2, 3],
        rows,
    )
}

fn shown(role: &RoleView) -> String {
    let mut text = facts(
        ("Access role", &role.name),
        vec![("Description", role.description.clone())],
    );
    let rules: Vec<_> = role
        .rules
        .iter()
        .map(|rule| vec![rule.path.clone(), words(&rule.capabilities)])
        .collect();
    text += &match rules.is_empty() {
        true => "\nIt has no rules: it allows nothing.\n".to_owned(),
        false => format!("\n{}", table(&["PATH", "CAPABILITIES"], &[0], rules)),
    };
    let ways: Vec<_> = role
        .associations
        .iter()
        .map(|way| vec![way.auth_method.clone(), whom(way)])
        .collect();
    text += &match ways.is_empty() {
        true => "\nNobody gets it: it is associated with no auth method.\n".to_owned(),
        false => format!("\n{}", table(&["AUTH METHOD", "FOR"], &[0, 1], ways)),
    };
    text
}

fn who(path: &str, rules: &[WhoView]) -> String {
    if rules.is_empty() {
        return format!("No rule is about {path}: nobody who logs in can do anything there.");
    }
    let rows = rules.iter().map(way_row).collect();
    table(&["ROLE", "RULE", "MAY", "WHO"], &[1, 2, 3], rows)
}

fn reached(reach: &[ReachView]) -> String {
    let rows: Vec<_> = reach
        .iter()
        .flat_map(|one| {
            let row = |way| [vec![one.path.clone()], way_row(way)].concat();
            one.ways.iter().map(row)
        })
        .collect();
    if rows.is_empty() {
        return "No rule is about a dynamic secret of today.".to_owned();
    }
    let head = ["DYNAMIC SECRET", "ROLE", "RULE", "MAY", "WHO"];
    table(&head, &[0, 2, 3, 4], rows)
}

/// Role, rule, what may be done, and who gets it.
fn way_row(rule: &WhoView) -> Vec<String> {
    let actions: Vec<String> = rule.actions.iter().map(word).collect();
    let what = match rule.denies {
        true => "nothing at all".to_owned(),
        false => actions.join(", "),
    };
    let ways: Vec<String> = rule
        .who
        .iter()
        .map(|way| format!("{} ({})", way.auth_method, whom(way)))
        .collect();
    let path = match rule.depends_on {
        Some(key) => format!("{} (where {key} fits)", rule.path),
        None => rule.path.clone(),
    };
    vec![rule.role.clone(), path, what, ways.join("; ")]
}

fn whom(way: &AssociationView) -> String {
    if way.sub_claims.is_empty() {
        return "everybody".to_owned();
    }
    let claims: Vec<String> = way
        .sub_claims
        .iter()
        .map(|(key, test)| format!("{key}={test}"))
        .collect();
    claims.join(" and ")
}

fn words(capabilities: &[Capability]) -> String {
    let words: Vec<&str> = capabilities.iter().map(|one| one.as_str()).collect();
    words.join(", ")
}
