use sha1::{Digest, Sha1};

fn git_object_id(data: &[u8]) -> Vec<u8> {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", data.len()));
    hasher.update(data);
    hasher.finalize().to_vec()
}
