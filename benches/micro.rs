//! What single steps of a request cost: reading its address, finding its route, recognising its
//! session, judging it, sealing and opening.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot start must stop"
)]

mod rig;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use doorward::gateway::admit::{Person, Verdict, judge};
use doorward::gateway::route::{Manner, Route, Target};
use doorward::gateway::target::{Address, Head};
use doorward::keys::Purpose;
use doorward::session::Instant;
use http::{HeaderMap, HeaderValue, Method, Version};
use rig::Rig;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HOST: &str = "app.test";

fn steps(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rig = runtime.block_on(async { Rig::start(rig::upstream(b"ok").await).await });
    let snapshot = rig.gateway.snapshot();
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static(HOST));
    let head = Head {
        method: &Method::GET,
        version: Version::HTTP_11,
        target: b"/projects/42/issues.html?page=3",
        scheme: None,
        tls: None,
        authority: None,
        headers: &headers,
    };
    let address = Address::read(&head).unwrap();
    let manner = Manner {
        method: &Method::GET,
        headers: &headers,
    };
    let Target::Route(route) = snapshot.table.find(&address, manner) else {
        return;
    };
    criterion.bench_function("read the address", |b| {
        b.iter(|| Address::read(black_box(&head)).is_ok());
    });
    criterion.bench_function("find the route", |b| {
        b.iter(|| {
            matches!(
                snapshot.table.find(black_box(&address), manner),
                Target::Route(_)
            )
        });
    });
    criterion.bench_function("admit, warm", |b| b.iter(|| admit(&rig, route)));
    runtime.block_on(rig.stop());
}

/// From cookie bytes to a permit.
fn admit(rig: &Rig, route: &std::sync::Arc<Route>) -> bool {
    let lines = [black_box(rig.cookie.as_bytes())];
    let Instant::Known(lease) = rig.sessions.presence_now(lines, HOST) else {
        return false;
    };
    let Some(user) = rig.directory.cached(&lease.user) else {
        return false;
    };
    let headers = http::HeaderMap::new();
    matches!(
        judge(route, Some(Person { user, lease }), rig::around(&headers)),
        Verdict::Permit(_)
    )
}

fn sealing(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rig = runtime.block_on(async { Rig::start(rig::upstream(b"ok").await).await });
    let plain = [7u8; 128];
    let sealed = rig
        .sealer
        .seal(Purpose::Lease, b"app.test", &plain)
        .unwrap();
    criterion.bench_function("seal a lease", |b| {
        b.iter(|| {
            rig.sealer
                .seal(Purpose::Lease, b"app.test", black_box(&plain))
        });
    });
    criterion.bench_function("open a lease", |b| {
        b.iter(|| {
            rig.sealer
                .open(Purpose::Lease, b"app.test", black_box(sealed.as_bytes()))
        });
    });
    runtime.block_on(rig.stop());
}

criterion_group!(benches, steps, sealing);
criterion_main!(benches);
