//! The door for proxies that forward by themselves.

use super::*;
use crate::gateway::Compat;

fn door(lines: &str) -> String {
    with_site(&format!("[forward_auth]\n{lines}\n"))
}

#[test]
fn fwd_02_a_door_that_nobody_may_use_or_everybody_does_not_start() {
    assert_eq!(codes(&door("")), ["C073"]);
    assert_eq!(codes(&door("trusted = []")), ["C073"]);
    assert_eq!(codes(&door("trusted = [\"0.0.0.0/0\"]")), ["C024"]);
    assert_eq!(codes(&door("trusted = [\"::/0\"]")), ["C024"]);
    assert_eq!(codes(&door("trusted = [\"proxy\"]")), ["C006"]);
    assert_eq!(settings(&with_site("")).forward_auth, None);
}

#[test]
fn the_proxies_in_front_may_ask_where_no_others_are_named() {
    let behind = "[listen]\nhttp = \"127.0.0.1:8080\"\ntrusted_proxies = [\"10.0.0.1\"]\n";
    let text = with_site(&format!("{behind}[forward_auth]\n"));
    let door = settings(&text).forward_auth.unwrap();
    assert_eq!(door.trusted, ["10.0.0.1/32".parse().unwrap()]);
    let text = with_site(&format!(
        "{behind}[forward_auth]\ntrusted = [\"10.0.0.2\"]\n"
    ));
    let door = settings(&text).forward_auth.unwrap();
    assert_eq!(door.trusted, ["10.0.0.2/32".parse().unwrap()]);
}

#[test]
fn the_addresses_of_other_products_are_kept_free_where_they_are_answered() {
    let route = "[[route]]\nid = \"a\"\nmatch = { host = \"a.localhost\", path = \"/oauth2/x\" }\n\
         allow = [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\n";
    let with = |compat: &str| {
        let lines = format!("trusted = [\"127.0.0.1\"]\ncompat = [{compat}]\n{route}");
        door(&lines)
    };
    assert_eq!(codes(&with("\"oauth2-proxy\"")), ["C055"]);
    assert_eq!(codes(&with("\"authelia\"")), [""; 0]);
    assert_eq!(codes(&with("\"vouch\"")), ["C004"]);
    let settings = settings(&with("\"authelia\", \"authelia\""));
    assert_eq!(settings.site.everywhere, ["/api/authz"]);
    assert_eq!(settings.forward_auth.unwrap().compat, [Compat::Authelia]);
}
