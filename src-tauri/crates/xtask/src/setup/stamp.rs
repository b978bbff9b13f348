//! Whether a step's inputs are still what they were when it was last done.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::places::Places;

/// A remembered fingerprint of a step's inputs.
pub struct Stamp {
    file: PathBuf,
    fingerprint: String,
}

impl Stamp {
    /// From the contents of files and folders, and from facts such as a tool's version. A missing input counts as empty.
    pub fn new(places: &Places, name: &str, inputs: &[PathBuf], facts: &[&str]) -> Result<Self> {
        let mut hash = Fnv::new();
        facts.iter().for_each(|fact| hash.add(fact.as_bytes()));
        for input in inputs {
            add(&mut hash, input, &places.root)?;
        }
        let file = places.own().join("stamps").join(name);
        Ok(Self {
            file,
            fingerprint: format!("{:016x}", hash.0),
        })
    }

    /// Whether the step was done with exactly these inputs and `output` is still there.
    pub fn is_fresh(&self, output: &Path) -> bool {
        let known = fs::read_to_string(&self.file).unwrap_or_default();
        known == self.fingerprint && output.exists()
    }

    /// Remembers that the step is done.
    pub fn keep(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.fingerprint).with_context(|| self.file.display().to_string())
    }
}

fn add(hash: &mut Fnv, path: &Path, root: &Path) -> Result<()> {
    hash.add(
        path.strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .as_bytes(),
    );
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            add(hash, &entry.path(), root)?;
        }
    } else if path.is_file() {
        hash.add(&fs::read(path).with_context(|| path.display().to_string())?);
    }
    Ok(())
}

/// FNV-1a: enough to notice a change, stable between compilers.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        // The length first, so that `ab`+`c` differs from `a`+`bc`.
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;
    use crate::places::Places;
    use std::fs;
    use std::path::PathBuf;

    /// A folder of its own for a test, gone when dropped.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(path.join("in")).unwrap();
            Self(path)
        }

        fn stamp(&self, fact: &str) -> Stamp {
            let places = Places {
                root: self.0.clone(),
                target: self.0.join("target"),
            };
            Stamp::new(
                &places,
                "step",
                &[self.0.join("in"), self.0.join("lock")],
                &[fact],
            )
            .unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_step_is_fresh_only_while_inputs_facts_and_output_stay() {
        let folder = Folder::new("fresh");
        let output = folder.0.join("out");
        fs::write(folder.0.join("lock"), "1").unwrap();
        fs::write(&output, "").unwrap();
        assert!(!folder.stamp("node 20").is_fresh(&output), "never done");
        folder.stamp("node 20").keep().unwrap();
        assert!(folder.stamp("node 20").is_fresh(&output));
        assert!(!folder.stamp("node 22").is_fresh(&output), "another fact");
        fs::write(folder.0.join("lock"), "2").unwrap();
        assert!(
            !folder.stamp("node 20").is_fresh(&output),
            "another content"
        );
        fs::write(folder.0.join("lock"), "1").unwrap();
        fs::write(folder.0.join("in/new"), "").unwrap();
        assert!(!folder.stamp("node 20").is_fresh(&output), "a new file");
        fs::remove_file(folder.0.join("in/new")).unwrap();
        assert!(folder.stamp("node 20").is_fresh(&output));
        fs::remove_file(&output).unwrap();
        assert!(
            !folder.stamp("node 20").is_fresh(&output),
            "the output is gone"
        );
    }
}
