//! `doorward healthcheck`: what a container's health check runs, so that images need no shell.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

use super::{ConfigFile, Exit};

/// Ask the running service whether it is ready.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    file: ConfigFile,
    /// Longest wait, in seconds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let ops = args
        .file
        .load_quietly()?
        .listen
        .ops
        .context("[listen] ops is \"off\": there is nothing to ask")?;
    let timeout = Duration::from_secs(args.timeout);
    let status = ask(reachable(ops), timeout)
        .with_context(|| format!("the service does not answer at {ops}"))?;
    if status == 200 {
        println!("ready");
        return Ok(Exit::Done);
    }
    bail!("the service is not ready: status {status}");
}

/// An address that can be connected to: one that listens everywhere is asked at home.
fn reachable(mut ops: SocketAddr) -> SocketAddr {
    match ops.ip() {
        IpAddr::V4(address) if address.is_unspecified() => ops.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(address) if address.is_unspecified() => ops.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    ops
}

fn ask(ops: SocketAddr, timeout: Duration) -> anyhow::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&ops, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    // In one piece: a listener may answer and close before a second one.
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {ops}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    line.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("what answers is not Doorward's ops listener")
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_status_is_what_the_ops_listener_says() {
        for status in [200, 503] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let at = listener.local_addr().unwrap();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 512];
                let read = stream.read(&mut head).unwrap();
                write!(stream, "HTTP/1.1 {status} x\r\n\r\n").unwrap();
                String::from_utf8_lossy(&head[..read]).into_owned()
            });
            assert_eq!(ask(at, Duration::from_secs(5)).unwrap(), status);
            assert!(
                server
                    .join()
                    .unwrap()
                    .starts_with("GET /readyz HTTP/1.1\r\n")
            );
        }
    }

    #[test]
    fn a_listener_on_every_address_is_asked_at_home() {
        let home = reachable("0.0.0.0:9090".parse().unwrap());
        assert_eq!(home, "127.0.0.1:9090".parse().unwrap());
        let there = "10.0.0.1:9090".parse().unwrap();
        assert_eq!(reachable(there), there);
    }
}
