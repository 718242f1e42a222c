//! `doorward check`, and `run` where it says the same.

use std::fs;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::command;

#[test]
fn a_pipe_in_place_of_the_file_is_refused_and_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("doorward.toml");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    for args in [&["check"][..], &["run"], &["check", "-c", "/dev/stdin"]] {
        let said = command::run(dir.path(), args, "");
        assert_eq!(said.code, Some(78), "{said:?}");
        let text = said.stdout + &said.stderr;
        assert!(
            text.contains("it is a pipe, not a file"),
            "{args:?}: {text}"
        );
    }
}

#[test]
fn ops_01_a_secret_in_the_file_is_shown_by_no_command() {
    let dir = tempfile::tempdir().unwrap();
    let text = "public_url = \"http://localhost:8080\"\nclient.a = { idel = 1, secret = \
                \"canary-canary-canary\", redirect_uris = [\"http://localhost/\"] }\n";
    for text in [
        text.to_owned(),
        text.replace("idel = 1, ", ""),
        format!("{text}]"),
    ] {
        fs::write(dir.path().join("doorward.toml"), text).unwrap();
        for args in [
            &["check"][..],
            &["check", "--format", "json"],
            &["check", "--format", "sarif"],
            &["config", "show"],
        ] {
            let said = command::run(dir.path(), args, "");
            assert!(said.code == Some(0) || said.code == Some(78), "{said:?}");
            assert!(!(said.stdout + &said.stderr).contains("canary"), "{args:?}");
        }
    }
}
