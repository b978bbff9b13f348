//! `leasehold status`

use std::process::ExitCode;

use leasehold_domain::{Problem, Ttl};
use leasehold_engine::Engine;
use leasehold_engine::wire::{BreakGlassKept, ClockOff, GatewayStatus, StatusView};

use crate::print::{Printer, ahead, facts, past};

pub async fn run(engine: &Engine, printer: Printer) -> Result<ExitCode, Problem> {
    let status = engine.status().await?;
    printer.answer(&status, || screen(&status))?;
    Ok(ExitCode::SUCCESS)
}

fn screen(status: &StatusView) -> String {
    let keychain = match &status.keychain.problem {
        Some(problem) => format!("{}: {}", status.keychain.name, told(problem)),
        None => status.keychain.name.clone(),
    };
    let next = status.next_expires_at.map_or("none".to_owned(), |at| {
        ahead(at, status.next_clock_offset_ms)
    });
    let mut rows = vec![
        ("Active leases", status.active_leases.to_string()),
        ("End within 15 minutes", status.ending_soon.to_string()),
        ("Need attention", status.need_attention.to_string()),
        ("Next expiry", next),
        ("Connections", status.connections.to_string()),
        ("Keychain", keychain),
        ("Gateway", gateway(&status.gateway)),
        ("Home", status.home.clone()),
    ];
    if let Some(off) = &status.clock_off {
        rows.push(("Clock", clock(off)));
    }
    if let Some(kept) = &status.break_glass {
        rows.push(("Break-glass kit", kit(kept)));
    }
    if let Some(notice) = &status.notice {
        rows.push(("Notice", told(notice)));
    }
    facts(("LEASEHOLD", &status.version), rows)
}

/// In which direction this computer is wrong, and that no lease lives longer for it.
fn clock(off: &ClockOff) -> String {
    let far = Ttl::from_secs(off.clock_offset_ms.unsigned_abs() / 1000);
    let way = if off.clock_offset_ms > 0 {
        "behind"
    } else {
        "ahead of"
    };
    format!(
        "this computer is {far} {way} AWS (connection {}); leases end on AWS's time all the same",
        off.connection
    )
}

/// Who serves it and where.
fn gateway(status: &GatewayStatus) -> String {
    let waiting = match status.waiting {
        0 => String::new(),
        1 => "; 1 identity asks to log in, see `leasehold approval list`".to_owned(),
        many => format!("; {many} identities ask to log in, see `leasehold approval list`"),
    };
    let text = match (&status.serving, status.on) {
        (Some(serving), _) if serving.urls.is_empty() => "is being opened".to_owned(),
        (Some(serving), _) => {
            let by = match serving.by.as_str() {
                "window" => "the window",
                _ => "`leasehold gateway serve`",
            };
            let at = serving.urls.join(" and ");
            format!("{at}, served by {by} (process {})", serving.pid)
        }
        (None, true) => "switched on, and nobody serves it: it is the window's".to_owned(),
        (None, false) => "off".to_owned(),
    };
    text + &waiting
}

fn kit(kept: &BreakGlassKept) -> String {
    match (&kept.problem, kept.written_at) {
        (Some(problem), _) => format!("NOT up to date in {}: {}", kept.folder, told(problem)),
        (None, Some(at)) => format!("{}, written {}", kept.folder, past(at)),
        (None, None) => format!("{}, not written yet", kept.folder),
    }
}

fn told(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{} {hint}", problem.message),
        None => problem.message.clone(),
    }
}
