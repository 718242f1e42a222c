//! What the demo says when it is ready.

use super::people::PEOPLE;
use super::text::{CLIENT, ISSUER, Options};

/// The lines, each complete in itself.
pub fn banner(options: &Options) -> String {
    let url = options.public_url();
    let app = match &options.upstream {
        Some(theirs) => format!("your app at {theirs}, now behind single sign-on"),
        None => "a little app that has no login of its own".to_owned(),
    };
    let people = PEOPLE.iter().map(|person| {
        let groups = person.groups.join(", ");
        format!("{}   {}   ({groups})", person.email, person.password)
    });
    let people = people.collect::<Vec<_>>().join("\n            ");
    format!(
        "doorward {version} demo: nothing is stored; bound to loopback only\n\
         \x20 open      {url}/   {app}\n\
         \x20 sign in   {people}\n\
         \x20 issuer    {url}{ISSUER}   client \"{CLIENT}\", PKCE; round trip at {url}/_demo/client\n\
         \x20 next      doorward init   (4 questions)   |   doorward demo --print-config > doorward.toml\n\
         \x20 stop      Ctrl-C\n",
        version = env!("CARGO_PKG_VERSION"),
    )
}
