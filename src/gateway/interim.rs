//! Answers before the answer: what an app may say first, and how often.
//!
//! The library passes on as many as come and takes every 101 to a request with an `Upgrade` for
//! agreement, whatever it switches to.

use http::{HeaderMap, StatusCode, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::{Error, ErrorType, Result};

/// Interim answers to one request. Apps send one or two; without end they would keep the request
/// open for ever, as every one of them is a sign of life.
const MOST: u8 = 16;

/// Counts in `seen` and refuses what the request did not ask for (RFC 9110 15.2, 7.8).
pub(super) fn check(request: &RequestHeader, answer: &ResponseHeader, seen: &mut u8) -> Result<()> {
    if !answer.status.is_informational() {
        return Ok(());
    }
    if answer.status == StatusCode::SWITCHING_PROTOCOLS {
        return if wants_socket(&request.headers) && wants_socket(&answer.headers) {
            Ok(())
        } else {
            fault("it switched to what nobody asked for")
        };
    }
    *seen = seen.saturating_add(1);
    if *seen > MOST {
        return fault("it sent interim answers only");
    }
    Ok(())
}

fn fault(what: &'static str) -> Result<()> {
    Err(Error::explain(ErrorType::InvalidHTTPHeader, what).into_up())
}

/// The one protocol that tunnels are opened for, named alone.
fn wants_socket(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::UPGRADE).iter();
    let named = lines
        .next()
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    named && lines.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(asked: Option<&str>, status: u16, agreed: Option<&str>) -> bool {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        if let Some(asked) = asked {
            request.insert_header("upgrade", asked).unwrap();
        }
        let mut answer = ResponseHeader::build(status, None).unwrap();
        if let Some(agreed) = agreed {
            answer.insert_header("upgrade", agreed).unwrap();
        }
        check(&request, &answer, &mut 0).is_ok()
    }

    #[test]
    fn h2x_12_an_app_agrees_to_what_was_asked_or_to_nothing() {
        assert!(judged(Some("websocket"), 101, Some("WebSocket")));
        assert!(judged(Some("websocket"), 200, None));
        assert!(judged(None, 103, None));
        for (asked, agreed) in [
            (None, None),
            (None, Some("websocket")),
            (Some("websocket"), None),
            (Some("websocket"), Some("h2c")),
            (Some("websocket"), Some("websocket, h2c")),
            (Some("h2c"), Some("h2c")),
        ] {
            assert!(!judged(asked, 101, agreed), "{asked:?} {agreed:?}");
        }
    }

    #[test]
    fn smg_14_interim_answers_are_few() {
        let request = RequestHeader::build("GET", b"/", None).unwrap();
        let hint = ResponseHeader::build(103, None).unwrap();
        let mut seen = 0;
        for _ in 0..MOST {
            check(&request, &hint, &mut seen).unwrap();
        }
        let error = check(&request, &hint, &mut seen).unwrap_err();
        assert_eq!(*error.esource(), pingora::ErrorSource::Upstream);
        let last = ResponseHeader::build(200, None).unwrap();
        check(&request, &last, &mut seen).unwrap();
    }
}
