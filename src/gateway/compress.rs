//! Compression of what an app sends plain, for routes that ask for it.

use http::Version;
use http::header::RANGE;
use pingora::proxy::Session;

use super::forward::may_be_silent;
use super::settings::RouteSettings;

/// Where most of what can be saved is, for little time.
const LEVEL: u32 = 5;

/// Has the answer compressed in the way that the client prefers, if the route asks for it. Streams,
/// whose every piece has to arrive at once, and parts of something are left as they are.
pub(super) fn prepare(session: &mut Session, route: &RouteSettings) {
    let request = session.req_header();
    let whole = request.version != Version::HTTP_10
        && !request.headers.contains_key(RANGE)
        && !may_be_silent(request);
    if route.compress && whole {
        session.upstream_compression.adjust_level(LEVEL);
    }
}
