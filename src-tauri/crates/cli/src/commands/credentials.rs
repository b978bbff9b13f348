//! `leasehold credentials`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::wire::Format;
use leasehold_engine::{CredentialsRequest, Engine};

use crate::args::{CredentialsArgs, FormatArg};
use crate::print::Printer;

pub async fn run(
    engine: &Engine,
    asked: CredentialsArgs,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let format = format(asked.format, printer);
    let request = CredentialsRequest {
        secret: asked.secret,
        ttl: asked.ttl,
        reuse_share: asked.reuse_share,
    };
    let issued = engine.credentials(&request).await?;
    printer.secret(&issued.credentials.render(format, &issued.lease.secret)?)?;
    Ok(ExitCode::SUCCESS)
}

/// How a key is written out when that is said, and when not.
pub fn format(asked: Option<FormatArg>, printer: Printer) -> Format {
    match asked {
        Some(format) => wire(format),
        None if printer.is_json() => Format::Json,
        None => Format::Process,
    }
}

fn wire(format: FormatArg) -> Format {
    match format {
        FormatArg::Process => Format::Process,
        FormatArg::Bash => Format::Bash,
        FormatArg::Fish => Format::Fish,
        FormatArg::Powershell => Format::Powershell,
        FormatArg::Cmd => Format::Cmd,
        FormatArg::Dotenv => Format::Dotenv,
        FormatArg::Json => Format::Json,
        FormatArg::Profile => Format::Profile,
        FormatArg::Docker => Format::Docker,
    }
}
