//! Files for a person: written where the shell chooses, private, never one over another.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::rig::Rig;

fn written(answer: &serde_json::Value, key: &str) -> PathBuf {
    PathBuf::from(answer[key].as_str().unwrap())
}

fn assert_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn the_activity_is_exported_beside_an_earlier_export() {
    let rig = Rig::new();
    rig.practice_secret();
    let arguments = json!({ "format": "jsonl", "query": {} });
    let first = rig.ok("activity_export", arguments.clone());
    let second = rig.ok("activity_export", arguments);
    let (one, two) = (written(&first, "path"), written(&second, "path"));
    assert_ne!(one, two);
    for (path, answer) in [(&one, &first), (&two, &second)] {
        assert!(path.starts_with(rig.papers.path()), "{}", path.display());
        assert_private(path);
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        assert_eq!(Some(lines as u64), answer["entries"].as_u64());
        assert!(lines > 0);
    }
}

#[test]
fn the_break_glass_kit_goes_into_a_folder_of_its_own() {
    let rig = Rig::new();
    let first = rig.ok("break_glass_write", json!({ "folder": null }));
    let second = rig.ok("break_glass_write", json!({ "folder": null }));
    let (script, list) = (written(&first, "script"), written(&first, "list"));
    assert!(script.starts_with(rig.papers.path()) && list.exists());
    assert_private(&script);
    assert_private(&list);
    assert!(
        std::fs::read_to_string(&script)
            .unwrap()
            .starts_with("#!/bin/sh")
    );
    assert_ne!(script, written(&second, "script"));
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let rig = Rig::new();
    let missing = rig.papers.path().join("missing");
    let problem = rig
        .call("break_glass_write", json!({ "folder": missing }))
        .unwrap_err();
    assert!(problem["message"].as_str().is_some_and(|m| !m.is_empty()));
    assert!(!missing.exists());
}
