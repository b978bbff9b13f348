//! `leasehold credentials`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::Format;

use crate::args::{CredentialsArgs, FormatArg};
use crate::print::Printer;

pub async fn run(
    engine: &Engine,
    args: CredentialsArgs,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let issued = engine.credentials(&args.secret, args.ttl).await?;
    let format = if printer.is_json() {
        Format::Json
    } else {
        format(args.format)
    };
    printer.secret(&issued.credentials.render(format, &issued.lease.secret)?)?;
    Ok(ExitCode::SUCCESS)
}

fn format(format: FormatArg) -> Format {
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
