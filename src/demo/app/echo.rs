//! What arrived, as JSON: lower-case header names and the list of their values.

use std::collections::BTreeMap;

use axum::Json;
use http::HeaderMap;

/// `/echo` (for whom the app's rule lets in) and `/_demo/echo` (for anybody).
pub(super) async fn echo(headers: HeaderMap) -> Json<BTreeMap<String, Vec<String>>> {
    let mut arrived: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        arrived
            .entry(name.as_str().to_owned())
            .or_default()
            .push(value);
    }
    Json(arrived)
}
