//! Bodies: one way to know their length, or refused.

use super::*;

#[test]
fn body_framing_is_plain_or_refused() {
    let check =
        |fields: &[(&str, &str)], raw: &str| check_framing(&headers(fields), || raw.to_owned());
    assert_eq!(check(&[("content-length", "5")], ""), Ok(()));
    assert_eq!(check(&[("content-length", "0")], ""), Ok(()));
    assert_eq!(
        check(&[("transfer-encoding", "Chunked")], "POST / HTTP/1.1\r\n"),
        Ok(())
    );
    for length in [
        "+5",
        "-0",
        "0x5",
        "5, 5",
        "05",
        "",
        "1_0",
        "9223372036854775808",
        "99999999999999999999",
    ] {
        assert_eq!(
            check(&[("content-length", length)], ""),
            Err(Refused::Length),
            "{length:?}"
        );
    }
    assert_eq!(
        check(&[("content-length", "5"), ("content-length", "5")], ""),
        Err(Refused::Length)
    );
    for coding in [
        "xchunked",
        "gzip, chunked",
        "chunked, identity",
        "chunked;q=1",
        ",chunked",
        "",
    ] {
        assert_eq!(
            check(&[("transfer-encoding", coding)], ""),
            Err(Refused::TransferCoding),
            "{coding:?}"
        );
    }
    assert_eq!(
        check(
            &[("transfer-encoding", "chunked")],
            "POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        Err(Refused::TransferCoding)
    );
    let large = "x".repeat(MAX_HEAD);
    assert_eq!(
        check(&[("x-large", &large)], ""),
        Err(Refused::HeadTooLarge)
    );
}

#[test]
fn smg_03_the_old_version_has_no_chunks_and_states_its_lengths() {
    let check = |version, method: &str, fields: &[(&str, &str)]| {
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        check_old_framing(version, &method, &headers(fields))
    };
    let old = http::Version::HTTP_10;
    for method in ["POST", "PUT", "PATCH"] {
        assert_eq!(check(old, method, &[]), Err(Refused::Length));
        assert_eq!(check(old, method, &[("content-length", "0")]), Ok(()));
        assert_eq!(check(http::Version::HTTP_11, method, &[]), Ok(()));
    }
    assert_eq!(check(old, "GET", &[]), Ok(()));
    let chunked = [("transfer-encoding", "chunked")];
    assert_eq!(check(old, "GET", &chunked), Err(Refused::TransferCoding));
    assert_eq!(check(http::Version::HTTP_11, "GET", &chunked), Ok(()));
}
