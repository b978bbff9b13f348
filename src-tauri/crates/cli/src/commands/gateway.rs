//! `leasehold gateway serve`, and `configure` and `auth` on the other side of it.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Problem};
use leasehold_engine::{Engine, SystemClock};
use leasehold_gateway::{DEFAULT_LISTEN, Gateway, Listen, Options, TlsFiles};
use secrecy::SecretString;
use serde_json::json;
use tokio::sync::watch;

use super::knocks;
use super::signals::Signals;
use crate::args::{AuthArgs, ConfigureArgs, GatewayVerb, ServeArgs};
use crate::input;
use crate::print::Printer;
use crate::remote::login::{LoggedIn, log_in};
use crate::remote::profile::{Files, Profile, write_whole};

/// Serves until it is interrupted; calls that are under way are finished then. Leases end on time
/// meanwhile, as with `lease watch`.
pub async fn run(engine: &Engine, verb: GatewayVerb, printer: Printer) -> Result<(), Problem> {
    match verb {
        GatewayVerb::Serve(asked) => serve(engine, asked, printer).await,
        GatewayVerb::Client { auth_method } => client(engine, auth_method.as_deref(), printer),
    }
}

/// What a client is set up with, at whoever serves this home now.
fn client(engine: &Engine, auth_method: Option<&str>, printer: Printer) -> Result<(), Problem> {
    let desk = super::access::desk(engine);
    let method = auth_method
        .map(|name| desk.methods().show(name))
        .transpose()?;
    let serving = engine.gateway().serving();
    let (urls, certificate) = match serving {
        Some(serving) => (serving.urls, serving.certificate_sha256),
        None => (Vec::new(), None),
    };
    let vault = engine.shared().installation;
    let help = leasehold_gateway::clients(method.as_ref(), &vault, &urls, certificate.as_deref());
    printer.answer(&json!({ "client": help }), || {
        let blocks: Vec<String> = help
            .iter()
            .map(|one| {
                let note = one.note.iter().map(|note| format!("\n# {note}"));
                format!("# {}{}\n{}", one.title, note.collect::<String>(), one.text)
            })
            .collect();
        blocks.join("\n\n")
    })
}

async fn serve(engine: &Engine, asked: ServeArgs, printer: Printer) -> Result<(), Problem> {
    let options = options(asked)?;
    let gateway = Gateway::open(engine, options).await?;
    let (urls, sha256) = (gateway.urls(), gateway.fingerprint());
    printer.answer(
        &json!({ "urls": urls, "certificate_sha256": sha256 }),
        || {
            let mut text = urls.join("\n");
            if let Some(sha256) = &sha256 {
                text += &format!("\nIts certificate's SHA-256 is {sha256}.");
            }
            text
        },
    )?;
    let mut signals = Signals::new()?;
    let (stop, stopped) = watch::channel(false);
    let tell = |news| {
        if let Some(text) = knocks::said(&news) {
            printer.progress(&text);
        }
    };
    let work = async {
        tokio::join!(
            gateway.run(stopped.clone()),
            leasehold_gateway::news(engine, tell, stopped.clone()),
            engine.run(stopped)
        );
    };
    tokio::pin!(work);
    let mut is_stopping = false;
    loop {
        tokio::select! {
            () = &mut work => return Ok(()),
            () = signals.next() => {
                if is_stopping {
                    return Ok(());
                }
                is_stopping = true;
                let _ = stop.send(true);
                printer.progress("Finishing what is under way; Ctrl-C again leaves at once.");
            }
        }
    }
}

fn options(asked: ServeArgs) -> Result<Options, Problem> {
    let listen = match (asked.listen.is_empty(), &asked.socket) {
        (true, None) => vec![DEFAULT_LISTEN.to_owned()],
        _ => asked.listen,
    };
    let listen = listen.iter().map(|text| Listen::parse("listen", text));
    Ok(Options {
        listen: listen.collect::<Result<_, _>>()?,
        socket: asked
            .socket
            .map(std::path::absolute)
            .transpose()
            .map_err(|error| {
                Problem::new(
                    Code::Refused,
                    format!("The socket has no whole path: {error}."),
                )
            })?,
        tls: asked
            .tls_cert
            .zip(asked.tls_key)
            .map(|(cert, key)| TlsFiles { cert, key }),
        own_tls: asked.tls_own,
        names: asked.name,
        ..Options::default()
    })
}

/// Keeps a profile. Nothing is asked of the gateway.
pub fn configure(home: &Path, asked: ConfigureArgs, printer: Printer) -> Result<(), Problem> {
    let name = asked.profile.clone();
    let files = Files::of(home, &name)?;
    let profile = Profile::of(asked)?;
    files.write(&profile)?;
    printer.answer(
        &json!({ "profile": name, "gateway_url": profile.gateway_url }),
        || format!("Profile {name} logs in at {}.", profile.gateway_url),
    )?;
    Ok(())
}

/// Where a token is written is asked for again so long after a failure.
const AGAIN: Duration = Duration::from_secs(20);
/// While it stays it looks at the clock so often.
const LOOK: Duration = Duration::from_secs(60);

/// Logs in and prints the token, or writes it to a file; that of a profile is kept for its other verbs.
pub async fn auth(home: &Path, mut asked: AuthArgs, printer: Printer) -> Result<(), Problem> {
    let given = asked
        .cloud_id
        .take()
        .as_deref()
        .map(input::cloud_identity)
        .transpose()?;
    let given = given.as_ref().map(|token| token.as_str());
    let mut entered = enter(home, &asked, given).await?;
    let Some(file) = asked.token_file.clone() else {
        if printer.is_json() {
            let document =
                json!({ "token": entered.token.as_str(), "expiration": entered.expiration });
            return printer.answer(&document, String::new).map(drop);
        }
        return printer.secret(&SecretString::from(entered.token.as_str()));
    };
    loop {
        write_token(&file, entered.token.as_str())?;
        let ends = entered.expiration;
        let document = json!({ "token_file": file, "expiration": ends });
        printer.answer(&document, || format!("{}: until {ends}.", file.display()))?;
        if !asked.stay {
            return Ok(());
        }
        most_of_it(ends).await;
        entered = loop {
            match enter(home, &asked, None).await {
                Ok(entered) => break entered,
                Err(problem) => printer.note(&format!("{} Trying again.", problem.message)),
            }
            tokio::time::sleep(AGAIN).await;
        };
    }
}

/// Waits until most of a token's time is over, which is also so after a sleep of the computer: timers stand
/// still meanwhile, and its clock does not. A clock that is set makes it come too early, and never too late.
async fn most_of_it(ends: DateTime<Utc>) {
    let clock = SystemClock::shared();
    let left = (ends - clock.now()).to_std().unwrap_or_default();
    let wait = (left * 2 / 3).max(AGAIN);
    let (began, timer) = (clock.now(), Instant::now());
    loop {
        let by_clock = (clock.now() - began).to_std().unwrap_or_default();
        let left = wait.saturating_sub(by_clock.max(timer.elapsed()));
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(look())).await;
    }
}

/// How often it looks at the clock; a test cannot wait for a minute.
fn look() -> Duration {
    let millis = std::env::var("LEASEHOLD_TEST_LOOK_MS").ok();
    let millis = millis.filter(|_| cfg!(debug_assertions));
    let millis = millis.and_then(|millis| millis.parse().ok());
    millis.map_or(LOOK, Duration::from_millis)
}

fn write_token(file: &Path, token: &str) -> Result<(), Problem> {
    write_whole(file, token.as_bytes()).map_err(|error| {
        Problem::new(
            Code::StoreFailed,
            format!(
                "The token cannot be written to {}: {error}.",
                file.display()
            ),
        )
        .with_hint("Name a file in a folder that exists and that you may write.")
        .at("token_file")
    })
}

async fn enter(home: &Path, asked: &AuthArgs, given: Option<&str>) -> Result<LoggedIn, Problem> {
    if let (Some(access_id), Some(access_type)) = (&asked.access_id, &asked.access_type) {
        let profile = Profile::of(ConfigureArgs {
            profile: "default".to_owned(),
            access_id: access_id.clone(),
            access_type: access_type.clone(),
            gateway_url: asked.gateway_url.clone(),
            gateway_cert: None,
            aws_profile: None,
            sts_url: None,
            audience: None,
        })?;
        return log_in(&profile, given).await;
    }
    let name = asked.profile.as_deref().unwrap_or("default");
    let files = Files::of(home, name)?;
    let profile = files.read()?;
    let entered = log_in(&profile, given).await?;
    files.keep(&profile, &entered.token, entered.expiration)?;
    Ok(entered)
}
