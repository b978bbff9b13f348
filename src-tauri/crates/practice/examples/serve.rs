//! Serves a throw-away practice account on a loopback port, so that any AWS client can judge it:
//! `cargo run -p leasehold-practice --features listener --example serve -- [PORT] [FOLDER]`.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use leasehold_practice::{Practice, add_admin, serve};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().as_deref().unwrap_or("0").parse()?;
    let folder = arguments.next().map_or_else(
        || std::env::temp_dir().join(format!("leasehold-practice-{}", std::process::id())),
        std::path::PathBuf::from,
    );
    let practice = Practice::open(&folder)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    for (who, (id, secret)) in [
        ("manager", practice.manager_keys()),
        ("admin", add_admin(&practice)?),
    ] {
        println!("{who} {id} {}", secret.expose_secret());
    }
    serve(practice, listener).await?;
    Ok(())
}
