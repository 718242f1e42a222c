//! A running server and a changed file: what is new holds at once, what is wrong changes nothing, and
//! nobody who is there notices.

use std::fs;
use std::io::Write as _;

use rustix::process::Signal;

use super::certificates::issue;
use super::streams::{open_socket, read_some, talkative};
use super::{House, cookie, routes};
use crate::support::{Recorder, Setup, wait_for, wire};

impl House {
    /// Writes the file anew and tells the server; gives what it logs about it from now on.
    fn changed(&self, change: impl Fn(&str) -> String) -> String {
        let path = self.server.dir().join("doorward.toml");
        let text = change(&fs::read_to_string(&path).unwrap());
        fs::write(&path, text).unwrap();
        let before = self.server.logs().len();
        self.server.signal(Signal::HUP);
        wait_for("the file to be read", || {
            let logs = self.server.logs();
            let new = logs.get(before..).unwrap_or_default();
            let done = new.contains("in force") || new.contains("not taken over");
            done.then(|| new.to_owned())
        })
    }

    fn reloads(&self) -> bool {
        let metrics = wire::try_get(self.server.ops_port(), "/metrics").unwrap();
        let [yes, no] = ["1", "0"].map(|n| format!("\ndoorward_config_last_reload_success {n}\n"));
        let metrics = metrics.text();
        assert_ne!(metrics.contains(&yes), metrics.contains(&no));
        metrics.contains(&yes)
    }
}

#[tokio::test]
async fn a_changed_rule_and_a_new_host_hold_at_once_and_open_connections_stay() {
    let house = House::before(talkative());
    let session = cookie(&house.signed_in("app.test", "bob").await);
    let mut socket = open_socket(&house, &session);
    assert_eq!(house.get("app.test", "/admin/", &[&session]).status, 403);

    let url = house.upstream.url();
    let more = format!(
        "[[route]]\nid = \"new\"\nmatch = {{ host = \"new.test\" }}\nallow = [\"authenticated\"]\n\
         upstream = [\"{url}\"]\n[client.late]\nname = \"Late\"\n\
         redirect_uris = [\"http://127.0.0.1:9/cb\"]\n"
    );
    let change = |text: &str| format!("{}{more}", text.replace("group:admin", "group:staff"));
    let said = house.changed(change);
    assert!(said.contains("in force"), "{said}");
    assert!(house.reloads());

    assert_eq!(house.get("app.test", "/admin/", &[&session]).status, 200);
    socket.write_all(b"still here").unwrap();
    assert_eq!(read_some(&mut socket), b"still here");
    let there = house.signed_in("new.test", "bob").await;
    assert_eq!(house.get("new.test", "/", &[&cookie(&there)]).status, 200);
}

#[tokio::test]
async fn a_file_with_mistakes_changes_nothing_and_every_mistake_is_told() {
    let house = House::start();
    let session = cookie(&house.signed_in("app.test", "bob").await);
    let said = house.changed(|text| {
        let open = text.replace("allow = [\"authenticated\"]", "allow = [\"anyone\"]");
        format!("{open}[sesion]\nidle = \"8h\"\n[[route]]\nid = \"x\"\n")
    });
    for part in ["not taken over", "sesion", "allow"] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert!(!house.reloads());
    house.kept_out("app.test", "/", &[]);
    assert_eq!(house.get("app.test", "/", &[&session]).status, 200);
}

#[test]
fn what_needs_a_restart_is_named_and_the_rest_is_taken_over() {
    let house = House::start();
    let said = house.changed(|text| {
        let open = text.replace("allow = [\"authenticated\"]", "allow = [\"anyone\"]");
        format!("{open}[session]\nidle = \"3h\"\n")
    });
    assert!(said.contains("in force"), "{said}");
    wait_for("the table to be named", || {
        let logs = house.server.logs();
        logs.contains("\"tables\":\"session\"").then_some(())
    });
    assert_eq!(house.get("app.test", "/", &[]).status, 200);
}

#[test]
fn a_renewed_certificate_is_served_without_being_asked_for() {
    const ASK: &[u8] = b"GET /x HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n";
    let upstream = Recorder::start();
    let (old, new) = (
        issue(&["gw.test", "open.test"]),
        issue(&["gw.test", "open.test"]),
    );
    let server = Setup::certificate(&old.leaf.pem(), &old.key.serialize_pem())
        .with(&routes(&upstream.url()))
        .start();
    let ask =
        |authority: &str| wire::exchange_tls(server.port(), authority.as_bytes(), "open.test", ASK);
    assert_eq!(ask(&old.authority).unwrap().status, 200);
    // One after the other, as certificates are renewed: between the two nothing breaks.
    fs::write(server.dir().join("site.key"), new.key.serialize_pem()).unwrap();
    assert_eq!(ask(&old.authority).unwrap().status, 200);
    fs::write(server.dir().join("site.pem"), new.leaf.pem()).unwrap();
    let answer = wait_for("the new certificate", || ask(&new.authority));
    assert_eq!(answer.status, 200);
    assert!(ask(&old.authority).is_none());
}
