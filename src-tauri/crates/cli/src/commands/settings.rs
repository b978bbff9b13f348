//! `leasehold settings`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use leasehold_engine::wire::{GatewaySettings, Settings};
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::{GATEWAY, SETTINGS, SettingsVerb};
use crate::print::{Printer, table};

pub fn run(engine: &Engine, verb: SettingsVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.settings();
    match verb {
        SettingsVerb::Show => {}
        SettingsVerb::Set { name, value } if GATEWAY.contains(&name.as_str()) => {
            let chosen = with_gateway(&desk.gateway()?, &name, &value)?;
            // Whatever is wrong with the rest, switching it off is never refused.
            if name != "gateway" || chosen.on {
                leasehold_gateway::chosen(&chosen, engine.home())?;
            }
            desk.set_gateway(chosen)?;
        }
        SettingsVerb::Set { name, value } => {
            let folder = name == "break-glass-folder";
            let value = if folder { whole(&value)? } else { value };
            desk.set(with(&desk.get()?, &name, &value)?)?;
        }
    }
    let (settings, gateway) = (desk.get()?, desk.gateway()?);
    printer.answer(&json!({ "settings": settings, "gateway": gateway }), || {
        text(&settings, &gateway)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What is chosen for the gateway, with one thing of it as typed.
fn with_gateway(
    chosen: &GatewaySettings,
    name: &str,
    value: &str,
) -> Result<GatewaySettings, Problem> {
    let mut chosen = chosen.clone();
    let value = value.trim();
    let list = || {
        let words = value.split([',', ' ']).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    match name {
        "gateway-listen" => chosen.listen = list(),
        "gateway-names" => chosen.names = list(),
        "gateway-socket" if value == GatewaySettings::USUAL => chosen.socket = value.to_owned(),
        "gateway-socket" => chosen.socket = whole(value)?,
        "gateway-tls-cert" => chosen.tls_cert = whole(value)?,
        "gateway-tls-key" => chosen.tls_key = whole(value)?,
        "gateway-tls" => {
            let word = Value::String(value.to_lowercase());
            chosen.tls = serde_json::from_value(word.clone())
                .map_err(|_| refused("tls", name, value, &word))?;
        }
        _ => {
            chosen.on = read(&Value::Bool(chosen.on), value)
                .and_then(|on| on.as_bool())
                .ok_or_else(|| refused("on", name, value, &Value::Bool(false)))?;
        }
    }
    Ok(chosen)
}

/// The window stands in another folder than this shell; no folder is none.
fn whole(folder: &str) -> Result<String, Problem> {
    if folder.trim().is_empty() {
        return Ok(String::new());
    }
    let path = super::break_glass::whole(std::path::Path::new(folder))?;
    Ok(path.to_string_lossy().into_owned())
}

/// The settings with one of them as typed. What is in range is the engine's to say.
fn with(settings: &Settings, name: &str, value: &str) -> Result<Settings, Problem> {
    let field = name.replace('-', "_");
    let mut fields = fields(settings);
    let old = fields.get(&field).cloned().unwrap_or_default();
    let Some(new) = read(&old, value.trim()) else {
        return Err(refused(&field, name, value, &old));
    };
    fields.insert(field.clone(), new);
    serde_json::from_value(Value::Object(fields)).map_err(|_| refused(&field, name, value, &old))
}

/// A value in the words of the command line, of the kind that is there already.
fn read(old: &Value, text: &str) -> Option<Value> {
    match old {
        Value::Bool(_) => match text.to_lowercase().as_str() {
            "on" | "true" | "yes" => Some(true.into()),
            "off" | "false" | "no" => Some(false.into()),
            _ => None,
        },
        Value::Number(_) => text.parse::<u32>().ok().map(Into::into),
        Value::Array(_) => {
            let words = text.split([',', ' ']).filter(|word| !word.is_empty());
            let numbers: Option<Vec<u32>> = words.map(|word| word.parse().ok()).collect();
            numbers.map(Into::into)
        }
        _ => Some(text.into()),
    }
}

fn refused(field: &str, name: &str, value: &str, old: &Value) -> Problem {
    let wanted = match old {
        Value::Bool(_) => "Say on or off.",
        Value::Number(_) => "Say a whole number.",
        Value::Array(_) => "Say whole numbers, divided by commas.",
        _ if field == "theme" => "Say system, light or dark.",
        _ if field == "tls" => "Say none, own or files.",
        _ => "Say it in other words.",
    };
    let value = crate::print::printable(value);
    Problem::new(
        Code::InvalidInput,
        format!("`{value}` is no value of the setting {name}."),
    )
    .with_hint(wanted)
    .at(field)
}

fn fields(settings: &impl Serialize) -> serde_json::Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    }
}

fn text(settings: &Settings, gateway: &GatewaySettings) -> String {
    let said = |value: &Value| match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => "none".to_owned(),
        Value::Array(all) => all
            .iter()
            .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(","),
        other => other.to_string(),
    };
    let all = fields(settings);
    let rows = SETTINGS.iter().filter_map(|name| {
        let value = all.get(&name.replace('-', "_"))?;
        Some(vec![(*name).to_owned(), said(value)])
    });
    let all = fields(gateway);
    let more = GATEWAY.iter().filter_map(|name| {
        let field = match name.strip_prefix("gateway-") {
            Some(rest) => rest.replace('-', "_"),
            None => "on".to_owned(),
        };
        Some(vec![(*name).to_owned(), said(all.get(&field)?)])
    });
    table(&["SETTING", "VALUE"], &[1], rows.chain(more).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_said_by_its_name_and_no_other() {
        let mut names: Vec<String> = fields(&Settings::default())
            .into_iter()
            .map(|f| f.0)
            .collect();
        let mut said: Vec<String> = SETTINGS.iter().map(|n| n.replace('-', "_")).collect();
        names.sort();
        said.sort();
        assert_eq!(names, said);
    }

    #[test]
    fn every_choice_for_the_gateway_can_be_said_and_is_shown() {
        let chosen = GatewaySettings::default();
        let set = |name, value| with_gateway(&chosen, name, value);
        assert!(set("gateway", "on").unwrap().on);
        let listen = set("gateway-listen", "127.0.0.1:1, [::1]:1")
            .unwrap()
            .listen;
        assert_eq!(listen, ["127.0.0.1:1", "[::1]:1"]);
        assert_eq!(set("gateway-socket", "").unwrap().socket, "");
        assert_eq!(set("gateway-socket", "usual").unwrap().socket, "usual");
        let far = set("gateway-socket", "x.sock").unwrap().socket;
        assert!(std::path::Path::new(&far).is_absolute());
        assert_eq!(
            set("gateway-tls", "perhaps").unwrap_err().field.unwrap(),
            "tls"
        );
        let shown = text(&Settings::default(), &chosen);
        for name in GATEWAY {
            assert!(shown.contains(name), "{name} in {shown}");
        }
        assert_eq!(fields(&chosen).len(), GATEWAY.len());
    }

    #[test]
    fn a_value_is_read_as_what_its_setting_is() {
        let set = |name, value| with(&Settings::default(), name, value);
        assert!(!set("notify-expiry", "off").unwrap().notify_expiry);
        assert_eq!(set("lead-minutes", "5, 15").unwrap().lead_minutes, [5, 15]);
        assert!(set("lead-minutes", "").unwrap().lead_minutes.is_empty());
        assert_eq!(
            set("clipboard-seconds", "45").unwrap().clipboard_seconds,
            45
        );
        for (name, value) in [
            ("notify-expiry", "perhaps"),
            ("lead-minutes", "soon"),
            ("clipboard-seconds", "-1"),
            ("theme", "pink"),
        ] {
            let problem = set(name, value).unwrap_err();
            assert_eq!(problem.field, Some(name.replace('-', "_")), "{problem:?}");
        }
    }
}
