//! What is signed, by whom, and for how long it counts: the strings of the sandbox's protocol.

use data_encoding::{BASE64, HEXLOWER};
use domain::time::Instant;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use http::HeaderMap;
use sha2::{Digest as _, Sha256};

/// A timestamp this many seconds from now, either way, is refused.
const SKEW: i64 = 300;

/// Why something signed is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// A header is missing or unreadable.
    Headers,
    /// Too far from now.
    Skewed,
    /// Another key than the one that is trusted.
    UnknownKey,
    /// It does not fit the bytes.
    Signature,
}

/// Whole seconds since 1970.
pub(super) const fn unix(now: Instant) -> i64 {
    now.0.div_euclid(1_000_000)
}

/// The signature of one of our requests, in base 64.
pub(super) fn sign_request(
    key: &SigningKey,
    method: &str,
    target: &str,
    timestamp: i64,
    nonce: &str,
    body: &[u8],
) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(body));
    let text = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{digest}\n");
    BASE64.encode(&key.sign(text.as_bytes()).to_bytes())
}

/// The provider's public key, as this house trusts it.
#[derive(Debug, Clone)]
pub(super) struct TrustedKey {
    key: VerifyingKey,
    id: String,
}

impl TrustedKey {
    /// The key in these 32 bytes; `None` when they are no key, or a weak one.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())?;
        let id = HEXLOWER.encode(&Sha256::digest(bytes)[..8]);
        Some(Self { key, id })
    }

    /// Its 32 bytes.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Verifies what the `Sandbox-…` headers sign: `before`, the timestamp, the nonce and the raw body, each ended by
    /// a line feed.
    pub(super) fn verify(
        &self,
        headers: &HeaderMap,
        before: &str,
        body: &[u8],
        now: Instant,
    ) -> Result<(), Doubt> {
        let header =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Doubt::Headers);
        let (id, nonce) = (header("sandbox-key-id")?, header("sandbox-nonce")?);
        let timestamp: i64 = header("sandbox-timestamp")?.parse().map_err(|_| Doubt::Headers)?;
        let signature = BASE64.decode(header("sandbox-signature")?.as_bytes()).map_err(|_| Doubt::Headers)?;
        let signature = Signature::from_slice(&signature).map_err(|_| Doubt::Headers)?;
        if unix(now).abs_diff(timestamp) >= SKEW.unsigned_abs() {
            return Err(Doubt::Skewed);
        }
        if id != self.id {
            return Err(Doubt::UnknownKey);
        }
        let mut text = format!("{before}{timestamp}\n{nonce}\n").into_bytes();
        text.extend_from_slice(body);
        text.push(b'\n');
        self.key.verify_strict(&text, &signature).map_err(|_| Doubt::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(first: u8) -> SigningKey {
        SigningKey::from_bytes(&std::array::from_fn(|place| first + place as u8))
    }

    fn headers(signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("sandbox-key-id", "24f6ed6acbfe1009"),
            ("sandbox-timestamp", "1767225600"),
            ("sandbox-nonce", "0123456789abcdef0123456789abcdef"),
            ("sandbox-signature", signature),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    /// The protocol's own test vectors.
    #[test]
    fn what_is_signed_is_what_the_protocol_says() {
        let nonce = "0123456789abcdef0123456789abcdef";
        let body = br#"{"out_refund_no":"R1","out_trade_no":"G1","amount_fen":50,"reason":"test"}"#;
        let signed = sign_request(&seed(0), "POST", "/v1/refunds", 1_767_225_600, nonce, body);
        let expected =
            "aBFxcn/IR6FLXVNNNm1gC1ysrppNvlBXCLhlvFNbE6CHiwaZx/RSgIl28AQH17p4UugB+pMu2Nt55Lz/CAWgCg==";
        assert_eq!(signed, expected);
    }

    #[test]
    fn a_notification_counts_for_five_minutes_with_its_own_bytes_and_key() {
        let key = TrustedKey::new(seed(32).verifying_key().as_bytes()).unwrap();
        let signed =
            "dUktHZe/MVU0m19N3DeUDENGydaSS4F2W1K6Kx08Nkl2yz+dg+LwZb50CN0vICie5umREbWosqeDwmMVsTHNDw==";
        let (body, at) =
            (br#"{"event":"payment.paid"}"#, |seconds: i64| Instant((1_767_225_600 + seconds) * 1_000_000));
        let verify = |key: &TrustedKey, signed, body: &[u8], seconds| {
            key.verify(&headers(signed), "", body, at(seconds))
        };
        assert_eq!(verify(&key, signed, body, 299), Ok(()));
        assert_eq!(verify(&key, signed, body, -299), Ok(()));
        assert_eq!(verify(&key, signed, body, 300), Err(Doubt::Skewed));
        assert_eq!(verify(&key, signed, body, -300), Err(Doubt::Skewed));
        assert_eq!(verify(&key, signed, br#"{"event":"payment.paid" }"#, 0), Err(Doubt::Signature));
        assert_eq!(verify(&key, "AAAA", body, 0), Err(Doubt::Headers));
        let stranger = TrustedKey::new(seed(0).verifying_key().as_bytes()).unwrap();
        assert_eq!(verify(&stranger, signed, body, 0), Err(Doubt::UnknownKey));
        let under_our_id = TrustedKey { id: key.id, ..stranger };
        assert_eq!(verify(&under_our_id, signed, body, 0), Err(Doubt::Signature));
    }

    /// The protocol's own test vector of an answer.
    #[test]
    fn an_answer_counts_for_its_own_question() {
        let key = TrustedKey::new(seed(32).verifying_key().as_bytes()).unwrap();
        let mut headers = headers(
            "SNr43zsCMVQrhj0cKByCKveeHgNti+3269Dg6yi5lUzizf83D2tn6audZtwCkYr2QV6DqUVIFxIS01PhNTahDg==",
        );
        headers.insert("sandbox-timestamp", "1767225601".parse().unwrap());
        headers.insert("sandbox-nonce", "fedcba9876543210fedcba9876543210".parse().unwrap());
        let now = Instant(1_767_225_601_000_000);
        let nonce = "0123456789abcdef0123456789abcdef";
        assert_eq!(key.verify(&headers, &format!("{nonce}\n200\n"), br#"{"a":1}"#, now), Ok(()));
        assert_eq!(
            key.verify(&headers, &format!("{nonce}\n404\n"), br#"{"a":1}"#, now),
            Err(Doubt::Signature)
        );
        assert_eq!(
            key.verify(&headers, "another0123456789\n200\n", br#"{"a":1}"#, now),
            Err(Doubt::Signature)
        );
    }
}
