//! A program as people write it: one client object of the AWS SDK for Rust that lives long and asks again and again.
//!
//! For each line on standard input it asks who it is and prints the answer, an ARN, or `ERROR` and what the SDK says. The key
//! comes from where the environment says (`AWS_PROFILE`, `AWS_CONFIG_FILE`).
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    reason = "a command for a test: printing is what it does"
)]

use std::io::BufRead;

use aws_sdk_sts::error::DisplayErrorContext;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let config = aws_config::from_env()
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .load()
        .await;
    let sts = aws_sdk_sts::Client::new(&config);
    println!("READY");
    for _ in std::io::stdin().lock().lines() {
        match sts.get_caller_identity().send().await {
            Ok(who) => println!("{}", who.arn().unwrap_or_default()),
            Err(error) => println!("ERROR {}", DisplayErrorContext(error)),
        }
    }
}
