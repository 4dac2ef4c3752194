//! So many connections that ask as fast as they are answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::client::Connection;

/// What is asked, again and again.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// Asks over so many connections for so long. Any answer but 200 ends the bench.
pub(crate) async fn ask(target: &Target, connections: usize, within: Duration) -> Figures {
    // What is opened and cached by the first answers is not counted.
    let mut first = Connection::open(target.address, &target.token)
        .await
        .unwrap();
    for _ in 0..20 {
        once(&mut first, target).await;
    }
    let begun = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let target = target.clone();
            tokio::spawn(async move {
                let opened = Connection::open(target.address, &target.token).await;
                let mut connection = opened.unwrap();
                let mut took = Vec::new();
                while begun.elapsed() < within {
                    let since = Instant::now();
                    once(&mut connection, &target).await;
                    took.push(since.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    let wall = begun.elapsed();
    let count = u32::try_from(took.len()).unwrap();
    Figures {
        per_second: f64::from(count) / wall.as_secs_f64(),
        p50: percentile(&mut took, 50),
        p99: percentile(&mut took, 99),
    }
}

async fn once(connection: &mut Connection, target: &Target) {
    let answer = connection
        .ask(target.method, &target.path, &target.body)
        .await
        .unwrap();
    assert_eq!(
        answer.status,
        200,
        "{}: {}",
        target.path,
        String::from_utf8_lossy(&answer.body)
    );
}

/// Returns the duration that so many per cent do not exceed.
pub(crate) fn percentile(took: &mut [Duration], percent: usize) -> Duration {
    took.sort_unstable();
    let place = (took.len() * percent / 100).min(took.len().saturating_sub(1));
    took.get(place).copied().unwrap_or_default()
}
