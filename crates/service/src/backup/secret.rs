//! The keys of a backup: encrypted under a passphrase by argon2id and AES-256-GCM-SIV.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::BackupError;

/// Says what it is, and with which parameters the key is derived.
const HEADER: &[u8] = b"spark keys 1: argon2id m=65536 t=3 p=1, aes-256-gcm-siv\n";

const SALT: usize = 16;
const NONCE: usize = 12;

/// What must stay secret.
pub struct Secrets {
    /// The master key.
    pub master: Zeroizing<Vec<u8>>,
    /// The store of wrapped keys, as a file or dump.
    pub store: Zeroizing<Vec<u8>>,
}

fn key(passphrase: &str, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, BackupError> {
    let params = Params::new(65_536, 3, 1, Some(32)).map_err(|_| BackupError::KeysClosed)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| BackupError::KeysClosed)?;
    Ok(key)
}

impl Secrets {
    /// Encrypts.
    pub fn seal(&self, passphrase: &str) -> Result<Vec<u8>, BackupError> {
        let salt = crate::context::random::<SALT>();
        let nonce = crate::context::random::<NONCE>();
        let key = key(passphrase, &salt)?;
        let cipher = Aes256GcmSiv::new_from_slice(key.as_slice()).map_err(|_| BackupError::KeysClosed)?;
        let length = (self.master.len() as u64).to_be_bytes();
        let plain = Zeroizing::new([length.as_slice(), &self.master, &self.store].concat());
        let head = [HEADER, &salt].concat();
        let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: &plain, aad: &head });
        Ok([head.as_slice(), &nonce, &sealed.map_err(|_| BackupError::KeysClosed)?].concat())
    }

    /// Decrypts what [`Secrets::seal`] gave.
    pub fn open(sealed: &[u8], passphrase: &str) -> Result<Self, BackupError> {
        let closed = || BackupError::KeysClosed;
        let (head, rest) = sealed.split_at_checked(HEADER.len() + SALT).ok_or_else(closed)?;
        let salt = head.strip_prefix(HEADER).ok_or_else(closed)?;
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(closed)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| closed())?;
        let key = key(passphrase, salt)?;
        let cipher = Aes256GcmSiv::new_from_slice(key.as_slice()).map_err(|_| closed())?;
        let plain = cipher.decrypt(&Nonce::from(nonce), Payload { msg: text, aad: head });
        let plain = Zeroizing::new(plain.map_err(|_| closed())?);
        let (length, rest) = plain.split_at_checked(8).ok_or_else(closed)?;
        let length = u64::from_be_bytes(length.try_into().map_err(|_| closed())?);
        let length = usize::try_from(length).map_err(|_| closed())?;
        let (master, store) = rest.split_at_checked(length).ok_or_else(closed)?;
        Ok(Self { master: master.to_vec().into(), store: store.to_vec().into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_open_with_their_passphrase_alone() {
        let secrets = Secrets { master: vec![7; 32].into(), store: b"wrapped keys".to_vec().into() };
        let sealed = secrets.seal("correct horse battery").unwrap();
        assert!(!sealed.windows(7).any(|part| part == b"wrapped"));
        let open = Secrets::open(&sealed, "correct horse battery").unwrap();
        assert_eq!(
            (open.master.as_slice(), open.store.as_slice()),
            ([7; 32].as_slice(), b"wrapped keys".as_slice())
        );
        assert!(Secrets::open(&sealed, "correct horse batterx").is_err());
        for place in [0, HEADER.len(), HEADER.len() + SALT, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(Secrets::open(&changed, "correct horse battery").is_err(), "{place}");
        }
    }
}
