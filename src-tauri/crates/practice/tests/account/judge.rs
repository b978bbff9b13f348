//! The loopback listener, judged by the SDK over a real HTTP connection.

use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use leasehold_practice::{Practice, add_admin, serve};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::desk::refused;

struct Judged {
    address: std::net::SocketAddr,
    iam: aws_sdk_iam::Client,
    _folder: tempfile::TempDir,
}

async fn judged() -> Judged {
    let folder = tempfile::tempdir().unwrap();
    let practice = Practice::open(folder.path()).unwrap();
    let (id, secret) = add_admin(&practice).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(practice, listener));
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new(
            id,
            secret.expose_secret(),
            None,
            None,
            "test",
        ))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    Judged {
        address,
        iam: aws_sdk_iam::Client::from_conf(config),
        _folder: folder,
    }
}

#[tokio::test]
async fn a_whole_life_runs_over_the_wire() {
    let iam = judged().await;
    let iam = &iam.iam;
    let path = "/leases/";
    iam.create_user()
        .user_name("ann")
        .path(path)
        .send()
        .await
        .unwrap();
    refused(
        iam.create_user().user_name("Ann").send().await,
        "EntityAlreadyExists",
        409,
    );
    let key = iam
        .create_access_key()
        .user_name("ann")
        .send()
        .await
        .unwrap()
        .access_key
        .unwrap();
    let listed = iam.list_users().path_prefix(path).send().await.unwrap();
    assert_eq!(listed.users().len(), 1);
    let delete = iam
        .delete_access_key()
        .user_name("ann")
        .access_key_id(key.access_key_id);
    delete.send().await.unwrap();
    iam.delete_user().user_name("ann").send().await.unwrap();
}

#[tokio::test]
async fn sixty_clients_at_once_all_get_their_user() {
    let judged = judged().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60 {
        let iam = judged.iam.clone();
        tasks.spawn(async move {
            iam.create_user()
                .user_name(format!("user-{n}"))
                .send()
                .await
                .unwrap();
        });
    }
    tasks.join_all().await;
    let users = judged
        .iam
        .list_users()
        .max_items(1_000)
        .send()
        .await
        .unwrap();
    assert_eq!(users.users().len(), 62);
}

#[tokio::test]
async fn garbage_on_the_wire_is_answered_or_dropped_and_others_are_served() {
    let judged = judged().await;
    for garbage in [
        &b"\x00\xff\xfe garbage\r\n\r\n"[..],
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\nx-bad: \xff\xff\r\ncontent-length: 0\r\n\r\n",
        b"GET /?X-Amz-Signature=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(judged.address).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        let mut start = [0; 12];
        let answered = stream.read_exact(&mut start).await.is_ok();
        assert!(!answered || start.starts_with(b"HTTP/1.1 4"), "{start:?}");
    }
    judged.iam.list_users().send().await.unwrap();
}
