//! Doorward beside the smallest proxy that the same library allows, in one run on one machine.
//!
//! Every contestant is a process of its own (this program again), behind the same load and in front
//! of the same upstream. Rounds alternate (A B B A), CPU time is read from `/proc`, and what counts
//! is the ratio of each round: machines differ, and so does one machine from minute to minute.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot start must stop"
)]

mod floor;
mod load;
mod rig;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use load::Load;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROLE: &str = "DOORWARD_BENCH_ROLE";
const UPSTREAM: &str = "DOORWARD_BENCH_UPSTREAM";
const BODY: &str = "DOORWARD_BENCH_BODY";

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match std::env::var(ROLE).as_deref() {
        Ok("upstream") => runtime.block_on(be_upstream()),
        Ok("floor") => runtime.block_on(async {
            announce(floor::start(upstream()).await, "").await;
        }),
        Ok("doorward") => runtime.block_on(async {
            let rig = rig::Rig::start_logging(upstream()).await;
            announce(rig.address, &rig.cookie).await;
        }),
        _ => runtime.block_on(compare()),
    }
}

fn upstream() -> SocketAddr {
    std::env::var(UPSTREAM).unwrap().parse().unwrap()
}

async fn be_upstream() {
    let length: usize = std::env::var(BODY).unwrap().parse().unwrap();
    let body: &'static [u8] = Box::leak(vec![b'x'; length].into_boxed_slice());
    announce(rig::upstream(body).await, "").await;
}

/// Says where to find this contestant, then serves until it is killed.
async fn announce(address: SocketAddr, cookie: &str) {
    println!("{address} {cookie}");
    std::io::stdout().flush().unwrap();
    std::future::pending::<()>().await;
}

/// A contestant.
struct Contestant {
    child: Child,
    address: SocketAddr,
    cookie: String,
}

impl Contestant {
    fn start(role: &str, upstream: Option<SocketAddr>, body: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(ROLE, role).env(BODY, body.to_string());
        if let Some(upstream) = upstream {
            command.env(UPSTREAM, upstream.to_string());
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let (address, cookie) = line.trim_end_matches('\n').split_once(' ').unwrap();
        Self {
            child,
            address: address.parse().unwrap(),
            cookie: cookie.to_owned(),
        }
    }

    /// CPU time so far, user and system, in clock ticks of a hundredth of a second.
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    async fn measure(&self, load: &Load) -> Round {
        let before = self.ticks();
        let done = load.run(self.address).await;
        let cpu = Duration::from_millis(10 * (self.ticks() - before));
        Round {
            cpu_us: cpu.as_secs_f64() * 1e6 / done.requests as f64,
            per_second: done.requests as f64 / done.took.as_secs_f64(),
        }
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone, Copy)]
struct Round {
    cpu_us: f64,
    per_second: f64,
}

async fn compare() {
    let seconds = number("SECONDS", 4);
    let rounds = number("ROUNDS", 7);
    println!("{rounds} rounds of {seconds} s each, 32 connections, keep-alive, no TLS\n");
    println!("| body | contestant | CPU µs/request | requests/s | CPU ratio to the floor |");
    println!("|---|---|---|---|---|");
    for body in [12, 100 * 1024] {
        let upstream = Contestant::start("upstream", None, body);
        let floor = Contestant::start("floor", Some(upstream.address), body);
        let doorward = Contestant::start("doorward", Some(upstream.address), body);
        let cookie = format!("Cookie: {}\r\n", doorward.cookie);
        let load = |host: &str, lines: &str| Load::new(host, lines, Duration::from_secs(seconds));
        let contestants = [
            ("smallest proxy", &floor, load("app.test", &cookie)),
            ("Doorward, public route", &doorward, load("open.test", "")),
            ("Doorward, signed in", &doorward, load("app.test", &cookie)),
        ];
        for (_, contestant, load) in &contestants {
            load.warm_up(contestant.address).await;
        }
        let mut results = vec![Vec::new(); contestants.len()];
        for round in 0..rounds {
            let mut order: Vec<usize> = (0..contestants.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for at in order {
                let (_, contestant, load) = &contestants[at];
                results[at].push(contestant.measure(load).await);
            }
        }
        for (at, (name, _, _)) in contestants.iter().enumerate() {
            report(body, name, &results[at], &results[0]);
        }
    }
}

fn report(body: usize, name: &str, rounds: &[Round], floor: &[Round]) {
    let ratios = rounds
        .iter()
        .zip(floor)
        .map(|(one, floor)| one.cpu_us / floor.cpu_us);
    let ratios = sorted(ratios);
    println!(
        "| {body} B | {name} | {:.1} | {:.0} | {:.2} ({:.2}-{:.2}) |",
        median(&sorted(rounds.iter().map(|round| round.cpu_us))),
        median(&sorted(rounds.iter().map(|round| round.per_second))),
        median(&ratios),
        ratios[0],
        ratios[ratios.len() - 1],
    );
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
