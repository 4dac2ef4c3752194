//! The guard at the door: what every request has to pass before its handler sees it.
//!
//! In this order: the host that it was sent to (a page of another site may let a browser resolve its
//! own name to this machine), the origin that it comes from, the token, the token's scope, and how
//! often the token asked. What passes carries its [`Token`] along.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::door::Door;
use crate::problem::Problem;
use crate::token::{Scope, Token};

/// The header that names a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Whose token a request carries.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Arc<Token>);

impl Caller {
    /// Returns how the caller is named in the log.
    pub(crate) fn name(&self) -> String {
        format!("token {}", self.0.id)
    }
}

/// A door with the scope that is wanted behind it.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) door: Arc<Door>,
    /// What is wanted of requests that change nothing.
    pub(crate) reads: Scope,
    /// What is wanted of all others.
    pub(crate) writes: Scope,
}

/// Lets a request in, or says why not.
pub(crate) async fn admit(State(post): State<Post>, mut request: Request, next: Next) -> Response {
    let scope = match *request.method() {
        Method::GET | Method::HEAD | Method::OPTIONS => post.reads,
        _ => post.writes,
    };
    let address = address(&request);
    match check(&post.door, request.headers(), address, Some(scope)) {
        Ok(token) => {
            request.extensions_mut().insert(Caller(Arc::new(token)));
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Sees that a request carries a token, whatever for: whoever has none is not even told what there is.
pub(crate) fn vouched(door: &Door, request: &Request) -> Result<Token, Problem> {
    check(door, request.headers(), address(request), None)
}

fn address(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip())
}

fn check(
    door: &Door,
    headers: &HeaderMap,
    address: IpAddr,
    scope: Option<Scope>,
) -> Result<Token, Problem> {
    let unauthorized = |code: &str, detail: &str| {
        Problem::new(StatusCode::UNAUTHORIZED, code, detail).hint(
            "send `Authorization: Bearer TOKEN`; `venom token create` makes one, and the token of this machine's user is in the file that `venom serve` names",
        )
    };
    let Some(text) = bearer(headers)? else {
        return Err(unauthorized("no-token", "this needs a token"));
    };
    let Some(token) = door.tokens.find(text)? else {
        if let Err(seconds) = door.limits.guess(address) {
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-guesses",
                "too many wrong tokens came from this address",
            )
            .after(seconds));
        }
        return Err(unauthorized(
            "bad-token",
            "the token is not known, was revoked, or is over",
        ));
    };
    if let Some(scope) = scope
        && !token.may(scope)
    {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "scope-missing",
            format!("the token may not be used for this: it lacks the scope `{scope}`"),
        )
        .hint(format!(
            "make one with `venom token create --scope {scope}`"
        )));
    }
    if let Err(seconds) = door.limits.ask(&token.id) {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "this token asks too often",
        )
        .after(seconds));
    }
    Ok(token)
}

/// Reads the token of a request. It is never taken from the address, which ends up in histories and
/// logs.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let bad = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "bad-token",
            "the Authorization header is not `Bearer TOKEN`",
        )
    };
    if values.next().is_some() {
        return Err(bad());
    }
    let text = value.to_str().map_err(|_not_text| bad())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(bad)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(bad());
    }
    Ok(Some(token.trim()))
}

/// Looks at where a request was sent and where it comes from, names it, and notes what came of it.
pub(crate) async fn receive(
    State(door): State<Arc<Door>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = door.next_request();
    let method = request.method().clone();
    // The path alone: a query may hold what is nobody's business.
    let path: String = request.uri().path().chars().take(200).collect();
    let mut response = match door.hosts.check(&request) {
        Ok(()) => {
            request.extensions_mut().insert(id.clone());
            let within = Door::patience(&request);
            match within {
                None => next.run(request).await,
                Some(within) => match tokio::time::timeout(within, next.run(request)).await {
                    Ok(response) => response,
                    Err(_elapsed) => Problem::new(
                        StatusCode::REQUEST_TIMEOUT,
                        "too-slow",
                        "the request did not come to its end in time",
                    )
                    .into_response(),
                },
            }
        }
        Err(problem) => problem.into_response(),
    };
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    tracing::info!(
        target: "venom::access",
        request = %id.0,
        %method,
        path,
        status = response.status().as_u16(),
        micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// Names a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) String);

/// The names that this server is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    /// A server is known as this machine, by the address it listens at, and by what its user says.
    pub(crate) fn new(listen: SocketAddr, more: &[String]) -> Self {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"]
            .into_iter()
            .map(str::to_owned)
            .collect();
        if !listen.ip().is_unspecified() {
            names.push(listen.ip().to_string());
        }
        names.extend(more.iter().map(|name| name.to_ascii_lowercase()));
        Self(names)
    }

    fn check(&self, request: &Request) -> Result<(), Problem> {
        let refused = |detail: &str| {
            Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrong-host", detail)
                .hint("name the host with `venom serve --host NAME` if it is one of this server's")
        };
        let named = if let Some(authority) = request.uri().authority() {
            authority.as_str().to_owned()
        } else {
            let mut values = request.headers().get_all(header::HOST).iter();
            let one = values.next().and_then(|value| value.to_str().ok());
            match (one, values.next()) {
                (Some(one), None) => one.to_owned(),
                _ => return Err(refused("the request names no host, or several")),
            }
        };
        if !self.knows(&named) {
            return Err(refused(
                "the request was sent to a host that is not this one",
            ));
        }
        let origins = request.headers().get_all(header::ORIGIN);
        for origin in origins {
            let is_ours = origin
                .to_str()
                .ok()
                .and_then(|origin| {
                    origin
                        .strip_prefix("http://")
                        .or_else(|| origin.strip_prefix("https://"))
                })
                .is_some_and(|authority| self.knows(authority));
            if !is_ours {
                return Err(Problem::new(
                    StatusCode::FORBIDDEN,
                    "wrong-origin",
                    "the request comes from a page of another site",
                ));
            }
        }
        Ok(())
    }

    /// Tells whether a host, with or without a port, is one of the names.
    fn knows(&self, authority: &str) -> bool {
        let host = match authority.strip_prefix('[') {
            Some(rest) => match rest.split_once(']') {
                Some((host, port)) if port.is_empty() || is_port(port) => host,
                _ => return false,
            },
            None => match authority.rsplit_once(':') {
                Some((host, port)) if is_port(&format!(":{port}")) => host,
                Some(_) => return false,
                None => authority,
            },
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.0.contains(&host)
    }
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn hosts() -> Hosts {
        Hosts::new(
            "192.0.2.7:8080".parse().unwrap(),
            &["Build.Example".to_owned()],
        )
    }

    fn sent(headers: &[(&str, &str)]) -> Request {
        let mut request = axum::http::Request::builder().uri("/v1/runs");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn a_name_of_another_site_is_not_answered() {
        for host in [
            "localhost",
            "localhost:1",
            "LOCALHOST.",
            "127.0.0.1:80",
            "[::1]:9",
            "[::1]",
            "192.0.2.7",
            "build.example:443",
        ] {
            assert_eq!(hosts().check(&sent(&[("host", host)])), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil",
            "localhost:x",
            "[::1",
            "[::1]x",
            "::1:80:x",
            "localhost:99999",
            "user@localhost",
        ] {
            let code = hosts().check(&sent(&[("host", host)])).unwrap_err().code;
            assert_eq!(code, "wrong-host", "{host}");
        }
        assert!(hosts().check(&sent(&[])).is_err());
        assert!(
            hosts()
                .check(&sent(&[("host", "localhost"), ("host", "evil")]))
                .is_err()
        );
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        let with =
            |origin: &str| hosts().check(&sent(&[("host", "localhost"), ("origin", origin)]));
        assert_eq!(with("http://localhost:3000"), Ok(()));
        assert_eq!(with("https://build.example"), Ok(()));
        for bad in [
            "null",
            "https://evil.example",
            "http://localhost.evil",
            "file://",
            "localhost",
        ] {
            assert_eq!(with(bad).unwrap_err().code, "wrong-origin", "{bad}");
        }
    }

    #[test]
    fn a_token_comes_in_one_header() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(|token| token.map(str::to_owned))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["Bearer abc"]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&["bearer  abc "]), Ok(Some("abc".to_owned())));
        for bad in [
            vec!["abc"],
            vec!["Basic abc"],
            vec!["Bearer a", "Bearer b"],
            vec!["Bearer"],
        ] {
            assert_eq!(read(&bad).unwrap_err().code, "bad-token", "{bad:?}");
        }
    }
}
