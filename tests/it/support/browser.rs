//! A browser without a screen or script: one cookie jar, follows redirects, fills forms, and sends
//! what browsers send (`Origin`, `Sec-Fetch-*`).

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, Method, header};
use url::Url;

use super::page::{Form, Page};
use super::{Doorward, PATIENCE};

/// One browser profile. Every host name leads to this machine.
pub struct Browser {
    client: reqwest::Client,
    /// Cookies by host (ports share cookies, RFC 6265 8.5) and name.
    jar: BTreeMap<(String, String), String>,
    /// The nodes that its requests reach in turn, by port; that of the address when empty.
    nodes: VecDeque<u16>,
}

impl Browser {
    /// A fresh profile that trusts the server's development authority.
    pub fn new(server: &Doorward) -> Self {
        Self::speaking(server, false)
    }

    /// The same, speaking HTTP/2 (over TLS only).
    pub fn http2(server: &Doorward) -> Self {
        Self::speaking(server, true)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test's client is not the product's"
    )]
    fn speaking(server: &Doorward, http2: bool) -> Self {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy()
            // A connection kept from before a restart would fail a request that never arrived.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(ThisMachine));
        if let Some(pem) = server.authority() {
            let authority = reqwest::Certificate::from_pem(&pem).expect("a certificate");
            builder = builder.tls_certs_only([authority]);
        }
        if !http2 {
            builder = builder.http1_only();
        }
        Self {
            client: builder.build().expect("a client"),
            jar: BTreeMap::new(),
            nodes: VecDeque::new(),
        }
    }

    /// Behind a balancer that sends each request to the next of these nodes.
    #[must_use]
    pub fn balanced(mut self, nodes: &[&Doorward]) -> Self {
        self.nodes = nodes.iter().map(|node| node.port()).collect();
        self
    }

    /// The bare client, for what a browser would not send.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Opens `url` and follows every redirect.
    pub async fn open(&mut self, url: impl AsRef<str>) -> Page {
        let page = self.open_once(url).await;
        self.follow(page).await
    }

    /// Opens `url` and shows the first answer.
    pub async fn open_once(&mut self, url: impl AsRef<str>) -> Page {
        let url = Url::parse(url.as_ref()).expect("a url");
        self.send(Method::GET, url, None, &navigation("none")).await
    }

    /// Sends a form and follows every redirect.
    pub async fn submit(&mut self, from: &Page, form: &Form) -> Page {
        let page = self.submit_once(from, form).await;
        self.follow(page).await
    }

    /// Sends a form and shows the first answer.
    pub async fn submit_once(&mut self, from: &Page, form: &Form) -> Page {
        let mut headers = navigation("same-origin");
        headers.insert("referer", from.url.as_str().parse().expect("a referrer"));
        if form.post {
            let origin = from.url.origin().ascii_serialization();
            headers.insert(header::ORIGIN, origin.parse().expect("an origin"));
            // Ends of lines are sent as pairs, however the page has them (HTML, form submission).
            let lines = |text: &str| text.replace("\r\n", "\n").replace('\n', "\r\n");
            let fields = form.fields.iter();
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields.map(|(name, value)| (lines(name), lines(value))))
                .finish();
            return self
                .send(Method::POST, form.action.clone(), Some(body), &headers)
                .await;
        }
        let mut action = form.action.clone();
        action.query_pairs_mut().clear().extend_pairs(&form.fields);
        self.send(Method::GET, action, None, &headers).await
    }

    /// Fetches as a page's script does: no redirects, `Sec-Fetch-Mode: cors`.
    pub async fn fetch(
        &mut self,
        method: Method,
        url: impl AsRef<str>,
        headers: &HeaderMap,
    ) -> Page {
        let url = Url::parse(url.as_ref()).expect("a url");
        let mut all = HeaderMap::new();
        all.insert("sec-fetch-mode", "cors".parse().expect("a value"));
        all.insert("sec-fetch-dest", "empty".parse().expect("a value"));
        all.insert("sec-fetch-site", "same-origin".parse().expect("a value"));
        all.insert(header::ACCEPT, "*/*".parse().expect("a value"));
        for (name, value) in headers {
            all.append(name, value.clone());
        }
        self.send(method, url, None, &all).await
    }

    /// Opens `url`, which must lead to the sign-in page, and signs in there.
    pub async fn sign_in(&mut self, url: impl AsRef<str>, username: &str, password: &str) -> Page {
        let page = self.open(url).await;
        self.sign_in_at(&page, username, password).await
    }

    /// Signs in at a sign-in page that is already open.
    pub async fn sign_in_at(&mut self, page: &Page, username: &str, password: &str) -> Page {
        page.must_have("login-page");
        let form = page.form_of("login-submit").fill("username", username);
        self.submit(page, &form.fill("password", password)).await
    }

    /// The cookies that would be sent to `host`, as one header value.
    pub fn cookies(&self, host: &str) -> Option<String> {
        let cookies = self.jar.iter().filter(|((h, _), _)| h == host);
        let pairs: Vec<_> = cookies
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// One cookie of `host`.
    pub fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.jar
            .get(&(host.to_owned(), name.to_owned()))
            .map(String::as_str)
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&mut self, host: &str, name: &str, value: &str) {
        self.jar
            .insert((host.to_owned(), name.to_owned()), value.to_owned());
    }

    /// Follows redirects from `page` to their end.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..20 {
            let Some(next) = redirect_of(&page) else {
                return page;
            };
            page = self
                .send(Method::GET, next, None, &navigation("same-site"))
                .await;
        }
        panic!("more than twenty redirects, the last to {}", page.url);
    }

    /// Sends one request with the jar's cookies and keeps the cookies of the answer.
    pub async fn send(
        &mut self,
        method: Method,
        url: Url,
        form: Option<String>,
        headers: &HeaderMap,
    ) -> Page {
        let host = url.host_str().expect("a host").to_owned();
        let mut to = url.clone();
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        if let Some(node) = self.nodes.pop_front() {
            self.nodes.push_back(node);
            to.set_port(Some(node)).expect("a port");
        }
        let mut request = self.client.request(method, to).headers(headers.clone());
        if !self.nodes.is_empty() {
            request = request.header(header::HOST, authority);
        }
        if let Some(cookies) = self.cookies(&host) {
            request = request.header(header::COOKIE, cookies);
        }
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request.header(header::CONTENT_TYPE, kind).body(form);
        }
        let answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for cookie in headers.get_all(header::SET_COOKIE) {
            self.keep(&host, cookie.to_str().expect("a cookie"));
        }
        let body = answer.bytes().await.expect("a body");
        Page {
            url,
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn keep(&mut self, host: &str, set_cookie: &str) {
        let cookie = cookie::Cookie::parse(set_cookie.to_owned()).expect("a cookie");
        assert!(
            cookie.domain().is_none(),
            "a cookie for more than its host: {set_cookie}"
        );
        let key = (host.to_owned(), cookie.name().to_owned());
        if cookie
            .max_age()
            .is_some_and(|age| age.is_zero() || age.is_negative())
        {
            self.jar.remove(&key);
        } else {
            self.jar.insert(key, cookie.value().to_owned());
        }
    }
}

/// Where an answer sends the browser.
pub fn redirect_of(page: &Page) -> Option<Url> {
    let location = page.headers.get(header::LOCATION)?.to_str().ok()?;
    (300..400)
        .contains(&page.status)
        .then(|| page.url.join(location).expect("a location"))
}

fn navigation(site: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (
            "accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ),
        ("accept-language", "en"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-user", "?1"),
        ("sec-fetch-site", site),
        ("user-agent", "Mozilla/5.0 (test)"),
    ] {
        headers.insert(name, value.parse().expect("a value"));
    }
    headers
}

/// Every name is this machine.
struct ThisMachine;

impl reqwest::dns::Resolve for ThisMachine {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let here = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Box::pin(async move { Ok(Box::new(std::iter::once(here)) as reqwest::dns::Addrs) })
    }
}
