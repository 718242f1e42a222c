//! Why a request is refused before anybody looks at who sent it.

use http::StatusCode;

/// A request that is not understood in one way only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// No `Host`.
    #[error("the request does not say which host it is for")]
    HostMissing,
    /// Two `Host` fields.
    #[error("the request names its host twice")]
    HostRepeated,
    /// A `Host` that is no host name.
    #[error("the request names a host that is not a host name")]
    HostMalformed,
    /// `Host`, `:authority` and the target do not agree.
    #[error("the request names two different hosts")]
    AuthorityMismatch,
    /// `:scheme` is not that of the connection.
    #[error("the request names a scheme that it did not come by")]
    SchemeMismatch,
    /// A target that is neither a path nor an http URL.
    #[error("the request asks for something that is not a path")]
    TargetForm,
    /// A target over the limit.
    #[error("the address is too long")]
    TargetTooLong,
    /// A `%` that is not followed by two hexadecimal digits, or overlong UTF-8.
    #[error("the path holds a broken percent-escape")]
    PathEscape,
    /// An escape inside an escape.
    #[error("the path is percent-escaped twice")]
    PathTwiceEscaped,
    /// A control character, encoded or not.
    #[error("the path holds a control character")]
    PathControl,
    /// A character that a path may not hold.
    #[error("the path holds a character that paths may not hold")]
    PathCharacter,
    /// `//`, an encoded slash, or a backslash in any spelling.
    #[error("the path holds an empty segment, an encoded slash or a backslash")]
    PathSlash,
    /// `.` or `..` as a segment, in any spelling.
    #[error("the path holds a dot segment")]
    PathDots,
    /// `;` in any spelling.
    #[error("the path holds a semicolon, which servers read in different ways")]
    PathParameter,
    /// The path differs from a configured one by letter case (or trailing dots) only.
    #[error("the path differs from a protected one only by upper and lower case")]
    PathTwin,
    /// A character that a query may not hold.
    #[error("the query holds a character that queries may not hold")]
    QueryCharacter,
    /// A method that is not served.
    #[error("this method is not served")]
    Method,
    /// A method that no route at this address takes.
    #[error("this address does not take this method")]
    MethodUntaken,
    /// Every route at this address asks for other header fields.
    #[error("this address takes only requests with certain header fields")]
    HeadersUntaken,
    /// `Content-Length` twice, or not a plain number.
    #[error("the length of the body is not stated plainly")]
    Length,
    /// `Transfer-Encoding` other than `chunked`, or together with `Content-Length`.
    #[error("the body is framed in a way that servers read differently")]
    TransferCoding,
    /// Too many or too large header fields.
    #[error("the headers are too large; clearing this site's cookies may help")]
    HeadTooLarge,
    /// No route and no site has this host.
    #[error("nothing is served under this host name")]
    HostUnknown,
    /// A port that is neither public nor listened on.
    #[error("nothing is served under this port")]
    PortUnknown,
    /// The route asks for a client's certificate, and the handshake was for another host.
    #[error("this connection was made for another host")]
    ServerNameOther,
    /// No route has this path.
    #[error("nothing is served under this address")]
    PathUnknown,
}

impl Refused {
    /// The status that says it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Method | Self::MethodUntaken => StatusCode::METHOD_NOT_ALLOWED,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::HostUnknown | Self::PortUnknown | Self::ServerNameOther => {
                StatusCode::MISDIRECTED_REQUEST
            }
            Self::PathUnknown | Self::HeadersUntaken => StatusCode::NOT_FOUND,
            Self::HostMissing
            | Self::HostRepeated
            | Self::HostMalformed
            | Self::AuthorityMismatch
            | Self::SchemeMismatch
            | Self::TargetForm
            | Self::PathEscape
            | Self::PathTwiceEscaped
            | Self::PathControl
            | Self::PathCharacter
            | Self::PathSlash
            | Self::PathDots
            | Self::PathParameter
            | Self::PathTwin
            | Self::QueryCharacter
            | Self::Length
            | Self::TransferCoding => StatusCode::BAD_REQUEST,
        }
    }

    /// As written to logs and metrics.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::HostMissing => "host_missing",
            Self::HostRepeated => "host_repeated",
            Self::HostMalformed => "host_malformed",
            Self::AuthorityMismatch => "authority_mismatch",
            Self::SchemeMismatch => "scheme_mismatch",
            Self::TargetForm => "target_form",
            Self::TargetTooLong => "target_too_long",
            Self::PathEscape => "path_escape",
            Self::PathTwiceEscaped => "path_twice_escaped",
            Self::PathControl => "path_control",
            Self::PathCharacter => "path_character",
            Self::PathSlash => "path_slash",
            Self::PathDots => "path_dots",
            Self::PathParameter => "path_parameter",
            Self::PathTwin => "path_twin",
            Self::QueryCharacter => "query_character",
            Self::Method => "method",
            Self::MethodUntaken => "method_untaken",
            Self::HeadersUntaken => "headers_untaken",
            Self::Length => "length",
            Self::TransferCoding => "transfer_coding",
            Self::HeadTooLarge => "head_too_large",
            Self::HostUnknown => "host_unknown",
            Self::PortUnknown => "port_unknown",
            Self::ServerNameOther => "server_name_other",
            Self::PathUnknown => "path_unknown",
        }
    }
}
