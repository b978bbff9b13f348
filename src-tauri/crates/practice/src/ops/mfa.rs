//! MFA devices: virtual ones, which are made first and given to a user then, and hardware tokens.

use crate::account::iam_arn;
use crate::answer::Node;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;
use crate::state::MfaDevice;

pub(super) fn create_virtual_device(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "VirtualMFADeviceName")?;
    let path = rules::path(call.params, "Path")?;
    let serial = iam_arn("mfa", path, name);
    call.allow("iam:CreateVirtualMFADevice", &serial, &Context::default())?;
    if call.state.virtual_mfa.contains(&serial) {
        return Err(Fault::new(
            409,
            "EntityAlreadyExists",
            "MFADevice entity at the same path and name already exists.",
        ));
    }
    // Codes are not checked here, so the seed opens nothing and need not be kept.
    let seed = call.state.dice.secret();
    call.state.virtual_mfa.insert(serial.clone());
    call.state.changed = true;
    let node = Node::Fields(vec![
        ("SerialNumber", serial.into()),
        ("Base32StringSeed", seed.into()),
    ]);
    Ok(Some(Node::Fields(vec![("VirtualMFADevice", node)])))
}

pub(super) fn delete_virtual_device(call: &mut Call<'_>) -> Outcome {
    let serial = rules::serial_number(call.params)?;
    call.allow("iam:DeleteVirtualMFADevice", serial, &Context::default())?;
    if !call.state.virtual_mfa.contains(serial) {
        return Err(Fault::not_there(format!(
            "VirtualMFADevice with serial number {serial} does not exist."
        )));
    }
    if owner(call, serial).is_some() {
        return Err(Fault::new(
            409,
            "DeleteConflict",
            "MFA VirtualDevice in use. Must deactivate first.",
        ));
    }
    call.state.virtual_mfa.remove(serial);
    call.state.changed = true;
    Ok(None)
}

pub(super) fn list_virtual_devices(call: &mut Call<'_>) -> Outcome {
    let everything = iam_arn("mfa", "/", "");
    call.allow(
        "iam:ListVirtualMFADevices",
        &everything,
        &Context::default(),
    )?;
    let wanted = call.params.get("AssignmentStatus").unwrap_or("Any");
    let fits = |assigned: bool| match wanted {
        "Assigned" => assigned,
        "Unassigned" => !assigned,
        _ => true,
    };
    let devices = call.state.virtual_mfa.iter();
    let items = devices
        .filter(|serial| fits(owner(call, serial).is_some()))
        .map(|serial| {
            let node = Node::Fields(vec![("SerialNumber", serial.into())]);
            (serial.clone(), node)
        })
        .collect();
    let fields = page(call, "VirtualMFADevices", items)?;
    Ok(Some(Node::Fields(fields)))
}

pub(super) fn enable_device(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let serial = rules::serial_number(call.params)?;
    let codes =
        ["AuthenticationCode1", "AuthenticationCode2"].map(|parameter| call.params.need(parameter));
    call.allow_user("iam:EnableMFADevice", name, Context::default())?;
    let [first, second] = codes;
    let (first, second) = (first?, second?);
    let code = |text: &str| text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    if !code(first) || !code(second) || first == second {
        return Err(Fault::new(
            403,
            "InvalidAuthenticationCode",
            "Authentication code for device is not valid.",
        ));
    }
    let user = call.state.user(name)?;
    if user.credentials.mfa.len() >= rules::MFA_PER_USER {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for MFADevicesPerUser: {}",
            rules::MFA_PER_USER
        )));
    }
    if serial.starts_with("arn:") && !call.state.virtual_mfa.contains(serial) {
        return Err(no_device(serial));
    }
    if owner(call, serial).is_some() {
        return Err(Fault::new(
            409,
            "EntityAlreadyExists",
            "MFA Device is already in use.",
        ));
    }
    let device = MfaDevice {
        serial: serial.to_owned(),
        enabled: call.now,
    };
    call.state.user_mut(name)?.credentials.mfa.push(device);
    Ok(None)
}

pub(super) fn deactivate_device(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let serial = rules::serial_number(call.params)?;
    call.allow_user("iam:DeactivateMFADevice", name, Context::default())?;
    let devices = &mut call.state.user_mut(name)?.credentials.mfa;
    let place = devices
        .iter()
        .position(|device| device.serial == serial)
        .ok_or_else(|| no_device(serial))?;
    devices.remove(place);
    Ok(None)
}

pub(super) fn list_devices(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:ListMFADevices", &name, Context::default())?;
    let user = call.state.user(&name)?;
    let mut items: Vec<_> = user
        .credentials
        .mfa
        .iter()
        .map(|device| {
            let node = Node::Fields(vec![
                ("UserName", (&user.name).into()),
                ("SerialNumber", (&device.serial).into()),
                ("EnableDate", device.enabled.into()),
            ]);
            (device.serial.clone(), node)
        })
        .collect();
    items.sort_by(|left, right| left.0.cmp(&right.0));
    let fields = page(call, "MFADevices", items)?;
    Ok(Some(Node::Fields(fields)))
}

/// The user who has the device of this serial number.
fn owner<'a>(call: &'a Call<'_>, serial: &str) -> Option<&'a str> {
    let users = call.state.users.values();
    users
        .filter(|user| user.credentials.mfa.iter().any(|d| d.serial == serial))
        .map(|user| user.name.as_str())
        .next()
}

fn no_device(serial: &str) -> Fault {
    Fault::not_there(format!(
        "MFADevice with serial number {serial} does not exist."
    ))
}
