//! Digests of files.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// Two digits for each byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// SHA-256 of the bytes of a file, made while they are read.
#[derive(Clone, Default)]
pub(crate) struct Digest(Arc<Mutex<Sha256>>);

impl Digest {
    /// Of all that was read, in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        let digest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hexadecimal(&digest.finalize())
    }

    pub fn update(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }
}
