//! Where things are in this working copy.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders the commands work in.
pub struct Places {
    /// The working copy.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Places {
    /// From where this program's sources are.
    pub fn find() -> Result<Self> {
        // Cargo sets it when it runs us; the built-in value serves when the program is called by its path.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .nth(3)
            .context("the working copy is not there")?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || root.join("target"),
            |folder| std::env::current_dir().unwrap_or_default().join(folder),
        );
        Ok(Self {
            root: root.to_owned(),
            target,
        })
    }

    /// The page's sources.
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// What these commands keep: logs, stamps, the Python environment.
    pub fn own(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The Python environment of the AWS emulator.
    pub fn venv(&self) -> PathBuf {
        self.own().join("venv")
    }

    /// A program that cargo built.
    pub fn program(&self, name: &str) -> PathBuf {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target.join("debug").join(name)
    }

    /// Where programs are as they are shipped.
    pub fn release_folder(&self) -> PathBuf {
        self.target.join("release")
    }

    /// The Python of that environment.
    pub fn python(&self) -> PathBuf {
        let bin = if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        };
        self.venv().join(bin)
    }

    /// A path as people read it: from the working copy.
    pub fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}
