//! Runs the program as a user does: on files in a folder of its own, and with everything that it says.
// Not every file of tests needs everything that is here.
#![allow(dead_code)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to standard output.
    pub(crate) out: String,
    /// What it wrote to standard error.
    pub(crate) err: String,
}

impl Answer {
    /// Asserts the exit code, and that nothing broke inside.
    #[track_caller]
    pub(crate) fn ends_with(&self, code: i32) -> &Answer {
        assert!(!self.err.contains("panicked"), "{}", self.err);
        assert_eq!(self.code, Some(code), "out:\n{}\nerr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that the report tells all of these.
    #[track_caller]
    pub(crate) fn tells(&self, words: &[&str]) -> &Answer {
        for word in words {
            assert!(self.out.contains(word), "{word:?} is not told:\n{}", self.out);
        }
        self
    }

    /// Asserts that the complaint tells all of these, and that there is no report beside it.
    #[track_caller]
    pub(crate) fn complains(&self, words: &[&str]) -> &Answer {
        self.ends_with(2);
        assert_eq!(self.out, "", "a complaint is no report");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not told:\n{}", self.err);
        }
        self
    }
}

/// A folder of one test, which goes away with it. The program runs inside, so that names of files are short in what it says.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// An empty folder.
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("evenkeel-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("the temporary folder can be written to");
        Folder { path }
    }

    /// Puts a file there; folders on its way are made.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Folder {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("the temporary folder can be written to");
        fs::write(path, content).expect("the temporary folder can be written to");
        self
    }

    /// Puts a file of so many bytes there that takes no room on the disk.
    pub(crate) fn with_hole(self, name: &str, bytes: u64) -> Folder {
        let file = fs::File::create(self.path.join(name)).expect("the temporary folder can be written to");
        file.set_len(bytes).expect("a file can have a hole");
        self
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs the program inside.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.run_on(arguments, "")
    }

    /// Runs the program inside, with that text as standard input.
    pub(crate) fn run_on(&self, arguments: &[&str], input: &str) -> Answer {
        let mut child = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .args(arguments)
            .current_dir(&self.path)
            .env("COLUMNS", "110")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        // Whoever does not read its input may be gone by now.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("the program ends");
        Answer {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system; a test does not fail for it.
        let _ = fs::remove_dir_all(&self.path);
    }
}
