//! Signatures at the edges of what an algorithm takes.

use super::*;

#[test]
fn jwt_10_signatures_at_the_edges_are_refused() {
    const N: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let own = Stranger::new(ForeignAlg::ES256, "k");
    let text = own.sign(&json!({}));
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let signature = from_base64url(signature).unwrap();
    let (r, s) = signature.split_at(32);
    let (zero, one, ff) = (
        [0; 32],
        {
            let mut one = [0; 32];
            one[31] = 1;
            one
        },
        [0xff; 32],
    );
    let join = |r: &[u8], s: &[u8]| [r, s].concat();
    let mut der = vec![0x30, 70, 0x02, 33, 0];
    der.extend_from_slice(r);
    der.extend_from_slice(&[0x02, 33, 0]);
    der.extend_from_slice(s);
    let bad = [
        join(&zero, &zero),
        join(&zero, s),
        join(r, &zero),
        join(&N, s),
        join(r, &N),
        join(&N, &N),
        join(&ff, &ff),
        join(&one, &one),
        join(s, r),
        der,
        signature[..63].to_vec(),
        join(&signature, &[0]),
        join(&[0], &signature),
        join(&signature, &signature),
        vec![],
    ];
    let set = keys(&[&own]);
    for bad in bad {
        let text = format!("{signed}.{}", base64url(&bad));
        let jws = Jws::read(&text).unwrap();
        assert_eq!(
            set.verify(&jws, ForeignAlg::ALL),
            Err(JwtRejected::Mismatch),
            "{bad:02x?}"
        );
    }
}

#[test]
fn jwt_10_rsa_and_ed25519_signatures_at_the_edges_are_refused() {
    for alg in [ForeignAlg::RS256, ForeignAlg::PS256, ForeignAlg::EdDSA] {
        let own = Stranger::new(alg, "k");
        let text = own.sign(&json!({}));
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let good = from_base64url(signature).unwrap();
        let mut longer = vec![0];
        longer.extend_from_slice(&good);
        // The group order added to S is the same signature by another name (RFC 8032 8.4).
        let mut malleable = good.clone();
        if alg == ForeignAlg::EdDSA {
            let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
            let mut carry = 0u16;
            for (at, byte) in malleable[32..].iter_mut().enumerate() {
                let digit = u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap();
                let sum = u16::from(*byte) + u16::from(digit) + carry;
                (*byte, carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
            }
        } else {
            malleable[0] ^= 1;
        }
        let set = keys(&[&own]);
        for bad in [
            longer,
            good[1..].to_vec(),
            vec![0; good.len()],
            vec![0xff; good.len()],
            malleable,
        ] {
            let text = format!("{signed}.{}", base64url(&bad));
            let jws = Jws::read(&text).unwrap();
            assert_eq!(
                set.verify(&jws, ForeignAlg::ALL),
                Err(JwtRejected::Mismatch)
            );
        }
    }
}
