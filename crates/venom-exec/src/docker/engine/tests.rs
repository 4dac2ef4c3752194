use super::*;

#[test]
fn nobody_there_is_told_from_nobody_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let failure = look(&folder.path().join("none.sock")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    let dead = folder.path().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    let failure = look(&dead).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn an_engine_that_says_nothing_is_given_up_and_one_that_talks_nonsense_is_refused() {
    let error = within(
        Duration::ZERO,
        "wait",
        std::future::pending::<std::result::Result<(), Error>>(),
    );
    assert_eq!(error.await.unwrap_err().kind, FailureKind::Unavailable);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let serve = async move {
        use tokio::io::AsyncWriteExt as _;
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x1b[2";
            let _ = stream.write_all(answer).await;
        }
    };
    let failure = tokio::select! {
        connected = Engine::connect(&path) => connected.unwrap_err(),
        () = serve => panic!("it serves for ever"),
    };
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(!failure.message.contains('\u{1b}'), "{}", failure.message);
}
