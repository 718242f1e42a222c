//! What the warm path of an authenticated request allocates. A counting allocator needs a program
//! of its own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects must stop"
)]

#[path = "../benches/rig/mod.rs"]
mod rig;

use allocation_counter::{AllocationInfo, measure};
use doorward::gateway::admit::{Person, Verdict, judge};
use doorward::gateway::route::{Manner, Target};
use doorward::gateway::target::Address;
use doorward::policy::{self, Decision, Hours, Requirement, Rule, parse};
use doorward::session::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use rig::Rig;

/// One thread, so that every allocation of the gateway and of the upstream is counted.
fn one_thread() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn deciding_who_sent_a_warm_request_and_whether_they_may_allocates_nothing() {
    let runtime = one_thread();
    let rig = runtime.block_on(async { Rig::start(rig::upstream(b"ok").await).await });
    let snapshot = rig.gateway.snapshot();
    let headers = http::HeaderMap::new();
    let decide = || {
        let address = Address::from_url("http://app.test/some/page?x=1").unwrap();
        let manner = Manner {
            method: &http::Method::GET,
            headers: &headers,
        };
        let Target::Route(route) = snapshot.table.find(&address, manner) else {
            return false;
        };
        let Instant::Known(lease) = rig
            .sessions
            .presence_now([rig.cookie.as_bytes()], "app.test")
        else {
            return false;
        };
        let Some(user) = rig.directory.cached(&lease.user) else {
            return false;
        };
        matches!(
            judge(route, Some(Person { user, lease }), rig::around(&headers)),
            Verdict::Permit(_)
        )
    };
    assert!(decide(), "the first look opens the cookie");
    let warm = measure(|| assert!(decide()));
    assert_eq!(warm.count_total, 0, "{warm:?}");
    runtime.block_on(rig.stop());
}

#[test]
fn judging_by_every_requirement_allocates_nothing() {
    let runtime = one_thread();
    let rig = runtime.block_on(async { Rig::start(rig::upstream(b"ok").await).await });
    let Instant::Known(lease) = rig
        .sessions
        .presence_now([rig.cookie.as_bytes()], "app.test")
    else {
        unreachable!("the rig is signed in");
    };
    let user = rig.directory.cached(&lease.user).unwrap();
    let mut headers = http::HeaderMap::new();
    headers.insert("x-edge", http::HeaderValue::from_static("blue"));
    let day = std::time::Duration::from_hours(24);
    let rule = Rule {
        allow: [
            "group:none",
            "domain:none.test",
            "claim:a=b",
            "authenticated",
        ]
        .map(|entry| parse(entry).unwrap())
        .to_vec(),
        deny: vec![parse("tenant:none").unwrap()],
        require: vec![
            Requirement::Address(vec!["127.0.0.0/8".parse().unwrap()]),
            Requirement::Method(vec![http::Method::GET]),
            Requirement::Header {
                name: "x-edge".parse().unwrap(),
                value: "blue".into(),
            },
            Requirement::Hours(Hours::parse(None, (None, None), Some("+01:00")).unwrap()),
            Requirement::Acr(doorward::model::Acr::One),
            Requirement::Fresh(day),
            Requirement::SessionAge(day),
        ],
        ..Rule::default()
    };
    let person = Person { user, lease };
    let decide = || {
        let facts = rig::around(&headers).facts(Some(&person));
        matches!(policy::decide(&rule, facts), Decision::Allow { .. })
    };
    assert!(decide());
    let warm = measure(|| assert!(decide()));
    assert_eq!(warm.count_total, 0, "{warm:?}");
    runtime.block_on(rig.stop());
}

#[test]
fn a_signed_in_request_costs_no_more_allocations_than_its_headers() {
    let runtime = one_thread();
    let rig = runtime.block_on(async { Rig::start(rig::upstream(b"ok").await).await });
    let mut socket = runtime.block_on(TcpStream::connect(rig.address)).unwrap();
    let open = "GET /a HTTP/1.1\r\nHost: open.test\r\n\r\n".to_owned();
    let signed_in = format!(
        "GET /a HTTP/1.1\r\nHost: app.test\r\nCookie: {}\r\n\r\n",
        rig.cookie
    );
    let mut average = |request: &str| {
        let mut ask = || runtime.block_on(ask(&mut socket, request));
        for _ in 0..20 {
            ask();
        }
        let all = measure(|| (0..50).for_each(|_| ask()));
        per_request(&all, 50)
    };
    let (open, signed_in) = (average(&open), average(&signed_in));
    // Remote-User, -Groups, -Email, -Name and the assertion, and that the answer is private; each may
    // cost its name in two tables and a growing map. The cookie is read, cut and dropped.
    let headers = 6;
    assert!(
        signed_in <= open + 3 * headers,
        "{signed_in} allocations signed in, {open} on a public route"
    );
    println!("allocations per request: public {open}, signed in {signed_in}");
    drop(socket);
    runtime.block_on(rig.stop());
}

fn per_request(all: &AllocationInfo, requests: u64) -> u64 {
    all.count_total / requests
}

async fn ask(socket: &mut TcpStream, request: &str) {
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    let mut filled = 0;
    while !buffer[..filled].ends_with(b"ok") {
        let read = socket.read(&mut buffer[filled..]).await.unwrap();
        assert_ne!(read, 0);
        filled += read;
    }
    assert!(buffer.starts_with(b"HTTP/1.1 200"));
}
