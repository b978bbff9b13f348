//! A home in a temporary folder, and rows to put in it.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Credential, LeaseState};
use leasehold_store::{
    ActivityLine, ConnectionKind, ConnectionRow, ConnectionState, LeaseRow, Opened, SecretRow,
    SourceRow, Store, StoreError,
};

pub struct Home {
    pub folder: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("home/state.db")
    }

    pub fn open(&self) -> Result<Opened, StoreError> {
        Store::open(&self.state())
    }

    pub fn store(&self) -> Store {
        self.open().unwrap().store
    }

    /// A home that holds one connection, one secret and one lease, and was closed in order.
    pub fn with_content() -> Self {
        let home = Self::new();
        let store = home.store();
        fill(&store);
        store.leases().insert(&lease("lease-1")).unwrap();
        store.close_clean();
        home
    }
}

/// One connection `conn-1` and one dynamic secret `secret-1`.
pub fn fill(store: &Store) {
    store
        .connections()
        .insert(&connection("conn-1", "main"))
        .unwrap();
    store
        .secrets()
        .insert(&secret(store, "secret-1", "s3-upload"))
        .unwrap();
}

pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

pub fn connection(id: &str, name: &str) -> ConnectionRow {
    ConnectionRow {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: ConnectionKind::AccessKey,
        state: ConnectionState::Ready,
        access_key_id: Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        region: "us-east-1".to_owned(),
        endpoint_url: None,
        account_id: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        caller_arn: "arn:aws:iam::123456789012:user/manager".to_owned(),
        verified_at: at(0),
        created_at: at(0),
        clock_offset_ms: -1500,
        problem_json: None,
        key_entry: None,
        key_at: None,
        source: SourceRow::default(),
    }
}

pub fn secret(store: &Store, id: &str, name: &str) -> SecretRow {
    let environment = store.environments().all().unwrap().remove(0);
    SecretRow {
        id: id.to_owned(),
        environment_id: environment.id,
        environment: environment.name,
        folder: "/payments".to_owned(),
        name: name.to_owned(),
        connection_id: "conn-1".to_owned(),
        default_ttl_s: 3600,
        max_ttl_s: 28_800,
        region: "us-east-1".to_owned(),
        iam_path: "/leases/".to_owned(),
        boundary: None,
        groups: vec!["uploaders".to_owned()],
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
        documents: vec![r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned()],
        username_template: "{{randomUsername}}".to_owned(),
        tags: vec![("team".to_owned(), "pay".to_owned())],
        created_at: at(0),
        updated_at: at(1),
        deleting: false,
        pinned_at: None,
        credential: Credential::IamUser,
    }
}

pub fn lease(id: &str) -> LeaseRow {
    LeaseRow {
        id: id.to_owned(),
        secret_id: Some("secret-1".to_owned()),
        secret_name: "s3-upload".to_owned(),
        environment: "development".to_owned(),
        folder: "/payments".to_owned(),
        connection_id: "conn-1".to_owned(),
        connection_name: "main".to_owned(),
        practice: false,
        account_id: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        iam_path: "/leases/".to_owned(),
        user_name: format!("user-of-{id}"),
        user_arn: format!("arn:aws:iam::123456789012:user/leases/user-of-{id}"),
        user_id: None,
        access_key_id: None,
        boundary: None,
        groups: Vec::new(),
        policy_arns: Vec::new(),
        documents: Vec::new(),
        tags: Vec::new(),
        default_ttl_s: 3600,
        ttl_s: 3600,
        max_ttl_s: 28_800,
        label: None,
        requested_by: "cli".to_owned(),
        installation: "abcd1234".to_owned(),
        guards: vec![at(3600)],
        state: LeaseState::Issuing,
        end_reason: None,
        created_at: at(0),
        issued_at: None,
        expires_at: at(3600),
        max_expires_at: at(28_800),
        pending_expires_at: None,
        cut_at: None,
        ended_at: None,
        usable_after_ms: None,
        step: 0,
        total_steps: 6,
        blocked_by: None,
        next_attempt_at: None,
        recheck_at: None,
        attempts: 0,
        reason: None,
        hint: None,
        alarm: None,
        notified_minutes: Vec::new(),
        kept: false,
        end_asked_at: None,
        missing_action: None,
        reconciled_at: None,
        standing: None,
        findings: Vec::new(),
        owner: None,
        credential: Credential::IamUser,
        cut_policy: None,
        generation: 0,
    }
}

/// A line about a lease.
pub fn line(lease_id: &str, seconds: i64, kind: &str) -> ActivityLine {
    ActivityLine {
        at: at(seconds),
        kind: kind.to_owned(),
        actor: "test".to_owned(),
        outcome: "done".to_owned(),
        lease_id: Some(lease_id.to_owned()),
        secret: None,
        secret_id: None,
        connection: None,
        account_id: None,
        text: format!("It is {kind}."),
        calls: Vec::new(),
    }
}
