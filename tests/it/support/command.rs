//! The binary's subcommands, run to their end.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a finished command said.
#[derive(Debug)]
pub struct Said {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// Panics with everything it said unless it succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// The binary under test.
pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_doorward"))
}

/// A command for the binary, with none of the surrounding environment's settings.
pub fn command(dir: &Path) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(dir).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DOORWARD") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `doorward ARGS` in `dir` with `stdin`, to its end.
pub fn run(dir: &Path, args: &[&str], stdin: &str) -> Said {
    finish(command(dir).args(args), stdin)
}

/// Runs `command` with `stdin`, to its end.
pub fn finish(command: &mut Command, stdin: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut pipe = child.stdin.take().expect("a pipe to its input");
    // A command that reads no input may already have closed the pipe.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    let output: Output = child.wait_with_output().expect("the binary ends");
    Said {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
