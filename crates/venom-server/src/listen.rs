//! Listening: connections one by one, none of which can hold up the others.
//!
//! A client has a few seconds for its handshake and for the head of each request; there are so many
//! connections and no more; a peer that is gone without a word is noticed. When the server is to end,
//! requests under way come to their end and nothing new begins.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::crowd::Crowd;
use crate::tls::Identity;

/// How long a client may take for its handshake, and for the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// How long what was sent may stay unacknowledged before a peer counts as gone, in milliseconds.
const GONE: u32 = 30_000;
/// How long requests may go on when the server is to end.
pub(crate) const GRACE: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more descriptors.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Serves until it is cancelled; returns when no request is under way any more.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    identity: Option<Identity>,
    crowd: &Crowd,
    closing: CancellationToken,
) {
    let acceptor = identity.map(|identity| identity.acceptor);
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = closing.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not taken");
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            },
        };
        let Some(place) = crowd.enter() else {
            // Whoever comes beyond the limit is turned away at once and may come again.
            drop(stream);
            continue;
        };
        watch(&stream);
        let (app, acceptor, closing) = (app.clone(), acceptor.clone(), closing.clone());
        connections.spawn(async move {
            let _place = place;
            match acceptor {
                None => converse(stream, peer, app, closing).await,
                Some(acceptor) => match tokio::time::timeout(HEAD, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, peer, app, closing).await,
                    Ok(Err(error)) => tracing::debug!(%error, %peer, "no handshake"),
                    Err(_elapsed) => tracing::debug!(%peer, "the handshake took too long"),
                },
            }
        });
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, drained).await.is_err() {
        tracing::warn!("some requests did not come to their end in time");
    }
}

/// Makes the system notice peers that are gone.
fn watch(stream: &TcpStream) {
    // A system that cannot do it notices later.
    let _ = stream.set_nodelay(true);
    let _ = sockopt::set_socket_keepalive(stream, true);
    let _ = sockopt::set_tcp_user_timeout(stream, GONE);
}

async fn converse<S>(stream: S, peer: SocketAddr, app: Router, closing: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: hyper::Request<_>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection broke");
    }
}
