//! `leasehold auth-method`

use std::net::IpAddr;
use std::process::ExitCode;

use leasehold_access::desk::view::{AuthMethodView, TestView};
use leasehold_access::desk::{Desk, Leases, TestOf};
use leasehold_access::relay::ToSts;
use leasehold_access::{AuthMethodDraft, Outcome, Reason};
use leasehold_domain::{ClientAddress, Code, Problem};
use leasehold_engine::Engine;
use serde_json::json;

use super::access::{desk, ended, refused};
use crate::args::{
    AuthMethodVerb, CreateVerb, MethodClear, MethodFields, MethodUpdate, TestArgs, UpdateVerb,
};
use crate::input;
use crate::print::{Printer, facts, moment, table, word};

pub async fn run(
    engine: &Engine,
    verb: AuthMethodVerb,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let desk = desk(engine);
    let methods = desk.methods();
    let (view, what) = match verb {
        AuthMethodVerb::Create(CreateVerb::AwsIam(asked)) => {
            let draft = AuthMethodDraft {
                name: asked.name,
                bound_aws_account_id: asked.bound_aws_account_id,
                ..AuthMethodDraft::default()
            };
            match methods.create(&filled(draft, asked.fields)?) {
                Ok(view) => (view, "Made"),
                Err(why) => return Ok(refused(&why, printer)),
            }
        }
        AuthMethodVerb::Update(UpdateVerb::AwsIam(asked)) => {
            let name = asked.name.clone();
            let seen = methods.show(&name)?.method;
            let draft = changed(seen.clone(), *asked)?;
            match methods.update(&name, &seen, &draft) {
                Ok(view) => (view, "Changed"),
                Err(why) => return Ok(refused(&why, printer)),
            }
        }
        AuthMethodVerb::List => {
            let all = methods.list()?;
            printer.answer(&json!({ "auth_methods": all }), || list(&all))?;
            return Ok(ExitCode::SUCCESS);
        }
        AuthMethodVerb::Show { name } => {
            let view = methods.show(&name)?;
            printer.answer(&json!({ "auth_method": view }), || shown(&view))?;
            notes(&view, printer);
            return Ok(ExitCode::SUCCESS);
        }
        AuthMethodVerb::Enable { name } => (methods.enable(&name)?, "Switched on"),
        AuthMethodVerb::Disable {
            name,
            revoke_leases,
        } => {
            let off = methods.disable(&name, Leases::ending(revoke_leases))?;
            let view = off.way;
            if revoke_leases {
                let text = format!("Switched off {}.", view.name);
                return ended(engine, &off.leases, &text, printer).await;
            }
            (view, "Switched off")
        }
        AuthMethodVerb::Delete {
            name,
            revoke_leases,
        } => {
            let gone = methods.delete(&name, Leases::ending(revoke_leases))?;
            let name = gone.way;
            let text = format!("Deleted {name}.");
            if revoke_leases {
                return ended(engine, &gone.leases, &text, printer).await;
            }
            printer.answer(&json!({ "removed": name }), || text)?;
            return Ok(ExitCode::SUCCESS);
        }
        AuthMethodVerb::Test(asked) => {
            let audience = engine.shared().installation;
            return test(&desk, &asked, &audience, printer).await;
        }
    };
    printer.answer(&json!({ "auth_method": view }), || {
        format!("{what} {}. Its access id is {}.", view.name, view.access_id)
    })?;
    notes(&view, printer);
    Ok(ExitCode::SUCCESS)
}

fn notes(view: &AuthMethodView, printer: Printer) {
    view.notices.iter().for_each(|note| printer.note(note));
    for problem in &view.problems {
        printer.note(&format!("Nobody logs in by it: {}", problem.message));
    }
}

/// The draft with what the options say; a list that is given replaces the old one. An option that is
/// there and says nothing is refused: an empty list would bind nobody, and is most often a variable of a
/// script that was never set.
fn filled(mut draft: AuthMethodDraft, asked: MethodFields) -> Result<AuthMethodDraft, Problem> {
    for (name, field, said) in [
        ("bound_arn", &mut draft.bound_arn, asked.bound_arn),
        (
            "bound_role_name",
            &mut draft.bound_role_name,
            asked.bound_role_name,
        ),
        (
            "bound_role_id",
            &mut draft.bound_role_id,
            asked.bound_role_id,
        ),
        (
            "bound_resource_id",
            &mut draft.bound_resource_id,
            asked.bound_resource_id,
        ),
        (
            "bound_user_name",
            &mut draft.bound_user_name,
            asked.bound_user_name,
        ),
        (
            "bound_user_id",
            &mut draft.bound_user_id,
            asked.bound_user_id,
        ),
        (
            "bound_sts_region",
            &mut draft.bound_sts_region,
            asked.bound_sts_region,
        ),
        ("bound_ips", &mut draft.bound_ips, asked.bound_ips),
        ("gw_bound_ips", &mut draft.gw_bound_ips, asked.gw_bound_ips),
        (
            "audit_logs_claims",
            &mut draft.audit_logs_claims,
            asked.audit_logs_claims,
        ),
    ] {
        if !said.is_empty() {
            *field = something(name, said)?;
        }
    }
    if !asked.expiration_event_in.is_empty() {
        draft.expiration_event_in = asked.expiration_event_in;
    }
    for (name, field, said) in [
        (
            "unique_identifier",
            &mut draft.unique_identifier,
            asked.unique_identifier,
        ),
        ("sts_url", &mut draft.sts_url, asked.sts_url),
    ] {
        if let Some(said) = said {
            *field = something(name, vec![said])?.remove(0);
        }
    }
    if let Some(said) = asked.description {
        draft.description = said;
    }
    for (field, said) in [
        (&mut draft.sts_url_private, asked.sts_url_private),
        (&mut draft.insecure_dev_sts, asked.insecure_dev_sts),
        (&mut draft.force_sub_claims, asked.force_sub_claims),
        (&mut draft.delete_protection, asked.delete_protection),
        (&mut draft.require_audience, asked.require_audience),
        (&mut draft.ask_first, asked.ask_first),
    ] {
        if let Some(said) = said {
            *field = said;
        }
    }
    if let Some(seconds) = asked.access_expires {
        draft.access_expires = seconds;
    }
    if let Some(minutes) = asked.jwt_ttl {
        draft.jwt_ttl = minutes;
    }
    Ok(draft)
}

/// What an option says, every part of it.
fn something(field: &str, said: Vec<String>) -> Result<Vec<String>, Problem> {
    if said.iter().all(|one| !one.trim().is_empty()) {
        return Ok(said);
    }
    let flag = field.replace('_', "-");
    Err(Problem::refused_input(
        field,
        format!("--{flag} is given, and there is nothing in it or in a part of it."),
        format!("To empty the field, write `--clear {flag}`; else leave the option out."),
    ))
}

fn changed(mut draft: AuthMethodDraft, asked: MethodUpdate) -> Result<AuthMethodDraft, Problem> {
    for field in asked.clear {
        match field {
            MethodClear::BoundArn => draft.bound_arn.clear(),
            MethodClear::BoundRoleName => draft.bound_role_name.clear(),
            MethodClear::BoundRoleId => draft.bound_role_id.clear(),
            MethodClear::BoundResourceId => draft.bound_resource_id.clear(),
            MethodClear::BoundUserName => draft.bound_user_name.clear(),
            MethodClear::BoundUserId => draft.bound_user_id.clear(),
            MethodClear::BoundStsRegion => draft.bound_sts_region.clear(),
            MethodClear::BoundIps => draft.bound_ips.clear(),
            MethodClear::GwBoundIps => draft.gw_bound_ips.clear(),
            MethodClear::AuditLogsClaims => draft.audit_logs_claims.clear(),
            MethodClear::ExpirationEventIn => draft.expiration_event_in.clear(),
            MethodClear::AccessExpires => {
                draft.access_expires = 0;
                draft.expiration_event_in.clear();
            }
            MethodClear::UniqueIdentifier => draft.unique_identifier.clear(),
            MethodClear::Description => draft.description.clear(),
            MethodClear::StsUrl => draft.sts_url.clear(),
        }
    }
    if let Some(name) = asked.new_name {
        draft.name = name;
    }
    if !asked.bound_aws_account_id.is_empty() {
        draft.bound_aws_account_id = something("bound_aws_account_id", asked.bound_aws_account_id)?;
    }
    filled(draft, asked.fields)
}

async fn test(
    desk: &Desk,
    asked: &TestArgs,
    audience: &str,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let of = TestOf {
        client: client(&asked.client_ip)?,
        path: asked.path.as_deref(),
        audience,
    };
    let methods = desk.methods();
    let test = match (&asked.cloud_id, &asked.arn) {
        (Some(given), _) => {
            let token = input::cloud_identity(given)?;
            methods.test(&asked.name, &token, of, &ToSts).await?
        }
        (None, arn) => methods.imagine(
            &asked.name,
            arn.as_deref().unwrap_or_default(),
            asked.unique_id.as_deref().unwrap_or_default(),
            &asked.sts_region,
            of,
        )?,
    };
    printer.answer(&json!({ "test": test }), || tested(&test))?;
    let code = match test.reason {
        None => return Ok(ExitCode::SUCCESS),
        Some(reason) if reason.is_passing() || reason == Reason::StsUntrusted => {
            Code::AwsUnreachable
        }
        Some(_) => Code::Refused,
    };
    Ok(ExitCode::from(code.exit_code()))
}

fn client(text: &str) -> Result<ClientAddress, Problem> {
    if text == "unix" {
        return Ok(ClientAddress::Unix);
    }
    text.parse::<IpAddr>()
        .map(ClientAddress::from)
        .map_err(|_| {
            Problem::refused_input(
                "client_ip",
                "A call comes from an address or from the socket.",
                "Write an address such as 10.0.0.7, or unix.",
            )
        })
}

fn list(all: &[AuthMethodView]) -> String {
    let rows = all
        .iter()
        .map(|one| {
            let state = match (one.enabled, one.expired, one.problems.is_empty()) {
                (false, _, _) => "off",
                (_, true, _) => "expired",
                (_, _, false) => "broken",
                _ => "on",
            };
            vec![
                one.name.clone(),
                one.access_id.clone(),
                state.to_owned(),
                one.method.bound_aws_account_id.join(", "),
                one.roles.join(", "),
                one.expires_at.map(moment).unwrap_or_default(),
            ]
        })
        .collect();
    let head = [
        "AUTH METHOD",
        "ACCESS ID",
        "STATE",
        "ACCOUNTS",
        "ROLES",
        "UNTIL",
    ];
    table(&head, &[0, 3, 4], rows)
}

fn shown(view: &AuthMethodView) -> String {
    let draft = &view.method;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let days: Vec<String> = draft
        .expiration_event_in
        .iter()
        .map(ToString::to_string)
        .collect();
    let ttl = match draft.jwt_ttl {
        0 => "the default".to_owned(),
        minutes => format!("{minutes} minutes"),
    };
    let rows = vec![
        ("Access id", view.access_id.clone()),
        ("Description", draft.description.clone()),
        ("Switched on", yes(view.enabled)),
        (
            "Works until",
            view.expires_at
                .map_or_else(|| "for ever".to_owned(), moment),
        ),
        ("Told days before", days.join(", ")),
        ("Accounts", draft.bound_aws_account_id.join(", ")),
        ("ARNs", draft.bound_arn.join(", ")),
        ("Role names", draft.bound_role_name.join(", ")),
        ("Role ids", draft.bound_role_id.join(", ")),
        ("Resource ids", draft.bound_resource_id.join(", ")),
        ("User names", draft.bound_user_name.join(", ")),
        ("User ids", draft.bound_user_id.join(", ")),
        ("STS regions", draft.bound_sts_region.join(", ")),
        ("Client IPs", draft.bound_ips.join(", ")),
        ("Trusted gateways", draft.gw_bound_ips.join(", ")),
        ("Custom STS", draft.sts_url.clone()),
        ("Audited claims", draft.audit_logs_claims.join(", ")),
        ("Unique identifier", draft.unique_identifier.clone()),
        ("Sub-claims forced", yes(draft.force_sub_claims)),
        ("Audience required", yes(draft.require_audience)),
        ("Asks first", yes(draft.ask_first)),
        ("Token lives", ttl),
        ("Delete protection", yes(draft.delete_protection)),
        ("Roles", view.roles.join(", ")),
    ];
    let said = rows.into_iter().filter(|(_, text)| !text.is_empty());
    facts(("Auth method", &view.name), said.collect())
}

fn tested(test: &TestView) -> String {
    let verdict = match test.accepted {
        true => format!("Accepted by {}.\n", test.auth_method),
        false => format!("Refused by {}: {}\n", test.auth_method, test.why),
    };
    let mut text = verdict;
    if !test.claims.is_empty() {
        let rows = test
            .claims
            .iter()
            .map(|(key, value)| vec![key.to_string(), value.clone()])
            .collect();
        text += &format!("\n{}", table(&["SUB-CLAIM", "VALUE"], &[1], rows));
    }
    if !test.checks.is_empty() {
        let rows = test
            .checks
            .iter()
            .map(|one| {
                let outcome = match one.outcome {
                    Outcome::Pass => "pass",
                    Outcome::Fail => "FAIL",
                    Outcome::Open => "open",
                    Outcome::NotConcerned => "-",
                };
                vec![outcome.to_owned(), word(&one.bound), one.why.clone()]
            })
            .collect();
        text += &format!("\n{}", table(&["", "BOUND", "WHY"], &[2], rows));
        let rows: Vec<_> = test
            .roles
            .iter()
            .map(|one| {
                let got = if one.association.holds {
                    "pass"
                } else {
                    "FAIL"
                };
                vec![
                    got.to_owned(),
                    one.role.clone(),
                    one.association.why.clone(),
                ]
            })
            .collect();
        text += &match rows.is_empty() {
            true => {
                "\nNo access role is associated with the method: whoever logs in may do nothing.\n"
                    .to_owned()
            }
            false => format!("\n{}", table(&["", "ROLE", "WHY"], &[2], rows)),
        };
    }
    if !test.decisions.is_empty() {
        let rows = test
            .decisions
            .iter()
            .map(|one| {
                let may = if one.decision.allowed { "pass" } else { "FAIL" };
                vec![may.to_owned(), word(&one.action), one.decision.why.clone()]
            })
            .collect();
        text += &format!("\n{}", table(&["", "ACTION", "WHY"], &[2], rows));
    }
    text
}
