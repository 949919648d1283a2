//! The one fact of a certificate that TLS does not tell: the hash that its signature is of.

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;

/// Object identifiers of signature algorithms, and the hash that RFC 5929 has for each: MD5 and
/// SHA-1 give way to SHA-256. Algorithms with another hash, or with parameters that name it, have
/// none here.
const KNOWN: [(&[u8], Hash); 8] = [
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", Hash::Sha256), // RSA with MD5
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", Hash::Sha256), // RSA with SHA-1
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", Hash::Sha256),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", Hash::Sha384),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", Hash::Sha512),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", Hash::Sha256), // ECDSA
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x03", Hash::Sha384),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x04", Hash::Sha512),
];

/// The hash of a certificate's signature, where it is known.
pub(super) fn signature_hash(certificate: &[u8]) -> Option<Hash> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (_, rest) = element(certificate, SEQUENCE)?;
    let (algorithm, _) = element(rest, SEQUENCE)?;
    let (id, _) = element(algorithm, OBJECT_ID)?;
    KNOWN.iter().find(|(known, _)| *known == id).map(|(_, hash)| *hash)
}

/// What an element with this tag holds, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match *length {
        short @ ..=0x7f => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            // a certificate has less than 16 MiB
            if digits.len() > 3 {
                return None;
            }
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
    };
    (*first == tag).then_some(())?;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate with a body of this length and a signature algorithm.
    fn certificate(body: usize, id: &[u8]) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| {
            let length = content.len();
            let mut bytes = vec![tag];
            match length {
                ..=0x7f => bytes.push(length as u8),
                _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
            }
            bytes.extend(content);
            bytes
        };
        let algorithm = element(SEQUENCE, &element(OBJECT_ID, id));
        element(SEQUENCE, &[element(SEQUENCE, &vec![7; body]), algorithm].concat())
    }

    #[test]
    fn hashes() {
        for (id, hash) in KNOWN {
            assert_eq!(signature_hash(&certificate(900, id)), Some(hash));
            assert_eq!(signature_hash(&certificate(3, id)), Some(hash));
        }
        let ed25519 = b"\x2b\x65\x70";
        assert_eq!(signature_hash(&certificate(900, ed25519)), None);
    }

    #[test]
    fn what_is_cut_short_is_no_certificate() {
        let whole = certificate(200, KNOWN[2].0);
        for end in 0..whole.len() {
            assert_eq!(signature_hash(&whole[..end]), None, "{end}");
        }
        assert_eq!(signature_hash(b"\x30\xff\xff"), None);
    }
}
