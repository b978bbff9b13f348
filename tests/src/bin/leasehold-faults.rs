//! `cargo xtask faults`: plays every case and prints the table. Exit code 1 when anything was broken.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for a terminal: printing is what it does"
)]

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use leasehold_tests::faults::{self, case::Operation, plan, table};

const USAGE: &str = "\
cargo xtask faults                every request and commit as a kill point, every fault at least once
    --full                        every fault at every request
    --only OPERATION              issue, renew, revoke, edit or remove of a user; open, deny, lapse or clear of a
                                  session (may be repeated)
    --case TEXT                   only the cases whose name holds this text
    --seed N                      only the random history of this seed (may be repeated)
    --list                        the cases, played or not
    --at-once N                   so many at a time
";

struct Asked {
    full: bool,
    list: bool,
    only: Vec<Operation>,
    case: Option<String>,
    seeds: Vec<u64>,
    at_once: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match perform().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn perform() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let asked = match parse(&words) {
        Ok(asked) => asked,
        Err(error) => {
            eprint!("error: {error}\n\n{USAGE}");
            return Ok(ExitCode::from(2));
        }
    };
    let began = Instant::now();
    let mut cases = match asked.seeds.is_empty() {
        true => plan::everything(&plan::recordings().await?, asked.full),
        false => plan::random(asked.seeds),
    };
    cases.retain(|case| asked.only.is_empty() || asked.only.contains(&case.operation));
    if let Some(text) = &asked.case {
        cases.retain(|case| case.to_string().contains(text));
    }
    if asked.list {
        cases.iter().for_each(|case| println!("{case}"));
        return Ok(ExitCode::SUCCESS);
    }
    if cases.is_empty() {
        bail!("there is no such case; --list shows them");
    }
    let count = cases.len();
    let outcomes = faults::run(cases, asked.at_once, |outcome| {
        let verdict = match outcome.findings.is_empty() {
            true => "ok",
            false => "BROKEN",
        };
        let took = outcome.took.as_secs_f32();
        eprintln!("{verdict:<7}{took:>6.1} s  {}", outcome.case);
        for finding in &outcome.findings {
            eprintln!("       {:?}: {}", finding.column, finding.text);
        }
    });
    let outcomes = outcomes.await?;
    println!("\n{}", table::table(&outcomes));
    print!("{}", table::commands(&outcomes));
    let took = began.elapsed().as_secs();
    println!("{count} cases in {took} s");
    let is_whole = outcomes.iter().all(|outcome| outcome.findings.is_empty());
    Ok(ExitCode::from(u8::from(!is_whole)))
}

fn parse(words: &[String]) -> Result<Asked> {
    let mut asked = Asked {
        full: false,
        list: false,
        only: Vec::new(),
        case: None,
        seeds: Vec::new(),
        at_once: faults::at_once(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || match words.next() {
            Some(value) => Ok(value.clone()),
            None => bail!("{word} needs a value"),
        };
        match word.as_str() {
            "--full" => asked.full = true,
            "--list" => asked.list = true,
            "--seed" => asked.seeds.push(value()?.parse()?),
            "--case" => asked.case = Some(value()?),
            "--at-once" => asked.at_once = value()?.parse()?,
            "--only" => {
                let name = value()?;
                let found = Operation::ALL.into_iter().find(|one| one.name() == name);
                let Some(operation) = found else {
                    bail!("there is no operation {name:?}");
                };
                asked.only.push(operation);
            }
            other => bail!("{other:?} is not known"),
        }
    }
    Ok(asked)
}
