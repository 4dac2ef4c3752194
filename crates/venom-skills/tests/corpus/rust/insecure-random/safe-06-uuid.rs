fn session_id() -> uuid::Uuid {
    uuid::Uuid::new_v4()
}
