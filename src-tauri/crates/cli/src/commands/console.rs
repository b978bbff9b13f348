//! `leasehold console`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::{CredentialsRequest, Door, Engine, Issued, SignIn, open_in_browser};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use zeroize::Zeroizing;

use crate::args::ConsoleArgs;
use crate::print::Printer;

pub async fn run(
    engine: &Engine,
    asked: ConsoleArgs,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let issued = key(engine, &asked).await?;
    let signed_in = engine
        .leases()
        .console(
            &issued.lease.id,
            &issued.credentials,
            asked.service.as_deref(),
        )
        .await?;
    for note in &signed_in.about.notes {
        printer.note(note);
    }
    if asked.url {
        print(&signed_in, printer)?;
    } else {
        open(engine, asked.browser, signed_in, printer).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The key of the lease that is named, else of a lease of the secret that is.
async fn key(engine: &Engine, asked: &ConsoleArgs) -> Result<Issued, Problem> {
    match engine.leases().show(&asked.of) {
        Ok(found) => engine.leases().open_kept(&found.lease.id).await,
        Err(problem) if problem.code == Code::NotFound => {
            let request = CredentialsRequest {
                ttl: asked.ttl.clone(),
                ..CredentialsRequest::of(&asked.of)
            };
            engine.credentials(&request).await
        }
        Err(problem) => Err(problem),
    }
}

fn print(signed_in: &SignIn, printer: Printer) -> Result<(), Problem> {
    let link = signed_in.link.expose_secret();
    if !printer.is_json() {
        return printer.secret(&signed_in.link);
    }
    let document = json!({ "url": link, "console": signed_in.about });
    let text = Zeroizing::new(format!("{document:#}"));
    printer.secret(&SecretString::from(text.as_str()))
}

async fn open(
    engine: &Engine,
    browser: Option<String>,
    signed_in: SignIn,
    printer: Printer,
) -> Result<(), Problem> {
    let browser = match browser {
        Some(browser) => browser,
        None => engine.settings().get()?.console_browser,
    };
    let door = Door::open(signed_in.link).await?;
    open_in_browser(&browser, &door.address()?)?;
    door.wait().await?;
    let about = signed_in.about;
    printer.answer(&json!({ "url": null, "console": about }), || {
        format!(
            "The console of account {} is open as {}.",
            about.account_id, about.user_name
        )
    })
}
