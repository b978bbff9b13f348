//! The window's types are the engine's: one generated file, and a test that fails when it drifts.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::PathBuf;

use leasehold_access::desk::view::{
    AccessNews, ActionTest, ApprovalView, AssociationView, AuthMethodCheck, AuthMethodView,
    ExpiryNotice, ReachView, RoleTest, RoleView, RuleView, SessionView, TestView, WhoView,
};
use leasehold_access::{
    AssociationCheck, AuthMethodDraft, Bound, BoundCheck, ClaimCheck, Decision, Outcome as Bounded,
    Reason, RuleCheck, RuleEffect,
};
use leasehold_domain::{Action, Capability, ClaimKey, Code, Credential, Problem};
use leasehold_engine::wire::*;
use ts_rs::{Config, TS};

const HEAD: &str = "// What the engine tells the window. Written by `cargo xtask bindings`; do not \
                    edit.\n";

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/api/generated/wire.ts")
}

fn declare<T: TS + 'static>(text: &mut String) {
    let docs = T::docs().unwrap_or_default();
    let declaration = T::decl(&Config::default());
    write!(text, "\n{docs}export {declaration}\n").unwrap();
}

fn bindings() -> String {
    let mut text = HEAD.to_owned();
    write!(
        text,
        "\n/** So long a fresh key is tried before it is taken as it is, in milliseconds. */\n\
         export const TRIED_MS = {};\n",
        u64::from(TRIED_SECONDS) * 1000
    )
    .unwrap();
    macro_rules! declare {
        ($($wire:ty),* $(,)?) => { $(declare::<$wire>(&mut text);)* };
    }
    declare!(
        Code,
        Problem,
        State,
        EndReason,
        CleanupStepName,
        CleanupStepState,
        CleanupStep,
        Cleanup,
        Standing,
        Credential,
        RevokeEffect,
        LeaseView,
        LeaseEvent,
        LeaseSet,
        LeaseSort,
        LeasePageQuery,
        LeasePage,
        LeaseDetail,
        Format,
        ConnectionKind,
        RotationView,
        ConnectionView,
        ManagingKey,
        ManagingKeys,
        Rotated,
        ProfileOrigin,
        ProfileRole,
        AwsProfileView,
        ConsoleView,
        ManagingPolicy,
        EnvironmentView,
        TagView,
        SecretDraft,
        BudgetView,
        Severity,
        PolicyMark,
        DraftCheck,
        Verdict,
        NeededFor,
        Probe,
        CanaryStepName,
        CanaryStep,
        Canary,
        Preflight,
        SecretView,
        RevokeReport,
        PendingRevoke,
        Found,
        ConnectionProblem,
        Origin,
        OrphanView,
        OrphanList,
        ReconcileReport,
        Outcome,
        ActivityCall,
        ActivityEntry,
        ActivityPage,
        ActivityQuery,
        ActivityFault,
        ActivityCheck,
        BreakGlassKept,
        BreakGlassKit,
        BreakGlassFiles,
        KeychainView,
        ClockOff,
        GatewayTls,
        GatewaySettings,
        GatewayServing,
        GatewayStatus,
        GatewayState,
        GatewayView,
        ClientHelp,
        StatusView,
        Theme,
        Settings,
        IssueStep,
        Event,
        ClaimKey,
        Capability,
        Action,
        AuthMethodDraft,
        AuthMethodView,
        AuthMethodCheck,
        ExpiryNotice,
        RuleView,
        AssociationView,
        RoleView,
        WhoView,
        ReachView,
        SessionView,
        ApprovalView,
        AccessNews,
        Reason,
        Bound,
        Bounded,
        BoundCheck,
        ClaimCheck,
        AssociationCheck,
        RuleEffect,
        RuleCheck,
        Decision,
        RoleTest,
        ActionTest,
        TestView,
    );
    tidied(&text)
}

/// The same text as a person would lay it out: one-line comments on one line, members indented.
fn tidied(text: &str) -> String {
    let text = text.replace(", };", ",\n};").replace("/**\n * ", "/** ");
    let mut lines: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in text.lines().map(str::trim_end) {
        if line.trim_start() == "*/" && lines.last().is_some_and(|l| l.trim().starts_with("/**")) {
            lines.last_mut().unwrap().push_str(" */");
            continue;
        }
        is_inside &= !line.starts_with('}');
        lines.push(match is_inside {
            true => format!("  {line}"),
            false => line.to_owned(),
        });
        is_inside |= line.starts_with("export") && line.ends_with(['{', ',']);
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_windows_types_are_the_engines() {
    let (path, text) = (file(), bindings());
    if std::env::var_os("LEASEHOLD_WRITE_BINDINGS").is_some_and(|wanted| wanted == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        found == text,
        "{} is not what the engine's types are. Run `cargo xtask bindings`.",
        path.display()
    );
}

#[test]
fn no_number_of_the_wire_is_too_large_for_the_window() {
    assert!(!bindings().contains("bigint"));
}
