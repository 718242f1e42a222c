//! The real binary on free ports, in a directory of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::command::{self, Said};
use super::{PATIENCE, ports, wait_for, wire};

/// A configuration and the directory it will run in. In every text `@PORT@`, `@OPS@` and `@DIR@`
/// stand for the public port, the operations port and the directory.
pub struct Setup {
    dir: TempDir,
    port: u16,
    ops: u16,
    https: bool,
    head: String,
    listen: String,
    storage: String,
    rest: String,
    people: Vec<Person>,
}

struct Person {
    login: String,
    email: String,
    groups: String,
    password: String,
}

impl Setup {
    /// Plain http at `http://localhost:PORT`.
    pub fn plain() -> Self {
        Self::new(
            "http://localhost:@PORT@",
            "http = \"127.0.0.1:@PORT@\"\n",
            false,
        )
    }

    /// TLS by the development authority at `https://gw.test:PORT`.
    pub fn tls() -> Self {
        Self::new(
            "https://gw.test:@PORT@",
            "https = \"127.0.0.1:@PORT@\"\ntls = { dev = true }\n",
            true,
        )
    }

    /// Plain http behind a proxy on this machine that is reached at `public_url`.
    pub fn behind(public_url: &str) -> Self {
        let listen = "http = \"127.0.0.1:@PORT@\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n";
        Self::new(public_url, listen, false)
    }

    /// TLS by the certificate and key at hand, PEM, at `https://gw.test:PORT`.
    pub fn certificate(chain: &str, key: &str) -> Self {
        let files = "https = \"127.0.0.1:@PORT@\"\ntls = { cert = \"@DIR@/site.pem\", key = \"@DIR@/site.key\" }\n";
        let setup = Self::new("https://gw.test:@PORT@", files, true);
        fs::write(setup.dir().join("site.pem"), chain).expect("the certificate file");
        fs::write(setup.dir().join("site.key"), key).expect("the key file");
        setup
    }

    /// Whatever listens: lines of `[listen]`.
    pub fn listening(public_url: &str, listen: &str, https: bool) -> Self {
        Self::new(public_url, listen, https)
    }

    fn new(public_url: &str, listen: &str, https: bool) -> Self {
        Self {
            dir: tempfile::tempdir().expect("a directory"),
            port: ports::free(),
            ops: ports::free(),
            https,
            head: format!("public_url = \"{public_url}\"\n"),
            listen: format!("[listen]\n{listen}ops = \"127.0.0.1:@OPS@\"\n"),
            storage: "[storage]\nurl = \"sqlite:@DIR@/doorward.db\"\nkey = { file = \"@DIR@/master.key\" }\n"
                .to_owned(),
            rest: String::new(),
            people: Vec::new(),
        }
    }

    /// Adds TOML after what is there.
    #[must_use]
    pub fn with(mut self, toml: &str) -> Self {
        self.rest.push('\n');
        self.rest.push_str(toml);
        self
    }

    /// Adds lines to the `[listen]` table.
    #[must_use]
    pub fn listen(mut self, lines: &str) -> Self {
        self.listen.push_str(lines);
        self.listen.push('\n');
        self
    }

    /// Replaces the `[storage]` table.
    #[must_use]
    pub fn storage(mut self, toml: &str) -> Self {
        toml.clone_into(&mut self.storage);
        self
    }

    /// A person who exists before the first start.
    #[must_use]
    pub fn person(mut self, login: &str, email: &str, groups: &[&str], password: &str) -> Self {
        self.people.push(Person {
            login: login.to_owned(),
            email: email.to_owned(),
            groups: groups.join(","),
            password: password.to_owned(),
        });
        self
    }

    /// Ada, in `admin` and `staff`, and Bob, in `staff`.
    #[must_use]
    pub fn ada_and_bob(self) -> Self {
        self.person("ada", "ada@example.com", &["admin", "staff"], ADA)
            .person("bob", "bob@example.com", &["staff"], BOB)
    }

    /// The public port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory it runs in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Another node of the same site: its own ports, everything else (address, storage, master key)
    /// the same.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            dir: tempfile::tempdir().expect("a directory"),
            port: ports::free(),
            ops: ports::free(),
            https: self.https,
            head: self.placed(&self.head),
            listen: self.listen.clone(),
            storage: self.placed(&self.storage),
            rest: self.placed(&self.rest),
            people: Vec::new(),
        }
    }

    fn placed(&self, text: &str) -> String {
        text.replace("@PORT@", &self.port.to_string())
            .replace("@OPS@", &self.ops.to_string())
            .replace("@DIR@", &self.dir.path().display().to_string())
    }

    /// Writes the configuration file; gives its path.
    pub fn write(&self) -> PathBuf {
        let text = format!("{}{}{}{}", self.head, self.listen, self.storage, self.rest);
        let text = self.placed(&text);
        let path = self.dir.path().join("doorward.toml");
        fs::write(&path, text).expect("the configuration file");
        path
    }

    /// Adds the people, starts the binary and waits until it is ready.
    pub fn start(self) -> Doorward {
        let mut server = self.prepare();
        server.start_again();
        server
    }

    /// Writes the file and adds the people; nothing runs yet.
    pub fn prepare(self) -> Doorward {
        self.write();
        for person in &self.people {
            let mut args = vec!["user", "add", &person.login, "-c", "doorward.toml"];
            args.extend(["--email", &person.email, "--password-stdin"]);
            if !person.groups.is_empty() {
                args.extend(["--groups", &person.groups]);
            }
            let said = command::run(self.dir(), &args, &format!("{}\n", person.password));
            said.succeeded();
        }
        Doorward {
            setup: self,
            child: None,
            starts: 0,
        }
    }
}

/// Ada's password.
pub const ADA: &str = "velvet-otter-42";
/// Bob's password.
pub const BOB: &str = "quiet-maple-17";

/// A running Doorward; killed when dropped.
pub struct Doorward {
    setup: Setup,
    child: Option<Child>,
    starts: u32,
}

impl Doorward {
    /// The public port.
    pub fn port(&self) -> u16 {
        self.setup.port
    }

    /// The operations port.
    pub fn ops_port(&self) -> u16 {
        self.setup.ops
    }

    /// The directory it runs in.
    pub fn dir(&self) -> &Path {
        self.setup.dir()
    }

    /// `URL` of `path` on the site's own host.
    pub fn url(&self, path: &str) -> String {
        if self.setup.https {
            self.url_at("gw.test", path)
        } else {
            self.url_at("localhost", path)
        }
    }

    /// `URL` of `path` on another host that it serves.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        let scheme = if self.setup.https { "https" } else { "http" };
        format!("{scheme}://{host}:{}{path}", self.setup.port)
    }

    /// The certificate of the development authority, PEM; `None` for plain http.
    pub fn authority(&self) -> Option<Vec<u8>> {
        self.setup
            .https
            .then(|| fs::read(self.dir().join("dev-ca/ca.pem")).expect("the development authority"))
    }

    /// Everything it wrote to its outputs since the first start.
    pub fn logs(&self) -> String {
        (1..=self.starts)
            .flat_map(|start| ["stdout", "stderr"].map(|name| self.log_file(start, name)))
            .map(|path| fs::read_to_string(path).unwrap_or_default())
            .collect()
    }

    /// Runs `doorward ARGS -c doorward.toml` beside it.
    pub fn cli(&self, args: &[&str], stdin: &str) -> Said {
        let mut args = args.to_vec();
        args.extend(["-c", "doorward.toml"]);
        command::run(self.dir(), &args, stdin)
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running server").id()
    }

    /// Starts it (again) and waits until `/readyz` says yes.
    pub fn start_again(&mut self) {
        self.launch(&mut |_| {});
        self.wait_until_ready();
    }

    /// Starts it without waiting; `change` may add to the command.
    pub fn launch(&mut self, change: &mut dyn FnMut(&mut std::process::Command)) {
        assert!(self.child.is_none(), "it is still running");
        self.starts += 1;
        let mut command = command::command(self.dir());
        command
            .args(["run", "-c", "doorward.toml"])
            .stdin(Stdio::null())
            .stdout(File::create(self.log_file(self.starts, "stdout")).expect("a log file"))
            .stderr(File::create(self.log_file(self.starts, "stderr")).expect("a log file"));
        change(&mut command);
        self.child = Some(command.spawn().expect("the binary starts"));
    }

    /// Polls `/readyz`; panics with the logs when the process ends instead.
    pub fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self
                .child
                .as_mut()
                .and_then(|c| c.try_wait().ok().flatten())
            {
                panic!("doorward ended with {status}:\n{}", self.logs());
            }
            if self.ready() {
                return;
            }
            assert!(Instant::now() < deadline, "never ready:\n{}", self.logs());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// What `/readyz` says now.
    pub fn ready(&self) -> bool {
        wire::try_get(self.setup.ops, "/readyz").is_some_and(|answer| answer.status == 200)
    }

    /// Ends it at once, as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a process to kill");
            child.wait().expect("a process to wait for");
        }
    }

    /// Asks it to end (SIGTERM) and waits; gives its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Waits until it has ended by itself; gives its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("a running server");
        wait_for("doorward to end", || child.try_wait().expect("a status")).code()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).expect("a pid")).expect("a pid");
        kill_process(pid, signal).expect("a process to signal");
    }

    fn log_file(&self, start: u32, name: &str) -> PathBuf {
        self.dir().join(format!("{name}-{start}.log"))
    }
}

impl Drop for Doorward {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- doorward said:\n{}", self.logs());
        }
        self.kill();
    }
}
