//! What the pages for readers show is run: every configuration is checked, every command is
//! executed, every link leads somewhere. A page that drifts from the program fails here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::command;

/// A fenced block of a page.
struct Block {
    page: String,
    kind: String,
    text: String,
}

/// Every page for readers.
fn pages() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = ["docs", "docs/apps"].into_iter().flat_map(|folder| {
        let listed = fs::read_dir(root.join(folder)).unwrap();
        listed.map(|entry| entry.unwrap().path())
    });
    let all: Vec<PathBuf> = docs.chain([root.join("README.md")]).collect();
    let pages = all
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"));
    pages
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(kind), false) => {
                found.push(Block {
                    page: page.to_owned(),
                    kind: kind.trim().to_owned(),
                    text: String::new(),
                });
                inside = true;
            }
            (Some(_), true) => inside = false,
            (None, true) => {
                let last = found.last_mut().unwrap();
                last.text.push_str(line);
                last.text.push('\n');
            }
            (None, false) => {}
        }
    }
    assert!(!inside, "{page} has a block that never ends");
    found
}

/// A client's public key (RFC 7515 A.3).
const JWKS: &str = r#"{ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }] }"#;

/// A directory with the files that the pages speak of, and the page's last configuration.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let hosts = ["auth.example.com", "wiki.example.com"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(hosts.to_vec()).unwrap();
        fs::write(dir.path().join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(dir.path().join("suite.pem"), made.cert.pem()).unwrap();
        let wiki = rcgen::generate_simple_self_signed(vec!["wiki.example.com".to_owned()]).unwrap();
        fs::write(dir.path().join("wiki.pem"), wiki.cert.pem()).unwrap();
        fs::write(
            dir.path().join("wiki.key"),
            wiki.signing_key.serialize_pem(),
        )
        .unwrap();
        fs::write(dir.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        for client in ["first", "second"] {
            fs::write(dir.path().join(format!("{client}.jwks.json")), JWKS).unwrap();
        }
        let secrets = [
            "shop",
            "job",
            "api",
            "grafana",
            "gitlab",
            "gitea",
            "nextcloud",
            "jenkins",
            "argocd",
            "harbor",
            "vault",
            "proxmox",
            "trac.password",
        ];
        for client in secrets {
            let secret = format!("s3cret-of-the-{client}-s3cret-of-the-{client}");
            fs::write(dir.path().join(client), secret).unwrap();
        }
        Self { dir }
    }

    /// The configuration of a page, its paths led to this directory and its store kept here.
    fn put(&self, toml: &str) {
        let here = self.dir.path().display().to_string();
        let text = toml
            .replace("/etc/doorward", &here)
            .replace("/run/secrets", &here);
        fs::write(self.dir.path().join("doorward.toml"), text).unwrap();
    }

    fn run(&self, line: &str) -> command::Said {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        command::run(self.dir.path(), &words, "")
    }
}

#[test]
fn every_configuration_in_the_pages_is_one_that_check_accepts() {
    let mut seen = 0;
    for (page, text) in pages() {
        for block in blocks(&page, &text)
            .iter()
            .filter(|block| block.kind == "toml")
        {
            let desk = Desk::new();
            desk.put(&block.text);
            let said = desk.run("doorward check");
            assert_eq!(
                said.code,
                Some(0),
                "{}:\n{}\n{said:?}",
                block.page,
                block.text
            );
            seen += 1;
        }
    }
    assert!(
        seen >= 3,
        "the configurations are not where they are looked for"
    );
}

#[test]
fn every_command_in_the_pages_does_what_the_page_says() {
    let mut seen = 0;
    for (page, text) in pages() {
        let desk = Desk::new();
        for block in blocks(&page, &text) {
            if block.kind == "toml" {
                desk.put(&block.text);
            }
            for line in block.text.lines().filter(|_| block.kind == "sh") {
                let (words, comment) = line.split_once(" #").unwrap_or((line, ""));
                // What serves until it is stopped has tests of its own.
                let serves = ["doorward run", "doorward demo", "./demo"];
                if words.starts_with("doorward ") && !serves.contains(&words.trim()) {
                    // What follows the number says why.
                    let expected = comment.trim().strip_prefix("exit ").unwrap_or("0");
                    let expected = expected.split(':').next().unwrap().trim().parse().unwrap();
                    let said = desk.run(words);
                    assert_eq!(said.code, Some(expected), "{page}: {line}\n{said:?}");
                    seen += 1;
                } else {
                    assert!(known(words), "{page}: nobody runs `{line}`");
                }
            }
        }
    }
    assert!(seen >= 5, "the commands are not where they are looked for");
}

/// Commands that other tests run, and those of other programs.
fn known(words: &str) -> bool {
    [
        "doorward run",
        "doorward demo",
        "./demo",
        "git clone",
        "docker ",
        "tests/run",
        "cargo ",
    ]
    .iter()
    .any(|known| words.trim().starts_with(known))
}

#[test]
fn every_link_in_the_pages_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (page, text) in pages() {
        let folder = root.join(&page).parent().unwrap().to_path_buf();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let file = target.split('#').next().unwrap();
            if !target.contains("://") && !file.is_empty() {
                assert!(folder.join(file).exists(), "{page} links to {target}");
            }
        }
    }
}

#[test]
fn the_scripts_in_the_pages_are_there_to_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for script in [
        "demo",
        "tests/run",
        "tests/setup",
        "tests/postgres",
        ".ci/run",
    ] {
        let path = root.join(script);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script} cannot be executed");
        let read = std::process::Command::new("bash")
            .arg("-n")
            .arg(&path)
            .status()
            .unwrap();
        assert!(read.success(), "{script} cannot be read by a shell");
    }
}
