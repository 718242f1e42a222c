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
