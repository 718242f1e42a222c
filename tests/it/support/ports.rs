//! Free loopback ports. Port 0 is not enough where `public_url` must name the port beforehand.

use std::collections::HashSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, OnceLock};

/// A loopback port that nobody listens on, and that no other test of this run is given.
pub fn free() -> u16 {
    static GIVEN: OnceLock<Mutex<HashSet<u16>>> = OnceLock::new();
    let given = GIVEN.get_or_init(Mutex::default);
    for _ in 0..1000 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let port = listener.local_addr().expect("a bound address").port();
        if given.lock().expect("the list of ports").insert(port) {
            return port;
        }
    }
    panic!("no free port in a thousand tries");
}
