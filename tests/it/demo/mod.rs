//! The demo, by its own command. What a person sees in it is in `tests/browser`.

use std::net::TcpListener;
use std::process::{Child, Stdio};

use crate::support::{command, ports, wait_for, wire};

struct Demo {
    child: Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Demo {
    fn start(more: &[&str]) -> Self {
        let (dir, port) = (tempfile::tempdir().unwrap(), ports::free());
        let out = std::fs::File::create(dir.path().join("out")).unwrap();
        let port_text = port.to_string();
        let child = command::command(dir.path())
            .args(["demo", "--port", &port_text])
            .args(more)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        let mut demo = Self { child, dir, port };
        wait_for("the demo", || {
            let status = demo.child.try_wait().unwrap();
            assert!(status.is_none(), "the demo ended:\n{}", demo.said());
            demo.said().contains("sign in").then_some(())
        });
        demo
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("out")).unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_demo_is_ready_when_it_says_so_and_leaves_nothing_behind() {
    let demo = Demo::start(&[]);
    let answer = wire::get(
        demo.port,
        "/production/oidc/.well-known/openid-configuration",
    );
    assert_eq!(answer.status, 200, "{}", demo.said());
    let issuer = format!("http://localhost:{}/production/oidc", demo.port);
    assert!(
        answer.text().contains(&format!("\"{issuer}\"")),
        "{}",
        answer.text()
    );
    for part in [
        "ada@example.com",
        "velvet-otter-42",
        "bob@example.com",
        "quiet-maple-17",
        &issuer,
    ] {
        assert!(
            demo.said().contains(part),
            "{part} is not in:\n{}",
            demo.said()
        );
    }
    let files: Vec<_> = std::fs::read_dir(demo.dir.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "it wrote {files:?}");
}

#[test]
fn the_demo_listens_on_loopback_only() {
    let demo = Demo::start(&[]);
    let everywhere = TcpListener::bind(("127.0.0.2", demo.port));
    assert!(
        everywhere.is_ok(),
        "another loopback address is taken, so it listens on all of them"
    );
}

#[test]
fn a_taken_port_is_said_and_another_suggested() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = tempfile::tempdir().unwrap();
    let said = command::run(dir.path(), &["demo", "--port", &port], "");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.stderr.contains(&port) && said.stderr.contains("--port"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_printed_configuration_is_one_that_check_accepts() {
    let dir = tempfile::tempdir().unwrap();
    let said = command::run(dir.path(), &["demo", "--print-config"], "").succeeded();
    std::fs::write(dir.path().join("doorward.toml"), &said.stdout).unwrap();
    command::run(dir.path(), &["check", "-c", "doorward.toml"], "").succeeded();
    let explain = [
        "explain",
        "http://localhost:8080/admin/",
        "--groups",
        "staff",
    ];
    let said = command::run(
        dir.path(),
        &[&explain[..], &["-c", "doorward.toml"]].concat(),
        "",
    );
    assert_eq!(said.code, Some(10), "{said:?}");
}

#[test]
fn another_app_takes_the_built_in_ones_place() {
    let upstream = crate::support::Recorder::start();
    let demo = Demo::start(&["--upstream", &upstream.url()]);
    let answer = wire::get(demo.port, "/");
    assert!(
        (300..400).contains(&answer.status) || answer.status == 401,
        "{}",
        answer.status
    );
    upstream.saw_nothing();
    let page = wire::get(demo.port, "/_demo/client");
    assert!(page.text().contains("client-start"), "{}", page.text());
}
