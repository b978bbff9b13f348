//! The documents of `--json` as JSON Schemas, kept in `schemas/` and checked to be what the types say.
//!
//! Every field is always there; one without a value is `null`. A schema is open: a later version may
//! add fields, and takes none away.

use std::collections::BTreeMap;
use std::path::Path;

use leasehold_access::desk::view::{
    AccessNews, ApprovalView, AuthMethodView, ReachView, RoleView, SessionView, TestView, WhoView,
};
use leasehold_domain::Problem;
use leasehold_engine::wire::*;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident { $($(#[$rule:meta])* $field:ident: $type:ty),* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(Serialize, JsonSchema)]
        #[allow(dead_code)]
        struct $name { $($(#[$rule])* $field: $type),* }
    )* };
}

documents! {
    /// What is printed on standard error instead of an answer, with an exit code that is not 0.
    Failed { error: Problem }
    /// What `secret apply` prints on standard error where the file cannot be applied: the first fault,
    /// and all of them.
    Refused { error: Problem, problems: Vec<RecipeFault> }
    /// One connection: `connection add`, `show`, `check`.
    Connection { connection: ConnectionView }
    /// `connection list`
    Connections { connections: Vec<ConnectionView> }
    /// `profile install`
    ProfileInstalled { profile: InstalledProfile }
    /// `profile remove`
    ProfileRemoved { profile: RemovedProfile }
    /// `environment add`, `rename`
    Environment { environment: EnvironmentView }
    /// `environment list`
    Environments { environments: Vec<EnvironmentView> }
    /// `connection remove`, `environment remove`, `auth-method delete`, `role delete`, `session revoke`
    Removed { removed: String }
    /// `practice skip`
    Skipped { clock_offset_ms: i64 }
    /// `practice reset`
    Reset { reset: bool }
    /// `secret show`
    Secret { secret: SecretView }
    /// `secret list`
    Secrets { secrets: Vec<SecretView> }
    /// `secret add`, `edit`
    SavedSecret { secret: SecretView, warnings: Vec<Problem> }
    /// `secret export`, with the fields of the file.
    Exported { version: u32, secret: Vec<SecretDraft> }
    /// `lease list`
    ListedLeases { leases: Vec<LeaseView> }
    /// One lease: `lease renew`, `acknowledge`, `forget`, `orphan adopt`, `remove`.
    Lease { lease: LeaseView }
    /// `lease create`: the only one with a secret access key.
    Created { lease: LeaseView, credentials: Key, usable_after_ms: Option<u32> }
    /// The leased key.
    Key {
        access_key_id: String, secret_access_key: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        session_token: Option<String>
    }
    /// `credentials --json`
    CredentialsJson {
        access_key_id: String, secret_access_key: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        session_token: Option<String>,
        region: String, user_name: String, expires_at: chrono::DateTime<chrono::Utc>,
    }
    /// `console`: the link only with `--url`.
    Console { url: Option<String>, console: ConsoleView }
    /// `connection profiles`
    Profiles { profiles: Vec<AwsProfileView> }
    /// One auth method: `auth-method create aws-iam`, `update aws-iam`, `show`, `enable`, `disable`.
    AuthMethod { auth_method: AuthMethodView }
    /// `auth-method list`
    AuthMethods { auth_methods: Vec<AuthMethodView> }
    /// `auth-method test`
    Tested { test: TestView }
    /// What a form with several faults prints on standard error: the first, and all of them.
    FormRefused { error: Problem, problems: Vec<Problem> }
    /// One role: `role create`, `show`, `set-rule`, `delete-rule`, `associate`, `dissociate`.
    Role { role: RoleView }
    /// `role list`
    Roles { roles: Vec<RoleView> }
    /// `role who-can`
    WhoCan { rules: Vec<WhoView> }
    /// `role reach`
    Reach { reach: Vec<ReachView> }
    /// `gateway client`
    Clients { client: Vec<ClientHelp> }
    /// `session list`
    Sessions { sessions: Vec<SessionView> }
    /// `approval list`
    Approvals { approvals: Vec<ApprovalView> }
    /// `approval allow`, `deny`
    Approval { approval: ApprovalView }
    /// `gateway serve`
    Serving { urls: Vec<String>, certificate_sha256: Option<String> }
    /// `configure`
    Configured { profile: String, gateway_url: String }
    /// `auth`
    Token { token: String, expiration: chrono::DateTime<chrono::Utc> }
    /// `auth --token-file`
    TokenFile { token_file: String, expiration: chrono::DateTime<chrono::Utc> }
    /// `get-cloud-identity`
    CloudIdentity { cloud_identity: String }
    /// `get-cloud-identity --describe-sub-claims`
    SubClaims { sub_claims: BTreeMap<leasehold_domain::ClaimKey, String> }
    /// `settings show`, `set`
    SettingsShown { settings: Settings, gateway: GatewaySettings }
    /// `status --service`
    ServiceFile { kind: String, file: String, text: String }
    /// `man`
    Manual { folder: String, pages: Vec<String> }
    /// `break-glass --stop-keeping`: the folder the kit was kept in.
    Stopped { stopped: Option<String> }
}

/// What a `credential_process` prints, as the AWS SDKs define it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct CredentialProcess {
    version: u8,
    access_key_id: String,
    secret_access_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<String>,
    expiration: chrono::DateTime<chrono::Utc>,
}

/// Every document by the name of its file.
fn schemas() -> BTreeMap<&'static str, Value> {
    let mut all = BTreeMap::new();
    macro_rules! schemas {
        ($($name:literal: $type:ty),* $(,)?) => { $(all.insert($name, schema::<$type>($name));)* };
    }
    schemas!(
        "access-news": AccessNews,
        "activity-list": ActivityPage,
        "activity-verify": ActivityCheck,
        "approval": Approval,
        "approval-list": Approvals,
        "auth": Token,
        "auth-token-file": TokenFile,
        "configure": Configured,
        "gateway": Serving,
        "gateway-client": Clients,
        "auth-method": AuthMethod,
        "auth-method-list": AuthMethods,
        "auth-method-refused": FormRefused,
        "auth-method-test": Tested,
        "break-glass": BreakGlassKit,
        "break-glass-files": BreakGlassFiles,
        "break-glass-stopped": Stopped,
        "cloud-identity": CloudIdentity,
        "cloud-identity-claims": SubClaims,
        "connection": Connection,
        "connection-keys": ManagingKeys,
        "connection-list": Connections,
        "connection-policy": ManagingPolicy,
        "connection-profiles": Profiles,
        "connection-rotated": Rotated,
        "console": Console,
        "credentials": CredentialsJson,
        "credentials-process": CredentialProcess,
        "environment": Environment,
        "environment-list": Environments,
        "error": Failed,
        "event": Event,
        "keychain-moved": KeysMoved,
        "keychain-status": KeysView,
        "lease": Lease,
        "lease-create": Created,
        "lease-list": ListedLeases,
        "lease-reconcile": ReconcileReport,
        "lease-revoke": RevokeReport,
        "lease-show": LeaseDetail,
        "man": Manual,
        "orphan-list": OrphanList,
        "practice-reset": Reset,
        "practice-skip": Skipped,
        "profile-installed": ProfileInstalled,
        "profile-removed": ProfileRemoved,
        "removed": Removed,
        "role": Role,
        "role-list": Roles,
        "role-reach": Reach,
        "role-who-can": WhoCan,
        "secret": Secret,
        "secret-apply": RecipePlan,
        "secret-apply-error": Refused,
        "secret-export": Exported,
        "secret-list": Secrets,
        "secret-preflight": Preflight,
        "secret-saved": SavedSecret,
        "service": ServiceFile,
        "session-list": Sessions,
        "settings": SettingsShown,
        "status": StatusView,
    );
    all
}

fn schema<T: JsonSchema>(name: &str) -> Value {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let schema: Schema = generator.into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    let Some(fields) = schema.as_object_mut() else {
        return schema;
    };
    fields.insert("title".into(), json!(format!("leasehold {name}")));
    if let Some(Value::Object(types)) = fields.get_mut("$defs") {
        flatten_secret(types);
    }
    schema
}

/// What the form holds stands beside what the engine adds, as `commands::secret` prints it.
fn flatten_secret(types: &mut Map<String, Value>) {
    let Some(draft) = types.get("SecretDraft").cloned() else {
        return;
    };
    let Some(secret) = types.get_mut("SecretView") else {
        return;
    };
    secret["properties"]
        .as_object_mut()
        .unwrap()
        .remove("draft");
    let required = secret["required"].as_array_mut().unwrap();
    required.retain(|name| name != "draft");
    required.extend(draft["required"].as_array().unwrap().iter().cloned());
    let fields = draft["properties"].as_object().unwrap().clone();
    secret["properties"].as_object_mut().unwrap().extend(fields);
}

/// `LEASEHOLD_UPDATE_SNAPSHOTS=1` writes them anew; read the difference: a field that goes breaks
/// scripts.
#[test]
fn the_kept_schemas_are_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let is_update = std::env::var_os("LEASEHOLD_UPDATE_SNAPSHOTS").is_some();
    let mut kept: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    for (name, schema) in schemas() {
        let file = format!("{name}.json");
        kept.retain(|kept| *kept != file);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if is_update {
            std::fs::write(folder.join(&file), &text).unwrap();
        }
        let kept = std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
        assert!(
            kept == text,
            "{file} is not what is printed; LEASEHOLD_UPDATE_SNAPSHOTS=1 writes it anew"
        );
    }
    assert!(kept.is_empty(), "schemas of nothing: {kept:?}");
}
