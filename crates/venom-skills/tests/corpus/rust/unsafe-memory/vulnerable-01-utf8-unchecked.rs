use axum::body::Bytes;

async fn read(body: Bytes) -> String {
    unsafe { String::from_utf8_unchecked(body.to_vec()) } // expect: unsafe-memory
}
