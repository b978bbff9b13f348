//! `leasehold credentials`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::Format;

use crate::args::{CredentialsArgs, FormatArg};
use crate::print::Printer;

pub async fn run(
    engine: &Engine,
    asked: CredentialsArgs,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let format = match asked.format {
        Some(format) => wire(format),
        None if printer.is_json() => Format::Json,
        None => Format::Process,
    };
    let issued = engine.credentials(&asked.secret, asked.ttl).await?;
    printer.secret(&issued.credentials.render(format, &issued.lease.secret)?)?;
    Ok(ExitCode::SUCCESS)
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
    }
}
