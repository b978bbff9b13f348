//! A connection that is not the practice account's: an administrator's own key, called `own`.

use std::sync::Arc;

use leasehold_engine::{AddAccessKey, AskCode, Engine, KeychainChoice, Options};
use secrecy::SecretString;

use super::{Ground, Wire};

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A home with such a connection, and what its processes are opened with.
pub struct Own {
    pub ground: Ground,
    pub sign_in: Option<String>,
}

impl Own {
    pub async fn new() -> Self {
        let own = Self {
            ground: Ground::new().await,
            sign_in: None,
        };
        let iam = own.ground.manager();
        iam.create_user().user_name("ada").send().await.unwrap();
        let put = iam.put_user_policy().user_name("ada").policy_name("all");
        put.policy_document(EVERYTHING).send().await.unwrap();
        let made = iam.create_access_key().user_name("ada").send().await;
        let key = made.unwrap().access_key.unwrap();
        let (engine, _) = own.process(None);
        let add = AddAccessKey {
            name: "own".into(),
            access_key_id: key.access_key_id,
            secret_access_key: SecretString::from(key.secret_access_key),
            region: None,
            endpoint_url: None,
        };
        engine.connections().add_access_key(add).await.unwrap();
        engine.close();
        own
    }

    pub fn process(&self, ask: Option<Arc<dyn AskCode>>) -> (Engine, Wire) {
        let home = self.ground.folder.path();
        let keychain = KeychainChoice::File {
            path: home.join("keychain.enc"),
            passphrase: SecretString::from("correct horse"),
        };
        let wire = Wire::new(self.ground.practice.http_client());
        let engine = Engine::open(Options {
            http: Some(wire.client()),
            clock: Arc::new(self.ground.clock.clone()),
            ask,
            sign_in: self.sign_in.clone(),
            ..Options::new(home.to_path_buf(), keychain, "test")
        })
        .unwrap();
        (engine, wire)
    }

    /// A role that everybody of the account may take on, and that may do everything.
    pub async fn role(&self, name: &str, account: &str) -> String {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
                "Principal":{{"AWS":"arn:aws:iam::{account}:root"}}}}]}}"#
        );
        self.ground
            .manager_may(Some(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#))
            .await;
        let iam = self.ground.manager();
        let made = iam.create_role().role_name(name);
        let made = made
            .assume_role_policy_document(trust)
            .send()
            .await
            .unwrap();
        let put = iam.put_role_policy().role_name(name).policy_name("all");
        put.policy_document(EVERYTHING).send().await.unwrap();
        made.role.unwrap().arn
    }
}
