//! The hash chain of an audit file: each line carries the SHA-256 of the line before it, so that a
//! line changed, removed or put in between is found. The last line is covered by nothing but the
//! next one: keep a copy of its hash elsewhere to notice a shortened file.

use std::io::{self, BufRead};

use serde::Deserialize;

use crate::base::encoding::{hex, sha256};

/// What the first line carries in place of a hash.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of a line, without its newline, that the next one must carry.
pub fn link(line: &[u8]) -> String {
    hex(sha256(line))
}

/// What reading a whole file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every line follows from the one before.
    Whole {
        /// How many lines.
        lines: u64,
        /// The hash the next line will carry.
        last: String,
    },
    /// The chain breaks.
    Broken {
        /// The first line, counted from 1, that does not follow from the one before.
        line: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

#[derive(Deserialize)]
struct Linked {
    prev: Option<String>,
}

/// Reads a chained audit file to its end.
pub fn verify(mut file: impl BufRead) -> io::Result<Verified> {
    let mut last = START.to_owned();
    let mut lines = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            return Ok(Verified::Whole { lines, last });
        }
        lines += 1;
        let broken = |reason| Verified::Broken {
            line: lines,
            reason,
        };
        let Some(body) = line.strip_suffix(b"\n") else {
            return Ok(broken("it was not written to its end"));
        };
        let Ok(read) = serde_json::from_slice::<Linked>(body) else {
            return Ok(broken("it is not an audit record"));
        };
        match read.prev {
            None => return Ok(broken("it carries no hash of the line before")),
            Some(prev) if prev != last => {
                return Ok(broken("it does not follow from the line before"));
            }
            Some(_) => last = link(body),
        }
    }
}
