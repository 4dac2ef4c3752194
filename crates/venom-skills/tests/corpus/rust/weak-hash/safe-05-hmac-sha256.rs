use hmac::Hmac;
use sha2::Sha256;

type Signer = Hmac<Sha256>;
