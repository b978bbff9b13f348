//! Asks the bus what state the Secret Service is in, without opening a prompt.

use zbus::blocking::Connection;
use zbus::blocking::fdo::DBusProxy;
use zbus::names::BusName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::KeychainError;

pub(crate) const SERVICE: &str = "org.freedesktop.secrets";
pub(crate) const ROOT: &str = "/org/freedesktop/secrets";

/// An error when there is no bus, no service, no default collection, or a locked one.
pub(crate) fn expect_unlocked() -> Result<(), KeychainError> {
    let bus = Connection::session().map_err(|_| KeychainError::NoBus)?;
    if !is_there(&bus).map_err(|error| failed(&error))? {
        return Err(KeychainError::Missing);
    }
    let locked = is_locked(&bus).map_err(|error| failed(&error))?;
    if locked {
        Err(KeychainError::Locked)
    } else {
        Ok(())
    }
}

pub(crate) fn failed(error: &zbus::Error) -> KeychainError {
    let zbus::Error::MethodError(name, text, _) = error else {
        return KeychainError::Failed(error.to_string());
    };
    match name.as_str() {
        "org.freedesktop.DBus.Error.ServiceUnknown"
        | "org.freedesktop.DBus.Error.NameHasNoOwner"
        | "org.freedesktop.DBus.Error.Spawn.ChildExited"
        | "org.freedesktop.DBus.Error.Spawn.ExecFailed" => KeychainError::Missing,
        "org.freedesktop.Secret.Error.IsLocked" => KeychainError::Locked,
        other => {
            let text = text.as_deref().unwrap_or_default();
            KeychainError::Failed(format!("{other} {text}").trim_end().to_owned())
        }
    }
}

/// True when the service runs, or the bus knows how to start it.
fn is_there(bus: &Connection) -> zbus::Result<bool> {
    let proxy = DBusProxy::new(bus)?;
    if proxy.name_has_owner(BusName::try_from(SERVICE)?)? {
        return Ok(true);
    }
    Ok(proxy
        .list_activatable_names()?
        .iter()
        .any(|known| known.as_str() == SERVICE))
}

/// True for a locked default collection, and for none: then nothing can be kept either.
fn is_locked(bus: &Connection) -> zbus::Result<bool> {
    let collection: OwnedObjectPath = bus
        .call_method(
            Some(SERVICE),
            ROOT,
            Some("org.freedesktop.Secret.Service"),
            "ReadAlias",
            &("default",),
        )?
        .body()
        .deserialize()?;
    if collection.as_str() == "/" {
        return Ok(true);
    }
    let locked: OwnedValue = bus
        .call_method(
            Some(SERVICE),
            collection.as_str(),
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.freedesktop.Secret.Collection", "Locked"),
        )?
        .body()
        .deserialize()?;
    Ok(bool::try_from(locked)?)
}
