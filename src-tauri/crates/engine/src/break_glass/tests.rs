//! Kits of made-up leases, read as text and run by a real shell with a made-up `aws`.

use chrono::TimeZone;

use super::*;

fn lease(user: &str) -> OpenLease {
    let at = Utc.with_ymd_and_hms(2026, 11, 21, 15, 23, 0).unwrap();
    OpenLease {
        user_name: user.into(),
        user_arn: format!("arn:aws:iam::123456789012:user/leases/{user}"),
        user_id: Some("AIDAEXAMPLE1".into()),
        access_key_id: Some("AKIAEXAMPLE1".into()),
        place: "production:/pay/s3".into(),
        label: Some("a | note".into()),
        state: LeaseState::Active,
        made_at: at,
        denied_from: at + chrono::TimeDelta::hours(1),
    }
}

fn kit(leases: Vec<OpenLease>) -> Kit {
    let account = |id: &str, leases| Account {
        id: id.into(),
        partition: "aws".into(),
        connections: vec!["prod\nrm -rf ~".into()],
        endpoints: Vec::new(),
        leases,
        sessions: Vec::new(),
    };
    Kit {
        installation: InstallationId::parse("abcd1234").unwrap(),
        accounts: vec![
            account("123456789012", leases),
            account("210987654321", vec![lease("elsewhere")]),
        ],
        practice: 2,
    }
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 15, 30, 0).unwrap()
}

#[test]
fn the_head_says_what_the_kit_is_and_until_when_each_lease_lives_by_itself() {
    let rendered = kit(vec![lease("one"), lease("two")]).rendered(now());
    assert_eq!(rendered.leases, 3);
    let head: Vec<_> = rendered
        .script
        .lines()
        .take_while(|line| line.starts_with('#'))
        .collect();
    let head = head.join("\n");
    for said in [
        "ends 3 leases",
        "Made 2026-11-21 15:30:00 UTC",
        "installation abcd1234",
        "Account 123456789012 (prod?rm -rf ~): 2 leases.",
        "from 2026-11-21 16:23:00 UTC on",
        "Left out: 2 leases of the practice account",
        "No secret is in it.",
    ] {
        assert!(head.contains(said), "{said}: {head}");
    }
    let note =
        "# AKIAEXAMPLE1, active, ends by itself: 2026-11-21 16:23:00 UTC\n        lease 'one'";
    assert!(rendered.script.contains(note), "{}", rendered.script);
}

#[test]
fn the_list_has_a_block_for_each_lease_and_the_steps_by_hand() {
    let mut being_made = lease("young");
    being_made.state = LeaseState::Issuing;
    being_made.user_id = None;
    let list = kit(vec![lease("a+b"), being_made]).rendered(now()).list;
    for said in [
        "# Leasehold: 3 open leases",
        "## Account 123456789012: 2 leases",
        "### `a+b`",
        "| access key id | `AKIAEXAMPLE1` |",
        "| label | a \\| note |",
        "| ends by itself | 2026-11-21 16:23:00 UTC |",
        "/iam/home#/users/details/a%2Bb>",
        "| state | being made; nobody has its key |",
        "| UserId | not known |",
        "`leasehold-cut-abcd1234`",
        "Left out: 2 leases of the practice account",
    ] {
        assert!(list.contains(said), "{said}: {list}");
    }
}

#[test]
fn a_kit_without_leases_says_so() {
    let mut empty = kit(Vec::new());
    empty.accounts.clear();
    let rendered = empty.rendered(now());
    assert!(rendered.list.contains("nothing is to be ended"));
    assert!(!rendered.list.contains("By hand"));
    assert!(rendered.script.contains("ends 0 leases"));
}

#[test]
fn a_session_stands_under_the_account_of_its_role() {
    use leasehold_domain::Credential;
    let row = |credential| LeaseRow {
        account_id: "123456789012".into(),
        credential,
        ..crate::leases::plan::bare(now())
    };
    let role = |account: &str| Credential::AssumedRole {
        role_arn: format!("arn:aws:iam::{account}:role/partner"),
        external_id: None,
    };
    for (credential, account) in [
        (Credential::IamUser, "123456789012"),
        (Credential::FederationToken, "123456789012"),
        (role("123456789012"), "123456789012"),
        (role("999999999999"), "999999999999"),
    ] {
        let row = row(credential);
        assert_eq!(sessions::account_of(&row), account, "{row:?}");
        let is_of_role = matches!(row.credential, Credential::AssumedRole { .. });
        let session = OpenSession::of(&row, &InstallationId::parse("abcd1234").unwrap());
        assert_eq!(session.cut.is_some(), is_of_role);
    }
}

#[cfg(unix)]
mod run {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Output};

    use super::*;

    /// Notes every word it is called with on a line of its own, and plays an account in which every
    /// user is the one of the lease and nothing hangs on it.
    const AWS: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo aws-cli/2.0; exit; }
for word in "$@"; do printf '%s\n' "$word" >>"$CALLS"; done
case " $* " in
*' get-caller-identity '*)
    [ -z "${DOWN:-}" ] || { echo 'Could not connect' >&2; exit 255; }
    printf '123456789012\tarn:aws:iam::123456789012:user/admin\n'
    ;;
*' get-user '*) printf '%s\tarn:found\n' "${FOUND:-AIDAEXAMPLE1}" ;;
*' list-mfa-devices '*) echo arn:aws:iam::123456789012:mfa/x ;;
*' delete-user '*"${CONFLICT:-nothing}")
    [ ! -e "$CALLS.conflict" ] || exit 0
    touch "$CALLS.conflict"
    echo 'An error occurred (DeleteConflict): must deactivate MFA device first' >&2
    exit 254
    ;;
*" ${REFUSED:-nothing} "*) echo 'An error occurred (AccessDenied): no' >&2; exit 254 ;;
*" ${MISSING:-nothing} "*) echo 'An error occurred (NoSuchEntity): none' >&2; exit 254 ;;
esac
"#;

    struct Machine(tempfile::TempDir);

    impl Machine {
        fn with(kit: &Kit) -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("kit.sh"), kit.rendered(now()).script).unwrap();
            let aws = folder.path().join("aws");
            // The script waits between its tries; a test has nothing to wait for.
            for (program, text) in [(aws, AWS), (folder.path().join("sleep"), "#!/bin/sh\n")] {
                std::fs::write(&program, text).unwrap();
                let mode = std::fs::Permissions::from_mode(0o700);
                std::fs::set_permissions(&program, mode).unwrap();
            }
            Self(folder)
        }

        fn run(&self, words: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
            let path = format!("{}:/usr/bin:/bin", self.0.path().display());
            let output: Output = Command::new("sh")
                .arg("kit.sh")
                .args(words)
                .current_dir(self.0.path())
                .env_clear()
                .env("PATH", path)
                .env("CALLS", self.0.path().join("calls"))
                .envs(environment.iter().copied())
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8(text).unwrap();
            (output.status.code().unwrap(), text)
        }

        fn calls(&self) -> String {
            std::fs::read_to_string(self.0.path().join("calls")).unwrap_or_default()
        }
    }

    #[test]
    fn hostile_names_reach_aws_as_they_are_and_run_nothing() {
        let name = "-x'; touch owned; '$(touch owned)`touch owned`\"*";
        let mut hostile = lease(name);
        hostile.place = "p'$(touch owned)".into();
        hostile.user_arn = "arn:'`touch owned`".into();
        let machine = Machine::with(&kit(vec![hostile]));
        let (code, text) = machine.run(&["--yes"], &[]);
        assert_eq!(code, 3, "{text}");
        assert!(!machine.0.path().join("owned").exists(), "{text}");
        let word = format!("--user-name={name}");
        assert!(machine.calls().lines().any(|line| line == word), "{text}");
        assert!(text.contains(name), "{text}");
    }

    #[test]
    fn a_user_with_another_id_is_not_touched() {
        let machine = Machine::with(&kit(vec![lease("one")]));
        let (code, text) = machine.run(&["--yes"], &[("FOUND", "AIDASOMEBODY")]);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("NOT TOUCHED: this is another user"), "{text}");
        let calls = machine.calls();
        for word in ["put-", "delete-", "detach-", "remove-", "list-"] {
            assert!(!calls.contains(word), "{calls}");
        }
    }

    /// A session that ends in this year.
    fn session(name: &str, role: Option<&str>, year: i32) -> OpenSession {
        OpenSession {
            name: name.into(),
            arn: format!("arn:aws:sts::123456789012:assumed-role/r/{name}"),
            access_key_id: Some("ASIAEXAMPLE1".into()),
            place: "production:/pay/s3".into(),
            ends_at: Utc.with_ymd_and_hms(year, 11, 21, 16, 30, 0).unwrap(),
            cut: role.map(|role| sessions::Cut {
                role: role.into(),
                policy: "leasehold-cut-abcd1234-1".into(),
                document: leasehold_domain::session::cut_policy_document(None, name),
            }),
        }
    }

    #[test]
    fn a_session_is_denied_on_its_role_and_what_cannot_be_is_said_to_end_by_itself() {
        let mut kit = kit(vec![lease("one")]);
        kit.accounts[0].sessions = vec![
            session("lh-a", Some("it's"), 2126),
            session("lh-b", None, 2126),
        ];
        assert_eq!(kit.leases(), 4);
        let machine = Machine::with(&kit);
        let (code, text) = machine.run(&["--yes"], &[]);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("Ended now: 2."), "{text}");
        assert!(text.contains("NOT ENDED: 1."), "{text}");
        assert!(!text.contains("LEFT") && !text.contains("FAILED"), "{text}");
        assert!(
            text.contains("lh-b, which ends by itself at 2126-11-21 16:30:00 UTC"),
            "{text}"
        );
        let calls = machine.calls();
        assert_eq!(calls.matches("put-role-policy").count(), 1, "{calls}");
        assert!(
            calls.lines().any(|line| line == "--role-name=it's"),
            "{calls}"
        );
        assert!(
            calls.contains(r#""StringLike":{"aws:userid":"*:lh-a"}"#),
            "{calls}"
        );
        assert!(!calls.contains("delete-role-policy"), "{calls}");
        let list = kit.rendered(now()).list;
        assert!(
            list.contains("Nothing can end it before its time."),
            "{list}"
        );
        assert!(list.contains("`leasehold-cut-abcd1234-1`"), "{list}");
    }

    #[test]
    fn a_session_that_is_over_is_not_denied_anything_and_our_policy_goes_from_its_role() {
        let mut kit = kit(Vec::new());
        kit.accounts[0].sessions = vec![
            session("lh-a", Some("reader"), 2025),
            session("lh-b", None, 2025),
        ];
        kit.accounts.truncate(1);
        let machine = Machine::with(&kit);
        let (code, text) = machine.run(&["--yes"], &[]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("Ended now: 0. Gone already: 2."), "{text}");
        let calls = machine.calls();
        assert!(!calls.contains("put-role-policy"), "{calls}");
        assert_eq!(calls.matches("delete-role-policy").count(), 1, "{calls}");
        let refused = [("REFUSED", "delete-role-policy")];
        let (code, text) = machine.run(&["--yes"], &refused);
        assert_eq!(code, 0, "{text}");
        assert!(
            text.contains("Look whether the policy leasehold-cut-abcd1234-1"),
            "{text}"
        );
    }

    #[test]
    fn a_cut_that_is_refused_is_told_and_a_role_that_is_gone_is_no_cut() {
        let mut kit = kit(Vec::new());
        kit.accounts[0].sessions = vec![session("lh-a", Some("reader"), 2126)];
        kit.accounts.truncate(1);
        let machine = Machine::with(&kit);
        for trouble in ["REFUSED", "MISSING"] {
            let (code, text) = machine.run(&["--yes"], &[(trouble, "put-role-policy")]);
            assert_eq!(code, 1, "{trouble}: {text}");
            assert!(text.contains("Ended now: 0."), "{trouble}: {text}");
            assert!(text.contains("FAILED: iam put-role-policy"), "{text}");
            assert!(text.contains("LEFT: 1."), "{text}");
        }
        let (code, text) = machine.run(&["--dry-run"], &[]);
        assert_eq!(code, 0, "{text}");
        assert!(
            text.contains("would run: aws iam put-role-policy"),
            "{text}"
        );
    }

    #[test]
    fn a_refusal_is_told_and_the_rest_goes_on() {
        let machine = Machine::with(&kit(vec![lease("one"), lease("two")]));
        let (code, text) = machine.run(&["--yes"], &[("REFUSED", "delete-user")]);
        assert_eq!(code, 1, "{text}");
        assert_eq!(text.matches("FAILED: iam delete-user").count(), 2, "{text}");
        assert!(text.contains("LEFT: 2."), "{text}");
        // The user stays, so what denies it everything is put back.
        let puts = machine.calls().matches("put-user-policy").count();
        assert_eq!(puts, 4, "{text}");
    }

    #[test]
    fn what_somebody_else_added_is_looked_for_when_it_is_in_the_way() {
        let machine = Machine::with(&kit(vec![lease("one")]));
        let (code, text) = machine.run(&["--yes"], &[("CONFLICT", "--user-name=one ")]);
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("Ended now: 1."), "{text}");
        let calls = machine.calls();
        for call in [
            "delete-login-profile",
            "deactivate-mfa-device",
            "delete-virtual-mfa-device",
            "list-ssh-public-keys",
            "list-signing-certificates",
            "list-service-specific-credentials",
        ] {
            assert!(calls.lines().any(|line| line == call), "{call}: {calls}");
        }
        // Denied once to begin with, and again while the user stayed.
        assert_eq!(calls.matches("put-user-policy").count(), 2, "{calls}");
    }

    #[test]
    fn nothing_is_done_without_a_yes_and_wrong_words_are_refused() {
        let machine = Machine::with(&kit(vec![lease("one")]));
        let (code, text) = machine.run(&[], &[]);
        assert_eq!(code, 5, "{text}");
        assert!(!machine.calls().contains("get-user"), "{text}");
        assert_eq!(machine.run(&["--now"], &[]).0, 2);
        assert_eq!(machine.run(&["--profile"], &[]).0, 2);
        let (code, text) = machine.run(&["--help"], &[]);
        assert!(code == 0 && text.contains("--dry-run"), "{text}");
    }

    #[test]
    fn where_aws_does_not_answer_nothing_is_done_and_it_says_what_to_set() {
        let machine = Machine::with(&kit(vec![lease("one")]));
        let (code, text) = machine.run(&["--yes"], &[("DOWN", "yes")]);
        assert_eq!(code, 4, "{text}");
        assert!(
            text.contains("Could not connect") && text.contains("AWS_PROFILE"),
            "{text}"
        );
        assert!(!machine.calls().contains("get-user"));
    }

    #[test]
    fn a_dry_run_changes_nothing_and_says_what_it_would_do() {
        let machine = Machine::with(&kit(vec![lease("one")]));
        let (code, text) = machine.run(&["--dry-run", "--endpoint-url", "http://x.test"], &[]);
        assert_eq!(code, 3, "{text}");
        assert!(
            text.contains("would run: aws iam delete-user --user-name=one"),
            "{text}"
        );
        let calls = machine.calls();
        assert!(calls.contains("--endpoint-url=http://x.test"), "{calls}");
        for word in ["put-", "delete-", "detach-", "remove-"] {
            assert!(!calls.contains(word), "{calls}");
        }
    }

    #[test]
    fn a_script_that_was_cut_short_does_nothing() {
        let machine = Machine::with(&kit(vec![lease("one")]));
        let path = machine.0.path().join("kit.sh");
        let whole = std::fs::read_to_string(&path).unwrap();
        let short = whole.trim_end().strip_suffix("main \"$@\"").unwrap();
        std::fs::write(&path, short).unwrap();
        assert_eq!(machine.run(&["--yes"], &[]), (0, String::new()));
        assert_eq!(machine.calls(), "");
    }
}
