//! What VENOM is compared with: a bare axum server in this process, on the same hyper, that answers what it is sent.
//! The provider of the models that the gateway stands before is one of its routes.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

/// What the provider answers, at once and always.
pub(crate) const REPLY: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"smart","choices":[{"index":0,"message":{"role":"assistant","content":"It is ready."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"#;

/// Starts it.
pub(crate) async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new()
        .route(
            "/echo",
            get(|| async { "{}" }).post(|body: Bytes| async { body }),
        )
        .route("/v1/chat/completions", post(|_: Bytes| async { reply() }));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = TowerToHyperService::new(app.clone());
            tokio::spawn(async move {
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}

fn reply() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], REPLY)
}
