//! The demo apps' outbound client: they are strangers to the server and talk to it over HTTP only.

use std::pin::Pin;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

/// An HTTP client without redirects, proxies or patience.
#[derive(Clone, Debug)]
pub struct Fetch(reqwest::Client);

impl Fetch {
    /// A client.
    #[expect(
        clippy::disallowed_methods,
        reason = "the demo's apps stand for other programs; they share nothing with the server"
    )]
    pub fn new() -> Result<Self, reqwest::Error> {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .no_proxy()
            .build()
            .map(Self)
    }

    /// The JSON document at `url`.
    pub async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        Self::read(self.0.get(url)).await
    }

    /// The JSON document at `url`, asked for with another `Host` and with `headers`.
    pub async fn json_as<T: DeserializeOwned>(
        &self,
        url: &str,
        host: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Result<T, String> {
        let headers: HeaderMap = headers.into_iter().collect();
        let request = self.0.get(url).headers(headers);
        Self::read(request.header(http::header::HOST, host)).await
    }

    async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, String> {
        let answer = request.send().await.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("the answer was {}", answer.status()));
        }
        answer.json().await.map_err(|error| error.to_string())
    }
}

/// Carries the requests of the OpenID Connect library.
impl<'c> openidconnect::AsyncHttpClient<'c> for Fetch {
    type Error = reqwest::Error;
    type Future =
        Pin<Box<dyn Future<Output = Result<openidconnect::HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: openidconnect::HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.execute(request.try_into()?).await?;
            let mut carried = http::Response::new(Vec::new());
            *carried.status_mut() = answer.status();
            *carried.headers_mut() = answer.headers().clone();
            *carried.body_mut() = answer.bytes().await?.to_vec();
            Ok(carried)
        })
    }
}
